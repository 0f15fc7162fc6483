"""The page of API tokens."""

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from classifier.accounts.tokens import Scope, create_token
from classifier.http.requests import SignedInRequest
from classifier.models import ApiToken

from .forms import TokenForm


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def tokens(request: SignedInRequest) -> HttpResponse:
    form, new_key = TokenForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        scope = Scope(data["scope"] or Scope.WRITE)
        _, new_key = create_token(request.user, data["name"], scope=scope, expires_days=data["expires_days"])
        form = TokenForm()
    context = {"form": form, "new_key": new_key, "tokens": ApiToken.objects.owned_by(request.user)}
    return render(request, "classifier/accounts/tokens.html", context)


@require_POST
@login_required
def token_revoke(request: SignedInRequest, public_id: str) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.owned_by(request.user), public_id=public_id)
    token.delete()
    notices.success(request, f"The token “{token.name}” no longer works.")
    return redirect("classifier:tokens")
