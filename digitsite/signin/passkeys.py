"""The forms of passkeys: as allauth's, but a malformed or wrongly signed credential is a wrong one, no error."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django.core.exceptions import ValidationError

WRONG = "The site does not accept this passkey. Try again, or use another way to sign in."
# Of fido2 and of what parses a browser's answer for it.
ERRORS = (InvalidSignature, UnsupportedAlgorithm, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def _checked(check: Callable[[], Any]) -> Any:
    """What the check returns. Raises ValidationError for everything that can be wrong with a credential."""
    try:
        return check()
    except ValidationError as error:
        if getattr(error, "code", "") == "too_many_login_attempts":
            raise
        raise ValidationError(WRONG) from error
    except ERRORS as error:
        raise ValidationError(WRONG) from error


class AddForm(forms.AddWebAuthnForm):  # type: ignore[misc]  # allauth has no annotations
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["name"].help_text = "For example “my phone”. Only you see it."
        self.fields["name"].max_length = 60
        self.fields["name"].widget.attrs["maxlength"] = 60
        alone = self.fields["passwordless"]
        alone.initial, alone.label = True, "Sign in with it alone"
        alone.help_text = "Without name and password: your device then asks for its PIN, fingerprint or face."

    def clean(self) -> Any:
        return _checked(super().clean)


class _Authenticating:
    def clean_credential(self) -> Authenticator:
        return _checked(super().clean_credential)  # type: ignore[misc]


class AuthenticateForm(_Authenticating, forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step of signing in."""


class LoginForm(_Authenticating, forms.LoginWebAuthnForm):  # type: ignore[misc]
    """Signing in with a passkey alone."""


class ReauthenticateForm(_Authenticating, forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Confirming who one is."""
