"""A line takes digits that people wrote, those of one hand, and no image far more often than others."""

from collections import Counter

import numpy as np

from training.synthesis.lines.scans import Scans

COUNT = 50  # images of the digit 0


def leaning(count):
    """Images of strokes, each of another ink, from the one that leans most to the left to that most to the right."""
    images = np.zeros((count, 28, 28), np.uint8)
    for number, lean in enumerate(np.linspace(-8, 8, count)):
        for row in range(4, 24):
            images[number, row, round(13.5 + lean * (13.5 - row) / 10)] = 255 - number
    return images


def test_no_image_is_taken_far_more_often_than_others():
    scans = Scans(leaning(COUNT), np.zeros(COUNT, np.uint8))
    rng = np.random.default_rng(1)
    taken = Counter(scans.kin(rng).digit(0).ink.tobytes() for _ in range(200 * COUNT))
    assert len(taken) >= COUNT - 1
    assert max(taken.values()) < 1.5 * 200


def test_digits_of_one_hand_lean_alike():
    scans = Scans(leaning(COUNT), np.zeros(COUNT, np.uint8))
    hand = scans.kin(np.random.default_rng(2))
    widths = [hand.digit(0).ink.shape[1] for _ in range(40)]
    everyone = [scans.kin(np.random.default_rng(seed)).digit(0).ink.shape[1] for seed in range(40)]
    assert np.std(widths) < np.std(everyone)
