"""Numbers in several rows, with a line for each."""

from django import template

register = template.Library()


@register.filter
def in_one_line(text: str) -> str:
    """80, 90 and 1000 below one another → "80 · 90 · 1000"."""
    return text.replace("\n", " · ")


@register.filter
def line_count(text: str) -> int:
    """How many lines a text has, at least 1."""
    return text.count("\n") + 1
