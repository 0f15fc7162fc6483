"""The staff's pages of invitations, and the page that an invitation's link opens."""

import uuid

from allauth.account.adapter import get_adapter
from django.contrib import messages as notices
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classifier.accounts import invitations
from classifier.accounts.rights import INVITE, SEE
from classifier.http.access import for_staff
from classifier.http.requests import SignedInRequest
from classifier.models import Invitation

from .forms import InvitationForm

INVITATIONS_PAGE = 25
REMEMBERED = "invitation"  # in the session of somebody who has opened a link


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(INVITE)
@never_cache
@sensitive_variables("key", "link")
def invitation_list(request: SignedInRequest) -> HttpResponse:
    """The open invitations or those that are over, and the form that makes one, whose link it shows this once."""
    form, made, link = InvitationForm(request.POST or None), None, ""
    if request.method == "POST" and form.is_valid():
        made, key = invitations.invite(by=request.user, **form.cleaned_data)
        link = request.build_absolute_uri(reverse("classifier:invitation-open", args=[key]))
        if made.email:
            get_adapter(request).send_mail("account/email/invitation", made.email, {"invitation": made, "link": link})
        form = InvitationForm()
    are_over = request.GET.get("show") == "over"
    rows = Invitation.objects.over() if are_over else Invitation.objects.open()
    context = {
        "form": form,
        "made": made,
        "link": link,
        "is_sent": bool(made and made.email and not getattr(request, "mail_failed", False)),
        "page": Paginator(rows.select_related("by"), INVITATIONS_PAGE).get_page(request.GET.get("page")),
        "are_over": are_over,
        "section": "invitations",
    }
    return render(request, "classifier/people/invitations.html", context, status=400 if form.errors else 200)


@require_safe
@for_staff(INVITE)
@never_cache
def invitation_detail(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """One invitation, and who came by it."""
    invitation = get_object_or_404(Invitation.objects.select_related("by"), public_id=public_id)
    context = {
        "invitation": invitation,
        "joinings": invitation.joinings.select_related("person"),
        "may_see_people": request.user.has_perm(SEE),
        "section": "invitations",
    }
    return render(request, "classifier/people/invitation.html", context)


@require_POST
@for_staff(INVITE)
def invitation_revoke(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation, public_id=public_id)
    if invitations.revoke(invitation, by=request.user):
        notices.success(request, "The link no longer works. To undo this, open the invitation again.")
    else:
        notices.info(request, "This invitation was over already.")
    return redirect("classifier:invitation", invitation.public_id)


@require_POST
@for_staff(INVITE)
def invitation_reopen(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation, public_id=public_id)
    if invitations.reopen(invitation, by=request.user):
        notices.success(request, "The invitation is no longer revoked.")
    return redirect("classifier:invitation", invitation.public_id)


@require_safe
@never_cache
def invitation_open(request: HttpRequest, key: str) -> HttpResponse:
    """Opens sign-up to the person who follows an invitation's link; says why if the link does not."""
    if request.user.is_authenticated:
        return _answer(request, None, status=200)
    invitation = invitations.find(key)
    if invitation is None or not invitation.is_open:
        return _answer(request, invitation, status=410 if invitation else 404)
    request.session[REMEMBERED] = str(invitation.public_id)
    return redirect("account_signup")


def remembered(request: HttpRequest) -> Invitation | None:
    """The invitation with which somebody has come to sign up; signing out forgets it."""
    name = request.session.get(REMEMBERED)
    return Invitation.objects.filter(public_id=name).first() if name else None


def over(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Answers somebody whose invitation has ended since they opened its link."""
    invitation.refresh_from_db()
    return _answer(request, invitation, status=410)


def _answer(request: HttpRequest, invitation: Invitation | None, status: int) -> HttpResponse:
    return render(request, "account/invitation.html", {"invitation": invitation, "status": status}, status=status)
