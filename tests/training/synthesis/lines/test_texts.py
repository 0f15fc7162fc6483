"""What is written in a generated line."""

from typing import Any

import numpy as np
import pytest

from classifier.recognition.lines.alphabet import CHARACTERS, OTHER, decode, encode
from training.synthesis.lines import texts
from training.synthesis.lines.marks import MARKS

MANY = 300


@pytest.mark.parametrize("kind", texts.KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_is_of_the_alphabet_and_has_a_digit(kind: Any) -> None:
    rng = np.random.default_rng(1)
    for text in (kind(rng) for _ in range(MANY)):
        assert set(text) <= {*CHARACTERS, " "}
        assert any(character.isdigit() for character in text)


def test_all_characters_occur() -> None:
    rng = np.random.default_rng(2)
    seen = set("".join(texts.random_text(rng) for _ in range(2000)))
    assert seen == {*CHARACTERS, " "}


def test_times_exist() -> None:
    rng = np.random.default_rng(3)
    for _ in range(MANY):
        hours, minutes = texts.time(rng).split(":")
        assert int(hours) < 24 and len(minutes) == 2 and int(minutes) < 60


def test_every_mark_can_be_written() -> None:
    assert {*MARKS} == {character for character in CHARACTERS if not character.isdigit()} - {OTHER}


def test_a_text_survives_its_classes() -> None:
    assert decode(encode("-12.30%")) == "-12.30%"
    with pytest.raises(ValueError, match="substring not found"):
        encode("1a")
