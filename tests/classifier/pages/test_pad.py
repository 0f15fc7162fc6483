"""Saving drawings: one history entry for each, regardless of how often it is sent and changed."""

import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from classifier.digits import deletion
from classifier.jobs import questions, replies
from classifier.models import Digit, Drawing, Prediction
from tests.factories import ONE, PEN, SEVEN, answered, drawn_digit, pad_form, picture

SAVE = "/drawings/"


@pytest.fixture
def save(owner_client):
    """save(**changed fields) posts the pad's form as HTMX does."""
    return lambda **changed: owner_client.post(SAVE, pad_form(**changed), headers={"HX-Request": "true"})


def statuses():
    return list(Prediction.objects.order_by("revision").values_list("revision", "status"))


def test_saving_a_drawing_stores_it_with_its_digit_and_a_waiting_prediction(save, owner):
    name = str(uuid.uuid4())
    response = save(drawing=name)
    drawing = Drawing.objects.get()
    assert (str(drawing.public_id), drawing.owner, drawing.source, drawing.revision) == (name, owner, "draw", 1)
    assert (drawing.strokes, drawing.width, drawing.height, drawing.pen) == (SEVEN, 280, 280, PEN)
    assert drawing.pointer == "mouse"
    assert len(drawing.digits.get().pixels) == 784
    assert statuses() == [(1, "queued")]
    assert response.status_code == 200
    assert response.templates[0].name == "classifier/digits/_answer.html"


