"""Batches of lines: every line in each round, equal widths, cheap variation."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from classifier.recognition.lines.alphabet import decode
from tests.lines import planes
from training.networks.lines.batches import NO_CHARACTER, Batch, alike, all_batches, endless_batches, vary
from training.synthesis.lines.parts import Lines


def some_lines(start: int, count: int) -> Lines:
    """Lines whose text is their number and whose ink is as dark as it says; every third one is wider."""
    inks = [np.full((32, 64 if number % 3 else 96), number % 250, np.uint8) for number in range(start, start + count)]
    return Lines([planes(ink) for ink in inks], [f"{number}" for number in range(start, start + count)])


def texts_of(batch: Batch) -> list[str]:
    return [decode([each for each in row if each != NO_CHARACTER]) for row in batch[1].tolist()]


def test_each_line_is_shown_once_in_each_round() -> None:
    parts = [lambda start=start: some_lines(start, 24) for start in (0, 24, 48)]
    batches = list(islice(endless_batches(parts, 4, seed=1), 36))
    shown = Counter(text for batch in batches for text in texts_of(batch))
    assert shown == {f"{number}": 2 for number in range(72)}
    assert {len(batch[0]) for batch in batches} == {4}
    assert {batch[0].shape[2] for batch in batches} == {64, 96}


def test_lines_keep_their_texts() -> None:
    for images, texts in islice(endless_batches([lambda: some_lines(0, 30)], 5, seed=2, varied=False), 12):
        assert images.shape[1:] in ((32, 64, 3), (32, 96, 3))
        assert [f"{round(level * 255)}" for level in images[:, 0, 0, 0].tolist()] == texts_of((images, texts))


def test_a_rare_width_waits_for_the_next_round() -> None:
    lines = some_lines(0, 4)  # two wide ones
    first, second, third = islice(endless_batches([lambda: lines], 2, seed=3), 3)
    assert Counter(map(lambda batch: batch[0].shape[2], (first, second))) == {64: 1, 96: 1}
    assert third[0].shape[2] in (64, 96)


def test_the_order_depends_on_the_seed_alone() -> None:
    def order(seed: int) -> list[list[str]]:
        return [texts_of(batch) for batch in islice(endless_batches([lambda: some_lines(0, 40)], 4, seed), 8)]

    assert order(1) == order(1) != order(2)


def test_all_batches_show_all_lines_once_unvaried() -> None:
    lines = some_lines(0, 50)
    batches = list(all_batches(lines, 16))
    assert Counter(text for batch in batches for text in texts_of(batch)) == {text: 1 for text in lines.texts}
    assert max(len(batch[0]) for batch in batches) == 16
    assert sorted(number for numbers in alike(lines, 16) for number in numbers) == list(range(50))


def test_variation_moves_a_row_changes_the_gain_and_adds_noise() -> None:
    images = np.zeros((200, 32, 64, 3), np.float32)
    images[:, 10, :, 0] = 0.5
    rows, gains, noises = set(), [], []
    for seed in range(30):
        varied = vary(images[:8], np.random.default_rng(seed))[..., 0]
        assert varied.dtype == np.float32 and varied.min() >= 0 and varied.max() <= 1
        row = int(varied.mean((0, 2)).argmax())
        rows.add(row)
        gains += (varied[:, row].mean(1) / 0.5).tolist()
        noises += varied[:, 25:].std((1, 2)).tolist()
    assert rows == {9, 10, 11}
    assert 0.6 < min(gains) < 0.8 and 1.1 < max(gains) < 1.3
    assert min(noises) > 0 and 0.02 < max(noises) < 0.06


def test_variation_keeps_the_direction_of_the_pen_or_hides_it() -> None:
    images = np.zeros((400, 32, 32, 3), np.float32)
    images[:, 10:14, :, 1:] = 0.5, -1
    directions = vary(images, np.random.default_rng(1))[..., 1:]
    hidden = (directions == 0).all((1, 2, 3))
    assert 0.05 < hidden.mean() < 0.17
    shown = directions[~hidden]
    assert {(right, down) for right, down in shown[:, 12].reshape(-1, 2).tolist()} == {(0.5, -1.0)}


@pytest.mark.parametrize("text", ["", "7"])
def test_short_texts_are_filled_up(text: str) -> None:
    lines = Lines([planes(np.zeros((32, 32), np.uint8))] * 2, [text, "12"])
    ((_, texts),) = all_batches(lines, 2)
    assert texts.shape == (2, 2)
    assert (texts[0] == NO_CHARACTER).sum() == 2 - len(text)
