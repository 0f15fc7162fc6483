"""Sessions: the list of them, signing out elsewhere, and what else ends them."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from classifier.accounts import browsers, last_seen
from tests.conftest import PASSWORD
from tests.factories import pad_form

HTMX = {"HX-Request": "true"}
LIST, END = "/account/sessions/", "/account/sessions/end/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
ENGINE = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko)"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)

pytestmark = pytest.mark.django_db


def browser(name: str = "owner", agent: str = FIREFOX, password: str = PASSWORD) -> Client:
    """A browser that is signed in through the form."""
    client = Client(headers={"User-Agent": agent})
    client.post("/account/login/", {"login": name, "password": password})
    return client


def is_in(client: Client) -> bool:
    return client.get("/history/").status_code == 200


def names(client: Client, here: bool = False) -> list[str]:
    return [place.name for place in client.get(LIST).context["places"] if place.is_here == here]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (PHONE, "Safari on iPhone"),
        (PHONE.replace("Version/18.0", "CriOS/140.0"), "Chrome on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Version/18.0 Safari/605.1.15", "Safari on Mac"),
        (f"{ENGINE} (Linux; Android 10; K) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        (f"{ENGINE} (Linux; Android 13; SM-X205) SamsungBrowser/28.0 Chrome/130.0", "Samsung Internet on Android"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/140.0 Safari/537.36", "Chrome on Chrome OS"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 OPR/120.0.0.0", "Opera on Windows"),
        ("curl/8.5.0", "Curl"),
        ("python-requests/2.32", "Python Requests"),
        ("", "An unknown browser"),
        ("<script>alert(7)</script>", "An unknown browser"),
        ("x" * 500, "An unknown browser"),
    ],
)
def test_browser_and_device_are_named(agent, words):
    assert browsers.describe(agent) == words


def test_list_shows_each_place_and_marks_this_one(owner):
    here, _phone = browser(), browser(agent=PHONE)
    page = here.get(LIST)
    assert [(place.device, place.is_here, place.ip) for place in page.context["places"]] == [
        ("Firefox on Windows", True, "127.0.0.1"),
        ("Safari on iPhone", False, "127.0.0.1"),
    ]
    assert here.session.session_key not in page.text  # a reader of the page could sign in with it


def test_last_seen_is_shown_to_five_minutes(owner):
    here, phone = browser(), browser(agent=PHONE)
    assert "within the last five minutes" in here.get(LIST).text
    rows = UserSession.objects.filter(session_key=phone.session.session_key)
    rows.update(last_seen_at=timezone.now() - timedelta(days=2, hours=3))
    assert "2\xa0days, 3\xa0hours ago" in here.get(LIST).text


def test_everybody_sees_only_their_own_sessions(owner, stranger):
    mine, theirs = browser(), browser("stranger")
    assert len(mine.get(LIST).context["places"]) == len(theirs.get(LIST).context["places"]) == 1
    assert set(names(mine, here=True)).isdisjoint(names(theirs, here=True))


def test_one_other_is_signed_out(owner):
    here, phone, third = browser(), browser(agent=PHONE), browser(agent="curl/8")
    (name,) = names(phone, here=True)
    assert "That device is signed out" in here.post(END, {"session": name}, follow=True).text
    assert [is_in(each) for each in (here, phone, third)] == [True, False, True]
    assert Session.objects.count() == UserSession.objects.count() == 2
    assert "already signed out" in here.post(END, {"session": name}, follow=True).text


def test_all_others_are_signed_out_also_those_that_are_not_listed(owner, stranger):
    here, phone, theirs = browser(), browser(agent=PHONE), browser("stranger")
    old = browser()
    UserSession.objects.filter(session_key=old.session.session_key).delete()
    here.post(END, {"session": "others"})
    assert [is_in(each) for each in (here, phone, old, theirs)] == [True, False, False, True]
    assert names(here) == []


def test_nobody_signs_out_somebody_else(owner, stranger):
    mine, theirs = browser(), browser("stranger")
    (name,) = names(mine, here=True)
    for word in (name, mine.session.session_key, "others"):
        theirs.post(END, {"session": word})
    assert is_in(mine)
    assert is_in(theirs)


@pytest.mark.parametrize("name", ["", "nonsense", "a\0b", "x" * 5000])
def test_invalid_name_ends_nothing(owner, name):
    here = browser()
    assert here.post(END, {"session": name}).status_code == 302
    assert is_in(here)


def test_signing_out_here_leads_to_the_page_that_asks(owner):
    here = browser()
    assert here.post(END, {"session": names(here, here=True)[0]}).url == "/account/logout/"
    assert is_in(here)


def test_session_without_a_row_is_listed_after_its_next_request(owner):
    here = browser()
    UserSession.objects.all().delete()
    last_seen._noted._at.clear()
    assert [place.is_here for place in here.get("/history/").client.get(LIST).context["places"]] == [True]


def test_last_seen_is_recorded_at_intervals_and_costs_nothing_between(owner, django_assert_num_queries, monkeypatch):
    here = browser()
    long_ago = timezone.now() - timedelta(days=3)
    UserSession.objects.update(last_seen_at=long_ago)
    with django_assert_num_queries(2):  # the session and whose it is
        here.post("/drawings/", {}, headers=HTMX)
    assert UserSession.objects.get().last_seen_at == long_ago
    monkeypatch.setattr(last_seen, "NOTED_EVERY_S", 0.0)
    with django_assert_num_queries(3):
        here.post("/drawings/", {}, headers=HTMX)
    assert timezone.now() - UserSession.objects.get().last_seen_at < timedelta(minutes=1)


def test_request_that_reads_no_session_records_none(owner, monkeypatch, django_assert_num_queries):
    here = browser()
    monkeypatch.setattr(last_seen, "NOTED_EVERY_S", 0.0)
    with django_assert_num_queries(0):
        here.get("/healthz")


def test_process_remembers_a_bounded_number_of_sessions(monkeypatch):
    monkeypatch.setattr(last_seen, "REMEMBERED", 3)
    noted = last_seen._Noted()
    assert all(noted.is_due(key) for key in "abcde")
    assert [key for key in "edcba" if not noted.is_due(key)] == ["e", "d", "c"]


def test_pages_open_behind_a_proxy_that_sends_no_address(owner_client, monkeypatch):
    monkeypatch.setattr(last_seen, "NOTED_EVERY_S", 0.0)
    assert owner_client.get("/history/", REMOTE_ADDR="").status_code == 200


def test_signing_in_makes_a_new_cookie(owner, client):
    client.get("/account/login/")
    client.cookies[settings.SESSION_COOKIE_NAME] = "chosen-by-another-person-12345678"
    client.post("/account/login/", {"login": "owner", "password": PASSWORD})
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert key != "chosen-by-another-person-12345678"
    client.post("/account/logout/")
    assert not Session.objects.filter(session_key=key).exists()
    assert not UserSession.objects.filter(session_key=key).exists() or names(browser()) == []


def test_new_password_makes_a_new_cookie_here_and_signs_out_elsewhere(owner):
    here, phone = browser(), browser(agent=PHONE)
    before = here.session.session_key
    new = {"oldpassword": PASSWORD, "password1": "brand-new-9-words", "password2": "brand-new-9-words"}
    assert here.post("/account/password/change/", new).status_code == 302
    assert here.session.session_key != before
    places = here.get(LIST).context["places"]  # before the telephone sends its next request
    assert [(place.device, place.is_here) for place in places] == [("Firefox on Windows", True)]
    assert [is_in(here), is_in(phone)] == [True, False]


def test_cookie_is_hidden_from_scripts_and_other_sites(owner):
    cookie = browser().cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_deactivated_person_is_signed_out_at_once(owner):
    here = browser()
    User.objects.update(is_active=False)
    assert not is_in(here)


def test_drawing_in_an_ended_session_is_refused_and_not_stored(owner):
    here, phone = browser(), browser(agent=PHONE)
    here.post(END, {"session": "others"})
    assert phone.post("/drawings/", pad_form()).url.startswith("/account/login/")
    assert not owner.drawings.exists()
