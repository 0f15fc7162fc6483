"""What the site says about who sees what, and that it does what it says."""

import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from classifier import tasks
from classifier.accounts import forgetting
from classifier.digits import corrections, idempotency
from classifier.digits.corrections import correct
from classifier.jobs import replies
from classifier.models import AuditEntry
from classifier.pages import privacy
from classifier.recognition.pictures import input_data_uri
from tests.factories import drawn_digit
from tests.markup import flat
from tests.staff_site import staff_client as staff_with

PRIVACY = "/privacy/"
CLAIM = re.compile(r"nobody else|only you (?:can )?see", re.IGNORECASE)
OPEN_TO_ALL = ["/", "/account/signup/", "/account/login/", "/model/", PRIVACY, "/nothing-here/"]
OF_A_PERSON = ["/", "/history/", "/account/", "/account/email/", "/batches/", "/export/", PRIVACY]


@pytest.fixture
def digit(owner, model_version):
    return drawn_digit(owner)


def picture_page(digit):
    return reverse("admin:digit-picture", args=[digit.pk])


def ways_to(client, *paths):
    """The pages that lead to the page Privacy in their footer."""
    return [path for path in paths if f'href="{PRIVACY}"' in client.get(path).text.partition("<footer")[2]]


def test_every_page_leads_to_the_page_on_privacy(client, owner_client, digit):
    assert ways_to(client, *OPEN_TO_ALL) == OPEN_TO_ALL
    pages = [*OF_A_PERSON, f"/digits/{digit.public_id}/"]
    assert ways_to(owner_client, *pages) == pages


def test_no_page_claims_that_nobody_else_sees_it(client, owner_client, digit):
    texts = {path: client.get(path).text for path in OPEN_TO_ALL}
    texts |= {f"own {path}": owner_client.get(path).text for path in OF_A_PERSON}
    assert [path for path, text in texts.items() if CLAIM.search(flat(text))] == []


@pytest.mark.parametrize("path", ["/", "/account/signup/"])
def test_visitors_read_who_sees_drawings_before_they_draw(client, db, path):
    text = flat(client.get(path).text)
    assert "Its administrators can, and the site records each picture they open" in text
    assert "reviewed by its staff" in text


def test_history_says_who_sees_it(owner_client):
    assert "Other people who use this site do not see it; its staff can." in flat(owner_client.get("/history/").text)


def test_contact_is_named_and_escaped(client, db, settings):
    assert "Ask the administrator of this site." in flat(client.get(PRIVACY).text)
    settings.CONTACT = "Ms <Berg>, berg@school.example"
    text = client.get(PRIVACY).text
    assert 'Ms &lt;Berg&gt;, <a href="mailto:berg@school.example">' in text


def test_periods_are_those_of_the_code(client, db, settings, monkeypatch):
    settings.SESSION_COOKIE_AGE = 3 * 86400
    monkeypatch.setattr(privacy, "UNDO_DAYS", 11)
    monkeypatch.setattr(corrections, "HELD_BACK_SHARE", 0.35)
    monkeypatch.setattr(idempotency, "KEPT", timedelta(hours=25))
    monkeypatch.setattr(replies, "KEPT_S", 77)
    monkeypatch.setattr(forgetting, "longest_count_s", lambda: 5400)
    text = flat(client.get(PRIVACY).text)
    for words in ("after 3 days", "For 11 days", "35 % of", "for 25 hours", "at most 77 seconds", "at most 90 minutes"):
        assert words in text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (30, "30 seconds"), (300, "5 minutes"), (86400, "1 day"), (1209600, "2 weeks")],
)
def test_periods_in_words(seconds, words):
    assert privacy.in_words(timedelta(seconds=seconds)) == words


