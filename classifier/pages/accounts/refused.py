"""The answer to a form that was sent too often: the same form with what was typed, and when to try again."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as allauth
from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from classifier.accounts import attempts
from classifier.http import rejections

# The forms of django-allauth that are shown again, with the actions that limit them. Others get a page of their own.
ACTIONS = {
    allauth.LoginView: "login",
    allauth.SignupView: "signup",
    allauth.PasswordResetView: "reset_password",
    allauth.PasswordChangeView: "change_password",
    allauth.EmailView: "manage_email",
    allauth.ReauthenticateView: "reauthenticate",
}
REASONS = {
    "password": "Too many wrong passwords for this account.",
    "login": "Too many people in your network are signing in at the same time.",
    "signup": "Too many people in your network are signing up at the same time.",
}

View = Callable[..., HttpResponse]
Again = Callable[[Any, str], HttpResponse]


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Answers a request that django-allauth refuses, which does not say why."""
    action = ACTIONS.get(_view_class(request), "")
    key = request.POST.get("email", "").lower() if action == "reset_password" else ""
    return refused_form(request, attempts.wait_s(request, action, key) if action else 60, action)


def limited(action: str, again: Again | None = None) -> Callable[[View], View]:
    """Limits the POSTs to ACCOUNT_RATE_LIMITS for this action; answers 429 beyond.

    again: renders the form of the view with what was typed and a sentence; by default, there is the page "Slow down".
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if ratelimit.consume(request, action=action):
                return view(request, *args, **kwargs)
            wait_s = attempts.wait_s(request, action)
            if again is None:
                return refused_form(request, wait_s)
            rejections.count("rate_limited")
            return _as_refusal(again(request, refusal(wait_s)), wait_s)

        return guarded

    return decorate


def refused_form(request: HttpRequest, wait_s: float, reason: str = "") -> HttpResponse:
    """The refused form of this request, or the page "Slow down", with status 429.

    reason: a key of REASONS; others get a general sentence.
    """
    rejections.count("rate_limited")
    sentence = refusal(wait_s, reason)
    view_class = _view_class(request)
    if view_class in ACTIONS:
        response = _again(view_class, request, sentence)
    else:
        response = render(request, "429.html", {"sentence": sentence})
    return _as_refusal(response, wait_s)


def refusal(wait_s: float, reason: str = "") -> str:
    return f"{REASONS.get(reason, 'Too many attempts.')} Try again in {in_words(wait_s)}."


def _as_refusal(response: HttpResponse, wait_s: float) -> HttpResponse:
    """Gives a rendered page the status 429 and the header that says when to try again."""
    response.status_code = 429
    response.headers["Retry-After"] = str(max(1, math.ceil(wait_s)))
    return response


def in_words(wait_s: float) -> str:
    """A time of at least one second: "1 second", "90 seconds", "4 minutes"."""
    seconds = max(1, math.ceil(wait_s))
    number, unit = (seconds, "second") if seconds <= 90 else (math.ceil(seconds / 60), "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def typed(form: forms.BaseForm, data: Any) -> dict[str, str]:
    """What was typed into the form's fields, except passwords."""
    secret = {name for name, field in form.fields.items() if isinstance(field.widget, forms.PasswordInput)}
    return {name: data[name] for name in form.fields if name in data and name not in secret}


def _again(view_class: Any, request: HttpRequest, sentence: str) -> HttpResponse:
    """Renders the page of the view as its GET would, with what was typed. Nothing is validated: that would count."""
    view = view_class()
    view.setup(request)
    kwargs = view.get_form_kwargs()
    data = kwargs.pop("data", {})
    kwargs.pop("files", None)
    form = view.get_form_class()(**kwargs)
    form.initial = {**form.initial, **typed(form, data)}
    response: HttpResponse = view.render_to_response(view.get_context_data(form=form, refusal=sentence)).render()
    return response


def _view_class(request: HttpRequest) -> Any:
    try:
        return getattr(resolve(request.path_info).func, "view_class", None)
    except Resolver404:
        return None
