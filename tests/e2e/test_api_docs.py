"""The page to try the API, in a real browser: nothing is blocked, it looks like the rest, and it sends."""

import pytest

pytestmark = pytest.mark.browser

GROUND = "getComputedStyle(document.querySelector('.swagger-ui .opblock-summary-path')).color"


def opened(page, name):
    page.goto("/api/docs/")
    block = page.locator(f"#operations-digits-{name}")
    block.locator(".opblock-summary-control").click()
    return block


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.slow), 360])
def test_drawing_is_sent_and_answered_from_the_page(desk, width):
    page = desk(width=width, color_scheme="dark")
    block = opened(page, "digits_send")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    block.get_by_role("button", name="Execute").click()
    page.wait_for_selector("#operations-digits-digits_send .live-responses-table .response .response-col_status")
    assert block.locator(".live-responses-table .response .response-col_status").first.inner_text().startswith("201")
    assert '"digit": 7' in block.locator(".live-responses-table").inner_text()
    dark = page.evaluate(GROUND)
    page.locator("#theme-button").click()
    assert page.evaluate(GROUND) != dark


@pytest.mark.slow
def test_visitor_reads_and_is_refused_as_a_program_would_be(open_page):
    page = open_page()
    block = opened(page, "digits_list")
    block.get_by_role("button", name="Execute").click()
    page.wait_for_selector("#operations-digits-digits_list .live-responses-table .response .response-col_status")
    assert block.locator(".live-responses-table .response .response-col_status").first.inner_text().startswith("401")
    page.console_errors.clear()  # the browser notes the 401
