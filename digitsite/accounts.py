"""How people come in: the operator can close the door to new ones, and an address to go on to must be ours."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages as notices
from django.http import HttpRequest

SENT = "account/messages/email_confirmation_sent.txt"

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no annotations
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def is_safe_url(self, url: str | None) -> bool:
        """Whether `?next=` may be followed. What is no address at all (`http://[`) is not."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away is the operator's trouble; the person hears of it and goes on."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:  # what smtplib raises is one too
            log.exception("Mail cannot be sent (%s)", template_prefix)
            self.request.mail_failed = True
            notices.error(self.request, "The site cannot send mail at the moment. Please try again later.")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **more: Any
    ) -> None:
        if message_template == SENT and getattr(request, "mail_failed", False):
            return
        super().add_message(request, level, message_template, *args, **more)
