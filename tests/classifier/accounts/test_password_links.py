"""A forgotten password where the site sends no mail: what pages say, and the links that staff make."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.test import Client
from django.utils import timezone

from classifier.accounts.mail import PRINTED
from tests.conftest import PASSWORD
from tests.markup import flat
from tests.staff_site import staff_client as staff_with

NEW = "brand-new-9-words"
MANAGES = ("auth.view_user", "auth.change_user")
CONSOLE = "django.core.mail.backends.console.EmailBackend"


def page_of(person):
    return f"/admin/auth/user/{person.pk}/password-link/"


def made(client, person):
    """The link that staff make for a person."""
    link = re.search(r">(http://testserver/account/password/reset/key/[^<]+)<", client.post(page_of(person)).text)
    assert link
    return link[1].removeprefix("http://testserver")


def choose(client, link, password=NEW):
    form = client.get(link, follow=True)
    if "This link is no longer valid" in form.text:
        return False
    address = form.redirect_chain[-1][0]
    return client.post(address, {"password1": password, "password2": password}).status_code == 302


@pytest.mark.parametrize(
    "backend", [PRINTED, CONSOLE, CONSOLE.replace("console", "dummy"), CONSOLE.replace("console", "filebased")]
)
def test_pages_promise_no_message_that_is_not_sent(client, owner_client, settings, backend):
    settings.EMAIL_BACKEND, settings.CONTACT = backend, "Ms Berg, room 12"
    for path in ("/account/password/reset/", "/account/password/reset/done/"):
        text = flat(client.get(path).text)
        assert "does not send e-mail" in text
        assert "Ask Ms Berg, room 12" in text
        assert "<form" not in text.partition("<main")[2]
        assert "have sent" not in text
    assert "this site sends no e-mail" in flat(client.get("/account/signup/").text)
    assert "With one you can reset" not in owner_client.get("/account/").text
    assert "This site sends no e-mail" in flat(owner_client.get("/account/email/").text)


def test_no_notice_says_that_a_link_was_sent_that_was_not(owner_client, settings, capsys):
    settings.EMAIL_BACKEND = CONSOLE
    owner_client.post("/account/reauthenticate/", {"password": PASSWORD})
    answer = owner_client.post("/account/email/", {"action_add": "1", "email": "new@example.org"}, follow=True)
    assert "new@example.org" in answer.text
    assert "We have sent a link" not in answer.text
    assert "Resend the link" not in answer.text


def test_pages_promise_a_message_where_mail_is_sent(client, db):
    assert "We will send you a link" in flat(client.get("/account/password/reset/").text)
    assert "Check your e-mail" in client.get("/account/password/reset/done/").text
    assert "It lets you reset your password" in flat(client.get("/account/signup/").text)


def test_link_lets_a_person_choose_a_password_once(staff_client, client, owner):
    assert f'href="{page_of(owner)}"' in staff_client.get(f"/admin/auth/user/{owner.pk}/change/").text
    link = made(staff_client, owner)
    assert client.login(username="owner", password=PASSWORD)  # the old password works until then
    client.logout()
    link = made(staff_client, owner)  # signing in has used up the first one
    assert choose(client, link)
    assert Client().login(username="owner", password=NEW)
    assert not Client().login(username="owner", password=PASSWORD)
    assert not choose(Client(), link, "another-9-words")
    assert mail.outbox == []


def test_link_is_used_up_by_a_password_and_by_signing_in(staff_client, client, owner):
    links = [made(staff_client, owner), made(staff_client, owner)]
    assert choose(client, links[0])
    assert not choose(Client(), links[1], "another-9-words")
    unused = made(staff_client, owner)
    client.post("/account/login/", {"login": "owner", "password": NEW})
    assert not choose(Client(), unused, "another-9-words")


def test_link_expires(staff_client, client, owner, settings, monkeypatch):
    link = made(staff_client, owner)
    assert "within 24 hours" in staff_client.get(page_of(owner)).text
    later = timezone.now().replace(tzinfo=None) + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT + 5)
    monkeypatch.setattr("django.contrib.auth.tokens.PasswordResetTokenGenerator._now", lambda self: later)
    assert not choose(client, link)


def test_link_is_shown_once_and_recorded_without_it(staff_client, staff, owner):
    assert staff_client.get(page_of(owner)).text.count("/reset/key/") == 0
    assert not LogEntry.objects.exists()
    link = made(staff_client, owner)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (staff, str(owner.pk))
    assert "Made a link to choose a new password" in entry.get_change_message()
    assert link.rpartition("/key/")[2].strip("/") not in entry.change_message
    response = staff_client.get(page_of(owner))
    assert "/reset/key/" not in response.text
    assert "no-store" in response.headers["Cache-Control"]


def test_making_a_link_needs_the_permission_to_change_people(owner_client, client, owner, stranger):
    assert made(staff_with(*MANAGES), owner)
    without = [staff_with("auth.view_user"), staff_with()]
    assert [each.post(page_of(owner)).status_code for each in without] == [403, 403]
    assert [each.post(page_of(stranger)).status_code for each in (owner_client, client)] == [302, 302]


def test_nobody_gets_into_an_account_with_more_rights(staff, owner, db):
    clerk = staff_with(*MANAGES, "auth.delete_user")
    reviewer = User.objects.create_user("reviewer", is_staff=True)
    reviewer.user_permissions.add(Permission.objects.get(codename="review_correction"))
    for person in (staff, reviewer):
        assert clerk.get(page_of(person)).status_code == 403
        assert clerk.post(page_of(person)).status_code == 403
        passwords = {"password1": NEW, "password2": NEW, "usable_password": "true"}
        assert clerk.post(f"/admin/auth/user/{person.pk}/password/", passwords).status_code == 403
        assert clerk.post(f"/admin/auth/user/{person.pk}/delete/", {"post": "yes"}).status_code == 403
    assert not Client().login(username="reviewer", password=NEW)
    assert not LogEntry.objects.exists()


def test_staff_cannot_grant_rights_that_lead_past_this(owner):
    clerk = staff_with(*MANAGES)
    form = {"username": "owner", "is_active": "on", "is_superuser": "on", "is_staff": "on"}
    form |= {"date_joined_0": "2026-01-01", "date_joined_1": "10:00:00"}
    assert clerk.post(f"/admin/auth/user/{owner.pk}/change/", form).status_code == 302
    owner.refresh_from_db()
    assert (owner.is_staff, owner.is_superuser) == (True, False)


def test_locked_account_gets_no_link(staff_client, owner):
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert "This account is locked" in staff_client.post(page_of(owner)).text
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("debug", [False, True])
def test_link_is_printed_only_for_a_developer(client, owner, settings, capsys, debug):
    owner.email = "owner@school.example"
    owner.save()
    settings.EMAIL_BACKEND, settings.DEBUG = PRINTED, debug
    client.post("/account/password/reset/", {"email": owner.email})
    printed = capsys.readouterr().out
    assert "Mail to owner@school.example: " in printed
    assert ("/account/password/reset/key/" in printed) is debug
