"""Outliers: of every kind, the same for the same seed, with some kinds held back for measuring."""

import numpy as np
import pytest

from classifier.recognition.preprocessing.strokes import Sketch, parse_sketch
from training.synthesis.characters import HELD_BACK_LETTERS, HELD_BACK_SIGNS, LETTERS, SIGNS, glyph_of
from training.synthesis.outliers.kinds import (
    GROUPS,
    KINDS,
    PRINTED,
    draw_outlier_sketches,
    draw_outliers,
    draw_outliers_of,
    find_outliers,
)
from training.synthesis.outliers.paper import on_paper

LOOK_LIKE_DIGITS = set("BbDGgIiJjlOoQqSsYyZz")


def test_outliers_are_inputs_of_a_network():
    images, kinds = draw_outliers(60, seed=1)
    assert (images.shape, images.dtype, len(kinds)) == ((60, 28, 28), np.uint8, 60)
    assert (images.max((1, 2)) > 150).all()  # none is blank
    assert len(np.unique(images.reshape(60, -1), axis=0)) == 60


def test_same_seed_draws_the_same():
    (one, kinds), (again, same), (other, _) = draw_outliers(20, 5), draw_outliers(20, 5), draw_outliers(20, 6)
    assert (one == again).all()
    assert kinds == same
    assert (one != other).any()


def test_each_group_has_its_share():
    kinds = [kind for kind, _ in find_outliers(120, seed=2)]
    shares = {group: sum(KINDS[kind].group == group for kind in kinds) for group in GROUPS}
    assert min(shares.values()) >= 10  # a blank one is replaced by one of any kind
    assert shares["letter"] == pytest.approx(20, abs=5)


def test_kinds_held_back_are_never_among_the_others():
    for held_back in (False, True):
        _, kinds = draw_outliers(80, seed=3, held_back=held_back)
        assert {KINDS[kind].is_held_back for kind in kinds} == {held_back}


def test_each_group_has_kinds_held_back_and_others():
    for group in GROUPS:
        assert {kind.is_held_back for kind in KINDS.values() if kind.group == group} == {False, True}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_makes_a_sketch_or_a_picture(name):
    for content in draw_outliers_of(name, 3, seed=4):
        if isinstance(content, Sketch):
            assert parse_sketch(content.strokes, [content.width, content.height], content.pen).strokes
        else:
            assert (content.dtype, content.ndim) == (np.uint8, 2)
            assert min(content.shape) >= 20


def test_outliers_for_the_pad_are_sketches():
    drawn = list(draw_outlier_sketches(15, seed=5, held_back=True))
    assert len(drawn) == 15
    assert all(isinstance(each.content, Sketch) and KINDS[each.kind].is_held_back for each in drawn)


def test_letters_that_look_like_digits_are_left_out():
    assert not LOOK_LIKE_DIGITS & {*LETTERS, *HELD_BACK_LETTERS, *PRINTED}
    assert not LETTERS.keys() & HELD_BACK_LETTERS.keys()
    assert not SIGNS.keys() & HELD_BACK_SIGNS.keys()


def test_every_character_can_be_traced():
    for line in [*LETTERS.values(), *HELD_BACK_LETTERS.values(), *SIGNS.values(), *HELD_BACK_SIGNS.values()]:
        nodes = np.array([node for stroke in glyph_of(line) for run in stroke for node in run])
        assert 0 <= nodes.min() <= nodes.max() <= 1.2


def test_ink_on_paper_is_mostly_darker_than_the_paper():
    ink = np.zeros((40, 30), np.uint8)
    ink[5:35, 12:18] = 255
    pictures = [on_paper(ink, np.random.default_rng(seed)) for seed in range(30)]
    dark = [np.median(picture) > picture.min() + 60 for picture in pictures]
    assert 20 <= sum(dark) <= 30
