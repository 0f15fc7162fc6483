"""Shares as percentages."""

from django import template

from classifier.recognition.wording import percent

register = template.Library()


@register.filter
def percentage(share: float) -> str:
    """0.9917 → 99.17 %"""
    return percent(float(share))
