"""What a line network reads along its best path, and how much of it is right."""

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.recognition.lines.alphabet import BLANK, CLASSES, OTHER, encode
from classifier.recognition.wording import percent
from tests.lines import planes
from training.networks.lines.reading import KINDS, LineEvaluation, best_path, distance, kind_of, read_lines
from training.synthesis.lines.parts import Lines


def frames(*classes: int) -> NDArray[np.float32]:
    return np.eye(CLASSES, dtype=np.float32)[list(classes)]


def test_repeated_classes_are_one_character_unless_a_blank_is_between() -> None:
    one, two = encode("12")
    assert best_path(frames(one, one, BLANK, one, two, two)) == "112"
    assert best_path(frames(BLANK, BLANK)) == ""
    assert best_path(frames(two)) == "2"


def test_lines_are_read_by_width_and_returned_in_their_order() -> None:
    widths = [64, 32, 64, 96, 32]
    lines = Lines([planes(np.full((32, width), number, np.uint8)) for number, width in enumerate(widths)], [""] * 5)

    def logits(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.stack([frames(int(image[0, 0, 0]), BLANK) for image in images])

    assert read_lines(logits, lines) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("a", "b", "edits"),
    [("", "", 0), ("12", "12", 0), ("12", "2", 1), ("12", "13", 1), ("", "123", 3), ("80", "8.0", 1)],
)
def test_distance_counts_edits(a: str, b: str, edits: int) -> None:
    assert distance(a, b) == distance(b, a) == edits


@pytest.mark.parametrize(
    ("text", "kind"), [("7", 0), ("1234", 0), ("12345", 1), ("3.5", 2), ("-7", 2), (OTHER * 3, 3), (f"5{OTHER}", 3)]
)
def test_each_text_is_of_a_kind(text: str, kind: int) -> None:
    assert kind_of(text) == KINDS[kind]


def test_an_evaluation_counts_whole_lines_and_characters() -> None:
    evaluation = LineEvaluation.of(["12", "1", "3.5", "98765"], ["12", "10", "3.5", "98764"])
    assert (evaluation.images, evaluation.accuracy) == (4, 0.5)
    assert evaluation.characters == pytest.approx(1 - 2 / 12)
    assert evaluation.by_kind == [
        {"name": "short numbers", "images": 2, "accuracy": 0.5},
        {"name": "long numbers", "images": 1, "accuracy": 0.0},
        {"name": "numbers with marks", "images": 1, "accuracy": 1.0},
    ]
    assert f"short numbers: {percent(0.5, 1)}" in evaluation.in_words
