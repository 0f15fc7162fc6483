"""Adapts allauth.mfa: secrets are encrypted, and names and sentences are ours."""

import base64
import logging
import secrets

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.models import User

log = logging.getLogger(__name__)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no annotations
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is wrong or has been used. Wait for the next one, then try again.",
        "cannot_generate_recovery_codes": "Set up an authenticator app or a passkey first.",
    }

    def encrypt(self, text: str) -> str:
        """Encrypts the secret of an authenticator app or of recovery codes with a key derived from SECRET_KEY."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypts a secret. Without the key that encrypted it, returns a random one, so no code is right."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            log.error(
                "A second factor cannot be read: SECRET_KEY is not the one it was set up with. Restore that key, or "
                "remove the factor with `manage.py remove_second_factor NAME`."
            )
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """The name that the form for a new passkey suggests."""
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"


def _cipher() -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=b"digitsite second factor").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(key))
