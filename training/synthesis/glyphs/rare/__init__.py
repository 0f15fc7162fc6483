"""Rarer ways to write digits."""

from . import five_to_nine, zero_to_four  # they fill the table
from .table import RARE_STYLES

__all__ = ["RARE_STYLES", "five_to_nine", "zero_to_four"]
