"""Generated lines: repeatable, framed, legible, and written by one hand."""

from typing import Any

import numpy as np
import pytest

from classifier.recognition.lines.framing import HEIGHT, LONGEST, PLANES, STEP, line_image
from training.synthesis.lines import composition, drawing, marks, papers, prints
from training.synthesis.lines.composition import compose
from training.synthesis.lines.drawing import draw_line
from training.synthesis.lines.ingredients import Ingredient
from training.synthesis.lines.inking import ink_of
from training.synthesis.lines.scans import Scans


@pytest.fixture(scope="module")
def scans() -> Scans:
    """Digits that are bars: upright for even numbers, leaning by their index for odd ones."""
    images, labels = [], []
    for number in range(200):
        image = np.zeros((28, 28), np.uint8)
        for y in range(4, 24):
            x = 14 + round((14 - y) * (number - 100) / 150)
            image[y, x : x + 3] = 255
        images.append(image)
        labels.append(number % 10)
    return Scans(np.stack(images), np.array(labels, np.uint8))


def test_the_same_state_draws_the_same_line(scans: Scans) -> None:
    first, second = (draw_line(np.random.default_rng(5), scans) for _ in range(2))
    assert first.text == second.text
    assert np.array_equal(first.image, second.image)


def test_lines_are_framed(scans: Scans) -> None:
    rng = np.random.default_rng(6)
    for _ in range(60):
        line = draw_line(rng, scans)
        height, width, planes = line.image.shape
        assert (height, planes) == (HEIGHT, PLANES) and width % STEP == 0 and STEP <= width <= LONGEST
        assert len(line.centres) == len(line.text)
        assert (line.centres > 0).all() and (line.centres < width).all()
        assert line.image[..., 0].max() > 60


LEFT_OUT = {
    Ingredient.SCANS: lambda line: not any(each.scan for each in line.characters),
    Ingredient.MARKS: lambda line: set(line.text) <= set("0123456789?"),
    Ingredient.WORDS: lambda line: any(character.isdigit() for character in line.text),
}


@pytest.mark.parametrize("without", LEFT_OUT)
def test_a_line_may_lack_an_ingredient(monkeypatch: pytest.MonkeyPatch, scans: Scans, without: Ingredient) -> None:
    def has_it(left_out: Ingredient | None) -> bool:
        written: list[composition.Line] = []
        monkeypatch.setattr(
            drawing, "compose", lambda *args, **how: written.append(compose(*args, **how)) or written[-1]
        )
        rng = np.random.default_rng(14)
        for _ in range(60):
            draw_line(rng, scans, without=left_out)
        return not all(LEFT_OUT[without](line) for line in written)

    assert has_it(None)
    assert not has_it(without)


def test_a_hand_may_lack_a_habit() -> None:
    habits = composition.Habits(-0.1, 0.1, 0.5, 0.2, 0.5, 0.1, 0.1, 0.5)
    assert habits.without(None) == habits
    assert habits.without(Ingredient.TOUCHING).gap == composition.APART
    assert habits.without(Ingredient.JOINED).joins == 0
    assert habits.without(Ingredient.SMALL_ZEROS).small_zero == 1
    wandering = habits.without(Ingredient.WANDERING)
    assert (wandering.size, wandering.drift, wandering.climb) == (0, 0, 0)


def test_lines_may_lack_digits_that_a_program_writes(monkeypatch: pytest.MonkeyPatch, scans: Scans) -> None:
    monkeypatch.setattr(composition, "write", None)
    rng = np.random.default_rng(16)
    for _ in range(20):
        draw_line(rng, scans, without=Ingredient.STROKES)
    with pytest.raises(TypeError):
        [draw_line(rng, scans) for _ in range(20)]


def test_lines_may_lack_paper(monkeypatch: pytest.MonkeyPatch, scans: Scans) -> None:
    monkeypatch.setattr(drawing, "photographed", None)
    rng = np.random.default_rng(15)
    for _ in range(20):
        draw_line(rng, scans, without=Ingredient.PAPER)


def test_characters_stand_from_left_to_right() -> None:
    rng = np.random.default_rng(7)
    for _ in range(40):
        line = compose("1234567", rng, None)
        means = [character.points()[:, 0].mean() for character in line.characters]
        assert means == sorted(means)


