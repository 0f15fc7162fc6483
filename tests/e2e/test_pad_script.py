"""The pad's script with late, repeated or lost responses: order of saves, stale answers, signed out, palms."""

import re

import pytest

from digitsite.web import refusals
from digitsite.web.asked import Asked, Kind
from digitsite.web.turns import Refusal
from tests.e2e.conftest import PASSWORD, draw, draw_seven, history_length, wait_for_label, wait_for_true
from tests.services import wait_until

pytestmark = pytest.mark.browser
SAVE, PREVIEW = re.compile(r"/drawings/$"), "**/drawings/preview/"
PAUSE = '{"busy": {"says": "Many people are drawing now.", "seconds": 2}}'
STALE = '<section id="answer" data-state="done" data-label="3" data-preview="false"><p>Stale.</p></section>'


def hold(page, address):
    """Leaves requests to an address unanswered and returns the list of them."""
    held = []
    page.route(address, lambda route: held.append(route))
    return held


def wait_for_requests(page, held, count):
    for _ in range(100):
        if len(held) >= count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{len(held)} requests came, not {count}")


def revision(route):
    return int(re.search(r"revision=(\d+)", route.request.post_data)[1])


def label(page):
    return page.locator("#answer").get_attribute("data-label")


def test_saves_are_sent_one_at_a_time_and_only_the_newest_follows(desk):
    page = desk()
    held = hold(page, SAVE)
    draw(page, (0.25, 0.25), (0.72, 0.25))
    draw(page, (0.72, 0.25), (0.42, 0.85))
    draw(page, (0.35, 0.55), (0.65, 0.55))
    wait_for_requests(page, held, 1)
    page.wait_for_timeout(300)
    assert [revision(route) for route in held] == [1]
    held[0].continue_()
    wait_for_requests(page, held, 2)
    assert revision(held[1]) == 3
    held[1].continue_()
    wait_for_label(page, 7)


def test_answer_to_an_older_revision_is_not_shown(desk):
    page = desk()
    held = hold(page, SAVE)
    draw(page, (0.25, 0.25), (0.72, 0.25))
    wait_for_requests(page, held, 1)
    draw(page, (0.72, 0.25), (0.42, 0.85))
    held[0].fulfill(status=200, content_type="text/html", body=STALE)
    wait_for_requests(page, held, 2)
    assert label(page) != "3"
    held[1].continue_()
    wait_for_label(page, 7)


def test_preview_that_comes_after_the_stored_answer_is_dropped(desk):
    page = desk()
    held = hold(page, PREVIEW)
    draw_seven(page)
    wait_for_label(page, 7)
    wait_for_requests(page, held, 1)
    held[0].fulfill(status=200, content_type="text/html", body=STALE)
    page.wait_for_timeout(300)
    assert label(page) == "7"
    assert len(held) == 1  # no second preview was requested before the first was answered


def test_drawing_cleared_while_offline_is_saved_as_well(desk):
    page = desk()
    before = history_length(page)
    page.context.set_offline(True)
    draw_seven(page)
    page.wait_for_selector("#pad-status[data-state=offline]")
    page.keyboard.press("Escape")
    draw(page, (0.5, 0.15), (0.5, 0.85))
    page.context.set_offline(False)
    wait_for_label(page, 1)
    page.wait_for_selector("#pad-status[data-state=saved]")
    assert history_length(page) == before + 2
    page.console_errors.clear()  # the failed requests themselves


def test_unsaved_drawing_waits_in_the_browser_until_the_next_visit(desk):
    page = desk()
    before = history_length(page)
    page.route(SAVE, lambda route: route.abort())
    draw_seven(page)
    page.wait_for_selector("#pad-status[data-state=offline]")
    page.goto("/history/")  # without a question: nothing is lost
    page.unroute(SAVE)
    assert history_length(page) == before
    page.goto("/")
    wait_until(lambda: history_length(page) == before + 1, 15, "the drawing is saved")
    page.get_by_text("A drawing that waited is now saved in your history.").wait_for()
    page.reload()
    page.wait_for_timeout(300)
    assert history_length(page) == before + 1
    page.console_errors.clear()


