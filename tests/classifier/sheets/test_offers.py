"""Fields on empty pages are found by themselves: boxes, lines, check boxes and tables."""

import numpy as np
import pytest

from classifier.sheets.fields.description import Kind
from classifier.sheets.imaging.offers import offers
from tests.classifier.sheets.forms.layouts import FORMS


def distance(box, other):
    return float(np.abs(np.subtract(box, other)).max())


@pytest.mark.parametrize("name", ["meter_card", "tax_form", "printed_sheet"])
def test_fields_are_offered_with_their_kind_and_boxes(name):
    form = FORMS[name](1, 0)
    found = offers(form.references()[0])
    fields = form.description.on_page(1)
    for field in fields:
        nearest = min(found, key=lambda offer: distance(offer.box, field.box))
        assert nearest.kind == field.kind
        assert nearest.cells == max(1, field.cells)
        if field.kind is not Kind.LINE:  # how high a field on a rule is, nobody knows
            assert distance(nearest.box, field.box) < 0.004
    assert len(found) <= 1.2 * len(fields) + 1


def test_table_is_offered_as_a_whole():
    form = FORMS["tally_table"](2, 0)
    (found,) = offers(form.references()[0])
    assert (found.rows, found.cells) == (20, 4)
    assert distance(found.box, form.description.tables[0].box) < 0.004


def test_offers_are_in_reading_order():
    found = offers(FORMS["mark_sheet"](1, 0).references()[0])
    rows = [offer for offer in found if offer.box[1] > 0.2]
    assert [offer.kind for offer in rows[:6]] == [Kind.BOXES, Kind.LINE, Kind.CHECK] * 2


def test_empty_paper_offers_nothing():
    assert offers(np.full((2339, 1653), 250, np.uint8)) == []
