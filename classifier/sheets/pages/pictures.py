"""The pictures of a stack: its pages, and what they show of a field. Cut by Pillow from the page's JPEG."""

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET
from PIL import Image, UnidentifiedImageError

from classifier.errors import StorageAway
from classifier.http.requests import SignedInRequest
from classifier.sheets.deciding.acts import field_of
from classifier.sheets.models import Stack, StackPage, Value
from classifier.sheets.reading.crops import crop_box
from classifier.sheets.sharing.rights import Level

from .finding import stack_or_404

THUMBNAIL = 480  # px, its longer side
QUALITY = 85  # of a JPEG, of 95
KEPT_S = 7 * 24 * 3600  # by the browser; a page's picture never changes

kept: Callable[[Any], Any] = cache_control(private=True, max_age=KEPT_S, immutable=True)


@require_GET
@login_required
@kept
def page_picture(request: SignedInRequest, public_id: UUID, page_id: UUID, size: str) -> HttpResponseBase:
    """A page, laid straight if it was read. size: page or thumbnail."""
    stack = stack_or_404(request, public_id, Level.READ)
    page = get_object_or_404(stack.pages, public_id=page_id)
    if size == "page":
        return FileResponse(_opened(page), content_type="image/jpeg")
    if size != "thumbnail":
        raise Http404
    return thumbnail(_decoded(page, (THUMBNAIL, THUMBNAIL)), THUMBNAIL)


@require_GET
@login_required
@kept
def value_crop(request: SignedInRequest, public_id: UUID, value_id: UUID) -> HttpResponse:
    """A field of a page, with the margin that its reader sees."""
    stack = stack_or_404(request, public_id, Level.READ)
    return crop_of(stack, get_object_or_404(stack.values.select_related("page"), public_id=value_id))


def crop_of(stack: Stack, value: Value) -> HttpResponse:
    """What a page of a stack shows of a field. Raises Http404 if the picture is gone."""
    picture = _decoded(value.page)
    return _jpeg(picture.crop(crop_box(field_of(stack, value).box, *picture.size)))


def _opened(page: StackPage) -> Any:
    if not page.file:
        raise Http404
    try:
        return page.file.open("rb")
    except StorageAway:
        raise
    except OSError as error:
        raise Http404 from error


def _decoded(page: StackPage, at_least: tuple[int, int] | None = None) -> Image.Image:
    """The page's picture. at_least: a smaller size that is enough, which is decoded faster."""
    with _opened(page) as file:
        try:
            picture = Image.open(file, formats=["JPEG"])
            picture.draft("L", at_least)
            picture.load()
        except (UnidentifiedImageError, OSError) as error:
            raise Http404 from error
    return picture


def thumbnail(picture: Image.Image, side: int) -> HttpResponse:
    """A smaller JPEG of a page. side: its longer side, px."""
    picture.thumbnail((side, side))
    return _jpeg(picture)


def _jpeg(picture: Image.Image) -> HttpResponse:
    file = io.BytesIO()
    picture.convert("L").save(file, "JPEG", quality=QUALITY)
    return HttpResponse(file.getvalue(), content_type="image/jpeg")
