"""Cells for spreadsheets."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a text begins that a spreadsheet would reckon out


def plain(text: str) -> str:
    """A text from elsewhere, so that a spreadsheet takes it for one."""
    return f"'{text}" if text.startswith(_FORMULA) else text
