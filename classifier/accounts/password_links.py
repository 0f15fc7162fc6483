"""Links with which a person chooses a new password, made by staff where the site cannot send mail.

They are those that django-allauth sends: each works once, until it expires or the person signs in.
"""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.models import User


def make(person: User) -> str:
    """Returns an absolute URL. It is not stored anywhere."""
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    return str(get_adapter().get_reset_password_from_key_url(key))


def valid_hours() -> int:
    return int(settings.PASSWORD_RESET_TIMEOUT // 3600)