def test_digits_of_a_spaced_hand_do_not_touch(monkeypatch: pytest.MonkeyPatch) -> None:
    habits = composition.Habits(0.4, 0.0, 0.0, 0.02, 1.0, 0.0, 0.0, 0.5)
    monkeypatch.setattr(composition.Habits, "sample", lambda rng: habits)
    rng = np.random.default_rng(8)
    for _ in range(10):
        first, second = compose("38", rng, None).characters
        for y in np.linspace(-0.4, 0.4, 9):  # at every height
            left = [x for x, at in first.points() if abs(at - y) < 0.05]
            right = [x for x, at in second.points() if abs(at - y) < 0.05]
            if left and right:
                assert min(right) > max(left)


def test_a_dash_does_not_become_the_bar_of_a_seven() -> None:
    rng = np.random.default_rng(13)
    for _ in range(30):
        dash, seven = compose("-7", rng, None).characters
        assert dash.points()[:, 0].max() < seven.points()[:, 0].min() + 0.15  # hasty hands overlap a little


def test_one_hand_leans_one_way(scans: Scans) -> None:
    rng = np.random.default_rng(9)
    for _ in range(10):
        leans = []
        for character in compose("1357", rng, scans).characters:
            rows = np.argsort(character.points()[:, 1])
            points = character.points()[rows]
            leans.append(points[:5, 0].mean() - points[-5:, 0].mean())
        assert np.ptp(leans) < 0.5  # of a range of 0.67 in all the scans


def test_the_ink_lies_in_the_boxes() -> None:
    rng = np.random.default_rng(10)
    ink, boxes = ink_of(compose("40", rng, None), 30.0, 6.0)
    for left, top, right, bottom in boxes.round().astype(int):
        assert ink[max(0, top) : bottom, max(0, left) : right].max() == 255
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    outside = ink.copy()
    outside[int(low[1]) - 1 : int(high[1]) + 2, int(low[0]) - 1 : int(high[0]) + 2] = 0
    assert not outside.any()


@pytest.mark.parametrize(
    "print_", [*dict.fromkeys(prints.PRINTS), *prints.HELD_BACK_PRINTS], ids=lambda print_: print_.__name__
)
def test_every_print_covers_a_part_of_the_paper(print_: Any) -> None:
    cover = print_((40, 120), np.random.default_rng(11), 30.0)
    assert cover.shape == (40, 120)
    assert cover.min() >= 0 and cover.max() <= 1.3  # a smooth enlargement may swing a little beyond
    assert np.ptp(cover) > 0.2


def test_prints_for_measuring_are_not_trained_on() -> None:
    assert not {*prints.PRINTS} & {*prints.HELD_BACK_PRINTS}


def test_styles_and_marks_for_measuring_are_not_trained_on() -> None:
    trained = {style.draw for styles in composition.STYLES_OF.values() for style in styles}
    assert sorted(composition.HELD_BACK_OF) == [*range(10)]
    assert not trained & {style.draw for style in composition.HELD_BACK_OF.values()}
    assert not {*marks.MARKS.values()} & {*marks.HELD_BACK_MARKS.values()}
    assert marks.HELD_BACK_MARKS.keys() == marks.MARKS.keys()


def test_ink_is_darker_than_the_paper() -> None:
    rng = np.random.default_rng(12)
    ink, boxes = ink_of(compose("8", rng, None), 40.0, 8.0)
    picture = papers.photographed(ink, boxes, rng, 40.0)
    assert picture.shape == ink.shape
    assert picture[ink > 200].mean() < picture[ink == 0].mean() - 20


def test_a_row_is_scaled_to_its_digits() -> None:
    ink = np.zeros((100, 300), np.float32)
    ink[20:80, 50:60] = 5.0
    image = line_image(ink, 20, 80, 5.0)
    rows = np.flatnonzero(image[..., 0].max(1) > 128)
    assert image.shape == (HEIGHT, 128, PLANES)
    assert 21 <= len(rows) <= 23 and abs((rows[0] + rows[-1]) / 2 - 15.5) <= 1
