"""Whether the site sends mail to people. By default it only prints it, and its pages must not promise a message."""

from django.conf import settings

NOT_SENT = [f"django.core.mail.backends.{name}.EmailBackend" for name in ("console", "dummy", "filebased")]


def is_sent() -> bool:
    return settings.EMAIL_BACKEND not in NOT_SENT
