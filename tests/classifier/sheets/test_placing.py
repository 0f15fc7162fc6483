"""Pages find their reference in a scan or photograph, and pages of other forms find none."""

import cv2
import numpy as np
import pytest

from benchmarks.sheets.placement import form_of
from classifier.sheets.imaging.light import without_edges
from classifier.sheets.imaging.pages import PageRefused, Placer, Reference
from tests.classifier.sheets.forms.filling import filled
from tests.classifier.sheets.forms.layouts import FORMS, PRINTED_SHEET, printed_sheet
from tests.classifier.sheets.forms.scanning import photographed, scanned, truncated


def placer_of(form, sheet=None):
    return Placer([Reference(n, page, sheet, "A4") for n, page in enumerate(form.references(), 1)])


def error_of(placed, received):
    """The largest distance of points of the page from where they should be, px."""
    height, width = placed.grey.shape
    points = np.array([[[x * width, y * height] for x in (0.1, 0.5, 0.9) for y in (0.1, 0.5, 0.9)]])
    there = cv2.perspectiveTransform(points, placed.homography)
    back = cv2.perspectiveTransform(there, np.linalg.inv(received.homography))
    return float(np.linalg.norm(back - points, axis=2).max())


@pytest.fixture(scope="module")
def tax_form():
    form = FORMS["tax_form"](0, 0)
    return form, placer_of(form)


@pytest.mark.parametrize(("receive", "seed"), [(scanned, 1), (scanned, 2), (photographed, 1)])
def test_page_is_found_among_two_and_laid_straight(tax_form, receive, seed):
    form, placer = tax_form
    received = receive(filled(form, 2, 5), seed)
    placed = placer.place(received.grey)
    assert placed.number == 2
    assert placed.copy is None
    assert placed.grey.shape == form.references()[1].shape
    assert error_of(placed, received) < 3


@pytest.mark.parametrize(
    ("layout", "receive", "seed"), [(7, scanned, 1_100_004), (2, photographed, 1_100_007), (7, scanned, 700_003)]
)
def test_a_table_is_not_laid_a_row_off(layout, receive, seed):
    """Rows look alike: the first guess is off by one, or the scanner's black edges are taken for lines of the table."""
    form, placer = form_of("tally_table", layout, 0)
    received = receive(filled(form, 1, seed), seed)
    assert error_of(placer.place(received.grey), received) < 5


def test_page_that_is_a_small_part_of_a_photograph_is_seen_more_closely():
    form, placer = form_of("tax_form", 6, 0)
    received = photographed(filled(form, 2, 300_017), 300_017)
    placed = placer.place(received.grey)
    assert (placed.number, error_of(placed, received) < 3) == (2, True)
    assert all(placed.shows(field.box) for field in form.description.on_page(2))


def test_strips_beside_the_paper_go_and_lines_up_to_the_edge_stay():
    dark = np.zeros((1170, 827), np.uint8)
    dark[:, :5] = dark[-60:, 300:] = 200  # beside the paper
    kept = np.zeros_like(dark)
    kept[200:203] = kept[:1000, 400:402] = kept[600:700, 500:600] = 255  # a table cut off by the picture, and a box
    assert without_edges(np.maximum(dark, kept))[:, 30:][:1080].tolist() == kept[:, 30:][:1080].tolist()
    assert not without_edges(np.maximum(dark, kept))[1105:].any()


def test_page_of_the_same_form_with_other_words_is_refused(tax_form):
    _, placer = tax_form
    with pytest.raises(PageRefused) as refused:
        placer.place(scanned(filled(FORMS["tax_form"](0, 1), 1, 5), 1).grey)
    assert refused.value.code == "other_form"


def test_code_says_which_copy_it_is_and_other_sheets_are_refused():
    ours = placer_of(printed_sheet(0), PRINTED_SHEET)
    page = photographed(filled(printed_sheet(0, copy=17), 1, 3), 2).grey
    assert ours.place(page).copy == 17
    others = placer_of(printed_sheet(0), type(PRINTED_SHEET)(int=1))
    with pytest.raises(PageRefused) as refused:
        others.place(page)
    assert refused.value.code == "other_sheet"


def test_empty_and_tiny_pages_are_refused(tax_form):
    _, placer = tax_form
    for shape, code in (((1100, 800), "blank"), ((90, 60), "unplaced")):
        with pytest.raises(PageRefused) as refused:
            placer.place(np.full(shape, 240, np.uint8))
        assert refused.value.code == code


def test_fields_beyond_the_picture_are_known():
    form = FORMS["meter_card"](0, 0)
    received = truncated(scanned(filled(form, 1, 2), 3, dpi=200), 1)
    placed = placer_of(form).place(received.grey)
    height, width = received.grey.shape
    for field in form.description.fields():
        left, top, wide, high = field.box
        corners = np.array([[left, top], [left + wide, top], [left + wide, top + high], [left, top + high]])
        there = cv2.perspectiveTransform((corners * placed.grey.shape[::-1])[None], received.homography)[0]
        if min(abs(there).min(), abs(there - [width, height]).min()) > 5:
            assert placed.shows(field.box) == bool(((there > 0) & (there < [width, height])).all())


def test_reference_may_have_been_filled_in():
    form = FORMS["meter_card"](0, 0)
    used = filled(form, 1, 9).grey
    boxes = tuple(field.box for field in form.description.fields())
    reference = Reference(1, cv2.resize(used, form.references()[0].shape[::-1]), None, "A4", boxes)
    received = scanned(filled(form, 1, 2), 4)
    assert error_of(Placer([reference]).place(received.grey), received) < 3