def test_the_question_is_sent_once_it_is_stored(save, unread_queue, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        save()
    call = json.loads(unread_queue.lrange("inference", 0, -1)[0])
    assert call["headers"]["task"] == "classifier.answer_questions"
    (question,) = questions.take()
    assert question.predictions == [Prediction.objects.get().pk]


def test_answer_waits_in_a_fragment_that_asks_again(save):
    response = save()
    digit = Digit.objects.get()
    answer = response.context["answer"]
    assert (answer.state, answer.poll_url) == ("waiting", f"/digits/{digit.public_id}/")
    assert f'hx-get="/digits/{digit.public_id}/"' in response.text
    assert response.text.lstrip().startswith('<section id="answer"')


def test_many_revisions_are_one_entry(save):
    name = str(uuid.uuid4())
    for revision in range(1, 6):
        save(drawing=name, revision=revision, strokes=json.dumps(SEVEN * revision))
    assert Drawing.objects.get().revision == 5
    assert len(Drawing.objects.get().strokes) == 5
    assert Digit.objects.count() == 1
    assert statuses() == [(1, "superseded"), (2, "superseded"), (3, "superseded"), (4, "superseded"), (5, "queued")]


def test_new_revision_changes_the_digits_pixels(save):
    name = str(uuid.uuid4())
    save(drawing=name)
    before = bytes(Digit.objects.get().pixels)
    save(drawing=name, revision=2, strokes=json.dumps(ONE))
    assert bytes(Digit.objects.get().pixels) != before


def test_request_sent_again_is_stored_once(save):
    form = pad_form()
    answers = [save(**form) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert (Drawing.objects.count(), statuses()) == (1, [(1, "queued")])


def test_request_sent_again_gets_the_finished_answer(save, model_version):
    form = pad_form()
    save(**form)
    Prediction.objects.update(**answered(model_version))
    assert save(**form).context["answer"].label == 7


@pytest.mark.parametrize("revision", [1, 2, 3])
def test_revision_that_is_not_newer_changes_nothing(save, revision):
    name = str(uuid.uuid4())
    save(drawing=name, revision=3)
    response = save(drawing=name, revision=revision, strokes=json.dumps(ONE))
    drawing = Drawing.objects.get()
    assert (drawing.strokes, drawing.revision) == (SEVEN, 3)
    assert statuses() == [(3, "queued")]
    assert response.context["answer"].digit.public_id == drawing.digits.get().public_id


def test_undo_to_nothing_removes_the_entry(save):
    name = str(uuid.uuid4())
    save(drawing=name)
    response = save(drawing=name, revision=2, strokes="[]")
    assert (response.status_code, response.context["answer"].state) == (200, "blank")
    assert (Drawing.objects.count(), Digit.objects.count(), Prediction.objects.count()) == (0, 0, 0)
    assert save(drawing=name, revision=3, strokes="[[]]").status_code == 200


def test_undo_that_comes_late_leaves_the_newer_drawing(save):
    name = str(uuid.uuid4())
    save(drawing=name, revision=3)
    save(drawing=name, revision=2, strokes="[]")
    assert Drawing.objects.get().revision == 3


def test_pad_that_a_reload_restores_does_not_bring_a_deleted_drawing_back(save, owner):
    name = str(uuid.uuid4())
    save(drawing=name)
    deletion.delete(owner, [Digit.objects.get().public_id])
    response = save(drawing=name, restored="true")
    assert (response.status_code, response.context["answer"].message) == (404, "This drawing was deleted.")
    assert save(drawing=name, revision=2).status_code == 200  # drawing on restores it


def test_strangers_drawing_is_not_found_and_stays(save, stranger):
    theirs = drawn_digit(stranger).drawing
    name = str(theirs.public_id)
    for response in (save(drawing=name, revision=9), save(drawing=name, revision=9, strokes="[]")):
        assert response.status_code == 404
        assert response.templates[0].name == "classifier/digits/_answer.html"
    theirs.refresh_from_db()
    assert (theirs.owner, theirs.revision, Drawing.objects.count()) == (stranger, 1, 1)


def test_picture_or_sample_is_not_drawn_over(save, owner_client):
    """An API client knows the drawing id of an uploaded picture; the pad must not replace that drawing."""
    for path, form in (
        ("/pictures/", {"image": SimpleUploadedFile("seven.png", picture())}),
        ("/samples/", {"digit": 3}),
    ):
        owner_client.post(path, form, headers={"HX-Request": "true"})
        drawing = Drawing.objects.latest("pk")
        before = bytes(drawing.digits.get().pixels)
        assert save(drawing=str(drawing.public_id), revision=9).status_code in (400, 404)
        save(drawing=str(drawing.public_id), revision=9, strokes="[]")
        assert bytes(drawing.digits.get().pixels) == before


HUGE = "1" + 400 * "0"
MALFORMED = [
    {"drawing": "seven"},
    {"drawing": ""},
    {"drawing": "\0"},
    {"revision": 0},
    {"revision": -1},
    {"revision": "x"},
    {"revision": 2**31},
    {"revision": ""},
    {"strokes": "[[["},
    {"strokes": "{}"},
    {"strokes": "0"},
    {"strokes": "false"},
    {"strokes": "null"},
    {"strokes": '""'},
    {"strokes": ""},
    {"strokes": "[1]"},
    {"strokes": "[[[1]]]"},
    {"strokes": "[[[NaN, 1]]]"},
    {"strokes": f"[[[{HUGE}, 1]]]"},
    {"strokes": f"[[[1{'0' * 5000}, 1]]]"},
    {"strokes": "[" * 100_000},
    {"strokes": "[" * 50_000 + "]" * 50_000},
    {"strokes": "\0"},
    {"strokes": "\ud800".encode("utf-8", "surrogatepass")},
    {"width": "wide"},
    {"width": HUGE},
    {"width": 0},
    {"height": -280},
    {"height": 100_000},
    {"pen": "NaN"},
    {"pen": "1e999"},
    {"pen": 0},
    {"pen": ""},
    {"pointer": "nose"},
]


@pytest.mark.parametrize("changed", MALFORMED, ids=[f"{at} {str(row)[:30]}" for at, row in enumerate(MALFORMED)])
def test_malformed_form_is_refused_with_a_sentence_and_nothing_changes(save, owner, changed):
    drawing = drawn_digit(owner).drawing
    response = save(**{"drawing": str(drawing.public_id), "revision": 2} | changed)
    assert (response.status_code, response.context["answer"].state) == (400, "rejected")
    assert response.context["answer"].message
    drawing.refresh_from_db()
    assert (Drawing.objects.count(), drawing.revision) == (1, 1)


@pytest.mark.parametrize("missing", ["drawing", "revision", "strokes", "width", "height", "pen"])
def test_form_with_a_field_missing_is_refused(owner_client, owner, missing):
    form = pad_form(drawing=str(drawn_digit(owner).drawing.public_id), revision=2)
    del form[missing]
    assert owner_client.post(SAVE, form, headers={"HX-Request": "true"}).status_code == 400
    assert Drawing.objects.get().revision == 1


def test_strokes_off_the_pad_leave_no_ink(save):
    response = save(strokes="[[[2000, 2000], [2100, 2000]]]")
    assert (response.status_code, response.context["answer"].state) == (422, "rejected")
    assert "nothing on the pad" in response.text
    assert Drawing.objects.count() == 0


def test_without_htmx_the_answer_is_a_page(owner_client):
    response = owner_client.post(SAVE, pad_form())
    assert response.status_code == 302
    assert response.url == f"/digits/{Digit.objects.get().public_id}/"
    refused = owner_client.post(SAVE, pad_form(pen=0))
    assert (refused.status_code, refused.templates[0].name) == (400, "classifier/pad/pad.html")


def test_drawing_deleted_while_a_request_waits_raises_no_error(save, monkeypatch, settings):
    settings.ANSWER_WAIT_S = 1
    monkeypatch.setattr(replies, "wait_for", lambda word, timeout_s: Drawing.objects.all().delete() and None)
    assert save().status_code < 500


def test_answer_to_a_revision_that_is_replaced_meanwhile_says_so(save, monkeypatch, settings):
    settings.ANSWER_WAIT_S = 1
    monkeypatch.setattr(replies, "wait_for", lambda *_: Prediction.objects.update(status="superseded") and None)
    assert save().context["answer"].state == "superseded"


def test_visitor_stores_nothing(client, db):
    response = client.post(SAVE, pad_form())
    assert response.url == f"/account/login/?next={SAVE}"
    assert Drawing.objects.count() == 0


def test_finished_answer_shows_everything(save, inference_worker):
    answer = save().context["answer"]
    assert (answer.state, answer.label, len(answer.ranking)) == ("done", 7, 10)
    assert sum(row["value"] for row in answer.ranking) == pytest.approx(1, abs=1e-5)
    assert [row["value"] for row in answer.ranking] == sorted((row["value"] for row in answer.ranking), reverse=True)
    assert answer.figure["data"][0]["type"] == "bar"
    assert answer.figure["data"][0]["y"] == [str(row["label"]) for row in answer.ranking]
    assert answer.input_png.startswith("data:image/png;base64,")
    assert answer.model_name == Prediction.objects.get().model_version.name
    assert answer.elapsed


def test_finished_answer_does_not_ask_again(save, inference_worker):
    response = save()
    assert 'data-state="done"' in response.text
    assert "hx-trigger" not in response.text
    assert 'data-label="7"' in response.text


def test_finished_answer_reads_the_same_when_it_is_looked_at_again(save, owner_client, inference_worker):
    """The first comes from the worker's reply, the second from the database."""
    first = save().context["answer"]
    again = owner_client.get(first.url, headers={"HX-Request": "true"}).context["answer"]
    for name in ("state", "label", "percent", "ranking", "figure", "input_png", "model_name", "elapsed", "inference"):
        assert getattr(first, name) == getattr(again, name), name
