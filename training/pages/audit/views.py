"""The view of the audit log."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classifier.audit.reading import Chosen, page
from classifier.http.access import for_staff

from ..permissions import READ_AUDIT_LOG
from .forms import AuditForm


@require_safe
@for_staff(READ_AUDIT_LOG)
@never_cache
def audit_log(request: HttpRequest) -> HttpResponse:
    form = AuditForm(request.GET)
    before = request.GET.get("before", "")
    is_key = before.isascii() and before.isdecimal() and len(before) < 19
    chosen = form.chosen() if form.is_valid() else Chosen()
    found = page(chosen, int(before) if is_key else None) if form.is_valid() else None
    newest, older = request.GET.copy(), request.GET.copy()
    newest.pop("before", None)
    older["before"] = str(found.next_before) if found else ""
    context = {
        "form": form,
        "found": found,
        "newest": newest.urlencode(),
        "older": older.urlencode() if found and found.next_before else "",
        "is_first": not is_key,
        "is_chosen": chosen != Chosen(),
        "section": "audit",
    }
    return render(request, "training/audit/audit.html", context, status=200 if form.is_valid() else 400)
