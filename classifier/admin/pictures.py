"""Opening a person's picture in the admin: by a button, and recorded for its owner."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier import audit
from classifier.models import Digit
from classifier.recognition.pictures import input_data_uri


def picture_button(digit: Digit) -> SafeString:
    """A button that opens the picture. It belongs to the form around every row's page, so it sends its token too."""
    return format_html(
        '<button type="submit" class="button" formaction="{}">Open the picture</button> '
        "Its owner sees who opened it, and when.",
        reverse("admin:digit-picture", args=[digit.pk]),
    )


class PicturePage(admin.ModelAdmin[Model]):
    """Adds the page with the picture to the admin of digits."""

    def get_urls(self) -> list[URLPattern]:
        page = path("<int:digit_id>/picture/", self.admin_site.admin_view(self.picture_page), name="digit-picture")
        return [page, *super().get_urls()]

    def picture_page(self, request: HttpRequest, digit_id: int) -> HttpResponse:
        """Records the viewing, then shows the picture. Only a click opens it: a POST."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        digit = Digit.objects.select_related("drawing__owner").filter(pk=digit_id).first()
        if not self.has_view_permission(request, digit):
            raise PermissionDenied
        if digit is None or not request.user.is_authenticated:
            raise Http404
        audit.record(audit.Act.OPENED_PICTURE, by=request.user, about=digit.drawing.owner_id, on=digit)
        context = {
            **self.admin_site.each_context(request),
            "title": "Picture",
            "digit": digit,
            "picture": input_data_uri(digit.pixels),
        }
        return TemplateResponse(request, "admin/classifier/digit/picture.html", context)
