"""Without an account: a visitor draws, sees the answer and why, signs up, and finds the drawing in the history once."""

import pytest

from tests.e2e.conftest import PASSWORD, draw, draw_seven, history_length, wait_for_label
from tests.e2e.test_every_page import LOOKS, assert_sound
from tests.factories import picture
from tests.services import wait_until

pytestmark = pytest.mark.browser
# As on a slow page: what waits until the page is read, such as htmx, runs half a second later.
SLOW_START = """
const add = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (type, handler, ...rest) {
  const late = type === "DOMContentLoaded" ? (event) => setTimeout(() => handler.call(this, event), 500) : handler;
  return add.call(this, type, late, ...rest);
};
"""
FILE = {"name": "seven.png", "mimeType": "image/png", "buffer": picture()}


@pytest.fixture
def visitor(open_page):
    def open_start(**options):
        page = open_page(**options)
        page.goto("/")
        page.wait_for_selector("#pad[data-strokes]")
        return page

    return open_start


def sign_up(page, name):
    page.fill("[name=username]", name)
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    page.wait_for_selector("#pad[data-strokes]")


def sign_in(page, name):
    page.goto("/account/login/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector("#pad[data-strokes]")


def waiting(page):
    return page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('waiting-drawing:')).length")


def test_visitor_draws_sees_why_signs_up_and_finds_it_once(visitor):
    page = visitor()
    draw(page, (0.25, 0.25), (0.72, 0.25), (0.42, 0.85), lift=False)
    page.wait_for_selector("#answer[data-preview=true]")
    page.mouse.up()
    wait_for_label(page, 7)
    page.locator("#pad-status", has_text="Not stored").wait_for()
    page.wait_for_selector("#answer-chart .bars .point:nth-child(10)")
    assert waiting(page) == 0  # the browser stores it only for those who want to keep it
    page.get_by_role("button", name="Why?").click()
    page.wait_for_selector("#answer .why[data-state=explained]")
    page.locator(".change__gone").first.wait_for()
    assert page.locator(".pipeline__step").count() > 1
    page.get_by_role("link", name="Keep it: sign up").click()
    page.wait_for_url("**/account/signup/**")
    sign_up(page, "keeper")
    wait_for_label(page, 7)
    page.wait_for_selector("#pad-status[data-state=saved]")
    assert (page.locator("#pad").get_attribute("data-strokes"), waiting(page)) == ("1", 0)
    page.reload()
    wait_for_label(page, 7)
    assert history_length(page) == 1


def test_picture_is_read_explained_and_taken_along(visitor):
    page = visitor()
    page.set_input_files("#upload-file", FILE)
    wait_for_label(page, 7)
    page.get_by_role("button", name="Why?").click()
    page.wait_for_selector("#answer .why[data-state=explained]")
    assert page.locator(".pipeline__step").count() > 1  # the file came along
    page.get_by_role("link", name="Keep it: sign up").click()
    page.wait_for_url("**/account/signup/**")
    page.add_init_script(SLOW_START)  # the form must not be sent before htmx knows it
    sign_up(page, "painter")
    page.wait_for_selector("#answer[data-label='7'][data-digit]")
    assert page.locator("#pad").count() == 1  # the answer came into the page
    page.goto("/")
    page.wait_for_timeout(500)
    assert history_length(page) == 1


def test_what_another_visitor_kept_is_offered_not_saved(visitor, live_site):
    live_site.create_user("next-pupil", PASSWORD)
    page = visitor()
    draw_seven(page)
    wait_for_label(page, 7)
    page.get_by_role("link", name="Keep it: sign up").click()
    page.wait_for_url("**/account/signup/**")
    page.evaluate("sessionStorage.clear()")  # as in another tab, to which a link in a mail leads
    sign_in(page, "next-pupil")
    page.locator("#offer", has_text="A drawing from before you signed in").wait_for()
    assert history_length(page) == 0
    page.get_by_role("button", name="Keep it").click()
    wait_for_label(page, 7)
    wait_until(lambda: history_length(page) == 1, 15, "the drawing is saved")
    page.reload()
    wait_for_label(page, 7)
    assert page.locator("#offer").is_hidden()
    assert history_length(page) == 1


def test_discarded_drawing_is_gone(visitor, live_site):
    live_site.create_user("other-pupil", PASSWORD)
    page = visitor()
    draw_seven(page)
    wait_for_label(page, 7)
    page.get_by_role("main").get_by_role("link", name="Sign in").first.click()
    page.wait_for_url("**/account/login/**")
    page.evaluate("sessionStorage.clear()")
    sign_in(page, "other-pupil")
    page.get_by_role("button", name="Discard").click()
    assert (page.locator("#offer").is_hidden(), waiting(page), history_length(page)) == (True, 0, 0)


def test_picture_that_the_browser_cannot_keep_is_named(visitor):
    page = visitor()
    page.evaluate("void (IDBFactory.prototype.open = () => { throw new Error('forbidden'); })")
    page.set_input_files("#upload-file", FILE)
    wait_for_label(page, 7)
    page.get_by_role("link", name="Keep it: sign up").click()
    page.locator("#notices", has_text="cannot keep your picture. Send it again").wait_for()
    page.locator("#notices").get_by_role("link", name="Keep it: sign up").wait_for()


def test_busy_site_reads_the_drawing_later(visitor):
    page = visitor()
    answers = [429, 503]

    def be_busy_at_first(route):
        if answers:
            return route.fulfill(status=answers.pop(), content_type="text/html", body="<!doctype html><p>Busy.")
        return route.continue_()

    page.route("**/try/drawing/", be_busy_at_first)
    draw_seven(page)
    page.wait_for_selector("#pad-status[data-state=busy]")
    wait_for_label(page, 7)
    page.console_errors.clear()


def test_reload_brings_the_drawing_and_its_answer(visitor):
    page = visitor()
    draw_seven(page)
    wait_for_label(page, 7)
    page.reload()
    wait_for_label(page, 7)


def test_without_javascript_a_picture_is_read_and_explained(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/")
    page.set_input_files("#upload-file", FILE)
    page.locator("#upload-form").get_by_role("button", name="Read it").click()
    page.wait_for_selector("#answer[data-state=done][data-label='7']")
    assert page.locator("header").count() == 1  # a page, not only the answer
    assert "upload it again when you have signed in" in page.locator("#answer").inner_text()
    page.get_by_role("button", name="Why?").click()
    page.wait_for_selector(".why[data-state=explained]")
    assert page.locator("header").count() == 1


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_start_page_with_an_answer_is_sound(visitor, width, scheme):
    page = visitor(width=width, height=740, color_scheme=scheme)
    box = page.locator("#pad-canvas").bounding_box()
    draw_seven(page)
    wait_for_label(page, 7)
    assert page.locator("#pad-canvas").bounding_box() == box
    if width == 360:
        line = page.locator("#pad-answer").bounding_box()
        assert line["y"] + line["height"] <= 740  # pad and answer on one screen
    page.get_by_role("button", name="Why?").click()
    page.wait_for_selector(".why[data-state=explained]")
    assert_sound(page, width)
