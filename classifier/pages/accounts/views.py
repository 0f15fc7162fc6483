"""The pages of a person's account, except those for password and e-mail, which are django-allauth's."""

from allauth.account.models import EmailAddress
from django.contrib import messages as notices
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from classifier.accounts import closing, holdings, names, sessions
from classifier.errors import LastAdministrator
from classifier.http.requests import SignedInRequest
from classifier.models import ApiToken

from .forms import CloseForm, NameForm
from .refused import limited, typed


@require_GET
@login_required
@never_cache
def account(request: SignedInRequest) -> HttpResponse:
    """The overview, with links to all account pages."""
    here = request.session.session_key
    context = {
        "email": EmailAddress.objects.filter(user=request.user).order_by("-primary", "pk").first(),
        "tokens": ApiToken.objects.owned_by(request.user).count(),
        "places": len(sessions.signed_in(request.user, here)),
    }
    return render(request, "classifier/accounts/account.html", context)


def _profile_again(request: SignedInRequest, sentence: str) -> HttpResponse:
    form = NameForm(request.user)
    form.initial = {**form.initial, **typed(form, request.POST)}
    return render(request, "classifier/accounts/profile.html", {"form": form, "refusal": sentence})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited("change_name", _profile_again)
def profile(request: SignedInRequest) -> HttpResponse:
    form = NameForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            names.rename(request.user, form.cleaned_data["username"])
        except IntegrityError:
            form.add_error("username", NameForm.TAKEN)
        else:
            notices.success(request, f"Your name is now {request.user.username}. Use it to sign in.")
            return redirect("classifier:account-profile")
    request.user.refresh_from_db()  # the head of the page shows the stored name, not the rejected one
    return render(request, "classifier/accounts/profile.html", {"form": form})


@require_GET
@login_required
@never_cache
def session_list(request: SignedInRequest) -> HttpResponse:
    places = sessions.signed_in(request.user, request.session.session_key)
    return render(request, "classifier/accounts/sessions.html", {"places": places})


@require_POST
@login_required
@limited("end_session")
def session_end(request: SignedInRequest) -> HttpResponse:
    """Signs out one other session (named by `session`), or all others (`session=others`)."""
    name, here = request.POST.get("session", ""), request.session.session_key
    if name == "others":
        sessions.end_all(request.user, but=here)
        notices.success(request, "You are signed out everywhere else.")
    elif here and name == sessions.name_of(here):
        return redirect("account_logout")
    elif sessions.end(request.user, name):
        notices.success(request, "That device is signed out.")
    else:
        notices.info(request, "That device was already signed out.")
    return redirect("classifier:account-sessions")


def _close_again(request: SignedInRequest, sentence: str) -> HttpResponse:
    return _close_page(request, CloseForm(request.user), refusal=sentence)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@limited("close_account", _close_again)
def close(request: SignedInRequest) -> HttpResponse:
    """Shows what is removed; with the password, closes the account."""
    if closing.is_last_administrator(request.user):
        return _close_page(request, None, status=409 if request.method == "POST" else 200)
    form = CloseForm(request.user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _close_page(request, form)
    try:
        is_gone = closing.close(request.user)
    except LastAdministrator as error:
        return _close_page(request, None, status=error.status)
    logout(request)
    notices.success(request, GONE if is_gone else GOING)
    return redirect("classifier:home")


GONE = "Your account is closed and all your data is removed."
GOING = "Your account is closed, and nobody can sign in to it. The last of its data is being removed in the background."


def _close_page(request: SignedInRequest, form: CloseForm | None, status: int = 200, refusal: str = "") -> HttpResponse:
    context = {
        "form": form,
        "holdings": holdings.holdings(request.user),
        "counted_to": holdings.COUNTED_TO,
        "refusal": refusal,
    }
    return render(request, "classifier/accounts/close.html", context, status=status)
