"""The page that asks: for scripts with JSON, and without JavaScript as a form for one field."""

import json
import re

import pytest
from django.urls import reverse

from classifier.sheets.models import SheetShare
from tests.filled_stacks import filled


@pytest.fixture
def stack(owner):
    return filled(owner, 3, risk=0.3)


@pytest.fixture
def points(stack):
    return list(stack.values.filter(key="points").order_by("page__number"))


@pytest.fixture
def address(stack):
    return reverse("sheets:decide", args=[stack.public_id])


def ask(client, address, **form):
    response = client.post(address, form, headers={"Accept": "application/json"})
    return response.status_code, response.json()


def ahead_of(response):
    return json.loads(re.search(r'id="decide-ahead"[^>]*>(.*?)</script>', response.content.decode(), re.DOTALL)[1])


def test_the_page_has_the_first_field_and_those_that_come_next(owner_client, address, points):
    response = owner_client.get(address)
    assert [value["text"] for value in ahead_of(response)] == ["1", "2", "3"]
    first = ahead_of(response)[0]
    assert (first["name"], first["where"], first["others"], first["kind"]) == ("Points", "Page 1", ["41"], "boxes")
    assert first["box"] == [247, 70, 148, 35]
    assert first["crop"].endswith(f"/values/{points[0].public_id}/crop.jpg")
    assert b'value="41"' in response.content  # the other reading, as a button
    assert b'<strong id="decide-left">3</strong>' in response.content


def test_without_javascript_a_form_decides_one_after_the_other(owner_client, address, points):
    for value, form, stored in zip(
        points,
        ({"act": "take", "text": "17"}, {"other": "41", "text": "2"}, {"act": "empty", "text": "3"}),
        ("17", "41", ""),
        strict=True,
    ):
        assert owner_client.post(address, {"value": value.public_id} | form).status_code == 302
        value.refresh_from_db()
        assert value.text == stored
    assert b"No field is left to decide" in owner_client.get(address).content
    owner_client.post(address, {"act": "undo"})
    assert [value["text"] for value in ahead_of(owner_client.get(address))] == ["3"]


def test_a_refused_text_comes_back_with_its_sentence_and_a_way_to_insist(owner_client, address, points):
    form = {"value": points[1].public_id, "text": "61"}
    response = owner_client.post(address, form | {"act": "take"})
    assert response.status_code == 400
    page = response.content.decode()
    assert "61 is above 60, the highest value." in page and 'value="61"' in page
    assert "Yes, it really says that" in page
    assert ahead_of(response)[0]["id"] == str(points[1].public_id)
    owner_client.post(address, form | {"act": "force"})
    points[1].refresh_from_db()
    assert points[1].text == "61"


def test_scripts_get_what_happened(owner_client, stranger, address, stack, points):
    one, two, three = (str(value.public_id) for value in points)
    assert ask(owner_client, address, act="take", value=one, text="9") == (200, {})
    status, told = ask(owner_client, address, act="take", value=two, text="99")
    assert (status, told["code"]) == (400, "value_rejected")
    assert ask(owner_client, address, act="take", value=two, text="99", force="true") == (200, {})
    stack.values.filter(pk=points[2].pk).update(decided="2026-11-30T00:00Z", decided_by=stranger)
    status, told = ask(owner_client, address, act="take", value=three, text="9")
    assert (status, told["code"]) == (409, "decided_already")
    status, told = ask(owner_client, address, act="undo", value=one)
    assert (told["value"]["id"], told["value"]["text"]) == (one, "1")
    assert ask(owner_client, address, act="undo", value=one)[1]["value"]["id"] == one  # its answer was lost


def test_more_come_besides_those_that_are_there_or_on_their_way(owner_client, stranger, address, stack, points):
    one, two, three = (str(value.public_id) for value in points)
    status, told = ask(owner_client, address, act="next", have=[one], sent=[two])
    assert (status, told["kept"], told["left"]) == (200, [one], 3)
    assert [value["id"] for value in told["values"]] == [three]
    ask(owner_client, address, act="release")
    assert not stack.values.filter(held_by__isnull=False).exists()


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        ({"act": "dance"}, 400),
        ({"act": "take"}, 404),
        ({"act": "take", "value": "7"}, 404),
        ({"act": "undo", "value": "7"}, 404),
        ({"act": "next", "have": ["7"]}, 404),
        ({"act": "undo"}, 200),
    ],
)
def test_nonsense_is_answered(owner_client, address, form, status):
    assert ask(owner_client, address, **form)[0] == status


def test_without_a_script_it_is_said_that_there_is_nothing_to_undo(owner_client, address, points):
    said = "You have decided nothing here that can be undone."
    assert said in owner_client.post(address, {"act": "undo"}, follow=True).content.decode()
    owner_client.post(address, {"act": "take", "value": points[0].public_id, "text": "9"})
    assert said not in owner_client.post(address, {"act": "undo"}, follow=True).content.decode()


def test_only_those_who_may_decide_are_asked(owner, stranger, stranger_client, address, stack):
    assert stranger_client.get(address).status_code == 404
    share = SheetShare.objects.create(sheet=stack.sheet, user=stranger, level=SheetShare.Level.READ)
    assert stranger_client.get(address).status_code == 404
    share.level = SheetShare.Level.DECIDE
    share.save()
    assert len(ahead_of(stranger_client.get(address))) == 3


def test_a_long_queue_takes_no_more_queries(owner, owner_client, django_assert_max_num_queries):
    stack = filled(owner, 20, risk=0.3)
    owner_client.get(reverse("sheets:decide", args=[stack.public_id]))
    with django_assert_max_num_queries(10):
        assert len(ahead_of(owner_client.get(reverse("sheets:decide", args=[stack.public_id])))) == 8
