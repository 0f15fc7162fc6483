"""The pad: strokes, undo and redo, clear, pens, touch, previews, and a network that fails."""

import pytest

from tests.e2e.conftest import draw, draw_seven, history_length, wait_for_label

pytestmark = pytest.mark.browser


def strokes_of(page):
    return page.locator("#pad").get_attribute("data-strokes")


def wait_until_saved(page):
    page.wait_for_selector("#pad-status[data-state=saved]")


def test_many_strokes_are_one_entry(desk):
    page = desk()
    before = history_length(page)
    draw(page, (0.3, 0.2), (0.3, 0.5), (0.7, 0.5))
    draw(page, (0.62, 0.2), (0.62, 0.85))
    wait_for_label(page, 4)
    wait_until_saved(page)
    assert history_length(page) == before + 1


def test_undo_and_redo_are_revisions_and_undo_to_nothing_removes_the_entry(desk):
    page = desk()
    before = history_length(page)
    draw_seven(page)
    wait_until_saved(page)
    assert history_length(page) == before + 1
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector("#answer[data-state=blank]")
    assert (strokes_of(page), history_length(page)) == ("0", before)
    page.get_by_role("button", name="Redo").click()
    wait_for_label(page, 7)
    wait_until_saved(page)
    assert (strokes_of(page), history_length(page)) == ("1", before + 1)


def test_clear_starts_a_new_drawing_and_keeps_the_old(desk):
    page = desk()
    before = history_length(page)
    draw_seven(page)
    wait_until_saved(page)
    page.get_by_role("button", name="Clear").click()
    page.wait_for_selector("#answer[data-state=blank]")
    draw(page, (0.5, 0.15), (0.5, 0.85))
    wait_for_label(page, 1)
    wait_until_saved(page)
    assert history_length(page) == before + 2


def test_keyboard_undoes_and_clears(desk):
    page = desk()
    draw_seven(page)
    draw(page, (0.35, 0.55), (0.65, 0.55))
    page.keyboard.press("Control+z")
    assert strokes_of(page) == "1"
    page.keyboard.press("Control+y")
    assert strokes_of(page) == "2"
    page.keyboard.press("Escape")
    assert strokes_of(page) == "0"


def test_tap_makes_a_dot(desk):
    page = desk()
    draw(page, (0.5, 0.5))
    wait_until_saved(page)
    assert strokes_of(page) == "1"


def test_wider_pen_is_another_picture_of_the_same_drawing(desk):
    page = desk()
    before = history_length(page)
    draw_seven(page)
    wait_until_saved(page)
    with page.expect_response("**/drawings/"):
        page.get_by_label("32 pixels").check(force=True)
    wait_until_saved(page)
    assert history_length(page) == before + 1
    page.get_by_role("link", name="Open page").click()
    page.get_by_text("32 pixels wide").wait_for()


def test_half_drawn_stroke_has_a_preview_that_stores_nothing(desk):
    page = desk()
    before = history_length(page)
    draw(page, (0.25, 0.25), (0.72, 0.25), (0.5, 0.7), lift=False)
    page.wait_for_timeout(400)
    draw_on = page.locator("#pad-canvas").bounding_box()
    page.mouse.move(draw_on["x"] + 0.44 * draw_on["width"], draw_on["y"] + 0.82 * draw_on["height"], steps=4)
    page.wait_for_selector("#answer[data-preview=true]")
    assert history_length(page) == before
    page.mouse.up()
    wait_for_label(page, 7)


def test_finger_draws_and_the_page_stays_where_it_is(desk):
    page = desk(width=360, height=740, has_touch=True, is_mobile=True, device_scale_factor=2)
    box = page.locator("#pad-canvas").bounding_box()
    finger = page.context.new_cdp_session(page)
    for kind, x, y in [
        ("touchStart", 0.25, 0.3),
        ("touchMove", 0.7, 0.3),
        ("touchMove", 0.55, 0.55),
        ("touchMove", 0.4, 0.9),
    ]:
        point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_for_label(page, 7)
    assert page.evaluate("scrollY") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    ratio = page.locator("#pad-canvas").evaluate("canvas => canvas.width / canvas.getBoundingClientRect().width")
    assert ratio == pytest.approx(2, abs=0.05)


def test_drawing_made_offline_is_saved_when_the_connection_is_back(desk):
    page = desk()
    before = history_length(page)
    page.context.set_offline(True)
    draw_seven(page)
    page.wait_for_selector("#pad-status[data-state=offline]")
    page.context.set_offline(False)
    wait_for_label(page, 7)
    assert history_length(page) == before + 1
    page.console_errors.clear()  # the failed request itself


def test_drawing_whose_response_is_lost_is_sent_again_and_stored_once(desk):
    page = desk()
    before = history_length(page)
    lost = []

    def lose_first(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch())  # the server receives it, the browser gets no response
        return route.abort()

    page.route("**/drawings/", lose_first)
    draw_seven(page)
    wait_for_label(page, 7)
    wait_until_saved(page)
    assert history_length(page) == before + 1
    page.console_errors.clear()