def test_leaving_with_an_unsaved_drawing_asks_if_the_browser_stores_nothing(desk):
    page = desk()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("void (Storage.prototype.setItem = () => { throw new Error('full'); })")
    page.context.set_offline(True)
    draw_seven(page)
    page.wait_for_selector("#pad-status[data-state=offline]")
    page.evaluate("location.assign('/history/')")
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    page.context.set_offline(False)
    wait_for_label(page, 7)
    page.console_errors.clear()


def test_drawing_is_kept_and_sent_again_if_the_site_is_busy(desk):
    page = desk()
    before = history_length(page)
    answers = [503, 503]

    def be_busy_at_first(route):
        if answers:
            return route.fulfill(status=answers.pop(), content_type="text/html", body="<!doctype html><p>Busy.")
        return route.continue_()

    page.route(SAVE, be_busy_at_first)
    draw_seven(page)
    page.wait_for_selector("#pad-status[data-state=busy]")
    wait_for_label(page, 7)
    page.wait_for_selector("#pad-status[data-state=saved]")
    assert (history_length(page), page.locator("text=Busy.").count()) == (before + 1, 0)
    page.console_errors.clear()


def busy_site(kind, times):
    """Answers requests as the web server does when many people draw."""
    answers = [refusals.answer(Asked(kind, 1, False), b"POST /\r\nHX-Request: true\r\n", Refusal.SITE)] * times

    def answer(route):
        if not answers:
            return route.continue_()
        status, response = answers.pop()
        head, _, body = response.partition(b"\r\n\r\n")
        fields = dict(field.decode().split(": ", 1) for field in head.split(b"\r\n")[1:])
        return route.fulfill(status=status, headers={**fields, "HX-Trigger": PAUSE}, body=body)

    return answer


def test_pad_waits_as_long_as_a_full_site_asks_and_loses_no_stroke(desk):
    page = desk()
    before = history_length(page)
    sent = []
    page.on("request", lambda request: sent.append(request.url) if SAVE.search(request.url) else None)
    page.route(SAVE, busy_site(Kind.ANSWER, 1))
    draw(page, (0.25, 0.25), (0.72, 0.25))
    page.locator("#pad-status", has_text="Many people are drawing now. Trying again in 2 seconds").wait_for()
    draw(page, (0.72, 0.25), (0.42, 0.85))  # kept with the first stroke, and not sent before the pause is over
    page.locator("#pad-status", has_text="Many people are drawing now").wait_for()
    assert len(sent) == 1
    wait_for_label(page, 7)
    page.wait_for_selector("#pad-status[data-state=saved]")
    assert (history_length(page), len(sent)) == (before + 1, 2)
    page.console_errors.clear()


def test_dropped_preview_shows_no_error(desk):
    page = desk()
    page.route(PREVIEW, busy_site(Kind.PREVIEW, 100))
    with page.expect_response(PREVIEW) as dropped:
        draw(page, (0.25, 0.25), (0.72, 0.25), (0.42, 0.85), lift=False)
    assert dropped.value.status == 204
    assert page.locator("#notices .notice").count() == 0
    assert page.locator("#pad-status").inner_text() == ""
    page.mouse.up()
    wait_for_label(page, 7)


def test_forms_are_sent_again_when_the_site_is_no_longer_full(desk):
    page = desk()
    page.route("**/samples/", busy_site(Kind.ANSWER, 1))
    page.locator("#sample-form button").click()
    page.locator("#notices", has_text="Many people are drawing now. Trying again in 2 seconds.").wait_for()
    page.wait_for_selector("#answer[data-state=done]")
    assert page.locator("#notices .notice").count() == 0
    page.console_errors.clear()


def test_signed_out_person_is_notified_and_keeps_the_page(desk):
    page = desk()
    page.context.clear_cookies(name=re.compile("^sessionid"))
    draw_seven(page)
    page.wait_for_selector("#pad-status[data-state=signed-out]")
    page.locator("#notices a", has_text="Sign in again").wait_for()
    page.locator("#sample-form button").click()  # also by htmx: the sign-in page must not be placed in the answer
    page.wait_for_timeout(500)
    assert (page.locator("header").count(), page.locator("#answer form[action*=login]").count()) == (1, 0)
    page.locator("#notices a", has_text="Sign in again").click()
    page.wait_for_selector("[name=login]")
    page.console_errors.clear()


def sign_in(page, name):
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector("#pad[data-strokes]")


