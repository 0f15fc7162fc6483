"""Each kind of answer: computed by the worker, stored, shown, returned by the API and corrected."""

import base64
import html
import json
from datetime import timedelta

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from classifier import tasks
from classifier.digits import networks, predictions
from classifier.digits.intake import Unstored
from classifier.digits.networks import calibration_of
from classifier.digits.predictions import answer_predictions
from classifier.digits.registry import register_version
from classifier.jobs import replies
from classifier.jobs.questions import Question, ask
from classifier.models import Correction, Digit, Drawing, ModelVersion, Prediction
from classifier.pages.answers.rows import history_row
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.verdict import Judgement
from tests.archives import waiting_batch
from tests.calibrations import a_calibration
from tests.factories import answered, drawn_digit, pad_form, picture
from tests.markup import flat
from tests.numbers import drawn_number
from tests.runs import network_folder

HTMX = {"HX-Request": "true"}
UNSURE = {"verdict": "unsure", "reason": "close", "candidates": [4, 9], "label": 4}
NO_DIGIT = {"verdict": "not_a_digit", "reason": "drawing", "candidates": [], "label": 4}
LETTER = "This looks like a letter, a sign or a scribble, not like a digit from 0 to 9."


@pytest.fixture
def digit(owner, model_version):
    made = drawn_digit(owner)
    Prediction.objects.update(**answered(model_version, 4))
    return made


def of_kind(**fields):
    Prediction.objects.update(**fields)


def shown(client, digit):
    return flat(client.get(f"/digits/{digit.public_id}/", headers=HTMX).text)


def test_unsure_answer_has_a_short_form_for_the_line_below_the_pad(owner_client, digit):
    of_kind(**UNSURE)
    assert 'data-short="A 4 or a 9?"' in shown(owner_client, digit)


@pytest.fixture
def judging(monkeypatch):
    """The judge returns the test's verdict and records its arguments."""
    asked = []

    def judge(logits, features, pixels, hints, calibration):
        asked.append((pixels, hints, calibration))
        return Judgement("unsure", "close", 4, 0.5, [0.0] * 4 + [0.5] + [0.0] * 4 + [0.5], [4, 9])

    def judge_rows(logits, features, pixels, hints, calibration):
        return [judge(*row, calibration) for row in zip(logits, features, pixels, hints, strict=True)]

    monkeypatch.setattr(predictions, "judge_rows", judge_rows)
    return asked


def test_worker_stores_what_is_judged(owner, model_version, judging):
    drawn_digit(owner)
    stored = Prediction.objects.get()
    answer_predictions([stored.pk])
    stored.refresh_from_db()
    assert (stored.verdict, stored.reason, stored.candidates, stored.label) == ("unsure", "close", [4, 9], 4)
    assert (stored.confidence, stored.probabilities[9]) == (0.5, 0.5)


def test_hints_reach_the_judge_with_the_question(owner, model_version, judging, unread_queue):
    drawn_digit(owner)
    pixels = base64.b64encode(bytes(784)).decode()
    ask(Question([pixels], [{"shapes": 2}], predictions=[Prediction.objects.get().pk]))
    tasks.answer_questions()
    assert judging[0][1] == {"shapes": 2}
    assert not judging[0][0].any()


def test_hints_of_a_job_sent_again_are_looked_up(owner, model_version, judging):
    drawn_digit(owner)
    Digit.objects.update(hints={"shapes": 3})
    tasks.predict([Prediction.objects.get().pk])
    assert judging[0][1] == {"shapes": 3}


def test_preview_is_judged_too(model_version, judging, unread_queue):
    word = replies.new_reply_key()
    pixels = [base64.b64encode(np.full(784, ink, np.uint8).tobytes()).decode() for ink in (1, 2)]
    ask(Question(pixels, [{"shapes": 1}, {"shapes": 2}], reply_key=word))
    tasks.answer_questions()
    told = replies.wait_for(word, 1)
    assert [(each["verdict"], each["candidates"]) for each in told["answers"]] == [("unsure", [4, 9])] * 2
    assert [hints for _, hints, _ in judging] == [{"shapes": 1}, {"shapes": 2}]


def test_calibration_is_read_once_for_each_version(owner, model_version, django_assert_num_queries):
    ModelVersion.objects.update(metadata=model_version.metadata | {"calibration": None})
    networks._calibration.cache_clear()
    with django_assert_num_queries(1):
        assert [calibration_of(model_version) for _ in range(3)] == [None] * 3


