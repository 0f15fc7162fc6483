"""The page that explains an answer: its states, its steps and who may see it."""

import base64
import io
import json
import re
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from classifier.digits import explanations, intake, predictions, replay
from classifier.digits.networks import network_in_service, network_named
from classifier.digits.registry import activate, register_version
from classifier.jobs import replies
from classifier.models import Digit, Drawing, ModelVersion, Prediction
from classifier.recognition.explanation import variants as why_variants
from classifier.recognition.explanation.outcomes import Outcome
from classifier.recognition.preprocessing import steps
from classifier.recognition.preprocessing.pipeline import find_digits_in_sketch
from classifier.recognition.preprocessing.steps import Step
from classifier.recognition.preprocessing.strokes import MAX_STROKES
from tests.factories import ONE, SEVEN, answered, drawn_digit, picture, seven, sketch
from tests.markup import flat
from tests.runs import network_folder

HTMX = {"HX-Request": "true"}


def bar(top=4, left=4, height=3, width=20):
    """A straight bar of ink: shape (28, 28)."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[top : top + height, left : left + width] = 255
    return pixels


def rows(*labels, confidence=0.9):
    """Probabilities in which each label has the confidence and the others share the rest."""
    probabilities = np.full((len(labels), 10), (1 - confidence) / 9, np.float32)
    probabilities[np.arange(len(labels)), labels] = confidence
    return probabilities


def plain(text):
    """The text with spaces that may break."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def packed(*pictures):
    return base64.b64encode(zlib.compress(np.stack(pictures).tobytes())).decode()


def test_worker_answers_all_of_them_in_order_and_stores_nothing(model_version):
    pixels = [find_digits_in_sketch(sketch(strokes))[0].pixels for strokes in (SEVEN, ONE)]
    predictions.answer_explanation(packed(*(pixels * 9)), "w", model_version.name)
    said = replies.wait_for("w", 1)
    assert (len(said["probabilities"]), said["model_version"]) == (18, model_version.name)
    assert [int(np.argmax(row)) for row in said["probabilities"]] == [7, 1] * 9
    assert all(sum(row) == pytest.approx(1, abs=1e-3) for row in said["probabilities"])
    assert said["verdicts"] == ["digit"] * 18
    assert Prediction.objects.count() == 0


def test_version_that_read_it_explains_it_though_another_serves(model_version, tmp_path):
    other = register_version(network_folder(tmp_path / "other", b"other"), "other")
    activate(other, kind="promotion")
    assert network_named(model_version.name)[0] == model_version
    assert network_in_service()[0] == other


def test_version_in_service_explains_where_the_other_is_gone(model_version, tmp_path):
    other = register_version(network_folder(tmp_path / "other", b"another"), "other")
    Path(other.tflite_file.path).unlink()
    for name in ("other", "never heard of", ""):
        assert network_named(name)[0] == model_version


def test_task_expires_and_goes_to_the_inference_queue(unread_queue, db):
    assert explanations.request_answers(np.stack([bar()]), "v", 0.01) is None
    job = json.loads(unread_queue.lpop("inference"))
    assert (job["headers"]["task"], bool(job["headers"]["expires"])) == ("classifier.explain", True)


@pytest.fixture
def worker_says(monkeypatch, model_version):
    """Stands in for the worker: answers every picture with `label`, but the last of them with `last`."""

    def says(label=7, last=1, version=model_version.name):
        def ask(pictures, asked, timeout_s):
            assert pictures.shape[1:] == (28, 28)
            assert len(pictures) <= why_variants.MAX_PICTURES
            answers = np.concatenate([rows(*[label] * (len(pictures) - 1)), rows(last, confidence=0.88)])
            return [Outcome.of(row, "digit") for row in answers], version

        monkeypatch.setattr(explanations, "request_answers", ask)

    return says


@pytest.fixture
def read_digit(owner, model_version):
    """read_digit() → a 7 that has been answered."""

    def make(digit=None, **fields):
        digit = digit or drawn_digit(owner)
        Prediction.objects.filter(digit=digit).update(**answered(model_version) | fields)
        return digit

    return make


