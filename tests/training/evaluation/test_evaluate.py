"""`manage.py evaluate`: sets as they lie on a disk, read by the code that serves, and the figures made of it."""

import gzip
import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from classifier.digits import intake
from classifier.digits.registry import BUNDLED, BUNDLED_DEFAULT
from classifier.digits.samples.mnist import read_generated
from classifier.recognition.preprocessing.pipeline import find_digits_in_sketch
from classifier.recognition.preprocessing.strokes import Sketch, parse_sketch, render
from classifier.recognition.wording import percent
from training.data import layouts
from training.data.examples import Example, SetUnreadable, Strokes
from training.data.labelled_sets import read_examples
from training.data.layouts import on_a_pad
from training.evaluation import reading
from training.evaluation.metrics import Reading, report
from training.evaluation.reading import preprocess
from training.evaluation.robustness.pictures import SKETCHES_FILE
from training.synthesis.handwriting import draw_digits

SEVEN = [[[60, 60], [220, 60], [130, 230]]]


def seven(path: Path) -> Path:
    """A 7 on white paper."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(255 - render(Sketch(SEVEN, 280, 280, 18))).save(path)
    return path


def lines(path: Path, *found: Any) -> Path:
    text = "".join(each if isinstance(each, str) else json.dumps(each) + "\n" for each in found).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def labels(path: Path) -> list[tuple[str, str]]:
    return [(each.name, each.label) for each in read_examples(path).examples]


def test_folders_are_named_after_what_is_written_in_them(tmp_path):
    for name in ("7/a.png", "7/B.JPG", "47/c.webp", "none/d.gif", "not_a_digit/e.bmp"):
        seven(tmp_path / name)
    (tmp_path / "7" / "notes.txt").write_text("no picture")
    (tmp_path / "others").mkdir()
    seven(tmp_path / "others" / "f.png")
    assert labels(tmp_path) == [
        ("47/c.webp", "47"),
        ("7/B.JPG", "7"),
        ("7/a.png", "7"),
        ("none/d.gif", ""),
        ("not_a_digit/e.bmp", ""),
    ]


def test_a_table_names_pictures_and_labels(tmp_path):
    seven(tmp_path / "a.png")
    seven(tmp_path / "sub" / "b.png")
    (tmp_path / "labels.csv").write_text("filename,label,writer\na.png,7,me\nsub/b.png,none,you\n")
    assert labels(tmp_path) == [("a.png", "7"), ("sub/b.png", "")]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.json"])
def test_drawings_stand_in_lines_or_in_a_list(tmp_path, name):
    one = {"label": 7, "strokes": SEVEN, "size": [280, 280], "pen": 18}
    path = lines(tmp_path / name, one, "\n", [one | {"label": "47"}, one | {"label": "none"}])
    assert labels(path) == [("line 1", "7"), ("line 3.0", "47"), ("line 3.1", "")]


def test_the_drawings_that_ship_can_be_read():
    found = read_examples(SKETCHES_FILE).examples
    assert len(found) >= 100
    assert all(isinstance(each.content, Strokes) and each.content.pen for each in found)


@pytest.mark.parametrize("part", ["test", "train"])
def test_arrays_lie_as_mnist_does(tmp_path, part):
    arrays = read_generated()
    path = tmp_path / "a.npz"
    np.savez(path, **{f"x_{part}": arrays["x_test"][:20], f"y_{part}": arrays["y_test"][:20]})
    assert [int(label) for _, label in labels(path)] == arrays["y_test"][:20].tolist()


def test_coordinates_of_their_own_are_put_on_a_pad():
    found = on_a_pad([[[1000, 2000, 5], [1000, 2400, 9]], [[1100, 2100]]], pen=20)
    assert found.size == [280, 280]
    assert found.pen == 10
    assert found.strokes == [[[115, 40, 5], [115, 240, 9]], [[165, 90]]]
    assert on_a_pad([[[3, 3]]]).strokes == [[[140, 140]]]  # a dot


def test_a_size_without_a_pen_gets_one_that_suits_it(tmp_path):
    path = lines(tmp_path / "a.jsonl", {"label": 7, "strokes": SEVEN, "size": [560, 600]})
    (example,) = read_examples(path).examples
    assert isinstance(example.content, Strokes)
    assert example.content.pen == 36


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing", None, "does not exist"),
        ("a.txt", b"7", "none of the layouts"),
        ("a.jsonl", b"", "contains no examples"),
        ("a.jsonl", b"{\n", "line 1 is not valid JSON"),
        ("a.jsonl", b"7\n", "an object with label and strokes"),
        ("a.jsonl", b"[" * 100_000, "line 1 is not valid JSON"),
        ("a.jsonl", b'{"label": 7}\n', "an object with label and strokes"),
        ("a.jsonl", b'{"label": "seven", "strokes": []}\n', "the label 'seven' is neither"),
        ("a.jsonl", b'{"label": true, "strokes": []}\n', "the label 'True' is neither"),
        ("a.jsonl", b'{"label": -7, "strokes": []}\n', "the label '-7' is neither"),
        ("a.jsonl.gz", b"no gzip", "cannot be read"),
        ("a.jsonl.gz", gzip.compress(b'{"label": 7}', mtime=0)[:-9], "cannot be read"),
        ("a.npz", b"PK\x03\x04 cut", "cannot be read as an .npz"),
        ("labels/labels.csv", b"7,a.png\n", "must name its columns"),
        ("labels/labels.csv", b"filename,label\n../beside.png,7\n", "line 2: there is no file"),
        ("labels/labels.csv", b"filename,label\nlabels.csv,x\n", "the label 'x' is neither"),
        ("labels/labels.csv", b"filename,label\n\xff\xfe,7\n", "cannot be read"),
        ("labels/notes.txt", b"", "contains no examples"),
    ],
)
def test_unreadable_set_is_refused_with_the_reason(tmp_path, name, content, reason):
    path = seven(tmp_path / "beside.png").parent / name
    if content is not None:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    with pytest.raises(SetUnreadable, match=reason):
        read_examples(path.parent if name.startswith("labels/") else path)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"x_test": np.zeros((3, 28, 28), np.uint8)}, "neither x_test and y_test"),
        ({"x_test": np.zeros((3, 28, 28)), "y_test": np.zeros(3, int)}, "uint8"),
        ({"x_test": np.zeros((3, 28, 28), np.uint8), "y_test": np.zeros(2, int)}, "with n labels"),
        ({"x_test": np.array([None] * 3), "y_test": np.zeros(3, int)}, "pickle"),
    ],
)
def test_arrays_of_another_form_are_refused(tmp_path, arrays, reason):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(SetUnreadable, match=reason):
        read_examples(tmp_path / "a.npz")


def test_an_array_that_would_unpack_to_too_much_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(layouts, "LARGEST_ARRAY", 2000)
    np.savez_compressed(tmp_path / "a.npz", x_test=np.zeros((3, 28, 28), np.uint8), y_test=np.zeros(3, int))
    with pytest.raises(SetUnreadable, match="unpacked"):
        read_examples(tmp_path / "a.npz")


def test_a_line_without_an_end_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(layouts, "LONGEST_LINE", 1000)
    with pytest.raises(SetUnreadable, match="longer than"):
        read_examples(lines(tmp_path / "a.jsonl.gz", " " * 2000))


def test_a_limit_is_spread_over_the_set(tmp_path):
    for digit in range(10):
        for number in range(4):
            seven(tmp_path / str(digit) / f"{number}.png")
    found = read_examples(tmp_path)
    assert [each.label for each in found.spread(10).examples] == [str(digit) for digit in range(10)]
    assert found.spread(None) is found.spread(100) is found


def test_a_set_is_told_from_another_by_names_labels_and_contents(tmp_path):
    seven(tmp_path / "7" / "a.png")
    before = read_examples(tmp_path).sha256
    assert read_examples(tmp_path).sha256 == before
    with (tmp_path / "7" / "a.png").open("ab") as file:
        file.write(b"\0")
    changed = read_examples(tmp_path).sha256
    (tmp_path / "7").rename(tmp_path / "1")
    assert len({before, changed, read_examples(tmp_path).sha256}) == 3


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
    found = report(READINGS)
    assert found["labelled"] == 10
    assert found["accuracy"] == 0.3
    assert found["refused"] == pytest.approx(0.2)
    assert found["unsure"] == pytest.approx(0.3)
    assert found["errors"] == {"no_ink": 1}
    assert found["per_digit"] == [None, 1.0, 0.0, None, 0.0, 0.0, None, 0.5, None, None]
    assert found["confusion_matrix"][2][7] == found["confusion_matrix"][4][9] == 1
    assert found["not_read"] == [0, 0, 0, 0, 1, 1, 0, 1, 0, 0]
    assert found["confidence_when_wrong"] == pytest.approx(np.mean([0.8, 0.4, 0.7, 0.5, 0.5]))
    assert [each["name"] for each in found["mistakes"][:3]] == ["refused", "wrong", "cut in two"]
    assert sum(row["count"] for row in found["reliability"]) == 8  # what was answered
    assert found["numbers"] == {"images": 3, "accuracy": pytest.approx(1 / 3), "cut_rightly": pytest.approx(2 / 3)}
    assert "junk" not in found


def test_calibration_is_of_what_was_answered():
    sure = [Reading("a", "1", "digit", "1" if number < 9 else "7", 0.9) for number in range(10)]
    refused = [Reading("b", "1", "not_a_digit", "1", 0.2, "drawing")] * 10
    assert report(sure + refused)["ece"] == pytest.approx(0, abs=1e-9)
    assert report(refused)["ece"] is None


def test_what_is_no_digit_is_caught_when_refused_or_unsure():
    junk = [
        Reading("a", "", "not_a_digit", "3", 0.3, "drawing"),
        Reading("b", "", "error", reason="no_ink"),
        Reading("c", "", "unsure", "3", 0.4, "odd"),
        Reading("d", "", "digit", "3", 0.95),
    ]
    found = report(junk)
    assert "accuracy" not in found
    assert found["junk"] | {"missed": []} == {
        "images": 4,
        "caught": 0.75,
        "refused": 0.5,
        "unsure": 0.25,
        "reasons": {"drawing": 1, "no_ink": 1, "odd": 1},
        "missed": [],
    }
    assert [each["name"] for each in found["junk"]["missed"]] == ["d"]


def evaluate(*options: str) -> str:
    out = StringIO()
    call_command("evaluate", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def drawn(tmp_path) -> Path:
    """Thirty generated digits as strokes."""
    found = [
        {"label": each.label, "strokes": each.sketch.strokes, "size": [280, 280], "pen": each.sketch.pen}
        for each in draw_digits(30, 77)
    ]
    return lines(tmp_path / "drawn.jsonl.gz", *found)


@pytest.mark.django_db
def test_the_command_prints_a_table_and_writes_json(drawn, tmp_path, model_version):
    words = evaluate("--set", str(drawn), "--json", str(tmp_path / "figures.json"))
    found = json.loads((tmp_path / "figures.json").read_text())
    assert found["images"] == found["in_the_set"] == 30
    assert found["version"] == model_version.name
    assert 0.8 < found["accuracy"] <= 1
    assert f"read correctly             {percent(found['accuracy'], 1)}" in words
    assert f"read by {model_version.name}" in words
    assert sum(map(sum, found["confusion_matrix"])) + sum(found["not_read"]) == 30


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["name", "public_id"])
def test_another_version_is_chosen_by_its_name_or_id(drawn, model_version, how):
    model_version.is_active = False
    model_version.save()
    words = evaluate("--set", str(drawn), "--version", str(getattr(model_version, how)), "--limit", "5")
    assert f"5 examples, read by {model_version.name}" in words


@pytest.mark.django_db
def test_without_a_site_the_bundled_one_reads_and_a_folder_may(drawn, tmp_path):
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
