"""The staff's pages of people: finding them, one person, and what staff may do to an account."""

from typing import Any

from django.contrib import messages as notices
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from classifier.accounts import password_links, rights, sessions
from classifier.accounts.holdings import COUNTED_TO
from classifier.accounts.people import acts, listing, usage, ways_in
from classifier.accounts.rights import GRANT, MANAGE, OFFERED, SEE
from classifier.errors import MayNotManage, OwnAccount
from classifier.http.access import for_staff
from classifier.http.requests import SignedInRequest
from classifier.models import ApiToken, Joining

from .forms import FindForm, RightsForm

PEOPLE_PAGE = 25


@require_safe
@for_staff(SEE)
@never_cache
def people(request: SignedInRequest) -> HttpResponse:
    form = FindForm(request.GET)
    form.is_valid()
    chosen = {"text": form.cleaned_data.get("q", ""), "show": form.cleaned_data.get("show", "")}
    page = Paginator(listing.matching(**chosen), PEOPLE_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    uses, ways = usage.of(shown), ways_in.of(shown)
    context = {
        "form": form,
        "page": page,
        "rows": [{"person": person, "usage": uses[person.pk], "ways": ways[person.pk]} for person in shown],
        "counted_to": COUNTED_TO,
        "section": "people",
        **chosen,
    }
    return render(request, "classifier/people/people.html", context)


@require_safe
@for_staff(SEE)
@never_cache
def person_detail(request: SignedInRequest, name: str) -> HttpResponse:
    return _person_page(request, _person_or_404(name))


@require_POST
@for_staff(MANAGE)
def person_disable(request: SignedInRequest, name: str) -> HttpResponse:
    person = _person_or_404(name)
    try:
        acts.disable(person, by=request.user)
    except (MayNotManage, OwnAccount) as error:
        return _person_page(request, person, refusal=error)
    notices.success(request, f"{person} is signed out everywhere and cannot sign in. To undo this, enable the account.")
    return redirect("classifier:person", person.username)


@require_POST
@for_staff(MANAGE)
def person_enable(request: SignedInRequest, name: str) -> HttpResponse:
    person = _person_or_404(name)
    try:
        acts.enable(person, by=request.user)
    except (MayNotManage, OwnAccount) as error:
        return _person_page(request, person, refusal=error)
    notices.success(request, f"{person} can sign in again, and programs with their tokens work again.")
    return redirect("classifier:person", person.username)


@require_POST
@for_staff(MANAGE)
@never_cache
@sensitive_variables("link")
def person_password_link(request: SignedInRequest, name: str) -> HttpResponse:
    """Makes a link for a new password and shows it this once."""
    person = _person_or_404(name)
    try:
        link = acts.make_password_link(person, by=request.user)
    except (MayNotManage, OwnAccount) as error:
        return _person_page(request, person, refusal=error)
    return _person_page(request, person, link=link)


@require_POST
@for_staff(GRANT)
def person_rights(request: SignedInRequest, name: str) -> HttpResponse:
    person = _person_or_404(name)
    form = RightsForm(person, request.user, request.POST)
    if not form.is_valid():
        return _person_page(request, person, rights_form=form, status=400)
    try:
        acts.change_rights(person, form.wanted(), by=request.user)
    except (MayNotManage, OwnAccount) as error:
        return _person_page(request, person, refusal=error)
    notices.success(request, f"The rights of {person} are changed.")
    return redirect("classifier:person", person.username)


def _person_or_404(name: str) -> User:
    return get_object_or_404(listing.people(), username=name)


def _person_page(
    request: SignedInRequest,
    person: User,
    *,
    link: str = "",
    refusal: MayNotManage | OwnAccount | None = None,
    rights_form: RightsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    if not request.user.has_perm(SEE):
        raise PermissionDenied
    person.refresh_from_db()
    held, may_grant = rights.held(person), acts.may_act(request.user, person, GRANT)
    context: dict[str, Any] = {
        "person": person,
        "usage": usage.of([person])[person.pk],
        "ways": ways_in.of([person])[person.pk],
        "places": sessions.signed_in(person),
        "tokens": ApiToken.objects.owned_by(person)[:20],
        "joining": Joining.objects.select_related("invitation").filter(person=person).first(),
        "rights": [words for right, words in OFFERED.items() if right in held],
        "may_manage": acts.may_act(request.user, person, MANAGE),
        "rights_form": rights_form or (RightsForm(person, request.user) if may_grant else None),
        "link": link,
        "hours": password_links.valid_hours(),
        "refusal": refusal,
        "counted_to": COUNTED_TO,
        "section": "people",
    }
    return render(request, "classifier/people/person.html", context, status=refusal.status if refusal else status)
