"""Generated pages of forms: the same seed draws the same page, and what is written in a field may stand there."""

import numpy as np
import pytest

from classifier.digits.samples.mnist import read_generated
from classifier.sheets.fields.description import Kind
from classifier.sheets.fields.rules import fits
from training.synthesis.lines.scans import Scan, Scans
from training.synthesis.sheets.filling import Filler
from training.synthesis.sheets.forms import draw_form
from training.synthesis.sheets.pages import draw_page

GENERATED = read_generated()
SCANS = Scans(GENERATED["x_test"], GENERATED["y_test"])


@pytest.mark.parametrize("kind", list(Kind))
def test_the_same_seed_draws_the_same_page(kind) -> None:
    first, again, other = (draw_page(kind, np.random.default_rng(seed), SCANS) for seed in (3, 3, 4))
    assert np.array_equal(first.grey, again.grey)
    assert (first.fields, first.truths) == (again.fields, again.truths)
    assert first.grey.shape != other.grey.shape or not np.array_equal(first.grey, other.grey)


@pytest.mark.parametrize("kind", [Kind.BOXES, Kind.LINE])
def test_what_is_to_be_written_fits_the_rules_of_its_field(kind) -> None:
    for seed in range(40):
        form = draw_form(kind, np.random.default_rng(seed))
        for field, text in zip(form.fields, form.texts, strict=True):
            assert not text or fits(text, field.rules), (seed, field, text)


def test_the_empty_page_has_the_printing_and_no_ink() -> None:
    page = draw_page(Kind.BOXES, np.random.default_rng(3), SCANS)
    assert page.reference.shape == page.grey.shape
    left, top, width, height = page.fields[0].box
    rows, columns = page.grey.shape
    inside = page.reference[round(top * rows) + 6 : round((top + height) * rows) - 6]
    cell = inside[:, round(left * columns) + 6 : round((left + width / page.fields[0].cells) * columns) - 6]
    assert cell.min() > 200
    assert page.reference.min() < 200


def test_digits_that_people_wrote_come_as_their_pictures() -> None:
    """Recovered strokes may show another digit than the label says."""
    for seed in range(30):
        hand = Filler(np.random.default_rng(seed), SCANS)._hand
        assert all(isinstance(hand.write(str(digit), 0.0).scan, Scan) for digit in range(10)), seed
