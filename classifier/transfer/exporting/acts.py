"""What the audit log says about a person: what staff did with what is theirs."""

from collections.abc import Iterator

from django.contrib.auth.models import User

from classifier.models import AuditEntry
from classifier.transfer.export_format import Record

from .records import oldest_first, timestamp


def staff_act_records(owner: User) -> Iterator[Record]:
    """Yields a record for each entry about a person, the oldest first. `by` is null for what the site did by itself."""
    for entry in oldest_first(AuditEntry.objects.owned_by(owner).select_related("by")):
        yield {
            "at": timestamp(entry.at),
            "by": entry.by.get_username() if entry.by else None,
            "act": entry.act,
            "words": entry.words,
            "thing": entry.thing,
            "id": str(entry.public_id) if entry.public_id else None,
            "detail": entry.detail,
        }
