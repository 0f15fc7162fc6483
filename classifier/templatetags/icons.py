"""The icons of the pages, which are symbols in one SVG file."""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@cache  # looking it up takes longer than the rest of an icon, and an answer has several
def sprite() -> str:
    """The address of the file."""
    return static("sprite.svg")


@register.simple_tag
@cache
def icon(name: str, classes: str = "icon") -> SafeString:
    """A decorative icon. `name` is the id of its symbol in static/sprite.svg."""
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, sprite(), name)
