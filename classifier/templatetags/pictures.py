"""What the pages say about the picture formats that are read, from their one definition."""

from django import template
from django.conf import settings

from classifier.decoding import formats

register = template.Library()


@register.simple_tag
def picture_formats(word: str = "and") -> str:
    """The names of the formats: "PNG, JPEG … and PDF"."""
    return formats.titles(word)


@register.simple_tag
def picture_types() -> str:
    """The value of `accept` of an input for pictures."""
    return formats.accepted()


@register.simple_tag
def picture_limits() -> str:
    """How large a picture may be: "32 MB and 50 megapixels (JPEG: 200)"."""
    return f"{settings.UPLOAD_MAX_MB}\N{NO-BREAK SPACE}MB and {formats.limits(settings.PICTURE_MAX_MEGAPIXELS)}"
