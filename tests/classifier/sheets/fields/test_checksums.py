"""Check digits of numbers that others have published, and of the same numbers with one digit wrong."""

import pytest

from classifier.sheets.fields.checksums import holds

PUBLISHED = [
    ("luhn", "79927398713"),  # Wikipedia, "Luhn algorithm"
    ("luhn", "4111111111111111"),
    ("mod11", "0306406152"),  # ISBN-10
    ("mod97", "3214282912345698765432161182"),  # an IBAN as a number, Wikipedia
    ("gtin", "4006381333931"),  # EAN-13
    ("gtin", "73513537"),  # EAN-8
    ("gtin", "036000291452"),  # UPC
    ("gtin", "9780306406157"),  # ISBN-13
]


@pytest.mark.parametrize(("name", "digits"), PUBLISHED)
def test_published_numbers_hold(name, digits) -> None:
    assert holds(name, digits)


@pytest.mark.parametrize(("name", "digits"), PUBLISHED)
def test_no_single_wrong_digit_passes(name, digits) -> None:
    for at, own in enumerate(digits):
        for other in set("0123456789") - {own}:
            assert not holds(name, digits[:at] + other + digits[at + 1 :])


def test_without_a_checksum_everything_holds() -> None:
    assert holds("", "1")


def test_one_digit_is_no_number_with_a_check_digit() -> None:
    assert not holds("luhn", "0")
    assert not holds("luhn", "")
