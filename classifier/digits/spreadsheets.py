"""Cells for spreadsheets."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins like this is evaluated


def escape_formula(text: str) -> str:
    """Returns a text that a spreadsheet does not evaluate as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
