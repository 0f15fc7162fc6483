"""The icons of the pages, which are symbols in one SVG file."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, classes: str = "icon") -> SafeString:
    """A decorative icon. `name` is the id of its symbol in static/sprite.svg."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static("sprite.svg"), name
    )
