"""The audit log: what staff did, and with whose things.

`record` adds an entry in the caller's transaction, so what is rolled back leaves none. Nothing else writes entries; the
triggers in models.triggers.append_only refuse to change or delete them.
"""

from .recording import Act, record, record_each

__all__ = ["Act", "record", "record_each"]
