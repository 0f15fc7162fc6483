"""The administration. Importing this package registers its pages; Django does so when the site starts."""

from . import people, rows, ways_in
from .read_only import ReadOnlyAdmin

__all__ = ["ReadOnlyAdmin", "people", "rows", "ways_in"]
