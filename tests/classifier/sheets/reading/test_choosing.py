"""The most probable text that the rules allow, and how probable it is."""

import numpy as np
import pytest

from classifier.sheets.fields.description import Rules
from classifier.sheets.reading.choosing import SLIPS, choose, texts_of_cells


def cells(*chances, odd=0.0):
    """Rows of chances from {digit: probability}."""
    rows = np.zeros((len(chances), 11))
    for row, own in zip(rows, chances, strict=True):
        for digit, chance in own.items():
            row[digit] = chance * (1 - odd)
        row[10] = odd
    return rows


def read(chances, rules, decimals=0):
    weighed, rest = texts_of_cells(chances, decimals, rules)
    return choose(weighed, rest, rules)


def test_without_rules_the_most_probable_digits_win_with_the_product_of_their_chances() -> None:
    choice = read(cells({1: 0.9, 7: 0.1}, {2: 0.8, 3: 0.2}), Rules())
    assert choice.text == "12"
    assert choice.confidence == pytest.approx(0.72)
    assert choice.alternatives == ["13", "72", "73"]


def test_a_range_excludes_what_is_more_probable() -> None:
    choice = read(cells({7: 0.6, 1: 0.4}, {2: 1.0}), Rules(highest=50))
    assert (choice.text, choice.first) == ("12", "72")
    assert choice.confidence == pytest.approx(0.4 / (0.4 + SLIPS * 0.6), abs=0.01)


def test_a_checksum_decides_between_two_digits() -> None:
    assert read(cells({1: 1.0}, {3: 0.6, 8: 0.4}), Rules(checksum="luhn")).text == "18"


def test_a_value_far_from_what_is_written_is_not_believed_only_because_it_is_allowed() -> None:
    choice = read(cells({1: 0.9999, 7: 0.0001}, {2: 0.9999, 9: 0.0001}), Rules(allowed=("79",)))
    assert choice.text == "79"
    assert choice.confidence < 0.01


def test_a_long_list_is_searched_by_the_chances_of_its_values() -> None:
    listed = tuple(f"{number:04}" for number in range(0, 10_000, 3))  # 1236 and 0234 are in it, 1234 is not
    choice = read(cells({1: 0.9, 0: 0.1}, {2: 1.0}, {3: 1.0}, {4: 0.7, 6: 0.3}), Rules(allowed=listed))
    assert (choice.text, choice.alternatives[0], choice.first) == ("1236", "0234", "1234")


def test_decimals_are_the_last_digits() -> None:
    assert read(cells({1: 1}, {2: 1}, {5: 1}), Rules(decimals=2), decimals=2).text == "1.25"


def test_a_cell_that_may_hold_no_digit_takes_from_the_confidence() -> None:
    assert read(cells({1: 1.0}, odd=0.3), Rules()).confidence == pytest.approx(0.7)


def test_nothing_allowed_gives_what_is_written_without_confidence() -> None:
    choice = read(cells({9: 1.0}), Rules(highest=5))
    assert (choice.text, choice.confidence) == ("9", 0.0)