def test_htmx_gets_the_fragment_and_others_the_page(owner_client, read_digit, worker_says):
    worker_says()
    url = f"/digits/{read_digit().public_id}/why/"
    page, fragment = owner_client.get(url), owner_client.get(url, headers=HTMX)
    assert (page.templates[0].name, fragment.templates[0].name) == (
        "classifier/digits/why.html",
        "classifier/digits/_why.html",
    )
    assert "HX-Request" in page.headers["Vary"]
    assert "<html" not in fragment.text
    for text in (page.text, fragment.text):
        assert "Why a 7?" in text
        assert "Without this it would be a 1 (88.0 %)." in plain(text)
        assert 'style="' not in text


def test_nobody_else_may_see_it(client, stranger_client, staff_client, read_digit):
    url = f"/digits/{read_digit().public_id}/why/"
    assert (stranger_client.get(url).status_code, staff_client.get(url).status_code) == (404, 404)
    assert client.get(url).url.startswith("/account/login/")


def test_answer_leads_there(owner_client, read_digit):
    digit = read_digit()
    assert f'href="/digits/{digit.public_id}/why/"' in owner_client.get(f"/digits/{digit.public_id}/").text


def test_waiting_digit_has_nothing_to_explain(owner_client, owner, monkeypatch):
    monkeypatch.setattr(explanations, "request_answers", lambda *given: pytest.fail("nothing should be asked"))
    response = owner_client.get(f"/digits/{drawn_digit(owner).public_id}/why/")
    assert response.context["why"].state == "unanswered"
    assert "Check again" in response.text


def test_missing_answer_is_shown_with_a_way_to_try_again(owner_client, read_digit):
    """No worker is here, and the tests' requests do not wait."""
    digit = read_digit()
    response = owner_client.get(f"/digits/{digit.public_id}/why/")
    assert (response.status_code, response.context["why"].state) == (200, "busy")
    assert "Try again" in response.text
    assert "Where the network looks" not in response.text


def test_without_a_broker_it_says_the_same_at_once(owner_client, read_digit, monkeypatch):
    def refuse(*given, **options):
        raise OSError

    monkeypatch.setattr(current_app, "send_task", refuse)
    monkeypatch.setattr(replies, "wait_for", lambda *given: pytest.fail("nobody will answer"))
    assert owner_client.get(f"/digits/{read_digit().public_id}/why/").context["why"].state == "busy"


def test_another_version_that_explains_is_named(owner_client, read_digit, worker_says):
    worker_says(version="second-version")
    page = owner_client.get(f"/digits/{read_digit().public_id}/why/").text
    assert "this explanation is from second-version" in flat(page)


@pytest.mark.parametrize(
    ("verdict", "title"), [("digit", "Why a 7?"), ("unsure", "Why is it unsure?"), ("not_a_digit", "Why not a digit?")]
)
def test_every_verdict_is_explained_by_its_first_choice(owner_client, read_digit, worker_says, verdict, title):
    worker_says()
    text = owner_client.get(f"/digits/{read_digit(verdict=verdict).public_id}/why/").text
    assert title in text
    assert ("first choice is a 7" in text) == (verdict != "digit")


@pytest.mark.parametrize(("confidence", "words"), [(0.5, "Its first choice is a 7"), (0.1, "No digit stands out")])
def test_first_choice_near_chance_is_not_named(owner_client, read_digit, worker_says, confidence, words):
    worker_says()
    digit = read_digit(verdict="not_a_digit", reason="drawing", confidence=confidence)
    lead = flat(owner_client.get(f"/digits/{digit.public_id}/why/").text).partition('class="why__lead"')[2]
    assert words in lead.partition("</p>")[0]
    assert ("a 7" in lead.partition("</p>")[0]) == (confidence == 0.5)


def fake_steps(monkeypatch, name):
    steps = [
        Step("background", "Background", np.full((900, 700), 200, np.uint8), "The light is <b>uneven</b>."),
        Step("crop-0", "First digit", np.zeros((28, 28), np.uint8)),
        Step("crop-1", "Second digit", np.zeros((28, 28), np.uint8)),
    ]

    def find(given, *rest, one_digit, steps: list | None):
        steps.extend(made)

    made = steps
    monkeypatch.setattr(replay, name, find)