def test_drawing_made_while_signed_out_is_saved_for_its_author_alone(open_page, live_site):
    for name in ("ada", "bob"):
        live_site.create_user(name, PASSWORD)
    page = open_page()
    page.goto("/account/login/")
    sign_in(page, "ada")
    page.context.clear_cookies()
    box = page.locator("#pad-canvas").bounding_box()
    draw_seven(page)
    page.wait_for_selector("#pad-status[data-state=signed-out]")
    page.locator("#notices .notice").wait_for()
    assert page.locator("#pad-canvas").bounding_box() == box  # the notice moves nothing under the pen
    page.goto("/account/login/")
    sign_in(page, "bob")
    page.wait_for_timeout(500)
    assert history_length(page) == 0
    page.context.clear_cookies()
    page.goto("/account/login/")
    sign_in(page, "ada")
    wait_until(lambda: history_length(page) == 1, 15, "the drawing is saved")
    page.console_errors.clear()


def test_reload_and_back_bring_the_drawing_and_its_answer(desk):
    page = desk()
    before = history_length(page)
    draw(page, (0.25, 0.25), (0.72, 0.25))
    draw(page, (0.72, 0.25), (0.42, 0.85))
    wait_for_label(page, 7)
    page.wait_for_selector("#pad-status[data-state=saved]")
    page.locator(".correction button[value='1']").click()
    page.get_by_text("You say").first.wait_for()
    page.evaluate("scrollTo(0, 60)")
    page.reload()
    wait_for_label(page, 7)
    wait_for_true(page, "scrollY === 60")
    assert page.locator("#pad").get_attribute("data-strokes") == "2"
    page.get_by_text("You say").first.wait_for()
    page.goto("/history/")
    page.go_back()
    wait_for_label(page, 7)
    page.keyboard.press("Control+z")
    page.wait_for_selector("#pad-status[data-state=saved]")
    assert page.locator("#pad").get_attribute("data-strokes") == "1"
    assert history_length(page) == before + 1


def test_pen_that_the_browser_restores_is_the_pen_that_draws(desk):
    page = desk()
    page.evaluate(
        "document.querySelector('[name=pen][value=\"32\"]').checked = true; dispatchEvent(new Event('pageshow'))"
    )
    with page.expect_request(SAVE) as sent:
        draw_seven(page)
    assert "pen=32" in sent.value.post_data
    wait_for_label(page, 7)


def test_digit_keys_of_a_french_keyboard_correct_the_answer(desk):
    page = desk()
    draw_seven(page)
    wait_for_label(page, 7)
    event = "{key: '\\u00e0', code: 'Digit0', bubbles: true, cancelable: true}"
    page.evaluate(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {event}))")
    page.locator(".correction button[value=back]").first.wait_for()


def test_pen_draws_while_a_hand_rests_on_the_screen(desk):
    page = desk()
    page.locator("#pad-canvas").evaluate(
        """canvas => {
            const box = canvas.getBoundingClientRect();
            const send = (type, pointerId, pointerType, x, y, isPrimary = true) =>
              canvas.dispatchEvent(new PointerEvent(type, { pointerId, pointerType, isPrimary, bubbles: true,
                clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
            send("pointerdown", 11, "touch", 0.9, 0.9);         // the palm comes down first
            send("pointerdown", 12, "pen", 0.5, 0.15);
            send("pointermove", 11, "touch", 0.8, 0.95);
            send("pointerdown", 13, "touch", 0.1, 0.9, false);
            send("pointermove", 12, "pen", 0.5, 0.5);
            send("pointermove", 12, "pen", 0.5, 0.85);
            send("pointerup", 11, "touch", 0.8, 0.95);
            send("pointerup", 12, "pen", 0.5, 0.85);
        }"""
    )
    wait_for_label(page, 1)
    assert page.locator("#pad").get_attribute("data-strokes") == "1"


def test_keys_for_a_field_or_a_menu_do_not_change_the_pad(desk):
    page = desk()
    draw_seven(page)
    wait_for_label(page, 7)
    page.locator("#sample-digit").focus()
    page.keyboard.press("Delete")
    page.locator(".account-menu summary").click()
    page.keyboard.press("Escape")
    assert page.locator("#pad").get_attribute("data-strokes") == "1"
    assert page.locator(".account-menu").get_attribute("open") is None
