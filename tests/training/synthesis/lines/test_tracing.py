"""Strokes recovered from pictures of digits: few, over all the ink, in the direction of the pen."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from classifier.recognition.lines.pen_direction import NOWHERE
from training.synthesis.curves import Path, resample
from training.synthesis.lines import composition, drawing
from training.synthesis.lines.composition import compose
from training.synthesis.lines.drawing import draw_line
from training.synthesis.lines.ingredients import Ingredient
from training.synthesis.lines.scans import Scans
from training.synthesis.lines.tracing import trace_digit

PEN = 3

RING = [(14 + 6 * np.cos(angle), 14 + 9 * np.sin(angle)) for angle in np.linspace(0, 2 * np.pi, 30)]
WAIST = [(14 + 5 * np.sin(2 * angle), 14 - 9 * np.cos(angle)) for angle in np.linspace(0, 2 * np.pi, 60)]
# The lines of each digit, and the number of strokes.
DIGITS: dict[str, tuple[list[list[tuple[float, float]]], int]] = {
    "0": ([RING], 1),
    "1": ([[(15, 4), (13, 23)]], 1),
    "2": ([[(8, 8), (12, 4), (18, 6), (17, 12), (8, 23), (21, 23)]], 1),
    "3": ([[(9, 4), (18, 6), (10, 13)], [(14, 12), (20, 17), (17, 22), (9, 23)]], 1),  # in to the waist and out again
    "4": ([[(9, 4), (7, 15), (22, 15)], [(17, 5), (16, 24)]], 2),
    "5": ([[(20, 4), (9, 4), (9, 12), (18, 13), (18, 21), (8, 23)]], 2),
    "6": ([[(17, 3), (9, 12), (8, 20), (13, 24), (18, 20), (14, 15), (9, 18)]], 1),
    "7": ([[(7, 5), (20, 5), (12, 24)], [(10, 14), (21, 14)]], 2),
    "8": ([WAIST], 1),
    "9": ([[(18, 8), (12, 4), (8, 9), (12, 13), (18, 9), (17, 24)]], 1),
}


def drawn(digit: str) -> NDArray[np.uint8]:
    image = Image.new("L", (28, 28))
    for line in DIGITS[digit][0]:
        ImageDraw.Draw(image).line(line, fill=255, width=PEN, joint="curve")
    return np.asarray(image)


def traced(digit: str) -> list[Path]:
    return trace_digit(drawn(digit), int(digit))


@pytest.mark.parametrize("digit", DIGITS)
def test_a_digit_has_as_many_strokes_as_people_write(digit: str) -> None:
    assert len(traced(digit)) == DIGITS[digit][1]


@pytest.mark.parametrize("digit", DIGITS)
def test_strokes_cover_the_ink_and_nothing_else(digit: str) -> None:
    image = drawn(digit)
    places = np.argwhere(image)[:, ::-1] + 0.5
    middle, height = (places.min(0) + places.max(0)) / 2, np.ptp(places[:, 1]) - PEN + 1
    points = np.vstack([resample(path, 0.02) for path in traced(digit)]) * height + middle
    apart = np.hypot(*(places[:, None] - points[None]).transpose(2, 0, 1))
    assert np.quantile(apart.min(1), 0.95) < PEN / 2 + 0.75  # thinning cuts ends and corners short
    assert apart.min(1).max() < 1.5 * PEN
    assert apart.min(0).max() < PEN / 2


@pytest.mark.parametrize("digit", DIGITS)
def test_a_digit_begins_above(digit: str) -> None:
    first = traced(digit)[0]
    assert first[0, 1] < -0.15  # a 9 begins where its loop ends
    assert first[0, 1] <= first[-1, 1] + 0.01


@pytest.mark.parametrize("digit", ["0", "8", "9"])
def test_a_loop_begins_to_the_left(digit: str) -> None:
    path = traced(digit)[0]
    top = int(path[:-1, 1].argmin())
    assert path[top + 3, 0] < path[top, 0]


def test_the_loop_of_a_6_goes_to_the_right_below() -> None:
    (path,) = traced("6")
    bottom = int(path[:, 1].argmax())
    assert path[bottom + 3, 0] > path[bottom - 3, 0]


def test_an_open_loop_of_a_6_goes_up_on_the_right() -> None:
    image = Image.new("L", (28, 28))
    draw = ImageDraw.Draw(image)
    draw.line([(17, 3), (10, 10), (8, 24)], fill=255, width=PEN)
    draw.line([(9, 13), (16, 12), (19, 17), (18, 24)], fill=255, width=PEN)
    _, loop = trace_digit(np.asarray(image), 6)
    assert loop[0, 1] > loop[-1, 1] + 0.2


@pytest.mark.parametrize("digit", ["4", "5", "7"])
def test_a_bar_goes_to_the_right(digit: str) -> None:
    bar = min(traced(digit), key=lambda path: np.ptp(path[:, 1]) - np.ptp(path[:, 0]))
    assert bar[-1, 0] > bar[0, 0] + 0.3


def test_an_8_crosses_itself() -> None:
    (path,) = traced("8")
    lower = path[path[:, 1] > 0.2]
    assert lower[:3, 0].mean() > lower[-3:, 0].mean() + 0.1  # comes down on the right, goes up on the left


def test_the_two_junctions_at_the_waist_of_an_8_are_a_crossing() -> None:
    image = Image.new("L", (28, 28))
    draw = ImageDraw.Draw(image)
    draw.ellipse((9, 3, 18, 11), outline=255, width=2)
    draw.ellipse((8, 15, 19, 25), outline=255, width=2)
    draw.line((13, 10, 13, 16), fill=255, width=PEN)
    (path,) = trace_digit(np.asarray(image), 8)
    assert np.allclose(path[0], path[-1], atol=0.05)


@pytest.mark.parametrize(
    ("row", "columns", "level"),
    [(12, slice(16, 18), 255), (20, slice(3, 4), 255), (14, slice(14, 15), 0)],
    ids=["bump", "speck", "hole"],
)
def test_rough_edges_and_specks_are_no_strokes(row: int, columns: slice, level: int) -> None:
    image = drawn("1").copy()
    image[row, columns] = level
    assert len(trace_digit(image, 1)) == 1


def test_the_same_picture_gives_the_same_strokes() -> None:
    assert all(np.array_equal(*both) for both in zip(traced("4"), traced("4"), strict=True))


def test_a_picture_without_ink_has_no_strokes() -> None:
    assert trace_digit(np.zeros((28, 28), np.uint8), 3) == []


@pytest.fixture(scope="module")
def scans() -> Scans:
    return Scans(np.stack([drawn(digit) for digit in DIGITS]), np.arange(10, dtype=np.uint8))


def test_a_share_of_the_lines_with_scans_is_traced(scans: Scans) -> None:
    rng = np.random.default_rng(1)
    lines = [compose("27", rng, scans) for _ in range(80)]
    assert all(len({each.scan is None for each in line.characters}) == 1 for line in lines)
    assert abs(sum(not line.characters[0].scan for line in lines) / 80 - composition.TRACED) < 0.2
    assert all(compose("27", rng, scans, without={Ingredient.TRACED}).characters[0].scan for _ in range(20))


def test_a_traced_digit_is_varied_but_keeps_its_form(monkeypatch: pytest.MonkeyPatch, scans: Scans) -> None:
    monkeypatch.setattr(composition, "TRACED", 1.0)
    rng = np.random.default_rng(2)
    lines = [compose("2", rng, scans).characters[0].paths for _ in range(2)]
    (first,), (second,), (original,) = *lines, traced("2")
    assert not np.allclose(first, second)
    assert np.hypot(*(first - original).T).max() < 0.25


def test_a_line_of_traced_digits_has_directions(monkeypatch: pytest.MonkeyPatch, scans: Scans) -> None:
    def shows_directions(share: float) -> bool:
        monkeypatch.setattr(composition, "TRACED", share)
        image = draw_line(np.random.default_rng(4), scans, without=Ingredient.STROKES).image
        return bool((image[..., 1:] != NOWHERE).any())

    monkeypatch.setattr(drawing, "ON_PAPER", 0.0)
    monkeypatch.setattr(drawing, "WORDS", 0.0)
    assert shows_directions(1.0)
    assert not shows_directions(0.0)


def test_a_picture_is_traced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    traces: list[int] = []
    monkeypatch.setattr(
        "training.synthesis.lines.scans.trace_digit",
        lambda image, digit: traces.append(digit) or trace_digit(image, digit),
    )
    scans = Scans(np.stack([drawn(digit) for digit in DIGITS]), np.arange(10, dtype=np.uint8))
    for seed in range(3):
        scans.kin(np.random.default_rng(seed)).strokes(7)
    assert traces == [7]
