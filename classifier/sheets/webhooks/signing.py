"""Signatures of messages. Source: Standard Webhooks 1.0.0, https://www.standardwebhooks.com (spec, symmetric keys)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
BYTES = 32  # of a new secret
BYTES_AT_LEAST, BYTES_AT_MOST = 24, 42  # the specification allows 64; rows have room for 42


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def key_of(secret: str) -> bytes | None:
    """The key that a secret contains; None if it is invalid."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if secret.startswith(PREFIX) and BYTES_AT_LEAST <= len(key) <= BYTES_AT_MOST else None


def headers(message_id: str, timestamp: int, body: bytes, secret: str) -> dict[str, str]:
    """The three headers of a message. timestamp: seconds since 1970, of the attempt.

    The signature is HMAC-SHA256 over id, timestamp and body, so neither can be changed.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(key_of(secret) or b"", signed, hashlib.sha256)).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
