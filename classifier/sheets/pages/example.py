"""The page that explains sheets by one worked example, which everybody may have for themselves."""

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from classifier.http.rejections import answers_errors
from classifier.http.requests import SignedInRequest
from classifier.recognition.errors import ClassifierError
from classifier.sheets.example import making


def _page(request: SignedInRequest, error: ClassifierError | None = None) -> HttpResponse:
    given = making.contents()
    rows = [
        {"number": number, "name": name, "page": page}
        for number, (name, page) in enumerate(zip(given["roster"], given["written"], strict=True), 1)
    ]
    context = {"name": given["name"], "rows": rows, "error": error}
    return render(request, "classifier/sheets/example.html", context, status=error.status if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@answers_errors(_page)
def example(request: SignedInRequest) -> HttpResponse:
    """The worked example; POST makes its sheet for the person and puts its three pages in."""
    if request.method != "POST":
        return _page(request)
    stack = making.make(request.user)
    notices.success(request, "The sheet is yours, and its three pages are being read.")
    return redirect("sheets:stack", stack.public_id)
