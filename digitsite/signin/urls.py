"""The addresses of signing in with an OpenID provider."""

from allauth.socialaccount import views
from django.urls import path

from . import openid

urlpatterns = [
    path("<str:provider_id>/login/", openid.login, name="openid_connect_login"),
    path("<str:provider_id>/login/callback/", openid.callback, name="openid_connect_callback"),
    path("cancelled/", views.login_cancelled, name="socialaccount_login_cancelled"),
    path("error/", views.login_error, name="socialaccount_login_error"),
    path("signup/", views.signup, name="socialaccount_signup"),
    path("", views.connections, name="socialaccount_connections"),
]