def test_steps_of_this_digit_are_shown_with_advice(owner_client, read_digit, worker_says, monkeypatch):
    worker_says()
    digit = read_digit()
    fake_steps(monkeypatch, "find_digits_in_sketch")
    response = owner_client.get(f"/digits/{digit.public_id}/why/")
    assert [step["title"] for step in response.context["why"].steps] == ["Background", "First digit"]
    assert "The light is &lt;b&gt;uneven" in response.text
    first = base64.b64decode(response.context["why"].steps[0]["uri"].partition(",")[2])
    assert max(Image.open(io.BytesIO(first)).size) <= steps.STEP_SIDE


def test_digit_of_a_number_is_explained_by_its_own_strokes(owner_client, owner, read_digit, worker_says):
    worker_says()
    seven_and_one = [[[x / 2, y / 2 + 70] for x, y in SEVEN[0]], [[x / 2 + 130, y / 2 + 70] for x, y in ONE[0]]]
    intake.save_drawing(owner, sketch(seven_and_one))
    first, second = (read_digit(digit) for digit in Digit.objects.order_by("position"))
    explanations = [owner_client.get(f"/digits/{digit.public_id}/why/").context["why"] for digit in (first, second)]
    assert len(explanations[0].steps) == len(explanations[1].steps) > 1
    assert explanations[0].steps[0] == explanations[1].steps[0]  # the whole drawing
    assert explanations[0].steps[-1]["uri"] != explanations[1].steps[-1]["uri"]
    lefts = [float(each.changes[0]["box"].split()[0]) for each in explanations]
    assert lefts[0] < 100 < lefts[1]


@pytest.mark.parametrize("way", ["file", "sample"])
def test_pictures_are_explained_by_parts_of_their_ink(owner_client, owner, read_digit, worker_says, way):
    worker_says()
    file = SimpleUploadedFile("x.png", picture(seven(120)))
    if way == "file":
        intake.accept_picture(owner, file, Drawing.Source.UPLOAD)
    else:
        intake.accept_sample(owner, 7)
    digit = read_digit(Digit.objects.get())
    explanation = owner_client.get(f"/digits/{digit.public_id}/why/").context["why"]
    assert (explanation.state, explanation.steps_note) == ("explained", "")
    assert explanation.changes
    assert all(change["uri"].startswith("data:image/png;base64,") for change in explanation.changes)


def test_file_lost_on_the_disk_leaves_the_rest(owner_client, owner, read_digit, worker_says):
    worker_says()
    intake.accept_picture(owner, SimpleUploadedFile("x.png", picture(seven(120))), Drawing.Source.UPLOAD)
    digit = read_digit(Digit.objects.get())
    Path(digit.drawing.original.path).unlink()
    response = owner_client.get(f"/digits/{digit.public_id}/why/")
    assert response.context["why"].state == "explained"
    assert replay.FILE_IS_GONE in response.text


def test_digit_read_with_earlier_steps_is_marked(owner_client, read_digit, worker_says):
    worker_says()
    digit = read_digit()
    assert replay.OLDER_STEPS not in owner_client.get(f"/digits/{digit.public_id}/why/").text
    Digit.objects.update(preprocessing_version=1)
    assert replay.OLDER_STEPS in owner_client.get(f"/digits/{digit.public_id}/why/").text


def test_largest_sketch_makes_a_page_of_bounded_size(owner_client, owner, read_digit, worker_says):
    worker_says()
    strokes = [[[5 * (n % 50) + x, 20 * (n // 50) + x % 7] for x in range(39)] for n in range(MAX_STROKES)]
    large = replace(sketch(), strokes=strokes)
    digit = read_digit(intake.save_drawing(owner, large))
    response = owner_client.get(f"/digits/{digit.public_id}/why/")
    assert response.status_code == 200
    assert len(response.content) < 400_000


def test_real_worker_explains(owner_client, owner, inference_worker):
    digit = drawn_digit(owner)
    intake.wait_for_answer(digit, 10)
    explanation = owner_client.get(f"/digits/{digit.public_id}/why/").context["why"]
    assert (explanation.state, explanation.label, explanation.other_model) == ("explained", 7, "")
    assert explanation.looked.startswith("It looked")
    assert any(change["is_other"] for change in explanation.changes)
    said = [explanation.looked, *(change["sentence"] for change in explanation.changes)]
    shares = [float(share) for share in re.findall(r"\((\d+\.\d)", " ".join(said))]
    assert all(share > 100 / 3 for share in shares), said  # chance level is not an answer
    assert ModelVersion.objects.count() == 1
