"""Pictures that are upside down or on their side: uploads, batches and the API read them turned, and say so."""

import csv
import io

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from classifier.batches import answering, results
from classifier.decoding.client import read_picture
from classifier.decoding.picture_files import decode
from classifier.digits import intake
from classifier.digits.predictions import answer_together
from classifier.digits.replay import steps_of
from classifier.models import Digit, Drawing
from tests.archives import PNG, read_whole, waiting_batch
from tests.factories import picture
from tests.markup import flat
from tests.numbers import shown

pytestmark = pytest.mark.django_db
NUMBER = shown()  # 47
TURNED = {turn: picture(np.ascontiguousarray(np.rot90(NUMBER, turn // 90))) for turn in (0, 90, 180, 270)}


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_boxes_are_of_the_picture_as_it_was_sent(turn):
    """Turned back, the picture has the same digits in the same places."""
    grey = NUMBER[20:, :]  # not square
    there, upright = decode(picture(np.ascontiguousarray(np.rot90(grey, turn // 90))), 10**6, turned=turn), grey
    here = decode(picture(upright), 10**6)
    assert [digit.pixels.tolist() for digit in there.digits] == [digit.pixels.tolist() for digit in here.digits]
    assert (there.width, there.height, there.turned) == (*np.rot90(grey, turn // 90).shape[::-1], turn)
    for digit, upright_digit in zip(there.digits, here.digits, strict=True):
        left, top, right, bottom = digit.box
        marked = np.zeros((there.height, there.width), bool)
        marked[top:bottom, left:right] = True
        expected = np.zeros(grey.shape, bool)
        left, top, right, bottom = upright_digit.box
        expected[top:bottom, left:right] = True
        assert np.array_equal(np.rot90(marked, -turn // 90), expected)


def test_the_decoding_process_turns_too():
    there = read_picture(TURNED[180], 10**6, turned=180)
    assert (there.turned, len(there.digits)) == (180, 2)


@pytest.fixture
def answered_at_once(model_version, settings, monkeypatch):
    """A worker answers previews in this process."""
    settings.ANSWER_WAIT_S = 5
    asked = []

    def ask(question):
        asked.append(len(question.pixels))
        answer_together([question])
        return True

    monkeypatch.setattr("classifier.digits.intake.asking.ask", ask)
    return asked


def uploaded(owner, data, **given):
    return intake.accept_picture(owner, SimpleUploadedFile("x.png", data), Drawing.Source.UPLOAD, **given)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_number_is_read_and_says_so(turn, owner, owner_client, owner_token, answered_at_once, model_version):
    digit = uploaded(owner, TURNED[turn])
    drawing = Drawing.objects.get()
    assert drawing.turned == turn
    assert [each.prediction.label for each in digit.siblings] == [4, 7]
    assert [(each.read, each.status) for each in Digit.objects.order_by("position")] == [(4, "done"), (7, "done")]
    assert digit.prediction.model_version == model_version
    assert drawing.original.read() == TURNED[turn]
    page = flat(owner_client.get(f"/digits/{digit.public_id}/").text)
    assert f"by {turn}° clockwise" in page
    assert f"turned by {turn}°" in flat(owner_client.get("/history/").text)
    api = Client(headers={"Authorization": f"Token {owner_token}"})
    body = api.get(f"/api/v1/digits/{digit.public_id}/").json()
    assert (body["turned"], body["number"]) == (turn, "47")
    rows = csv.DictReader(io.StringIO(b"".join(api.get("/api/v1/export/table.csv").streaming_content).decode()))
    assert [(row["Answer"], row["Note"]) for row in rows] == [("47", f"Read turned by {turn}°.")]
    steps, note = steps_of(Digit.objects.with_predictions().get(position=0))
    assert (note, steps[-1].picture.tobytes()) == ("", bytes(digit.pixels))


def test_only_a_doubtful_picture_costs_more_than_one_run_of_the_network(owner, answered_at_once):
    uploaded(owner, TURNED[0])
    assert answered_at_once == [2]
    assert {each.turned for each in Drawing.objects.all()} == {0}
    assert set(Digit.objects.values_list("read", flat=True)) == {4, 7}


def test_a_picture_of_one_digit_is_never_turned(owner, answered_at_once):
    uploaded(owner, TURNED[180], one_digit=True)
    assert (Drawing.objects.get().turned, answered_at_once) == (0, [])


def test_without_a_worker_a_picture_is_stored_upright_and_waits(owner, model_version, settings):
    settings.ANSWER_WAIT_S = 0
    uploaded(owner, TURNED[180])
    assert (Drawing.objects.get().turned, {*Digit.objects.values_list("status", flat=True)}) == (0, {"queued"})


@pytest.mark.postgres
def test_a_real_worker_reads_a_turned_number(owner, inference_worker):
    assert [each.prediction.label for each in uploaded(owner, TURNED[180]).siblings] == [4, 7]


def test_a_batch_reads_turned_numbers_and_says_so(owner, owner_client, model_version, monkeypatch):
    decoded = []
    turn = answering.PieceReader._turned
    monkeypatch.setattr(answering.PieceReader, "_turned", lambda *given: decoded.append(1) or turn(*given))
    monkeypatch.setattr(answering, "processes", lambda: 1)
    files = {f"{degrees}.png": data for degrees, data in TURNED.items()} | {"7/a.png": PNG, "b.png": PNG}
    batch = read_whole(waiting_batch(owner, files))
    given = list(Drawing.objects.filter(batch=batch).order_by("pk").values_list("member", "turned"))
    assert given == [("0.png", 0), ("90.png", 90), ("180.png", 180), ("270.png", 270), ("7/a.png", 0), ("b.png", 0)]
    rows = list(results.results(batch))
    assert [row["digit"] for row in rows] == [4, 7] * 4 + [7, 7]
    assert [row["turned"] for row in rows] == [0, 0, 90, 90, 180, 180, 270, 270, 0, 0]
    assert "turned 180°" in flat(owner_client.get(f"/batches/{batch.public_id}/").text)
