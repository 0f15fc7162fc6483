"""Whether new people may sign up, for pages that offer it; also for those that are shown without a request."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def signup_is_open() -> bool:
    return bool(settings.SIGNUP_OPEN)
