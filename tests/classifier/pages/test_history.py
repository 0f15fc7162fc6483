"""A person's history: only their own digits, newest first, in pages, at a constant cost."""

import pytest
from django.test.utils import CaptureQueriesContext

from classifier.digits import history
from classifier.models import Digit, Drawing, Prediction
from classifier.recognition.wording import percent
from tests.factories import answered, drawn_digit, many_digits

HISTORY = "/history/"


def ids(response):
    return [row["digit"].public_id for row in response.context["rows"]]


def test_history_is_newest_first(owner_client, owner):
    digits = [drawn_digit(owner) for _ in range(3)]
    assert ids(owner_client.get(HISTORY)) == [digit.public_id for digit in reversed(digits)]


def test_row_says_what_was_read(owner_client, owner, model_version):
    drawn_digit(owner)
    Prediction.objects.update(**answered(model_version))
    (row,) = owner_client.get(HISTORY).context["rows"]
    assert (row["label"], row["percent"], row["status"], row["source"]) == (7, percent(0.91, 1), "done", "drawn here")


def test_row_of_a_newer_revision_waits_and_shows_no_old_label(owner_client, owner, model_version):
    drawing = drawn_digit(owner).drawing
    Prediction.objects.update(**answered(model_version))
    drawn_digit(owner, drawing_id=drawing.public_id, revision=2)
    (row,) = owner_client.get(HISTORY).context["rows"]
    assert (row["label"], row["percent"], row["status"]) == (None, "", "queued")


def test_pages_hold_every_digit_once(owner_client, owner):
    digits = many_digits(owner, 2 * history.PAGE + 5)
    seen, url = [], HISTORY
    while url:
        response = owner_client.get(url)
        assert response.context["total"] == len(digits)
        seen += ids(response)
        url = response.context["next_url"]
    assert seen == [digit.public_id for digit in reversed(digits)]


def test_next_rows_come_as_a_fragment(owner_client, owner):
    many_digits(owner, history.PAGE + 1)
    url = owner_client.get(HISTORY).context["next_url"]
    response = owner_client.get(url, headers={"HX-Request": "true"})
    assert (response.templates[0].name, len(ids(response))) == ("classifier/history/_history_rows.html", 1)
    assert "<html" not in response.text
    assert "HX-Request" in response.headers["Vary"]


def test_last_page_that_is_just_full_has_no_next(owner_client, owner):
    many_digits(owner, history.PAGE)
    assert owner_client.get(HISTORY).context["next_url"] == ""


def test_digit_drawn_or_deleted_meanwhile_shifts_nothing(owner_client, owner):
    digits = many_digits(owner, history.PAGE + 3)
    url = owner_client.get(HISTORY).context["next_url"]
    drawn_digit(owner)
    digits[-1].drawing.delete()
    assert ids(owner_client.get(url)) == [digit.public_id for digit in reversed(digits[:3])]


@pytest.mark.parametrize("before", ["x", "", "0", "\0", "7b2e1c1e-0000-4000-8000-000000000000", "../", "' OR 1=1"])
def test_unknown_place_starts_at_the_newest(owner_client, owner, before):
    digit = drawn_digit(owner)
    assert ids(owner_client.get(HISTORY, {"before": before})) == [digit.public_id]


def test_digit_of_a_stranger_is_an_invalid_place(owner_client, owner, stranger):
    mine, theirs = drawn_digit(owner), drawn_digit(stranger)
    assert ids(owner_client.get(HISTORY, {"before": str(theirs.public_id)})) == [mine.public_id]


def test_history_shows_mine_and_hides_the_rest(owner_client, stranger_client, owner, stranger):
    mine, theirs = {drawn_digit(owner).public_id, drawn_digit(owner).public_id}, {drawn_digit(stranger).public_id}
    assert set(ids(owner_client.get(HISTORY))) == mine
    assert set(ids(stranger_client.get(HISTORY))) == theirs
    assert {row["digit"].public_id for row in owner_client.get("/").context["recent"]} == mine


@pytest.mark.parametrize("path", [HISTORY, "/"])
def test_number_of_queries_does_not_grow_with_the_digits(
    owner_client, owner, model_version, path, django_assert_num_queries
):
    many_digits(owner, 1, model_version)
    from django.db import connection

    owner_client.get(path)  # session and samples are read in the first
    with CaptureQueriesContext(connection) as few:
        owner_client.get(path)
    many_digits(owner, 30, model_version)
    with django_assert_num_queries(len(few)):
        owner_client.get(path)


def test_empty_history_invites_to_draw(owner_client):
    response = owner_client.get(HISTORY)
    assert (response.status_code, response.context["rows"], response.context["total"]) == (200, [], 0)


def test_drawing_is_one_entry(owner_client, owner):
    drawing = drawn_digit(owner).drawing
    for revision in (2, 3, 4):
        drawn_digit(owner, drawing_id=drawing.public_id, revision=revision)
    assert len(ids(owner_client.get(HISTORY))) == Drawing.objects.count() == Digit.objects.count() == 1


def test_home_shows_the_eight_newest(owner_client, owner):
    digits = many_digits(owner, 10)
    recent = owner_client.get("/").context["recent"]
    assert [row["digit"].public_id for row in recent] == [digit.public_id for digit in reversed(digits[2:])]