def test_administration_shows_no_picture_unasked(staff_client, digit):
    correct(digit, 3)
    picture = input_data_uri(digit.pixels)
    names = ["drawing", "digit", "correction", "prediction"]
    pages = [reverse(f"admin:classifier_{name}_changelist") for name in names]
    pages += [
        reverse("admin:classifier_drawing_change", args=[digit.drawing_id]),
        reverse("admin:classifier_digit_change", args=[digit.pk]),
        reverse("admin:classifier_correction_change", args=[digit.correction.pk]),
    ]
    texts = {page: staff_client.get(page).text for page in pages}
    assert [page for page, text in texts.items() if picture in text or "data:image" in text] == []
    assert [page for page, text in texts.items() if picture_page(digit) in text] == pages[-2:]
    assert not AuditEntry.objects.exclude(act="opened_record").exists()


def test_picture_opens_on_a_click_which_is_recorded(staff_client, staff, owner, digit):
    assert staff_client.get(picture_page(digit)).status_code == 405  # no link, and nothing that a browser fetches ahead
    assert not AuditEntry.objects.exists()
    text = staff_client.post(picture_page(digit)).text
    assert input_data_uri(digit.pixels) in text
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.by, entry.about, entry.public_id) == ("opened_picture", staff, owner, digit.public_id)


def test_owner_sees_who_opened_a_picture(staff_client, staff, owner_client, stranger_client, client, digit):
    assert "Nobody has opened a picture of yours" in owner_client.get(PRIVACY).text
    staff_client.post(picture_page(digit))
    text = owner_client.get(PRIVACY).text
    assert f'<a href="/digits/{digit.public_id}/">digit {str(digit.public_id)[:8]}</a>' in text
    assert f"<td>{staff.username}</td>" in text
    for other in (stranger_client, client):
        assert f"<td>{staff.username}</td>" not in other.get(PRIVACY).text
    digit.drawing.delete()  # the record stays
    assert f"<td>{staff.username}</td>" in (text := flat(owner_client.get(PRIVACY).text))
    assert f'href="/digits/{digit.public_id}/"' not in text


def test_only_those_who_may_view_digits_open_pictures(owner_client, client, digit):
    clerk, viewer = staff_with("classifier.view_drawing"), staff_with("classifier.view_digit")
    assert clerk.post(picture_page(digit)).status_code == 403
    assert [each.post(picture_page(digit)).status_code for each in (owner_client, client)] == [302, 302]
    assert not AuditEntry.objects.exists()
    assert viewer.post(picture_page(digit)).status_code == 200
    assert viewer.post("/admin/classifier/digit/0/picture/").status_code == 404


@pytest.mark.postgres
def test_ended_sessions_and_expired_counts_are_forgotten(owner_client, stranger_client, owner, stranger):
    """Both hold internet addresses."""
    long_ago = timezone.now() - timedelta(days=20)
    for client, person in ((owner_client, owner), (stranger_client, stranger)):
        row = {
            "session_key": client.session.session_key,
            "ip": "127.0.0.1",
            "user_agent": "x",
            "last_seen_at": long_ago,
        }
        UserSession.objects.create(user=person, **row)
    ended = UserSession.objects.get(user=stranger).session_key
    Session.objects.filter(session_key=ended).update(expire_date=long_ago)
    cache.set("rate:127.0.0.1", [1], 3600)
    cache.set("rate:127.0.0.2", [1], 3600)
    with connection.cursor() as cursor:
        past = connection.ops.adapt_datetimefield_value(long_ago.replace(microsecond=0))
        cursor.execute("UPDATE cache SET expires = %s WHERE cache_key LIKE %s", [past, "%127.0.0.2"])
        tasks.forget_visits()
        cursor.execute("SELECT cache_key FROM cache WHERE cache_key LIKE %s", ["%rate:127%"])
        assert [key.rpartition(":")[2] for (key,) in cursor.fetchall()] == ["127.0.0.1"]
    assert [row.user for row in UserSession.objects.all()] == [owner]
    assert not Session.objects.filter(session_key=ended).exists()
    assert owner_client.get("/history/").status_code == 200


def test_longest_count_is_that_of_the_limits(settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "20/m/ip,5/90h/key", "login_failed": ""}
    assert forgetting.longest_count_s() == 90 * 3600
