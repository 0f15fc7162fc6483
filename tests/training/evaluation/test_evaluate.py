"""`manage.py evaluate`: labelled sets read by the code that serves, and the figures of the answers."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from classifier.digits import intake
from classifier.digits.lines.reader import Reader as LineReader
from classifier.digits.registry import BUNDLED, BUNDLED_DEFAULT, TFLITE, read_metadata
from classifier.recognition.preprocessing.pipeline import find_digits_in_sketch
from classifier.recognition.preprocessing.strokes import Sketch, parse_sketch
from classifier.recognition.wording import percent
from tests.lines import ToldNetwork, calibration, written
from tests.training.sets import SEVEN, lines, seven
from training.data.examples import Example, Strokes
from training.data.layouts import on_a_pad
from training.evaluation import reading
from training.evaluation.metrics import Reading, report
from training.evaluation.reading import Reader, preprocess, read
from training.synthesis.handwriting import draw_digits

_FOLDER = BUNDLED / BUNDLED_DEFAULT
_METADATA = read_metadata(_FOLDER)
READER = Reader.with_file("a", (_FOLDER / TFLITE).read_bytes(), _METADATA["files"][TFLITE]["sha256"], _METADATA)


def test_a_drawing_is_preprocessed_like_one_from_the_pad():
    example = preprocess(Example("a", "7", Strokes(SEVEN, [280, 280], 18)))
    (expected,) = find_digits_in_sketch(parse_sketch(SEVEN, [280, 280], 18))
    assert example.digits[0].pixels.tobytes() == expected.pixels.tobytes()
    assert example.digits[0].hints == expected.hints


def test_a_file_is_decoded_like_an_upload(tmp_path, monkeypatch):
    asked: list[Any] = []
    real = intake.decode_upload
    monkeypatch.setattr(intake, "decode_upload", lambda *args, **how: asked.append(how) or real(*args, **how))
    example = preprocess(Example("a", "7", seven(tmp_path / "a.png")), one_digit=True)
    assert len(example.digits) == 1
    assert asked == [{"one_digit": True}]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unreadable"),
        (b"\x89PNG\r\n\x1a\n broken", "unreadable"),
        (b"words", "unsupported_format"),
        (Strokes([], [280, 280], 18), "no_ink"),
        (Strokes([[]], [280, 280], 18), "no_ink"),
        (Strokes("strokes", [280, 280], 18), "malformed"),
        (Strokes([[["a", None]]], [280, 280], 18), "malformed"),
        (on_a_pad([[[1e300, 0], [float("inf"), 1]]]), "malformed"),
        (on_a_pad({"a": 1}), "malformed"),
        (Strokes(SEVEN, [1, 1], 18), "malformed"),
        (np.zeros((28, 28), np.uint8), "no_ink"),
    ],
)
def test_a_rejected_example_has_the_code_of_its_error(tmp_path, content, code):
    if isinstance(content, bytes):
        (tmp_path / "a.png").write_bytes(content)
        content = tmp_path / "a.png"
    example = preprocess(Example("a", "7", content))
    assert (example.error, list(example.digits)) == (code, [])


def test_a_file_that_is_too_large_is_rejected(tmp_path, settings):
    settings.UPLOAD_MAX_MB = 1
    (tmp_path / "a.png").write_bytes(b"\0" * (2**20 + 1))
    assert preprocess(Example("a", "7", tmp_path / "a.png")).error == "too_large"


@pytest.mark.parametrize(
    ("told", "expected"), [("3507", ("3507", "digit")), ("3.5", ("35", "digit")), ("3501", ("3501", "unsure"))]
)
def test_a_number_is_read_by_the_line_reader_with_the_digit_reader(told, expected):
    sketch = written("3.5" if told == "3.5" else "3507")
    example = preprocess(Example("a", "3507", Strokes(sketch.strokes, [sketch.width, sketch.height], sketch.pen)))
    (row,) = read(READER, [example], LineReader(ToldNetwork(told), READER.network, calibration(), READER.calibration))
    assert (row.read, row.verdict) == expected


def test_a_single_digit_is_not_shown_to_the_line_reader():
    example = preprocess(Example("a", "7", Strokes(SEVEN, [280, 280], 18)))
    (row,) = read(READER, [example], LineReader(ToldNetwork("49"), READER.network, calibration(), READER.calibration))
    assert row.read == "7"


READINGS = [
    Reading("right", "7", "digit", "7", 0.99),
    Reading("unsure and right", "1", "unsure", "1", 0.6, "close"),
    Reading("wrong", "2", "digit", "7", 0.8),
    Reading("unsure and wrong", "4", "unsure", "9", 0.4, "close"),
    Reading("refused", "5", "not_a_digit", "5", 0.9, "drawing"),
    Reading("no ink", "7", "error", reason="no_ink"),
    Reading("cut in two", "4", "digit", "11", 0.7),
    Reading("number", "47", "digit", "47", 0.9),
    Reading("number cut wrongly", "123", "digit", "12", 0.5),
    Reading("number read wrongly", "88", "unsure", "83", 0.5, "close"),
]


def test_a_refusal_counts_as_wrong_and_unsure_by_its_first_choice():
    figures = report(READINGS)
    assert figures["labelled"] == 10
    assert figures["accuracy"] == 0.3
    assert figures["refused"] == pytest.approx(0.2)
    assert figures["unsure"] == pytest.approx(0.3)
    assert figures["errors"] == {"no_ink": 1}
    assert figures["per_digit"] == [None, 1.0, 0.0, None, 0.0, 0.0, None, 0.5, None, None]
    assert figures["confusion_matrix"][2][7] == figures["confusion_matrix"][4][9] == 1
    assert figures["not_read"] == [0, 0, 0, 0, 1, 1, 0, 1, 0, 0]
    assert figures["confidence_when_wrong"] == pytest.approx(np.mean([0.8, 0.4, 0.7, 0.5, 0.5]))
    assert [each["name"] for each in figures["mistakes"][:3]] == ["refused", "wrong", "cut in two"]
    assert sum(row["count"] for row in figures["reliability"]) == 8  # what was answered
    assert figures["numbers"] == {
        "images": 3,
        "accuracy": pytest.approx(1 / 3),
        "sure": pytest.approx(2 / 3),
        "sure_right": 0.5,
        "cut_rightly": pytest.approx(2 / 3),
    }
    assert "junk" not in figures


def test_calibration_counts_only_answers():
    sure = [Reading("a", "1", "digit", "1" if number < 9 else "7", 0.9) for number in range(10)]
    refused = [Reading("b", "1", "not_a_digit", "1", 0.2, "drawing")] * 10
    assert report(sure + refused)["ece"] == pytest.approx(0, abs=1e-9)
    assert report(refused)["ece"] is None


def test_pictures_that_are_not_digits_are_caught_if_refused_or_unsure():
    outliers = [
        Reading("a", "", "not_a_digit", "3", 0.3, "drawing"),
        Reading("b", "", "error", reason="no_ink"),
        Reading("c", "", "unsure", "3", 0.4, "odd"),
        Reading("d", "", "digit", "3", 0.95),
    ]
    figures = report(outliers)
    assert "accuracy" not in figures
    assert figures["junk"] | {"missed": []} == {
        "images": 4,
        "caught": 0.75,
        "refused": 0.5,
        "unsure": 0.25,
        "reasons": {"drawing": 1, "no_ink": 1, "odd": 1},
        "missed": [],
    }
    assert [each["name"] for each in figures["junk"]["missed"]] == ["d"]


def evaluate(*options: str) -> str:
    out = StringIO()
    call_command("evaluate", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def drawn(tmp_path) -> Path:
    """Thirty generated digits as strokes."""
    drawings = [
        {"label": each.label, "strokes": each.sketch.strokes, "size": [280, 280], "pen": each.sketch.pen}
        for each in draw_digits(30, 77)
    ]
    return lines(tmp_path / "drawn.jsonl.gz", *drawings)


@pytest.mark.django_db
def test_the_command_prints_a_table_and_writes_json(drawn, tmp_path, model_version):
    words = evaluate("--set", str(drawn), "--json", str(tmp_path / "figures.json"))
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["images"] == figures["in_the_set"] == 30
    assert figures["version"] == model_version.name
    assert 0.8 < figures["accuracy"] <= 1
    assert f"read correctly             {percent(figures['accuracy'], 1)}" in words
    assert f"read by {model_version.name}" in words
    assert sum(map(sum, figures["confusion_matrix"])) + sum(figures["not_read"]) == 30


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["name", "public_id"])
def test_another_version_is_chosen_by_its_name_or_id(drawn, model_version, how):
    model_version.is_active = False
    model_version.save()
    words = evaluate("--set", str(drawn), "--version", str(getattr(model_version, how)), "--limit", "5")
    assert f"5 examples, read by {model_version.name}" in words


@pytest.mark.django_db
def test_without_a_site_it_uses_the_bundled_network_or_a_folder(drawn, tmp_path):
    assert f"read by {BUNDLED_DEFAULT} " in evaluate("--set", str(drawn), "--limit", "3")
    assert "read by deeper_cnn " in evaluate("--set", str(drawn), "--limit", "3", "--version", "deeper_cnn")
    folder = str(BUNDLED / "first_cnn")
    assert "read by first_cnn " in evaluate("--set", str(drawn), "--limit", "3", "--version", folder)


@pytest.mark.django_db
def test_a_set_may_be_named_in_the_settings(drawn, settings):
    settings.EVALUATION_SETS = {"mine": str(drawn)}
    assert f"{drawn}: 3 examples" in evaluate("--set", "mine", "--limit", "3")


@pytest.mark.django_db
def test_numbers_are_read_unless_one_digit_is_expected(tmp_path, monkeypatch):
    how: list[bool] = []

    def find(sketch: Sketch, *, one_digit: bool) -> Any:
        how.append(one_digit)
        return find_digits_in_sketch(sketch, one_digit=one_digit)

    monkeypatch.setattr(reading, "find_digits_in_sketch", find)
    path = lines(tmp_path / "a.jsonl", {"label": "7", "strokes": SEVEN})
    for options in ([], ["--numbers"], ["--one-digit"]):
        evaluate("--set", str(path), *options)
    assert how == [False, False, True]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--set", "nowhere"], "nowhere does not exist"),
        (["--set", "{drawn}", "--version", "nobody"], "There is no version and no folder 'nobody'"),
        (["--set", "{drawn}", "--version", "."], "incomplete or damaged"),
        (["--set", "{drawn}", "--limit", "0"], "at least 1"),
        (["--set", "{drawn}", "--limit", "1", "--json", "nowhere/a.json"], "cannot be written"),
        (["--set", "{drawn}", "--one-digit", "--numbers"], "not allowed with"),
    ],
)
def test_an_impossible_request_is_refused_with_a_sentence(drawn, options, reason):
    with pytest.raises(CommandError, match=reason):
        evaluate(*[option.format(drawn=drawn) for option in options])


@pytest.mark.django_db
def test_numbers_and_pictures_that_are_not_digits_have_their_own_sections(tmp_path):
    blank = {"label": "none", "strokes": [], "size": [280, 280], "pen": 18}
    both = [[[x / 2, y] for x, y in SEVEN[0]], [[140 + x / 2, y] for x, y in SEVEN[0]]]
    path = lines(tmp_path / "a.jsonl", blank, {"label": "77", "strokes": both, "size": [280, 280], "pen": 10})
    words = evaluate("--set", str(path))
    assert f"Not digits (1)\n  caught                     {percent(1, 1)}" in words
    assert "Numbers (1)" in words
    assert "Rejected before the network: no_ink 1" in words
