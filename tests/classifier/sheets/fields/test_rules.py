"""What may stand in a field, and what is said to a person who types something else."""

import pytest

from classifier.recognition.errors import InvalidInput
from classifier.sheets.fields.description import Field, Kind, Rules
from classifier.sheets.fields.rules import fits, normalised, pointed, why_not


def field(kind=Kind.LINE, **rules):
    return Field("f", "F", 1, (0, 0, 1, 1), kind, 5 if kind is Kind.BOXES else 0, Rules(**rules))


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("007", Rules(digits_from=3, digits_to=3)),
        ("12.50", Rules(digits_from=3, digits_to=5, decimals=2, highest=12.5)),
        ("0.10", Rules(decimals=2, lowest=0.1)),
        ("18", Rules(checksum="luhn")),
        ("12", Rules(allowed=("12", "3.5"))),
        ("3.5", Rules(allowed=("12", "3.5"))),
        ("", Rules()),
    ],
)
def test_what_the_rules_allow(text, rules) -> None:
    assert fits(text, rules)
    assert why_not(text, rules) == ""


@pytest.mark.parametrize(
    ("text", "rules", "sentence"),
    [
        ("12", Rules(digits_from=3, digits_to=3), "12 has 2 digits; 3 are expected."),
        ("1", Rules(digits_from=2, digits_to=4), "1 has 1 digit; 2 to 4 are expected."),
        ("12", Rules(digits_to=1), "12 has 2 digits; 1 is expected."),
        ("12.5", Rules(digits_from=2, digits_to=4, decimals=2), "12.5 has 1 decimal; 2 are expected."),
        ("12.5", Rules(), "12.5 has 1 decimal; none are expected."),
        ("125", Rules(decimals=1), "125 has no decimals; 1 is expected."),
        ("101", Rules(highest=100), "101 is above 100, the highest value."),
        ("0.05", Rules(decimals=2, lowest=0.1), "0.05 is below 0.1, the lowest value."),
        ("19", Rules(checksum="luhn"), "19 has a wrong check digit (Luhn). Compare each digit."),
        ("13", Rules(allowed=("12",)), "13 is not in the list of allowed values."),
        ("", Rules(is_required=True), "This field must be filled in."),
        ("-3", Rules(), "“-3” is not a number: write digits, and at most one point."),
        (".5", Rules(decimals=1), "“.5” is not a number: write digits, and at most one point."),
        ("1.2.3", Rules(), "“1.2.3” is not a number: write digits, and at most one point."),
        ("٣", Rules(), "“٣” is not a number: write digits, and at most one point."),
    ],
)
def test_what_they_exclude_has_a_sentence(text, rules, sentence) -> None:
    assert why_not(text, rules) == sentence
    assert not fits(text, rules)


@pytest.mark.parametrize(
    ("typed", "about", "stored"),
    [
        (" 007 ", field(), "007"),
        ("12,50", field(decimals=2), "12.50"),
        ("12.50", field(Kind.BOXES, decimals=2), "12.50"),
        ("1250", field(Kind.BOXES, decimals=2), "12.50"),
        ("１２ 3", field(), "123"),
        ("", field(), ""),
        ("X", field(Kind.CHECK), "x"),
        ("1", field(Kind.CHECK), "x"),
        ("0", field(Kind.CHECK), ""),
        ("", field(Kind.CHECK), ""),
    ],
)
def test_what_a_person_types_is_stored_in_one_form(typed, about, stored) -> None:
    assert normalised(typed, about) == stored


@pytest.mark.parametrize(
    ("typed", "about", "sentence"),
    [
        ("1250", field(decimals=2), "1250 has no decimals; 2 are expected."),
        ("1.250,5", field(decimals=1), "“1.250.5” is not a number"),
        ("12", field(Kind.BOXES, digits_from=3), "12 has 2 digits; 3 to 20 are expected."),
        ("", field(is_required=True), "must be filled in"),
        ("maybe", field(Kind.CHECK), "Write x if the box is marked"),
        ("", field(Kind.CHECK, is_required=True), "must be marked"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_the_sentence(typed, about, sentence) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        normalised(typed, about)


def test_a_printed_point_is_put_before_the_last_decimals() -> None:
    assert [pointed("1250", 2), pointed("12", 2), pointed("125", 0)] == ["12.50", "12", "125"]
