"""The forms that tests and benchmarks draw are the same for the same seeds, and say what is written where."""

import cv2
import numpy as np
import pytest

from tests.classifier.sheets.forms.filling import filled
from tests.classifier.sheets.forms.layouts import FORMS
from tests.classifier.sheets.forms.scanning import photographed, scanned, truncated


def test_the_same_seeds_draw_the_same_page():
    pages = [photographed(filled(FORMS["meter_card"](1, 2), 1, 3), 4) for _ in range(2)]
    assert np.array_equal(pages[0].grey, pages[1].grey)
    assert pages[0].filled.values == pages[1].filled.values


@pytest.mark.parametrize("receive", [scanned, photographed])
def test_homography_finds_the_printing_in_the_received_picture(receive):
    form = FORMS["meter_card"](1, 2)
    received = truncated(receive(filled(form, 1, 3), 6), 1)
    reference = form.references()[0]
    height, width = reference.shape
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    straight = cv2.warpPerspective(received.grey, received.homography, (width, height), flags=flags)
    seen = cv2.warpPerspective(np.ones_like(received.grey), received.homography, (width, height), flags=flags)
    printed = (reference < 100) & (seen > 0)
    around = cv2.dilate(printed.astype(np.uint8), np.ones((25, 25), np.uint8)).astype(bool) & ~printed & (seen > 0)
    assert straight[printed].mean() < straight[around].mean() - 40


def test_values_are_of_the_fields_of_that_page():
    form = FORMS["tax_form"](1, 2)
    for number in (1, 2):
        page = filled(form, number, 3)
        assert set(page.values) == {field.key for field in form.description.on_page(number)}
