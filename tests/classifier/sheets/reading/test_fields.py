"""Fields of a page are read with the networks that ship: boxes, lines and check boxes."""

import cv2
import numpy as np
import pytest

from benchmarks.sheets.reading import bundled_reader
from classifier.sheets.fields.description import Kind
from classifier.sheets.reading.promise import NEVER, Promise
from classifier.sheets.reading.reasons import REASONS, sentence
from tests.sheets import CELL, Paper

READER = bundled_reader()
CROSS = ((0.2, 0.2, 0.8, 0.8), (0.8, 0.2, 0.2, 0.8))


def read(paper, page=None, reference=True):
    return READER.read(paper.page if page is None else page, paper.fields, paper.reference if reference else None)


def texts(paper, **options):
    return [each.text for each in read(paper, **options)]


def test_fields_of_all_kinds_come_back_in_their_order() -> None:
    paper = Paper()
    paper.boxes("10476")
    paper.line("3582")
    paper.check(*CROSS)
    paper.check()
    paper.boxes("90")
    assert texts(paper) == ["10476", "3582", "x", "", "90"]


def test_a_clear_value_is_surer_than_a_doubtful_one_and_has_no_reason() -> None:
    paper = Paper()
    paper.boxes("1047")
    paper.boxes("1047", first=0)
    x, y = 60, 40 + 90
    cv2.line(paper.ink, (x, y + 10), (x + 50, y + 40), 255, 5)  # through the first digit
    clear, crossed = read(paper)
    assert clear.text == "1047"
    assert clear.reason == ""
    assert clear.confidence > crossed.confidence


@pytest.mark.parametrize("level", [0, 120, 200])
def test_printed_boxes_of_any_shade_are_no_digits(level) -> None:
    paper = Paper(level)
    paper.boxes("    ")
    paper.boxes(" 52 ")
    assert texts(paper) == ["", "52"]


def test_placement_may_be_two_px_off() -> None:
    paper = Paper()
    paper.boxes("10476")
    paper.check()
    paper.check(*CROSS)
    moved = np.roll(paper.page, (2, -2), (0, 1))
    assert texts(paper, page=moved) == ["10476", "", "x"]


def test_a_digit_that_reaches_into_the_next_box_stays_whole() -> None:
    paper = Paper(200)
    x, y = paper.field(Kind.BOXES, 3)
    paper.digit(0, x + 0.72 * CELL, y + CELL / 2, height=40)
    paper.digit(4, x + 2.5 * CELL, y + CELL / 2)
    (found,) = read(paper)
    assert found.text == "04"
    assert found.reason == "gap"


@pytest.mark.parametrize("joined", [False, True])
def test_a_digit_of_the_field_above_is_left_out_or_cut_off(joined) -> None:
    paper = Paper()
    paper.boxes("10476")
    x, y = 60, 40
    paper.digit(8, x + 1.5 * CELL, y - (14 if joined else 18), height=44)
    if joined:
        paper.digit(0, x + 1.5 * CELL, y + CELL / 2, height=40)
    assert texts(paper) == ["10476"]


def test_short_numbers_may_stand_on_either_side() -> None:
    paper = Paper()
    paper.boxes("52", cells=4, first=0)
    paper.boxes("52", cells=4, first=2)
    assert texts(paper) == ["52", "52"]


@pytest.mark.parametrize(
    ("written", "rules", "reason"),
    [
        ("    ", {"is_required": True}, "empty"),
        ("5  2", {}, "gap"),
        (" 52 ", {"digits_from": 4}, "too_few"),
        ("5204", {"highest": 100}, "not_allowed"),
    ],
)
def test_what_a_person_should_look_at_has_a_reason_and_is_never_taken(written, rules, reason) -> None:
    paper = Paper()
    paper.boxes(written, **rules)
    (found,) = read(paper)
    assert found.reason == reason
    assert found.risk == NEVER
    assert sentence(reason) == REASONS[reason]


def test_an_empty_field_that_need_not_be_filled_in_is_certain() -> None:
    paper = Paper()
    paper.boxes("   ")
    paper.line("")
    for found in read(paper):
        assert (found.text, found.reason) == ("", "")
        assert found.confidence > 0.9


def test_very_faint_writing_is_not_taken_for_an_empty_field() -> None:
    paper = Paper()
    paper.boxes("482")
    paper.ink = (paper.ink * 0.06).astype(np.uint8)
    (found,) = read(paper)
    assert found.text != "" or (found.reason, found.risk) == ("faint", NEVER)


def test_a_printed_point_is_put_before_the_decimals() -> None:
    paper = Paper()
    paper.boxes("1047", decimals=2)
    assert texts(paper) == ["10.47"]


@pytest.mark.parametrize("mark", [".", ","])
def test_a_written_point_or_comma_becomes_a_point(mark) -> None:
    paper = Paper()
    paper.line(f"10{mark}47", decimals=2, digits_from=4, digits_to=4)
    assert texts(paper) == ["10.47"]


def test_a_list_decides_between_readings_of_a_line() -> None:
    paper = Paper()
    paper.line("3582", allowed=("3581", "3582", "9999"))
    paper.line("3582", allowed=("1111", "2222"))
    listed, other = read(paper)
    assert (listed.text, listed.reason) == ("3582", "")
    assert other.reason == "not_allowed"
    assert other.confidence < 0.1


@pytest.mark.parametrize(
    ("strokes", "text"),
    [
        (CROSS, "x"),
        (((0.1, 0.5, 0.4, 0.9), (0.4, 0.9, 1.2, -0.2)), "x"),  # a tick that leaves the box
        (((0.5, 0.5, 0.53, 0.52),), ""),  # the pen touched the paper
        ((), ""),
    ],
)
def test_marks_in_check_boxes(strokes, text) -> None:
    paper = Paper()
    paper.check(*strokes)
    assert texts(paper) == [text]


def test_a_box_that_is_scribbled_over_is_left_to_a_person() -> None:
    paper = Paper()
    paper.check(*[(-0.4, at, 1.4, at + 0.1) for at in np.arange(-0.1, 1.1, 0.12)])
    (found,) = read(paper)
    assert found.reason == "crossed_out"


def test_without_a_reference_long_lines_count_as_printed() -> None:
    paper = Paper()
    paper.boxes("10476")
    paper.line("3582")
    assert texts(paper, reference=False) == ["10476", "3582"]


def test_a_blank_page_and_fields_at_its_edges_are_read_too() -> None:
    paper = Paper()
    paper.field(Kind.BOXES, 4)
    paper.fields = [
        type(each)(each.key + str(box), each.name, 1, box, kind, 4 * (kind is Kind.BOXES))
        for each in paper.fields
        for kind in Kind
        for box in ((0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 0.002, 0.002), (0.99, 0.99, 0.01, 0.01))
    ]
    blank = np.full_like(paper.reference, 255)
    assert [each.text for each in READER.read(blank, paper.fields, blank)] == [""] * 9


def test_without_a_calibration_nothing_is_taken_unseen() -> None:
    paper = Paper()
    paper.boxes("10476")
    reader = bundled_reader(Promise.of({}))
    assert [each.risk for each in reader.read(paper.page, paper.fields, paper.reference)] == [NEVER]
