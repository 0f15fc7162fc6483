"""Facts about this installation, for all templates: those rendered without a request as well."""

from django import template
from django.conf import settings
from django.template.defaultfilters import urlize

from classifier.accounts import mail

register = template.Library()


@register.simple_tag
def signup_is_open() -> bool:
    return bool(settings.SIGNUP_OPEN)


@register.simple_tag
def second_factors_are_on() -> bool:
    return bool(settings.SECOND_FACTORS)


@register.simple_tag
def openid_name() -> str:
    """The name of the provider with which people can sign in; empty if there is no such provider."""
    return str(settings.OPENID_NAME) if settings.OPENID_SERVER else ""


@register.simple_tag
def mail_is_sent() -> bool:
    return mail.is_sent()


@register.simple_tag
def contact() -> str:
    """Who helps people on this site, in the operator's words, with links; otherwise the administrator."""
    return urlize(settings.CONTACT) if settings.CONTACT else "the administrator of this site"


@register.simple_tag
def site_version() -> str:
    return str(settings.VERSION)
