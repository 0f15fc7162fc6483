"""Mail: whether it is sent, and whether the mail server takes it."""

import smtplib
import ssl
from collections.abc import Iterator

from django.conf import settings
from django.core.mail import get_connection

from classifier.accounts import mail

from .findings import Finding, note, ok, wrong

WITHIN_S = 10


def check() -> Iterator[Finding]:
    if not mail.is_sent():
        helped = "Its pages name whom to ask." if settings.CONTACT else "Its pages cannot say whom to ask either."
        yield note(
            f"The site sends no mail. {helped}",
            "Set EMAIL_URL to a mail server, such as smtp://user:password@host:587/?tls=true."
            + ("" if settings.CONTACT else " Or set CONTACT to who helps people here."),
        )
        return
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        yield wrong(
            f"Mail is sent from {settings.DEFAULT_FROM_EMAIL}, which other servers refuse.",
            "Set DEFAULT_FROM_EMAIL to an address of yours.",
        )
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with get_connection(timeout=WITHIN_S):
            yield ok(f"The mail server {where} answers.")
    except smtplib.SMTPAuthenticationError:
        yield wrong(f"The mail server {where} refuses the name or the password.", "Correct them in EMAIL_URL.")
    except ssl.SSLError as error:
        yield wrong(
            f"No secure connection to the mail server {where}: {error.reason}.", "Correct tls or ssl in EMAIL_URL."
        )
    except (OSError, smtplib.SMTPException) as error:
        yield wrong(f"The mail server {where} does not answer: {error}.", "Start it, or correct EMAIL_URL.")
