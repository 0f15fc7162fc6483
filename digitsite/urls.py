"""All URLs of the site: pages, API, staff, accounts and the administration."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from classifier.admin import audit_others
from classifier.http.access import second_factor_first

handler400 = "classifier.pages.site.bad_request"
handler403 = "classifier.pages.site.permission_denied"
handler404 = "classifier.pages.site.page_not_found"
handler429 = "classifier.pages.accounts.refused.too_many_requests"  # django-allauth asks for it
handler500 = "classifier.pages.site.server_error"

# The administration is loaded here, only in web processes: it takes 15 MB.
admin.autodiscover()
audit_others(admin.site)
# Staff sign in like everybody else: Django's own form would not count wrong passwords.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.admin_view = second_factor_first(admin.site.admin_view)  # type: ignore[method-assign, assignment]

urlpatterns = [
    path("", include("classifier.pages.urls")),
    path("", include("classifier.sheets.urls")),
    path("api/v1/", include("classifier.api.urls")),
    path("api/v1/", include("classifier.sheets.api.urls")),
    path("staff/", include("training.pages.urls")),
    path("account/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
if settings.SECOND_FACTORS:
    urlpatterns.append(path("account/second-factor/", include("digitsite.signin.second_factor_urls")))
if settings.OPENID_SERVER:
    urlpatterns.append(path("account/openid/", include("digitsite.signin.urls")))
