"""The API page in a real browser: it loads, follows the theme, and sends requests."""

import pytest

pytestmark = pytest.mark.browser

TEXT_COLOUR = "getComputedStyle(document.querySelector('.swagger-ui .opblock-summary-path')).color"


def opened(page, name):
    page.goto("/api/docs/")
    block = page.locator(f"#operations-digits-{name}")
    block.locator(".opblock-summary-control").click()
    return block


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.slow), 360])
def test_page_sends_a_drawing_and_shows_the_answer(desk, width):
    page = desk(width=width, color_scheme="dark")
    block = opened(page, "digits_send")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    block.get_by_role("button", name="Execute").click()
    page.wait_for_selector("#operations-digits-digits_send .live-responses-table .response .response-col_status")
    assert block.locator(".live-responses-table .response .response-col_status").first.inner_text().startswith("201")
    assert '"digit": 7' in block.locator(".live-responses-table").inner_text()
    dark = page.evaluate(TEXT_COLOUR)
    page.locator("#theme-button").click()
    assert page.evaluate(TEXT_COLOUR) != dark


@pytest.mark.slow
def test_visitor_gets_a_401_as_a_program_does(open_page):
    page = open_page()
    block = opened(page, "digits_list")
    block.get_by_role("button", name="Execute").click()
    page.wait_for_selector("#operations-digits-digits_list .live-responses-table .response .response-col_status")
    assert block.locator(".live-responses-table .response .response-col_status").first.inner_text().startswith("401")
    page.console_errors.clear()  # the browser logs the 401
