"""The rows of sheets. Import them from here.

Sheet 1 ── n SheetPage          the form: its fields, and a picture of each empty page
Sheet 1 ── n SheetShare         who else may use it
Sheet 1 ── n Stack 1 ── n StackPage 1 ── n Value      pages put in together; what is written in each field
Stack 1 ── n WebhookAttempt     messages to another program that the stack is done
"""

from .shares import SheetShare
from .sheets import Sheet, SheetPage, SheetQuerySet
from .stacks import Stack, StackPage, StackQuerySet
from .values import Value, ValueQuerySet, is_chosen_as_check
from .webhooks import WebhookAttempt

__all__ = [
    "Sheet",
    "SheetPage",
    "SheetQuerySet",
    "SheetShare",
    "Stack",
    "StackPage",
    "StackQuerySet",
    "Value",
    "ValueQuerySet",
    "WebhookAttempt",
    "is_chosen_as_check",
]
