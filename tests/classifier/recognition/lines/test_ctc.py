"""Texts, their probabilities and their places follow from the frames as the definitions say."""

import itertools

import numpy as np
import pytest

from classifier.recognition.lines.alphabet import BLANK, CLASSES, decode, encode
from classifier.recognition.lines.ctc import Frames, align, best_texts, has_room, log_likelihoods


def frames_of(text, strength=9.0):
    """Frames that show the characters of a text, "_" for blank."""
    logits = np.zeros((len(text), CLASSES))
    for row, character in zip(logits, text, strict=True):
        row[BLANK if character == "_" else encode(character)[0]] = strength
    return Frames.of(logits)


def collapsed(path):
    """The text of a path of classes, by definition: repeated ones are one, and blanks vanish."""
    return tuple(number for number, _ in itertools.groupby(path) if number != BLANK)


def exhaustive(frames, classes):
    """The probability of each text, by adding up all paths of some classes."""
    texts: dict[tuple[int, ...], float] = {}
    for path in itertools.product(classes, repeat=len(frames.probabilities)):
        share = np.prod([row[number] for row, number in zip(frames.probabilities, path, strict=True)])
        texts[collapsed(path)] = texts.get(collapsed(path), 0.0) + share
    return texts


@pytest.fixture
def doubtful():
    """Six frames in which only 3, 5 and the blank are likely."""
    rng = np.random.default_rng(4)
    logits = np.full((6, CLASSES), -30.0)
    logits[:, [3, 5, BLANK]] = rng.normal(0, 1.5, (6, 3))
    return Frames.of(logits)


@pytest.mark.parametrize(
    ("shown", "text"), [("__1__2_", "12"), ("11_11_", "11"), ("1112", "12"), ("3_.5", "3.5"), ("____", "")]
)
def test_repeated_frames_are_one_character_and_blanks_vanish(shown, text):
    assert decode(best_texts(frames_of(shown), 3)[0]) == text


def test_probability_of_a_text_is_that_of_all_its_paths(doubtful):
    expected = exhaustive(doubtful, [3, 5, BLANK])
    texts = [(), (3,), (5, 3), (3, 3), (3, 5, 3), (5, 5, 5)]
    found = np.exp(log_likelihoods(doubtful, texts))
    assert found == pytest.approx([expected[text] for text in texts], rel=1e-6)


def test_search_finds_the_most_probable_texts(doubtful):
    expected = exhaustive(doubtful, [3, 5, BLANK])
    order = sorted(expected, key=lambda text: -expected[text])
    assert best_texts(doubtful, 3, width=30) == order[:3]


def test_frames_that_are_surely_blank_become_one_with_the_place_of_their_middle():
    frames = frames_of("___1_____2_", strength=14)
    assert frames.places.tolist() == [1, 3, 6, 9, 10]


def test_characters_are_aligned_where_their_frames_are():
    aligned = align(frames_of("_11___2_3333_"), tuple(encode("123")))
    assert [(each.first, each.last) for each in aligned] == [(1, 2), (6, 6), (8, 11)]
    assert [each.centre for each in aligned] == pytest.approx([1.5, 6, 9.5], abs=0.01)


def test_same_digits_in_a_row_are_aligned_apart():
    aligned = align(frames_of("00_00"), tuple(encode("00")))
    assert [each.centre for each in aligned] == pytest.approx([0.5, 3.5], abs=0.01)


@pytest.mark.parametrize("text", ["12", "33", "123", "333", ""])
def test_a_text_that_has_room_can_be_aligned(text):
    for frames in (frames_of("_"), frames_of("1_"), frames_of("1_2"), frames_of("1_2_3")):
        characters = tuple(encode(text))
        try:
            align(frames, characters) if characters else []
            fits = True
        except ValueError:
            fits = False
        assert has_room(frames, characters) == fits


def test_more_characters_than_frames_cannot_be_aligned():
    with pytest.raises(ValueError, match="3 characters"):
        align(frames_of("1_"), tuple(encode("123")))
