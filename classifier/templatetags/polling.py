"""Fragments that poll until their state is final."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def polls(address: str, every: str = "1s") -> SafeString:
    """The attributes of an element that htmx replaces with the answer of `address` after each interval."""
    return format_html('hx-get="{}" hx-trigger="every {}" hx-target="this" hx-swap="outerHTML"', address, every)
