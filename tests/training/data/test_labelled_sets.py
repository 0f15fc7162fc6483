"""Labelled sets on disk: each layout can be read, and what cannot be read is refused with the reason."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from classifier.digits.samples.mnist import read_generated
from tests.training.sets import SEVEN, lines, seven
from training.data import layouts
from training.data.examples import SetUnreadable, Strokes
from training.data.labelled_sets import read_examples
from training.data.layouts import on_a_pad
from training.evaluation.robustness.pictures import SKETCHES_FILE


def labels(path: Path) -> list[tuple[str, str]]:
    return [(each.name, each.label) for each in read_examples(path).examples]


def test_folders_are_named_after_labels(tmp_path):
    for name in ("7/a.png", "7/B.JPG", "47/c.webp", "none/d.gif", "not_a_digit/e.bmp"):
        seven(tmp_path / name)
    (tmp_path / "7" / "notes.txt").write_text("not a picture")
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
def test_a_line_has_one_drawing_or_a_list_of_them(tmp_path, name):
    one = {"label": 7, "strokes": SEVEN, "size": [280, 280], "pen": 18}
    path = lines(tmp_path / name, one, "\n", [one | {"label": "47"}, one | {"label": "none"}])
    assert labels(path) == [("line 1", "7"), ("line 3.0", "47"), ("line 3.1", "")]


def test_the_drawings_that_ship_can_be_read():
    examples = read_examples(SKETCHES_FILE).examples
    assert len(examples) >= 100
    assert all(isinstance(each.content, Strokes) and each.content.pen for each in examples)


@pytest.mark.parametrize("part", ["test", "train"])
def test_arrays_have_the_layout_of_mnist(tmp_path, part):
    arrays = read_generated()
    path = tmp_path / "a.npz"
    np.savez(path, **{f"x_{part}": arrays["x_test"][:20], f"y_{part}": arrays["y_test"][:20]})
    assert [int(label) for _, label in labels(path)] == arrays["y_test"][:20].tolist()


def test_strokes_without_a_size_are_scaled_to_a_pad():
    drawing = on_a_pad([[[1000, 2000, 5], [1000, 2400, 9]], [[1100, 2100]]], pen=20)
    assert drawing.size == [280, 280]
    assert drawing.pen == 10
    assert drawing.strokes == [[[115, 40, 5], [115, 240, 9]], [[165, 90]]]
    assert on_a_pad([[[3, 3]]]).strokes == [[[140, 140]]]  # a dot


def test_a_pen_is_chosen_for_the_size(tmp_path):
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
def test_arrays_of_another_shape_or_type_are_refused(tmp_path, arrays, reason):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(SetUnreadable, match=reason):
        read_examples(tmp_path / "a.npz")


def test_an_array_that_is_too_large_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(layouts, "LARGEST_ARRAY", 2000)
    np.savez_compressed(tmp_path / "a.npz", x_test=np.zeros((3, 28, 28), np.uint8), y_test=np.zeros(3, int))
    with pytest.raises(SetUnreadable, match="unpacked"):
        read_examples(tmp_path / "a.npz")


def test_an_endless_line_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(layouts, "LONGEST_LINE", 1000)
    with pytest.raises(SetUnreadable, match="longer than"):
        read_examples(lines(tmp_path / "a.jsonl.gz", " " * 2000))


def test_a_limited_set_is_spread_over_the_whole(tmp_path):
    for digit in range(10):
        for number in range(4):
            seven(tmp_path / str(digit) / f"{number}.png")
    labelled_set = read_examples(tmp_path)
    assert [each.label for each in labelled_set.spread(10).examples] == [str(digit) for digit in range(10)]
    assert labelled_set.spread(None) is labelled_set.spread(100) is labelled_set


def test_the_checksum_covers_names_labels_and_contents(tmp_path):
    seven(tmp_path / "7" / "a.png")
    before = read_examples(tmp_path).sha256
    assert read_examples(tmp_path).sha256 == before
    with (tmp_path / "7" / "a.png").open("ab") as file:
        file.write(b"\0")
    changed = read_examples(tmp_path).sha256
    (tmp_path / "7").rename(tmp_path / "1")
    assert len({before, changed, read_examples(tmp_path).sha256}) == 3
