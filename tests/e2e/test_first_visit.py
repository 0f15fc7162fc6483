"""A new person signs up, draws a 7, sees the answer, and finds it in the history."""

import re

import pytest

from tests.e2e.conftest import PASSWORD, draw_seven, wait_for_label, wait_for_true

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (360, "dark")], ids=["wide and light", "narrow and dark"]
)
def test_new_person_draws_a_seven_and_finds_it_in_the_history(open_page, width, scheme):
    page = open_page(width=width, color_scheme=scheme)
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Sign up", exact=True).click()
    page.fill("[name=username]", f"new-{width}")
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    page.wait_for_selector("#pad[data-strokes]")

    draw_seven(page)
    wait_for_label(page, 7)
    page.wait_for_selector("#answer-chart .bars .point:nth-child(10)")  # plotly.js comes when the person pauses
    assert page.locator("#answer .seen__picture").evaluate("image => image.naturalWidth") == 28
    rows = page.locator("#answer").get_by_role("listitem")  # for a screen reader, below plotly.js's drawing
    assert rows.count() == 10
    assert rows.first.text_content().split()[0] == "7"

    page.get_by_role("link", name="History").click()
    page.wait_for_url("**/history/")
    assert page.locator(".card").count() == 1
    page.locator(".card__link").click()
    page.wait_for_url(re.compile("/digits/"))
    wait_for_label(page, 7)
    page.wait_for_selector("#answer-chart .bars .point:nth-child(10)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_answer_is_announced_in_one_sentence(desk):
    page = desk()
    draw_seven(page)
    wait_for_label(page, 7)
    wait_for_true(page, "[...document.querySelectorAll('[aria-live]')].some(e => e.textContent.includes('7'))")


def test_waiting_answer_completes_without_reload(desk, live_site):
    """The workers are paused until the request stops waiting, then resumed."""
    page = desk()
    workers = [process for process in live_site.processes() if "worker inference" in " ".join(process.cmdline())]
    assert workers
    for process in workers:
        process.suspend()
    try:
        draw_seven(page)
        page.wait_for_selector("#answer[data-state=waiting]")
    finally:
        for process in workers:
            process.resume()
    wait_for_label(page, 7)


def test_wrong_answer_is_corrected_with_one_click(desk):
    page = desk()
    draw_seven(page)
    wait_for_label(page, 7)
    page.locator(".correction").get_by_role("button", name="1", exact=True).click()
    page.locator(".correction__said", has_text="You say: it is a 1").wait_for()
    page.get_by_role("link", name="Open page").click()
    page.locator(".correction__said", has_text="You say: it is a 1").wait_for()


def test_browser_takes_the_site_for_an_app(page):
    """A headless browser names no reason against installing, so the test asks for what Chromium's manual does."""
    page.goto("/")
    found = page.context.new_cdp_session(page).send("Page.getAppManifest")
    assert found["url"].endswith("/manifest.webmanifest") and not found["errors"]
    manifest = found["manifest"]
    assert manifest["name"] and manifest["startUrl"] == page.url
    assert manifest["display"] == "kStandalone"
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        assert page.request.get(icon["url"]).headers["content-type"] == "image/png"
