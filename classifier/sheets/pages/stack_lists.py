"""What a sheet's page shows of its stacks, and of the form that puts one in."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator

from classifier.sheets.models import Sheet
from classifier.sheets.models.stacks import ONE_IN
from classifier.sheets.stacks import lifecycle, progress

STACKS_SHOWN = 25  # on one page of the list
DELETED_SHOWN = 10


def stacks_of(sheet: Sheet, page: str | None = None) -> dict[str, Any]:
    """What `_stacks.html` needs besides the sheet. page: number of the page of the list."""
    deleted = sheet.stacks.exclude(deleted=None).order_by("-deleted")
    stacks = Paginator(sheet.stacks.filter(deleted=None).defer("description"), STACKS_SHOWN)
    return {"stacks": stacks.get_page(page), "deleted_stacks": deleted.defer("description")[:DELETED_SHOWN]}


def stack_form() -> dict[str, Any]:
    """What `_stack_form.html` needs besides the sheet."""
    return {
        "tolerances": [(one_in, f"{one_in:,}") for one_in in progress.OFFERED],
        "tolerance": ONE_IN,
        "max_mb": settings.BATCH_MAX_MB,
        "max_pages": f"{lifecycle.PAGES_AT_MOST:,}",
        "webhook_hosts": settings.WEBHOOK_HOSTS,
        "keep_at_most": lifecycle.KEEP_DAYS_AT_MOST,
    }
