"""Invitations: links that open sign-up while it is closed, until they are used up, expired or revoked."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from classifier import tasks
from classifier.accounts import closing, invitations
from classifier.accounts.mail import PRINTED
from classifier.models import Invitation, Joining
from digitsite.logs.formats import without_secrets
from tests.classifier.digits.test_concurrent_saves import at_once
from tests.markup import flat
from tests.staff_site import staff_client as staff_with

LIST, SIGN_UP = "/staff/invitations/", "/account/signup/"
MAY_INVITE = "classifier.add_invitation"
PASSWORDS = {"password1": "brand-new-9-words", "password2": "brand-new-9-words"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _closed(settings):
    settings.SIGNUP_OPEN = False


def made(client, **form):
    """The path of the link that staff make, as the page shows it."""
    page = client.post(LIST, {"uses": 1, "expires_days": "7", **form}).text
    link = re.search(r">http://testserver(/invitation/[^<]+)<", page)
    assert link, page
    return link[1]


def sign_up(link, name):
    """Follows a link and signs up. Returns the last answer."""
    client = Client()
    opened = client.get(link)
    if opened.status_code != 302:
        return opened
    assert opened.url == SIGN_UP
    return client.post(SIGN_UP, {"username": name, **PASSWORDS})


def test_link_opens_sign_up_to_so_many_people(staff_client, staff):
    link = made(staff_client, note="class 7b", uses=2)
    assert [sign_up(link, name).status_code for name in ("ada", "bo", "cy")] == [302, 302, 410]
    assert set(User.objects.values_list("username", flat=True)) == {"staff", "ada", "bo"}
    row = Invitation.objects.get()
    assert (row.used, row.by, row.state) == (2, staff, "used_up")
    assert [each.person.username for each in row.joinings.all()] == ["ada", "bo"]


def test_sign_up_stays_closed_to_others(staff_client, client):
    made(staff_client)
    assert "Sign-up is closed" in client.get(SIGN_UP).text
    client.post(SIGN_UP, {"username": "ada", **PASSWORDS})
    assert client.get("/invitation/guessed/").status_code == 404
    assert not User.objects.filter(username="ada").exists()


def test_a_use_needs_the_link_again(staff_client):
    link, client = made(staff_client, uses=2), Client()
    client.get(link)
    assert "Your invitation is valid" in client.get(SIGN_UP).text
    client.post(SIGN_UP, {"username": "ada", **PASSWORDS})
    client.post("/account/logout/")
    assert "Sign-up is closed" in client.get(SIGN_UP).text


def test_refused_form_uses_nothing_up(staff_client):
    link, client = made(staff_client), Client()
    client.get(link)
    assert client.post(SIGN_UP, {"username": "staff", **PASSWORDS}).status_code == 200
    assert Invitation.objects.get().used == 0
    assert client.post(SIGN_UP, {"username": "ada", **PASSWORDS}).status_code == 302


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"used": 1}, "This invitation is used up: somebody has signed up with it."),
        ({"expires": timezone.now() - timedelta(days=400)}, "This invitation expired on"),
        ({"revoked": timezone.now()}, "This invitation was revoked."),
    ],
)
def test_link_says_why_it_no_longer_works(staff_client, client, settings, change, sentence):
    settings.CONTACT = "Ms Berg, room 12"
    link, other = made(staff_client), Client()
    client.get(link)  # sees the form, and sends it too late
    Invitation.objects.update(**change)
    late = client.post(SIGN_UP, {"username": "ada", **PASSWORDS})
    for answer in (other.get(link), client.get(SIGN_UP), late):
        assert answer.status_code == 410
        assert sentence in flat(answer.text)
        assert "ask Ms Berg, room 12" in flat(answer.text)
    assert not User.objects.filter(username="ada").exists()


def test_only_a_hash_of_the_secret_is_stored(staff_client):
    link = made(staff_client, note="ada")
    key = link.split("/")[2]
    row = Invitation.objects.values().get()
    assert row["digest"] == hashlib.sha256(key.encode()).hexdigest()
    assert [name for name, value in row.items() if key in str(value)] == []
    assert key not in staff_client.get(LIST).text
    assert key not in without_secrets(f'"GET {link} HTTP/1.1" 302')


def test_while_sign_up_is_open_a_link_that_is_over_stops_nobody(staff_client, client, settings):
    link = made(staff_client)
    client.get(link)
    settings.SIGNUP_OPEN = True
    Invitation.objects.update(revoked=timezone.now())
    assert client.post(SIGN_UP, {"username": "ada", **PASSWORDS}).status_code == 302
    assert (Joining.objects.count(), Invitation.objects.get().used) == (0, 0)


def test_signed_in_people_need_no_invitation(staff_client, owner_client):
    link = made(staff_client)
    assert "you need no invitation" in flat(owner_client.get(link).text)
    assert Invitation.objects.get().used == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_use_the_last_use_at_once_one_joins(staff):
    invitation, key = invitations.invite(by=staff, uses=3)
    answers = at_once(lambda name: sign_up(f"/invitation/{key}/", name).status_code, [f"pupil{n}" for n in range(6)])
    assert sorted(answers) == [302, 302, 302, 410, 410, 410]
    invitation.refresh_from_db()
    assert (invitation.used, invitation.joinings.count(), User.objects.count()) == (3, 3, 4)


def test_mail_takes_the_link_along(staff_client):
    link = made(staff_client, email="ada@example.org", uses=1)
    (message,) = mail.outbox
    assert message.to == ["ada@example.org"]
    assert f"http://testserver{link}" in message.body
    assert "It works until" in message.body
    assert "ada@example.org" in staff_client.get(LIST).text


def test_address_is_forgotten_when_the_invitation_is_over(staff_client):
    made(staff_client, email="ada@example.org")
    made(staff_client, email="bo@example.org")
    Invitation.objects.filter(email="ada@example.org").update(expires=timezone.now())
    tasks.forget_visits()
    assert sorted(Invitation.objects.values_list("email", flat=True)) == ["", "bo@example.org"]


def test_mail_is_offered_only_where_it_is_sent(staff_client, settings):
    assert "Send it to" in staff_client.get(LIST).text
    settings.EMAIL_BACKEND = PRINTED
    assert "Send it to" not in staff_client.get(LIST).text
    made(staff_client, email="ada@example.org")
    assert (Invitation.objects.get().email, mail.outbox) == ("", [])


@pytest.mark.parametrize("form", [{"uses": 0}, {"uses": 1001}, {"uses": "x"}, {"expires_days": "3"}, {"email": "x"}])
def test_invalid_form_makes_nothing(staff_client, form):
    answer = staff_client.post(LIST, {"uses": 1, "expires_days": "7", **form})
    assert (answer.status_code, "field__error" in answer.text) == (400, True)
    assert not Invitation.objects.exists()


def test_without_expiry_it_works_until_it_is_used_up(staff_client):
    made(staff_client, expires_days="")
    assert Invitation.objects.get().expires is None


def test_staff_revoke_an_invitation_and_take_that_back(staff_client):
    link = made(staff_client, note="class 8c")
    address = f"{LIST}{Invitation.objects.get().public_id}/"
    assert "class 8c" in staff_client.get(LIST).text
    assert "To undo this" in staff_client.post(f"{address}revoke/", follow=True).text
    assert "class 8c" not in staff_client.get(LIST).text
    assert "class 8c" in staff_client.get(f"{LIST}?show=over").text
    assert sign_up(link, "ada").status_code == 410
    staff_client.post(f"{address}reopen/")
    assert sign_up(link, "ada").status_code == 302
    text = staff_client.get(address).text
    assert 'href="/staff/people/@ada/"' in text


def test_closed_account_leaves_the_count_but_no_name(staff_client):
    sign_up(made(staff_client), "ada")
    closing.close(User.objects.get(username="ada"))
    row = Invitation.objects.get()
    assert (row.used, row.joinings.count()) == (1, 0)
    assert "have closed their account since" in flat(staff_client.get(f"{LIST}{row.public_id}/").text)


def test_inviting_needs_the_permission(staff):
    inviting, clerk = staff_with(MAY_INVITE), staff_with("auth.view_user", "auth.change_user")
    made(inviting)
    address = f"{LIST}{Invitation.objects.get().public_id}/"
    for path in (LIST, f"{address}revoke/", f"{address}reopen/"):
        assert clerk.post(path, {"uses": 1}).status_code == 403
    assert (clerk.get(LIST).status_code, Invitation.objects.open().count()) == (403, 1)
    assert 'href="/staff/invitations/"' in inviting.get("/staff/").text
    assert 'href="/staff/invitations/"' not in clerk.get("/staff/").text