def test_calibration_of_a_version_is_the_one_in_its_metadata(model_version):
    ModelVersion.objects.update(metadata=model_version.metadata | {"calibration": a_calibration(temperature=1.75)})
    networks._calibration.cache_clear()
    assert calibration_of(model_version).temperature == 1.75
    networks._calibration.cache_clear()


@pytest.mark.parametrize(
    "calibration", ["none", [1], {"version": 1}, a_calibration(temperature="warm"), a_calibration()]
)
def test_version_with_a_damaged_calibration_is_refused(tmp_path, db, calibration):
    """Includes one for another network; the network here has four features."""
    folder = network_folder(tmp_path / "damaged", b"!")
    metadata = json.loads((folder / "metadata.json").read_text())
    (folder / "metadata.json").write_text(json.dumps(metadata | {"calibration": calibration}))
    with pytest.raises(ModelFileDamaged, match="calibration"):
        register_version(folder)
    assert not ModelVersion.objects.exists()


def test_unsure_answer_names_what_it_could_be(owner_client, digit):
    of_kind(**UNSURE)
    text = shown(owner_client, digit)
    assert "data-announce>It could be a 4 or a 9.</p>" in text
    assert 'data-verdict="unsure"' in text
    assert "Unsure" in text
    assert text.count("correction__choice--likely") == 2


def test_refusal_says_why_and_asks_which_digit_it_is(owner_client, digit):
    of_kind(**NO_DIGIT)
    text = shown(owner_client, digit)
    assert f"data-announce>{LETTER}</p>" in text
    assert "Not a digit" in text
    assert "This is a" not in text
    assert "Is it a digit? Choose which:" in text
    assert "answer-figure" in text  # the chart is there all the same
    assert "Most similar digits" in text


def test_digit_is_shown_as_before(owner_client, digit):
    text = shown(owner_client, digit)
    assert "This is a <strong>4</strong>." in text
    assert "correction__choice--likely" not in text


def test_preview_shows_its_verdict(owner_client, monkeypatch):
    answers = [NO_DIGIT | {"confidence": 0.9, "probabilities": [0.1] * 10, "pixels": np.zeros((28, 28), np.uint8)}]
    told = [each | {"model_version": "x", "inference_ms": 1.0} for each in answers]
    read = Unstored([], told, [])
    monkeypatch.setattr("classifier.digits.intake.preview_sketch", lambda *_, **__: read)
    text = owner_client.post("/drawings/preview/", pad_form(), headers=HTMX).text
    assert LETTER in text


KINDS = [
    (UNSURE, '<span class="visually-hidden">Unsure, perhaps </span>4<span aria-hidden="true">?</span>'),
    (NO_DIGIT, '<span class="visually-hidden">Not a digit</span><span aria-hidden="true">–</span>'),
    ({}, '<span class="visually-hidden">Read as </span>4'),
]
NO_ANSWER = [
    (
        {"status": "failed", "verdict": "", "label": None},
        '<span class="visually-hidden">Could not be read</span><span aria-hidden="true">×</span>',
    ),
    (
        {"status": "queued", "verdict": "", "label": None},
        '<span class="visually-hidden">Not read yet</span><span aria-hidden="true">…</span>',
    ),
]


@pytest.mark.parametrize(("fields", "words"), KINDS)
def test_history_shows_each_kind(owner_client, digit, fields, words):
    of_kind(**fields)
    assert words in owner_client.get("/history/").text


@pytest.mark.parametrize(("fields", "words"), [*KINDS, *NO_ANSWER])
def test_every_strip_shows_each_kind(owner, owner_client, model_version, digit, fields, words):
    """The recent digits on the pad, the digits read together, and those of a batch."""
    drawn_number(owner)
    of_kind(**(answered(model_version, 4) | fields))
    batch = waiting_batch(owner, {"7.png": picture()})
    Drawing.objects.filter(pk=digit.drawing_id).update(batch=batch)
    of_number = Digit.objects.filter(position=1).get()
    pages = ["/", f"/digits/{of_number.public_id}/", f"/batches/{batch.public_id}/"]
    assert [path for path in pages if words not in owner_client.get(path).text] == []


