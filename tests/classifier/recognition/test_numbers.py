"""Several digits of one drawing: cut, stored, waited for, shown, corrected and deleted together."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from celery.signals import before_task_publish
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from classifier.decoding.client import read_picture
from classifier.decoding.picture_files import decode
from classifier.digits import corrections, intake, numbers
from classifier.digits.predictions import answer_predictions
from classifier.errors import NotFound
from classifier.jobs import replies
from classifier.models import Correction, Digit, Drawing, Prediction
from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing.pipeline import find_digits_in_sketch
from classifier.recognition.preprocessing.strokes import Sketch, render
from tests.factories import (
    FORTY_SEVEN,
    FOUR,
    ONE,
    PEN,
    SIZE,
    answered,
    drawn_digit,
    encoded,
    many_digits,
    pad_form,
    picture,
    sketch,
)

DIGITS = "/api/v1/digits/"
HTMX = {"HX-Request": "true"}
SEVEN_AT_RIGHT = FORTY_SEVEN[2:]


def number(owner, strokes=FORTY_SEVEN, **given):
    return intake.save_drawing(owner, sketch(strokes), **given)


def shown(strokes=FORTY_SEVEN, size=280):
    """The strokes as dark ink on light paper: shape (size, size)."""
    ink = render(Sketch([[[x * size / 280, y * size / 280] for x, y in stroke] for stroke in strokes], size, size, 14))
    return 255 - np.asarray(Image.fromarray(ink).resize((size, size)))


def answer_all(model_version, *labels, **changed):
    """Answer the digits that wait, from the left, as if a worker had."""
    waiting = Prediction.objects.filter(status="queued").order_by("digit__position")
    for prediction, label in zip(waiting, labels, strict=True):
        Prediction.objects.filter(pk=prediction.pk).update(**answered(model_version, label) | changed)


def rows(model):
    return list(model.objects.order_by("digit__position", "revision").values_list("digit__position", "status"))


def stand(digits):
    return [(digit.position, digit.box[0] < 140) for digit in digits]


def test_number_is_one_drawing_with_a_digit_and_a_prediction_each(owner, redis_server):
    digit = number(owner)
    assert (Drawing.objects.count(), digit.position, Drawing.objects.get().one_digit) == (1, 0, False)
    assert [each.position for each in digit.siblings] == [0, 1]
    assert rows(Prediction) == [(0, "queued"), (1, "queued")]
    left, right = Digit.objects.order_by("position")
    assert bytes(left.pixels) != bytes(right.pixels)
    assert left.box[2] <= right.box[0]  # in px of the pad
    assert (left.box[0] < 40, right.box[2] > 240) == (True, True)
    assert isinstance(left.hints, dict)


@pytest.mark.django_db(transaction=True)
def test_one_job_asks_for_all_of_a_number(owner, redis_server):
    jobs = []

    def note(body: Any, **_: Any) -> None:  # as it is sent: a worker of another test may take it at once
        jobs.append(body[0])

    before_task_publish.connect(note)
    number(owner)
    before_task_publish.disconnect(note)
    keys = list(Prediction.objects.order_by("digit__position").values_list("pk", flat=True))
    assert [list(job[0]) for job in jobs] == [keys]


def test_one_digit_is_never_cut(owner):
    digit = number(owner, one_digit=True)
    assert (len(digit.siblings), Digit.objects.count(), Drawing.objects.get().one_digit) == (1, 1, True)


def test_number_is_stored_with_as_many_queries_as_a_digit(owner, model_version):
    with CaptureQueriesContext(connection) as for_one:
        drawn_digit(owner)
    with CaptureQueriesContext(connection) as for_two:
        number(owner)
    assert len(for_two) == len(for_one)


def test_digit_is_stored_and_changed_with_few_queries(owner, django_assert_max_num_queries):
    name = uuid.uuid4()
    with django_assert_max_num_queries(5):  # savepoint, drawing, digit, prediction, release
        drawn_digit(owner, drawing_id=name)
    with django_assert_max_num_queries(10):
        drawn_digit(owner, drawing_id=name, revision=2)


def test_number_sent_again_is_stored_once_and_answered_whole(owner, model_version):
    name = uuid.uuid4()
    first = number(owner, drawing_id=name)
    answer_all(model_version, 4, 7)
    again = number(owner, drawing_id=name)
    assert (Digit.objects.count(), Prediction.objects.count()) == (2, 2)
    assert [each.pk for each in again.siblings] == [each.pk for each in first.siblings]
    assert [each.prediction.label for each in again.siblings] == [4, 7]


def test_picture_is_cut_as_well(owner):
    first, second = (SimpleUploadedFile("x.png", picture(shown())) for _ in range(2))
    digit = intake.accept_picture(owner, first, Drawing.Source.UPLOAD)
    assert stand(digit.siblings) == [(0, True), (1, False)]
    whole = intake.accept_picture(owner, second, Drawing.Source.UPLOAD, one_digit=True)
    assert (len(whole.siblings), whole.drawing.one_digit) == (1, True)


def test_sample_is_one_digit(owner):
    assert intake.accept_sample(owner).drawing.one_digit is True


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("side", [280, 2100])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_boxes_are_in_pixels_of_the_upright_picture(kind, side, orientation):
    """The picture is twice as wide as it is high, its number in the left half."""
    paper = np.full((side, 2 * side), 255, np.uint8)
    paper[:, :side] = shown(size=280) if side == 280 else np.asarray(Image.fromarray(shown()).resize((side, side)))
    turned = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    image = Image.fromarray(paper)
    if orientation in turned:
        image = image.transpose(turned[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode(encoded(image, kind, exif=exif), 16_000_000)
    assert (found.width, found.height) == (2 * side, side)
    left, right = (each.box for each in found.digits)
    zoom = side / 280
    for box, expected in ((left, (24, 54, 126, 227)), (right, (153, 63, 257, 222))):
        assert box == pytest.approx([value * zoom for value in expected], abs=14 * zoom)


def test_child_hands_back_every_digit_with_its_box_and_hints():
    data = picture(shown())
    here, there = decode(data, 10**6), read_picture(data, 10**6)
    assert len(there.digits) == 2
    for mine, other in zip(here.digits, there.digits, strict=True):
        assert np.array_equal(mine.pixels, other.pixels)
        assert (mine.box, mine.hints) == (other.box, other.hints)
    assert len(read_picture(data, 10**6, one_digit=True).digits) == 1


@pytest.mark.parametrize("side", [280, 1200])
def test_child_hands_back_the_steps_when_asked(side):
    here, there = [], []
    found = decode(picture(shown(size=side)), 10**7, steps=here)
    assert len(read_picture(picture(shown(size=side)), 10**7, steps=there).digits) == len(found.digits)
    assert [(step.name, step.title, step.advice) for step in there] == [
        (step.name, step.title, step.advice) for step in here
    ]
    assert there
    assert max(max(step.picture.shape) for step in there) <= 320
    assert np.array_equal(there[-1].picture, here[-1].picture)  # the smallest and last come whole, and in their place


def test_child_hands_back_the_steps_of_a_picture_without_ink():
    steps = []
    with pytest.raises(NoInk):
        read_picture(picture(np.full((90, 120), 255, np.uint8)), 10**7, steps=steps)
    assert steps[0].picture.shape == (90, 120)


def test_digit_added_at_the_right_leaves_the_first_what_it_is(owner, model_version):
    name = uuid.uuid4()
    four = number(owner, FOUR, drawing_id=name)
    answer_all(model_version, 4)
    corrections.correct(four, 9)
    both = number(owner, FORTY_SEVEN, drawing_id=name, revision=2)
    assert (both.public_id, [each.position for each in both.siblings]) == (four.public_id, [0, 1])
    assert rows(Prediction) == [(0, "superseded"), (0, "queued"), (1, "queued")]
    assert Correction.objects.get().digit == four


def test_digit_that_is_undone_goes_with_all_that_was_said_of_it(owner, model_version):
    name = uuid.uuid4()
    four, seven = number(owner, drawing_id=name).siblings
    answer_all(model_version, 4, 7)
    for digit in (four, seven):
        corrections.correct(digit, 1)
    left = number(owner, FOUR, drawing_id=name, revision=2)
    assert (left.pk, left.siblings, Digit.objects.count()) == (four.pk, [left], 1)
    assert rows(Prediction) == [(0, "superseded"), (0, "queued")]
    assert Correction.objects.get().digit == four


def test_correction_does_not_pass_to_the_digit_put_in_at_the_left(owner, model_version):
    name = uuid.uuid4()
    seven = number(owner, SEVEN_AT_RIGHT, drawing_id=name)
    corrections.correct(seven, 1)
    number(owner, SEVEN_AT_RIGHT + FOUR, drawing_id=name, revision=2)
    assert not Correction.objects.exists()


def test_choice_of_one_digit_joins_and_cuts_the_same_strokes(owner):
    name = uuid.uuid4()
    counts = []
    for revision, one_digit in ((1, False), (2, True), (3, False)):
        number(owner, drawing_id=name, revision=revision, one_digit=one_digit)
        counts.append((Digit.objects.count(), Drawing.objects.get().one_digit))
    assert counts == [(2, False), (1, True), (2, False)]


def test_those_who_wait_for_a_digit_that_is_removed_are_told(owner, monkeypatch, django_capture_on_commit_callbacks):
    name, told = uuid.uuid4(), []
    number(owner, drawing_id=name)
    waiting = set(Prediction.objects.values_list("pk", flat=True))
    monkeypatch.setattr(replies, "send", lambda word, content, **_: told.append(word))
    with django_capture_on_commit_callbacks(execute=True):
        number(owner, FOUR, drawing_id=name, revision=2)
    assert set(told) == {f"prediction:{pk}" for pk in waiting}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_newest_revision_stands_however_many_digits_each_has(owner, seed):
    name, revisions = uuid.uuid4(), list(range(1, 10))
    np.random.default_rng(seed).shuffle(revisions)

    def save(revision):
        try:
            return number(owner, FORTY_SEVEN if revision % 2 else FOUR, drawing_id=name, revision=revision)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, revisions))
    assert Drawing.objects.get().revision == 9
    assert list(Digit.objects.order_by("position").values_list("position", flat=True)) == [0, 1]
    standing = Prediction.objects.exclude(status="superseded")
    assert list(standing.order_by("digit__position").values_list("revision", "status")) == [(9, "queued")] * 2


def test_answer_is_waited_for_until_all_digits_have_theirs(owner, inference_worker):
    digit = number(owner)
    intake.wait_for_answer(digit, 10)
    assert [each.prediction.status for each in digit.siblings] == ["done", "done"]
    assert numbers.text_of(digit.siblings) == "47"


def test_all_digits_together_are_waited_for_no_longer_than_one(owner, monkeypatch):
    now, waited = [100.0], []
    monkeypatch.setattr("classifier.digits.intake.answers.time.monotonic", lambda: now[0])

    def pass_time(word, timeout_s):
        waited.append(round(timeout_s, 3))
        now[0] += 3

    monkeypatch.setattr(replies, "wait_for", pass_time)
    digit = number(owner)
    intake.wait_for_answer(digit, 4)
    assert waited == [4, 1]
    assert [each.prediction.status for each in digit.siblings] == ["queued", "queued"]


def test_digit_removed_while_it_is_waited_for_is_no_longer_a_sibling(owner, monkeypatch):
    digit = number(owner)
    monkeypatch.setattr(replies, "wait_for", lambda *_: Digit.objects.filter(position=1).delete() and None)
    intake.wait_for_answer(digit, 1)
    assert [each.position for each in digit.siblings] == [0]
    Drawing.objects.all().delete()
    with pytest.raises(NotFound):
        intake.wait_for_answer(digit, 1)


def test_one_run_of_the_network_answers_all(owner, model_version):
    number(owner)
    assert answer_predictions(list(Prediction.objects.values_list("pk", flat=True))) == 2
    assert list(Prediction.objects.order_by("digit__position").values_list("label", flat=True)) == [4, 7]


@pytest.fixture
def forty_seven(owner, model_version):
    """A 4 and a 7 of one drawing, answered."""
    digit = number(owner, drawing_id=uuid.uuid4())
    answer_all(model_version, 4, 7)
    return digit.siblings


def save(client, **changed):
    return client.post("/drawings/", pad_form(strokes=json.dumps(FORTY_SEVEN), **changed), headers=HTMX)


def test_number_is_said_in_one_sentence_with_a_chart_for_each_digit(owner_client, inference_worker):
    response = save(owner_client)
    answer = response.context["answer"]
    assert (answer.state, answer.text, len(answer.parts)) == ("done", "47", 2)
    assert response.text.lstrip().startswith('<section id="answer"')
    assert "This is <strong>47</strong>" in response.text
    assert 'data-label="47"' in response.text
    assert [f'id="answer-figure-{at}"' in response.text for at in (0, 1, 2)] == [True, True, False]
    assert response.text.count('class="correction"') == 2
    assert "hx-trigger" not in response.text


def test_waiting_number_asks_again_for_the_whole(owner_client, model_version):
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
    url = f"/digits/{Digit.objects.get(position=1).public_id}/?whole=1"  # by whichever it is asked
    answer = owner_client.get(url, headers=HTMX).context["answer"]
    assert (answer.state, answer.text) == ("waiting", "4?")


@pytest.mark.parametrize(
    ("changed", "text", "words"),
    [
        ({"verdict": "unsure", "candidates": [7, 1]}, "47", "unsure"),
        ({"verdict": "not_a_digit", "candidates": []}, "4?", "no digit"),
    ],
)
def test_doubt_about_one_digit_is_shown_and_stands_open(owner_client, forty_seven, changed, text, words):
    Prediction.objects.filter(digit__position=1).update(**changed)
    response = owner_client.get(f"/digits/{forty_seven[0].public_id}/?whole=1", headers=HTMX)
    answer = response.context["answer"]
    assert (answer.text, answer.shown) == (text, 1)
    assert f'<span class="number__percent">{words}</span>' in response.text


def test_failed_digit_of_a_number_says_so(owner_client, forty_seven):
    Prediction.objects.filter(digit__position=1).update(status="failed", label=None, verdict="", error="No answer.")
    response = owner_client.get(f"/digits/{forty_seven[0].public_id}/?whole=1", headers=HTMX)
    assert (response.context["answer"].state, response.context["answer"].text) == ("failed", "4?")


def test_corrections_are_each_digits_own(owner_client, forty_seven):
    url = f"/digits/{forty_seven[1].public_id}/correction/"
    assert owner_client.post(url, {"label": "1"}, headers=HTMX).status_code == 200
    assert Correction.objects.get().digit == forty_seven[1]
    parts = owner_client.get(f"/digits/{forty_seven[0].public_id}/?whole=1", headers=HTMX).context["answer"].parts
    assert [part.answer.correction and part.answer.correction.label for part in parts] == [None, 1]


def test_history_has_an_entry_for_each_digit_in_reading_order(owner_client, owner, forty_seven):
    lone = drawn_digit(owner)
    rows = owner_client.get("/history/").context["rows"]
    assert [row["digit"].public_id for row in rows] == [lone.public_id, *(each.public_id for each in forty_seven)]
    assert [row["mark"] for row in rows] == ["", "1st of 2 in 47", "2nd of 2 in 47"]
    assert "Delete all 2 digits" in owner_client.get("/history/").text


def test_history_of_numbers_costs_the_same_however_long(owner_client, owner, model_version, django_assert_num_queries):
    number(owner)
    owner_client.get("/history/")
    with CaptureQueriesContext(connection) as few:
        owner_client.get("/history/")
    for _ in range(5):
        number(owner)
    many_digits(owner, 5, model_version)
    with django_assert_num_queries(len(few)):
        owner_client.get("/history/")


def test_lone_digits_ask_nothing_about_siblings(owner_client, owner, django_assert_num_queries):
    digit = drawn_digit(owner)
    found = list(Digit.objects.filter(pk=digit.pk).with_predictions())
    with django_assert_num_queries(0):
        numbers.know_siblings(found)
        assert (found[0].siblings, numbers.mark(found[0])) == (found, "")


def test_page_of_a_digit_shows_its_siblings_and_its_place(owner_client, forty_seven):
    response = owner_client.get(f"/digits/{forty_seven[1].public_id}/")
    assert [row["is_here"] for row in response.context["siblings"]] == [False, True]
    assert f'href="/digits/{forty_seven[0].public_id}/"' in response.text
    assert [box["is_here"] for box in response.context["boxes"]] == [False, True]
    assert "2nd of 2 in 47" in response.text
    assert response.context["answer"].label == 7
    assert 'style="' not in response.text


def test_page_of_a_lone_digit_on_the_pad_has_neither(owner_client, owner):
    context = owner_client.get(f"/digits/{drawn_digit(owner).public_id}/").context
    assert (context["siblings"], context["boxes"], context["mark"]) == ([], [], "")


def test_deleting_one_digit_deletes_the_drawing_and_says_so_before(owner_client, owner, forty_seven):
    kept = drawn_digit(owner)
    page = owner_client.get(f"/digits/{forty_seven[1].public_id}/").text
    assert "Delete all 2 digits" in page
    assert owner_client.post(f"/digits/{forty_seven[1].public_id}/delete/", headers=HTMX).status_code == 200
    assert list(Digit.objects.owned_by(owner)) == [kept]


@pytest.mark.parametrize("position", [0, 1])
def test_another_persons_siblings_are_not_there(owner_client, stranger_client, stranger_token, forty_seven, position):
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
def test_choice_that_is_none_is_refused(owner_client, path, value):
    form = pad_form(one_digit=value) | {"image": SimpleUploadedFile("x.png", picture())}
    assert owner_client.post(path, form, headers=HTMX).status_code == 400
    assert Drawing.objects.count() == 0


@pytest.mark.parametrize(("value", "count"), [("true", 1), ("false", 2), ("", 2)])
def test_choice_is_heeded_by_pad_and_pictures(owner_client, value, count):
    save(owner_client, one_digit=value)
    form = {"image": SimpleUploadedFile("x.png", picture(shown())), "one_digit": value}
    owner_client.post("/pictures/", form, headers=HTMX)
    assert [drawing.digits.count() for drawing in Drawing.objects.all()] == [count, count]


def test_preview_shows_the_number_and_stores_nothing(owner_client, inference_worker):
    form = pad_form(strokes=json.dumps(FORTY_SEVEN))
    response = owner_client.post("/drawings/preview/", form, headers=HTMX)
    answer = response.context["answer"]
    assert (answer.preview, answer.state, answer.text) == (True, "done", "47")
    assert "Looks like <strong>47</strong>" in response.text
    assert "delete" not in response.text
    alone = owner_client.post("/drawings/preview/", form | {"one_digit": "true"}, headers=HTMX)
    assert alone.templates[0].name == "classifier/digits/_answer.html"
    assert Drawing.objects.count() == 0


@pytest.fixture
def api(owner_token):
    return Client(headers={"Authorization": f"Token {owner_token}"})


def send(api, **changed):
    body = {"strokes": FORTY_SEVEN, "size": SIZE, "pen": PEN} | changed
    return api.post(DIGITS, json.dumps(body), content_type="application/json")


def test_program_gets_the_leftmost_digit_the_number_and_all_digits(api, inference_worker):
    response = send(api)
    body = response.json()
    assert (response.status_code, body["number"], len(body["digits"])) == (201, "47", 2)
    assert response.headers["Location"].endswith(body["url"])
    assert {key: body[key] for key in body if key not in ("number", "digits")} == body["digits"][0]
    assert [each["position"] for each in body["digits"]] == [0, 1]
    assert [each["prediction"]["digit"] for each in body["digits"]] == [4, 7]
    assert len({each["drawing"] for each in body["digits"]}) == 1
    assert body["digits"][1]["box"] == Digit.objects.get(position=1).box
    assert api.get(body["url"]).json() == body
    second = api.get(body["digits"][1]["url"]).json()
    assert (second["position"], second["number"], second["digits"]) == (1, "47", body["digits"])


def test_program_is_told_202_until_the_last_digit_is_finished(api, monkeypatch, settings, model_version):
    settings.ANSWER_WAIT_S = 1

    def answer_one(*_):
        Prediction.objects.filter(digit__position=0).update(**answered(model_version, 4))

    monkeypatch.setattr(replies, "wait_for", answer_one)
    response = send(api)
    assert (response.status_code, response.json()["number"]) == (202, None)
    assert [each["prediction"]["status"] for each in response.json()["digits"]] == ["done", "queued"]


def test_single_digit_is_a_number_of_one(api, inference_worker):
    body = send(api, strokes=ONE).json()
    assert (body["number"], [each["id"] for each in body["digits"]]) == ("1", [body["id"]])


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"status": "failed", "label": None}, None),
        ({"verdict": "not_a_digit"}, None),
        ({"verdict": "unsure"}, "47"),
    ],
)
def test_number_is_null_when_a_digit_of_it_is_not_read(api, forty_seven, changed, number):
    Prediction.objects.filter(digit__position=1).update(**changed)
    assert api.get(f"{DIGITS}{forty_seven[0].public_id}/").json()["number"] == number


def test_list_has_every_digit_without_the_number(api, forty_seven):
    results = api.get(DIGITS).json()["results"]
    assert [found["position"] for found in results] == [0, 1]
    assert not any({"number", "digits"} & found.keys() for found in results)


@pytest.mark.parametrize(("one_digit", "count"), [(True, 1), (False, 2)])
def test_program_says_that_it_is_one_digit(api, one_digit, count):
    assert len(send(api, one_digit=one_digit).json()["digits"]) == count
    form = {"image": SimpleUploadedFile("x.png", picture(shown())), "one_digit": str(one_digit).lower()}
    assert len(api.post(DIGITS, form).json()["digits"]) == count


@pytest.mark.parametrize("value", ["true", 1, 0, None, [], "x"])
def test_one_digit_that_is_no_truth_value_is_a_problem(api, value):
    response = send(api, one_digit=value)
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert "one_digit" in response.json()["detail"]
    assert Drawing.objects.count() == 0


@pytest.mark.parametrize("value", ["True", "1", "yes", ""])
def test_one_digit_that_is_no_word_for_it_is_a_problem(api, value):
    response = api.post(DIGITS, {"image": SimpleUploadedFile("x.png", picture()), "one_digit": value})
    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert Drawing.objects.count() == 0


def test_more_than_a_number_is_not_cut_to_pieces():
    """A page of strokes is no number."""
    strokes = [[[8 + 15 * at, 20], [8 + 15 * at, 60]] for at in range(18)]
    assert len(find_digits_in_sketch(Sketch(strokes, 280, 280, 4))) <= 12
