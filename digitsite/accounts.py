"""Adapts django-allauth: sign-up can be closed to all but invited people, redirects stay on this site, wrong passwords
are counted for each account, and failing mail is reported.
"""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.models import AbstractBaseUser, User
from django.core.exceptions import ImproperlyConfigured
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

from classifier.accounts import attempts, invitations, mail
from classifier.errors import InvitationOver
from classifier.pages.accounts.refused import refused_form
from classifier.pages.people import invitations as pages

LINK_SENT = "account/messages/email_confirmation_sent.txt"

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no annotations
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_taken": "This name is taken. Choose another one.",
        "too_many_login_attempts": "Too many wrong codes. Try again in five minutes.",
        "rate_limited": "Too many wrong codes. Try again in five minutes.",
        "username_password_mismatch": "The username or the password is wrong. Check both, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether this person may sign up. Answers with a sentence if their invitation has ended meanwhile."""
        if settings.SIGNUP_OPEN:
            return True
        invitation = pages.remembered(request)
        if invitation and not invitation.is_open:
            raise ImmediateHttpResponse(pages.over(request, invitation))
        return invitation is not None

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Saves a new account. If the person was invited, that uses up a use of the invitation."""
        invitation = pages.remembered(request) if commit else None
        if invitation is None:
            saved: User = super().save_user(request, user, form, commit)
            return saved
        super().save_user(request, user, form, commit=False)  # hashes the password, which takes long
        try:
            invitations.join(user, invitation.public_id)
        except InvitationOver:
            if not settings.SIGNUP_OPEN:
                raise ImmediateHttpResponse(pages.over(request, invitation)) from None
            user.save()
        return user

    def is_safe_url(self, url: str | None) -> bool:
        """Whether `?next=` is an address of this site. An invalid address (`http://[`) is not."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address of the browser, or of the last proxy if fewer proxies answer for it than TRUSTED_PROXIES says."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:
            return str(request.META.get("REMOTE_ADDR", ""))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts an attempt before the password is looked at. Answers with 429 beyond the limits."""
        name = str(credentials.get("username", ""))
        if action := attempts.count(request, name):
            raise ImmediateHttpResponse(refused_form(request, attempts.wait_s(request, action, name), "password"))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user:
            attempts.forget(request, str(credentials.get("username", "")))
        return user

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **more)
        attempts.remember_browser(request, response, user.get_username())
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sends a message. If the mail server fails, logs the error and tells the person."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:  # includes the errors of smtplib
            log.exception("Mail cannot be sent (%s)", template_prefix)
            self.request.mail_failed = True
            notices.error(self.request, "The site cannot send e-mail at the moment. Please try again later.")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **more: Any
    ) -> None:
        """Adds a notice, except that a link was sent when it was not."""
        if message_template == LINK_SENT and (getattr(request, "mail_failed", False) or not mail.is_sent()):
            return
        super().add_message(request, level, message_template, *args, **more)
