"""Shares as the pages write them."""

from django import template

from classifier.recognition.wording import fine_percent

register = template.Library()


@register.filter
def percentage(share: float) -> str:
    """0.9917 → 99.17 %"""
    return fine_percent(float(share))
