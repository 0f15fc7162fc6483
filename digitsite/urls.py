"""Every address of the site: the apps' own, accounts, and the administration."""

from django.contrib import admin
from django.urls import include, path

handler400 = "classifier.views.bad_request"
handler404 = "classifier.views.page_not_found"
handler500 = "classifier.views.server_error"

urlpatterns = [
    path("", include("classifier.urls")),
    path("api/v1/", include("classifier.api_urls")),
    path("staff/", include("training.urls")),
    path("account/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
