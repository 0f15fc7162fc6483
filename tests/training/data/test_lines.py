"""The lines of a training: what is drawn for it, what is held out, and what people wrote."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from classifier.digits.intake import accept_picture, save_drawing
from classifier.models import Drawing, NumberCorrection
from classifier.recognition.lines.framing import HEIGHT, PLANES, STEP
from classifier.recognition.lines.picture_rows import rows_of_picture
from classifier.recognition.lines.sketch_rows import rows_of_sketch
from classifier.recognition.preprocessing.strokes import Sketch, render
from tests.archives import PNG, read_whole, waiting_batch
from tests.factories import FORTY_SEVEN, picture, sketch
from training.data import lines as line_data
from training.data.lines import (
    LineDataset,
    corrected_lines,
    held_back_lines,
    line_dataset,
    lines_of_sketches,
    lines_to_draw,
)
from training.data.sources import generated_dataset
from training.synthesis.lines.parts import Lines

NONE = Lines([], [])


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.MNIST_PATH = tmp_path, ""
    monkeypatch.setattr(line_data, "HELD_OUT", 4)
    monkeypatch.setattr(line_data, "TEST", 3)


def drawn(count: int, seed: int = 1, corrected: Lines = NONE, **more: Any) -> LineDataset:
    digits = generated_dataset()
    scans = digits.name, (digits.x_train, digits.y_train)
    return line_dataset(scans, count, seed, corrected, 3, **more)


def test_all_lines_are_different_ones() -> None:
    counted: list[float] = []

    def begin(work: float) -> Any:
        counted.append(work)
        return counted.append

    assert lines_to_draw("generated digits", 5, 1) == 12
    dataset = drawn(5, begin=begin)
    (learn,) = (read() for read in dataset.readers)
    assert [len(learn), len(dataset.held_out), len(dataset.test), dataset.shown] == [5, 4, 3, 5]
    assert counted[0] == 12
    assert len({image.tobytes() for part in (learn, dataset.held_out, dataset.test) for image in part.images}) == 12
    assert lines_to_draw("generated digits", 5, 1) == 0


def test_test_lines_are_the_same_for_every_training() -> None:
    assert drawn(2, seed=1).test.sha256 == drawn(2, seed=2).test.sha256 == held_back_lines().sha256


def test_corrected_lines_are_shown_several_times() -> None:
    corrected = lines_of_sketches([(sketch(FORTY_SEVEN), "47")])
    dataset = drawn(2, corrected=corrected)
    assert [read().texts for read in dataset.readers][1:] == [["47"]] * 3
    assert dataset.shown == 2 + 3
    assert dataset.description["train_images"] == 3


def test_sketches_become_lines_as_the_reader_receives_them() -> None:
    below = [[[x, y + 250] for x, y in stroke] for stroke in FORTY_SEVEN]
    two_rows = Sketch([[[x, y / 2] for x, y in stroke] for stroke in [*FORTY_SEVEN, *below]], 280, 280, 4)
    nowhere = Sketch([], 280, 280, 4)
    written = [(sketch(FORTY_SEVEN), "4 7"), (two_rows, "47"), (sketch(FORTY_SEVEN), "4x7"), (nowhere, "4")]
    lines = lines_of_sketches(written)
    assert lines.texts == ["47"]
    ((height, width, planes),) = (image.shape for image in lines.images)
    assert (height, planes) == (HEIGHT, PLANES) and width % STEP == 0 and lines.images[0][..., 0].max() > 200
    assert (lines.images[0] == rows_of_sketch(sketch(FORTY_SEVEN))[0].image()).all()


def test_a_trial_is_short() -> None:
    short = drawn(5).shortened(2, 1)
    assert [short.drawn, len(short.held_out), len(short.test), len(short.parts)] == [2, 1, 1, 1]


@pytest.mark.django_db
def test_accepted_numbers_from_the_pad_are_learnt(owner: Any) -> None:
    def correct(text: str, source: str = "draw", **changed: Any) -> None:
        digit = save_drawing(owner, sketch(FORTY_SEVEN))
        Drawing.objects.filter(pk=digit.drawing_id).update(source=source)
        fields = {"review": "accepted", "held_back": False} | changed
        NumberCorrection.objects.create(drawing=digit.drawing, text=text, number=text, **fields)

    correct("47")
    correct("41")
    correct("42", review="waiting")
    correct("43", held_back=True)
    correct("44", source="generated")
    correct("45")
    Drawing.objects.filter(number_correction__text="45").update(strokes=None)
    assert corrected_lines().texts == ["47", "41"]


def test_rows_are_learnt_if_the_text_has_a_line_for_each() -> None:
    strokes = [[[x, y + 250 * row] for x, y in stroke] for row in range(2) for stroke in FORTY_SEVEN]
    two_rows = Sketch(strokes, 280, 560, 18)
    texts = ["47\n4 7", "47", "47\n47\n47", "47\n"]
    assert lines_of_sketches((two_rows, text) for text in texts).texts == ["47", "47"]


@pytest.mark.django_db
def test_accepted_numbers_in_pictures_are_learnt(owner: Any, model_version: Any) -> None:
    shown = picture(255 - render(sketch(FORTY_SEVEN)))

    def correct(drawing: Drawing, text: str) -> None:
        NumberCorrection.objects.create(drawing=drawing, text=text, number=text, review="accepted", held_back=False)

    def uploaded(text: str, source: Drawing.Source = Drawing.Source.UPLOAD) -> Drawing:
        drawing = accept_picture(owner, SimpleUploadedFile("x.png", shown), source).drawing
        correct(drawing, text)
        return drawing

    uploaded("47")
    uploaded("4.7", Drawing.Source.CAMERA)
    gone = uploaded("41")
    gone.original.storage.delete(gone.original.name)
    turned = uploaded("42")
    Drawing.objects.filter(pk=turned.pk).update(turned=90)
    batch = read_whole(waiting_batch(owner, {"a.png": shown, "7/b.png": PNG}))
    for drawing in batch.drawings.order_by("pk"):
        correct(drawing, "48" if drawing.member == "a.png" else "49")  # b.png is plainly one digit: it has no row
    lines = corrected_lines()
    assert lines.texts == ["47", "4.7", "48"]
    assert all((image == lines.images[0]).all() and image.shape[0] == HEIGHT for image in lines.images)
    (row,) = rows_of_picture(255 - render(sketch(FORTY_SEVEN)))
    assert (lines.images[0] == row.image()).all()  # as the reader receives it
