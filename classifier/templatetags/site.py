"""Facts about this installation, for all templates: those rendered without a request as well."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def signup_is_open() -> bool:
    return bool(settings.SIGNUP_OPEN)


@register.simple_tag
def site_version() -> str:
    return str(settings.VERSION)
