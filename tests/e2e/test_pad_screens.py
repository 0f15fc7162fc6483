"""The pad on small screens: pad and answer are on one screen, and the page does not jump."""

import pytest

from tests.e2e.conftest import draw, draw_seven, wait_for_label
from tests.factories import picture, seven

pytestmark = pytest.mark.browser
PHONE = {"has_touch": True, "is_mobile": True}


def is_in_view(page, selector):
    box = page.locator(selector).bounding_box()
    height = page.evaluate("innerHeight")
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= height


@pytest.mark.parametrize(
    ("width", "height", "answer", "options"),
    [
        (360, 740, "#pad-answer", PHONE),
        (740, 360, "#answer [data-announce]", PHONE),
        (640, 360, "#answer [data-announce]", {}),  # 1280 × 720, enlarged to 200 %
        (640, 400, "#answer [data-announce]", {}),
    ],
)
def test_pad_and_answer_are_on_one_screen(desk, width, height, answer, options):
    page = desk(width=width, height=height, **options)
    draw(page, (0.25, 0.25), (0.72, 0.25))
    draw(page, (0.72, 0.25), (0.42, 0.85))
    wait_for_label(page, 7)
    assert "7" in page.locator(answer).inner_text()
    assert is_in_view(page, answer)
    assert is_in_view(page, "#pad-canvas")
    assert page.evaluate("scrollY") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("header.cover").bounding_box()["height"] < 70  # the menu has one row


def test_answer_to_an_upload_is_in_view_on_a_phone(desk):
    page = desk(width=360, height=740, **PHONE)
    page.locator("#upload-file").scroll_into_view_if_needed()
    page.locator("#upload-file").set_input_files(
        {"name": "seven.png", "mimeType": "image/png", "buffer": picture(seven())}
    )
    page.wait_for_selector("#answer[data-state=done]")
    page.wait_for_timeout(200)
    assert is_in_view(page, "#answer [data-announce]")


def test_menu_of_a_phone_has_the_pages_that_its_row_leaves_out(desk):
    page = desk(width=360, height=740, **PHONE)
    assert not page.locator(".menu a", has_text="Batches").is_visible()
    page.locator(".account-menu summary").click()
    page.locator(".account-menu a", has_text="Batches").click()
    page.get_by_role("heading", name="Batches").first.wait_for()


def test_bars_keep_their_order_while_a_person_draws(desk):
    page = desk()
    draw(page, (0.25, 0.25), (0.72, 0.25), (0.5, 0.7), lift=False)
    page.wait_for_timeout(400)
    box = page.locator("#pad-canvas").bounding_box()
    page.mouse.move(box["x"] + 0.44 * box["width"], box["y"] + 0.82 * box["height"], steps=4)
    page.wait_for_selector("#answer[data-preview=true]")
    order = "JSON.parse(document.getElementById('answer-figure').textContent).data[0].y.join('')"
    assert page.evaluate(order) == "0123456789"
    page.mouse.up()
    wait_for_label(page, 7)
    assert page.evaluate(order)[0] == "7"


def test_line_below_the_pad_is_never_cut_off(desk):
    page = desk(width=360, height=740, **PHONE)
    for stroke in [
        ((0.2, 0.2), (0.8, 0.8)),
        ((0.8, 0.2), (0.2, 0.8)),
        ((0.5, 0.1), (0.5, 0.9)),
        ((0.1, 0.5), (0.9, 0.5)),
    ]:
        draw(page, *stroke)
        page.wait_for_selector("#pad-status[data-state=saved]")
    page.wait_for_selector("#answer[data-verdict=not_a_digit][data-preview=false]")
    line = page.locator("#pad-answer")
    assert line.inner_text() == "Not a digit."
    assert line.evaluate("line => line.scrollWidth <= line.clientWidth")


def test_unfinished_drawing_has_a_line_of_its_own(desk):
    page = desk(width=360, height=740, **PHONE)
    draw_seven(page)
    wait_for_label(page, 7)
    assert page.locator("#pad-answer").inner_text().startswith("This is a")
    page.get_by_role("button", name="Clear").click()
    page.wait_for_selector("#pad-answer[data-state=blank]")
