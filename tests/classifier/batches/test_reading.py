"""Reading batches: each member becomes a drawing with answered digits, or is named with a reason."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile

from classifier.batches import answering, lifecycle, reading, results
from classifier.digits import originals
from classifier.digits.filters import filtered
from classifier.digits.intake import accept_picture
from classifier.digits.predictions import answer_predictions
from classifier.errors import NotFound
from classifier.models import BatchFile, Digit, Drawing, Prediction
from classifier.recognition.preprocessing.strokes import render
from classifier.uploads import stored
from tests.archives import PNG, many, members_of, read_whole, waiting_batch, zipped
from tests.factories import FORTY_SEVEN, ONE, picture, seven, sketch

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
NUMBER = picture(255 - render(sketch(FORTY_SEVEN)))
BLANK = picture(np.full((40, 40), 255, np.uint8))


def test_every_member_becomes_a_drawing_with_an_answered_digit(owner, model_version):
    batch = read_whole(waiting_batch(owner, {"b.png": PNG, "a.png": PNG}))
    assert (batch.status, batch.total, batch.read, batch.failed, batch.digits) == ("done", 2, 2, 0, 2)
    assert members_of(batch) == ["b.png", "a.png"]
    digit = Digit.objects.owned_by(owner).with_predictions().first()
    assert (digit.prediction.status, digit.prediction.label) == ("done", 7)
    assert digit.prediction.model_version == model_version
    assert digit.drawing.source == Drawing.Source.BATCH
    assert (digit.drawing.width, digit.drawing.original_format) == (40, "PNG")


def test_answers_are_those_that_single_pictures_get(owner):
    """Decoding, framing, network and verdict are the same as for a single picture."""
    pictures = {"7.png": PNG, "1.png": picture(255 - render(sketch(ONE))), "47.png": NUMBER}
    read_whole(waiting_batch(owner, pictures))
    for name, content in pictures.items():
        accept_picture(owner, SimpleUploadedFile(name, content), Drawing.Source.UPLOAD)
    answer_predictions(list(Prediction.objects.waiting().values_list("pk", flat=True)))
    fields = ["digit__hints", "digit__box", "digit__position", "verdict", "reason", "label", "candidates"]
    rows = {
        source: list(Prediction.objects.filter(digit__drawing__source=source).order_by("pk").values_list(*fields))
        for source in ("batch", "upload")
    }
    assert rows["batch"] == rows["upload"]
    assert len(rows["batch"]) == 4
    pixels = [bytes(each) for each in Digit.objects.order_by("pk").values_list("pixels", flat=True)]
    assert pixels[:4] == pixels[4:]
    probabilities = np.array(Prediction.objects.order_by("digit").values_list("probabilities", flat=True))
    assert np.allclose(probabilities[:4], probabilities[4:], atol=1e-5)


def test_several_digits_on_a_picture_are_a_number_unless_one_digit_is_given(owner):
    apart = read_whole(waiting_batch(owner, {"47.png": NUMBER}))
    together = read_whole(waiting_batch(owner, {"47.png": NUMBER}, one_digit=True))
    labelled = read_whole(waiting_batch(owner, {"4/47.png": NUMBER}))
    assert (apart.read, apart.digits) == (1, 2)
    assert (together.read, together.digits, labelled.digits) == (1, 1, 1)
    assert list(Digit.objects.filter(drawing__batch=apart).order_by("pk").values_list("position", flat=True)) == [0, 1]


def test_labels_give_accuracy_and_confusion(owner):
    table = b"filename,label\n7/wrong.png,1\nloose.png,7\nnonsense,x\n"
    given = {"7/right.png": PNG, "7/wrong.png": PNG, "loose.png": PNG, "other.png": PNG, "labels.csv": table}
    batch = read_whole(waiting_batch(owner, given))
    assert (batch.labelled, batch.right, batch.total) == (3, 2, 4)
    assert (batch.confusion[7][7], batch.confusion[1][7], sum(map(sum, batch.confusion))) == (2, 1, 3)
    assert batch.accuracy == pytest.approx(2 / 3)
    assert batch.label_problems == {"label_unreadable": 1, "label_missing": 1}
    labels = dict(Drawing.objects.filter(batch=batch).values_list("member", "true_label"))
    assert labels == {"7/right.png": 7, "7/wrong.png": 1, "loose.png": 7, "other.png": None}


def test_numbers_are_compared_as_a_whole_and_by_digit_and_every_label_is_counted(owner):
    table = b"filename,label\na.png,47\nb.png,48.0\nc.png,47\nd.png,7.0\ngone.png,7\na.png,1\nd.png,x\n"
    pictures = {"a.png": NUMBER, "b.png": NUMBER, "c.png": PNG, "D.png": PNG, "e.png": PNG}
    batch = read_whole(waiting_batch(owner, pictures | {"labels.csv": table}, one_digit=True))
    # In c.png the network sees one digit, so only the number can be compared.
    assert (batch.numbers, batch.numbers_right, batch.labelled, batch.right) == (3, 1, 5, 4)
    assert (batch.confusion[4][4], batch.confusion[7][7], batch.confusion[8][7]) == (2, 2, 1)
    assert batch.label_problems == {
        "label_without_file": 1,
        "label_repeated": 1,
        "label_unreadable": 1,
        "label_missing": 1,
    }
    assert batch.failures.without_digits().count() == 0
    labels = dict(Drawing.objects.filter(batch=batch).values_list("member", "true_number"))
    assert labels == {"a.png": "47", "b.png": "48", "c.png": "47", "D.png": "", "e.png": ""}
    assert [row["true_number"] for row in results.results(batch)] == ["47", "47", "48", "48", "47", None, None]
    assert [row["true_label"] for row in results.results(batch)] == [4, 7, 4, 8, None, 7, None]
    wrong = filtered(owner, {"wrong": "true", "batch": str(batch.public_id), "sort": "oldest"})
    assert [(each.drawing.member, each.position) for each in wrong] == [("b.png", 1), ("c.png", 0)]
    right = filtered(owner, {"wrong": "false"})
    assert {each.drawing.member for each in right} == {"a.png", "b.png", "D.png", "e.png"}
    assert [
        (row["true_number"], row["number"], row["right"], len(row["digits"])) for row in results.entries(batch)
    ] == [
        ("47", "47", True, 2),
        ("48", "47", False, 2),
        ("47", "7", False, 1),
        ("7", "7", True, 1),
        (None, "7", None, 1),
    ]
    assert [(row["file"], row["error"]) for row in results.label_problems(batch)] == [
        ("gone.png", "label_without_file"),
        ("a.png", "label_repeated"),
        ("d.png", "label_unreadable"),
        ("e.png", "label_missing"),
    ]


def test_of_very_many_remarks_about_labels_all_are_counted_and_the_first_are_listed(owner, monkeypatch):
    monkeypatch.setattr(lifecycle, "LISTED_AT_MOST", 2)
    batch = waiting_batch(owner, many(5) | {"labels.csv": b"".join(b"%d.png,7\n" % number for number in range(5))})
    assert batch.label_problems == {"label_without_file": 5}
    assert batch.failures.count() == 2


BAD = {
    "text.png": (b"what a nice day", "unsupported_format"),
    "cut.png": (PNG[:-20], "unreadable"),
    "blank.png": (BLANK, "no_ink"),
    "hidden.png": (zipped({"a.png": PNG}), "archive"),
    "inner.zip": (zipped({"a.png": PNG}), "archive"),
    "empty.png": (b"", "empty"),
    "../up.png": (PNG, "unsafe_name"),
    "wide.png": (picture(np.zeros((1, 1_100_000), np.uint8)), "too_large"),
}


def test_unreadable_files_are_named_and_the_others_are_read(owner, settings):
    settings.PICTURE_MAX_MEGAPIXELS = 1
    mixed: dict[str, bytes] = {}
    for number, (name, (content, _)) in enumerate(BAD.items()):
        mixed |= {name: content, f"{number}.png": PNG}
    batch = read_whole(waiting_batch(owner, mixed))
    assert (batch.status, batch.read, batch.failed, batch.total) == ("done", len(BAD), len(BAD), 2 * len(BAD))
    reasons = {failure.name: failure.reason for failure in BatchFile.objects.filter(batch=batch)}
    assert reasons == {name: reason for name, (_, reason) in BAD.items()}
    assert all(failure.sentence.endswith(".") for failure in batch.failures.all())
    assert not Path(django_settings.DATA_DIR).joinpath("up.png").exists()


@pytest.mark.parametrize("how", ["os.kill(os.getpid(), 9)", "time.sleep(60)"])
def test_member_that_kills_its_decoder_is_named_and_the_others_are_read(owner, how, monkeypatch, tmp_path):
    """The killed child is replaced, and the members around it are read."""
    code = "import os, sys, time, classifier.decoding.server as d; well = d.decode\n"
    code += "d.TIME_S = 1; d._warm_up = lambda: None\n"
    code += f"d.decode = lambda data, *a, **k: {how} if len(data) > 2000 else well(data, *a, **k)\n"
    code += "d.serve(sys.argv[1], 2)"
    own = answering.MemberDecoder(2)
    start = subprocess.Popen

    def cruelly(command, **more):
        return start([command[0], "-c", code, command[3]], **more)

    monkeypatch.setattr("classifier.decoding.server_process.subprocess.Popen", cruelly)
    for module in (answering, reading):
        monkeypatch.setattr(module, "decoder", lambda: own)
    cruel = picture(np.random.default_rng(1).integers(0, 255, (60, 60)).astype(np.uint8))
    batch = read_whole(waiting_batch(owner, {**many(5), "cruel.png": cruel, **{f"x{n}.png": PNG for n in range(5)}}))
    own.stop()
    assert (batch.status, batch.read, batch.failed) == ("done", 10, 1)
    assert batch.failures.get().sentence == "This picture could not be read: opening it took too long or failed."


def test_members_of_the_same_name_are_two_pictures(owner):
    blot = picture(seven(60))
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped([("a.png", PNG), ("a.png", blot)])
    batch = read_whole(waiting_batch(owner, data))
    drawings = Drawing.objects.filter(batch=batch).order_by("pk")
    assert [originals.member_bytes(each) for each in drawings] == [PNG, blot]


def test_picture_of_a_missing_archive_is_not_found(owner):
    batch = read_whole(waiting_batch(owner, {"7.png": PNG}))
    Path(batch.file.path).unlink()
    with pytest.raises(NotFound):
        originals.member_bytes(Drawing.objects.get())


def test_process_that_starts_removes_what_killed_ones_have_left(settings):
    left, fresh = (Path(stored.new_file()[1]) for _ in range(2))
    os.utime(left, (0, 0))
    reading.prepare_to_read()
    assert (left.exists(), fresh.exists()) == (False, True)
    fresh.unlink()


def test_results_hold_every_digit_and_every_failure(owner, monkeypatch):
    monkeypatch.setattr(results, "RESULTS_AT_ONCE", 2)
    batch = read_whole(
        waiting_batch(owner, {"7/a.png": PNG, "47.png": NUMBER, "b.png": PNG, "bad": b"x", "worse": b"y"})
    )
    rows = list(results.results(batch))
    places = [("7/a.png", 0), ("47.png", 0), ("47.png", 1), ("b.png", 0)]
    assert [(row["file"], row["position"]) for row in rows] == places
    assert (rows[0]["true_label"], rows[0]["digit"], len(rows[0]["probabilities"])) == (7, 7, 10)
    assert [row["file"] for row in results.failures(batch)] == ["bad", "worse"]
