"""What a person asks for when they put a stack in: whether messages may be sent to this address."""

from __future__ import annotations

from django.conf import settings

from classifier.recognition.errors import InvalidInput

from . import hosts, signing

LONGEST = 500  # characters of an address


class WebhookRejected(InvalidInput):
    """Messages cannot be sent to an address, or not be signed; the message says why."""

    code = "webhook_rejected"


def is_on() -> bool:
    """Whether the operator allows messages to any host."""
    return bool(settings.WEBHOOK_HOSTS)


def target_of(address: str) -> hosts.Target:
    """Parses an address that messages may be sent to. Raises WebhookRejected."""
    if not is_on():
        raise WebhookRejected(
            "This site sends no messages to other programs: its operator allows no hosts (WEBHOOK_HOSTS)."
        )
    target = hosts.Target.of(address) if len(address) <= LONGEST else None
    if target is None:
        raise WebhookRejected(
            f"The webhook is an address such as https://hooks.example.org/stacks, of at most {LONGEST} characters."
        )
    if not hosts.are_allowed(settings.WEBHOOK_HOSTS, target):
        raise WebhookRejected(
            f"This site may not send messages to {target.scheme}://{target.host}:{target.port}. Its operator allows: "
            f"{', '.join(settings.WEBHOOK_HOSTS)}."
        )
    return target


def checked(address: str, secret: str = "") -> tuple[str, str]:
    """The webhook and the secret of a new stack; a new secret if none is given. Both are empty without an address.

    Raises WebhookRejected.
    """
    if not address:
        return "", ""
    target_of(address)
    if secret and signing.key_of(secret) is None:
        raise WebhookRejected(
            f"The webhook's secret is {signing.PREFIX} and {signing.BYTES_AT_LEAST} to {signing.BYTES_AT_MOST} bytes "
            "in Base64. Leave it out to get one."
        )
    return address, secret or signing.new_secret()
