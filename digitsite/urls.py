"""Every address of the site: the apps' own, accounts, and the administration."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("classifier.urls")),
    path("api/v1/", include("classifier.api_urls")),
    path("account/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
