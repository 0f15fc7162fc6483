"""The administration. Importing this package registers its pages; Django does so when the site starts."""

from . import people, rows, ways_in
from .audited import audit_others
from .read_only import ReadOnlyAdmin

__all__ = ["ReadOnlyAdmin", "audit_others", "people", "rows", "ways_in"]
