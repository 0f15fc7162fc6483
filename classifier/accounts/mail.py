"""Whether the site sends mail to people. By default it only prints it, and its pages must not promise a message."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends import console

PRINTED = "classifier.accounts.mail.PrintedMail"
NOT_SENT = [PRINTED, *(f"django.core.mail.backends.{name}.EmailBackend" for name in ("console", "dummy", "filebased"))]


def is_sent() -> bool:
    return settings.EMAIL_BACKEND not in NOT_SENT


class PrintedMail(console.EmailBackend):
    """Prints that there was a message, and with DEBUG=true its text.

    What a site prints is kept in log files, and links for a new password work for everybody who reads them there.
    """

    def write_message(self, message: EmailMessage) -> None:
        text = message.body if settings.DEBUG else "(Its text has links, so it is printed only with DEBUG=true.)"
        self.stream.write(f"Mail to {', '.join(message.to)}: {message.subject}\n{text}\n")