@pytest.mark.parametrize(
    ("fields", "words", "mark"),
    [(UNSURE, "Read as ", "4"), (NO_DIGIT, "Not a digit", "–"), ({"status": "queued", "label": None}, "Not read", "…")],
)
def test_deleted_digits_are_shown_by_their_kind(owner_client, digit, fields, words, mark):
    of_kind(**({"verdict": ""} | fields))
    owner_client.post(f"/digits/{digit.public_id}/delete/")
    text = flat(owner_client.get("/history/deleted/").text)
    assert f'<span class="visually-hidden">{words}</span>' in text
    assert mark in text.partition('class="card__label"')[2].partition("card__source")[0]


def test_total_is_never_shorter_than_its_part(owner_client, digit):
    """Digits of a batch are stored together with their answers, so no time passes between the two."""
    now = timezone.now()
    of_kind(created=now, finished=now, inference_ms=1.2)
    text = shown(owner_client, digit)
    assert "0.00" not in text
    assert " in " not in text.partition("Read by")[2].partition("The network itself took 1.2")[0]
    assert owner_client.get(f"/api/v1/digits/{digit.public_id}/").json()["prediction"]["elapsed_ms"] is None
    of_kind(finished=now + timedelta(milliseconds=7.6))
    assert "in 7.6 ms." in shown(owner_client, digit)


def test_one_confidence_reads_the_same_everywhere(owner_client, digit, inference_worker):
    probabilities = [0.00001] * 10
    probabilities[4] = 1 - sum(probabilities) + probabilities[4]
    of_kind(confidence=probabilities[4], probabilities=probabilities)
    page = f"/digits/{digit.public_id}/"
    texts = [owner_client.get(path).text for path in ("/history/", page, f"{page}why/")]
    assert all(">\N{NO-BREAK SPACE}99.9\N{NO-BREAK SPACE}%" in html.unescape(text) for text in texts)
    assert "The network reads a 4, > 99.9 % sure." in flat(html.unescape(texts[-1]))


def test_refused_digit_has_no_label_in_the_history(owner, digit):
    of_kind(**NO_DIGIT)
    row = history_row(Digit.objects.with_predictions().get())
    assert (row["label"], row["verdict"]) == (None, "not_a_digit")


def test_every_answer_of_a_page_has_its_kind(owner_client, digit):
    of_kind(**NO_DIGIT)
    assert "<td>not a digit</td>" in flat(owner_client.get(f"/digits/{digit.public_id}/").text)
    of_kind(**UNSURE)
    assert "unsure: <strong>4</strong>?" in owner_client.get(f"/digits/{digit.public_id}/").text


def test_refused_sample_counts_as_wrong(owner_client, digit):
    digit.drawing.true_label = 4
    digit.drawing.save()
    of_kind(**NO_DIGIT)
    assert "It is a 4: wrong" in shown(owner_client, digit)
    assert "it is a 4" in flat(owner_client.get("/history/").text)
    of_kind(**UNSURE)
    assert "It is a 4: right" in shown(owner_client, digit)


@pytest.mark.parametrize("fields", [UNSURE, NO_DIGIT])
def test_each_kind_can_be_corrected(owner_client, digit, fields):
    of_kind(**fields)
    answer = owner_client.post(f"/digits/{digit.public_id}/correction/", {"label": "9"}, headers=HTMX)
    assert Correction.objects.get().label == 9
    assert "You say: it is a" in flat(answer.text)
    assert "correction__choice--likely" not in shown(owner_client, digit)  # the person has corrected it


def test_blank_picture_is_rejected_without_a_verdict(owner_client, model_version):
    answer = owner_client.post("/pictures/", {"image": blank_file()}, headers=HTMX)
    assert answer.status_code == 422
    assert not Digit.objects.exists()


def blank_file():
    return SimpleUploadedFile("x.png", picture(np.full((80, 80), 255, np.uint8)))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (UNSURE, {"digit": 4, "reason": "close", "message": "It could be a 4 or a 9.", "candidates": [4, 9]}),
        (NO_DIGIT, {"digit": None, "reason": "drawing", "message": LETTER, "candidates": []}),
        ({"candidates": [4]}, {"digit": 4, "reason": None, "message": None, "candidates": [4]}),
    ],
)
def test_api_returns_the_verdict(owner_client, digit, fields, expected):
    of_kind(**fields)
    prediction = owner_client.get(f"/api/v1/digits/{digit.public_id}/").json()["prediction"]
    assert {name: prediction[name] for name in expected} == expected
