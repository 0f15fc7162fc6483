"""Numbers on the pad, in the history and on the page of a digit."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifier.models import Correction, Digit, Drawing, Prediction
from classifier.recognition.wording import percent
from tests.factories import FORTY_SEVEN, answered, drawn_digit, many_digits, pad_form, picture
from tests.markup import flat
from tests.numbers import answer_all, drawn_number, shown

HTMX = {"HX-Request": "true"}


def save(client, **changed):
    return client.post("/drawings/", pad_form(strokes=json.dumps(FORTY_SEVEN), **changed), headers=HTMX)


def test_number_is_shown_in_one_sentence_with_a_chart_for_each_digit(owner_client, inference_worker):
    response = save(owner_client)
    answer = response.context["answer"]
    assert (answer.state, answer.text, len(answer.parts)) == ("done", "47", 2)
    assert response.text.lstrip().startswith('<section id="answer"')
    assert "This is <strong>47</strong>" in flat(response.text)
    assert 'data-label="47"' in response.text
    assert [f'id="answer-figure-{at}"' in response.text for at in (0, 1, 2)] == [True, True, False]
    assert response.text.count('class="correction"') == 2
    assert "hx-trigger" not in response.text


def test_waiting_number_polls_for_the_whole_number(owner_client, model_version):
    response = save(owner_client)
    url = f"/digits/{Digit.objects.get(position=0).public_id}/?whole=1"
    assert (response.context["answer"].state, f'hx-get="{url}"' in response.text) == ("waiting", True)
    answer_all(model_version, 4, 7)
    done = owner_client.get(url, headers=HTMX)
    assert (done.context["answer"].state, done.context["answer"].text) == ("done", "47")
    assert done.templates[0].name == "classifier/digits/_number.html"


def test_number_waits_while_one_of_its_digits_does(owner_client, model_version):
    save(owner_client)
    Prediction.objects.filter(digit__position=0).update(**answered(model_version, 4))
    url = f"/digits/{Digit.objects.get(position=1).public_id}/?whole=1"  # any of its digits will do
    answer = owner_client.get(url, headers=HTMX).context["answer"]
    assert (answer.state, answer.text) == ("waiting", "4…")


@pytest.mark.parametrize(
    ("changed", "text", "words"),
    [
        ({"verdict": "unsure", "candidates": [7, 1]}, "47", "unsure"),
        ({"verdict": "not_a_digit", "candidates": []}, "4–", "no digit"),
    ],
)
def test_doubt_about_one_digit_is_shown_and_its_chart_is_open(owner_client, forty_seven, changed, text, words):
    Prediction.objects.filter(digit__position=1).update(**changed)
    response = owner_client.get(f"/digits/{forty_seven[0].public_id}/?whole=1", headers=HTMX)
    answer = response.context["answer"]
    assert (answer.text, answer.shown) == (text, 1)
    assert f'<span class="number__percent"> {words} </span>' in flat(response.text)


def test_failed_digit_of_a_number_says_so(owner_client, forty_seven):
    Prediction.objects.filter(digit__position=1).update(status="failed", label=None, verdict="", error="No answer.")
    response = owner_client.get(f"/digits/{forty_seven[0].public_id}/?whole=1", headers=HTMX)
    assert (response.context["answer"].state, response.context["answer"].text) == ("failed", "4×")


def test_each_digit_has_its_own_correction(owner_client, forty_seven):
    url = f"/digits/{forty_seven[1].public_id}/correction/"
    assert owner_client.post(url, {"label": "1"}, headers=HTMX).status_code == 200
    assert Correction.objects.get().digit == forty_seven[1]
    parts = owner_client.get(f"/digits/{forty_seven[0].public_id}/?whole=1", headers=HTMX).context["answer"].parts
    assert [part.answer.correction and part.answer.correction.label for part in parts] == [None, 1]


def test_history_has_one_card_for_a_number_with_a_link_to_each_digit(owner_client, owner, forty_seven):
    lone = drawn_digit(owner)
    response = owner_client.get("/history/")
    first, second = response.context["rows"]
    assert ([row["digit"].public_id for row in (first, second)], response.context["total"]) == (
        [lone.public_id, forty_seven[0].public_id],
        2,
    )
    assert (second["text"], second["percent"]) == ("47", percent(0.91, 1))
    card = flat(response.text).partition('class="card card--number"')[2]
    assert "Read as </span> 47" in card
    assert [f'href="/digits/{digit.public_id}/"' in card for digit in forty_seven] == [True, True]
    assert "2 entries." in flat(response.text)


def test_card_of_a_number_says_how_sure_its_least_sure_digit_is(owner_client, forty_seven):
    Prediction.objects.filter(digit=forty_seven[1]).update(confidence=0.6, verdict="unsure", candidates=[7, 1])
    (row,) = owner_client.get("/history/").context["rows"]
    assert (row["verdict"], row["percent"]) == ("unsure", percent(0.6, 1))


def test_number_is_found_by_its_figures(owner_client, owner, model_version, forty_seven):
    many_digits(owner, 2, model_version)  # sevens
    wanted = {"47": [2], "4.7": [2], "7": [1, 1, 2], "74": [], "5": []}
    for number, digits in wanted.items():
        rows = owner_client.get("/history/", {"number": number}).context["rows"]
        assert [len(row["digit"].siblings) for row in rows] == digits
    assert owner_client.get("/history/?number=abc").status_code == 400


def test_entry_is_listed_once_if_several_of_its_digits_match(owner_client, owner, forty_seven):
    for query in ("digit=4&digit=7", "source=draw", "sort=surest", "sort=digit", "sort=least_sure&min_confidence=0.5"):
        response = owner_client.get(f"/history/?{query}")
        assert [row["text"] for row in response.context["rows"]] == ["47"]
        assert response.context["total"] == 1


def test_entries_are_sorted_by_number(owner_client, owner, model_version, forty_seven):
    many_digits(owner, 1, model_version)
    drawn_digit(owner)  # not read yet
    rows = owner_client.get("/history/?sort=digit").context["rows"]
    assert [row.get("text") or row["label"] for row in rows] == [7, "47", None]


def test_history_of_numbers_takes_the_same_queries_at_any_length(
    owner_client, owner, model_version, django_assert_num_queries
):
    drawn_number(owner)
    owner_client.get("/history/")
    with CaptureQueriesContext(connection) as few:
        owner_client.get("/history/")
    for _ in range(5):
        drawn_number(owner)
    many_digits(owner, 5, model_version)
    with django_assert_num_queries(len(few)):
        owner_client.get("/history/")


def test_page_of_a_digit_shows_its_siblings_and_its_place(owner_client, forty_seven):
    response = owner_client.get(f"/digits/{forty_seven[1].public_id}/")
    assert [row["is_here"] for row in response.context["siblings"]] == [False, True]
    assert f'href="/digits/{forty_seven[0].public_id}/"' in response.text
    assert [box["is_here"] for box in response.context["boxes"]] == [False, True]
    assert "2nd of 2 in 47" in response.text
    assert response.context["answer"].label == 7
    assert 'style="' not in response.text


def test_page_of_a_lone_digit_from_the_pad_has_no_siblings_or_boxes(owner_client, owner):
    context = owner_client.get(f"/digits/{drawn_digit(owner).public_id}/").context
    assert (context["siblings"], context["boxes"], context["mark"]) == ([], [], "")


def test_deleting_one_digit_deletes_the_drawing_after_a_warning(owner_client, owner, forty_seven):
    kept = drawn_digit(owner)
    page = flat(owner_client.get(f"/digits/{forty_seven[1].public_id}/").text)
    assert "Delete the whole number 47" in page
    assert owner_client.post(f"/digits/{forty_seven[1].public_id}/delete/", headers=HTMX).status_code == 200
    assert list(Digit.objects.owned_by(owner)) == [kept]


@pytest.mark.parametrize("position", [0, 1])
def test_stranger_gets_404_for_siblings(owner_client, stranger_client, stranger_token, forty_seven, position):
    url = f"/digits/{forty_seven[position].public_id}/"
    for path in (url, f"{url}?whole=1", f"{url}input.png", f"{url}picture/"):
        assert owner_client.get(path, headers=HTMX).status_code == 200
        assert stranger_client.get(path, headers=HTMX).status_code == 404
    for action in ("delete/", "correction/"):
        assert stranger_client.post(url + action, {"label": "1"}).status_code == 404
    api = Client(headers={"Authorization": f"Token {stranger_token}"})
    assert api.get(f"/api/v1{url}").status_code == api.delete(f"/api/v1{url}").status_code == 404
    assert Digit.objects.count() == 2


@pytest.mark.parametrize("value", ["yes", "1", "True", "null"])
@pytest.mark.parametrize("path", ["/drawings/", "/drawings/preview/", "/pictures/"])
def test_invalid_choice_is_refused(owner_client, path, value):
    form = pad_form(one_digit=value) | {"image": SimpleUploadedFile("x.png", picture())}
    assert owner_client.post(path, form, headers=HTMX).status_code == 400
    assert Drawing.objects.count() == 0


@pytest.mark.parametrize(("value", "count"), [("true", 1), ("false", 2), ("", 2)])
def test_pad_and_pictures_follow_the_choice(owner_client, value, count):
    save(owner_client, one_digit=value)
    form = {"image": SimpleUploadedFile("x.png", picture(shown())), "one_digit": value}
    owner_client.post("/pictures/", form, headers=HTMX)
    assert [drawing.digits.count() for drawing in Drawing.objects.all()] == [count, count]


def test_preview_shows_the_number_and_stores_nothing(owner_client, inference_worker):
    form = pad_form(strokes=json.dumps(FORTY_SEVEN))
    response = owner_client.post("/drawings/preview/", form, headers=HTMX)
    answer = response.context["answer"]
    assert (answer.preview, answer.state, answer.text) == (True, "done", "47")
    assert "Looks like <strong>47</strong>" in flat(response.text)
    assert "delete" not in response.text
    alone = owner_client.post("/drawings/preview/", form | {"one_digit": "true"}, headers=HTMX)
    assert alone.templates[0].name == "classifier/digits/_answer.html"
    assert Drawing.objects.count() == 0
