"""Charts: bars of HTML from the first answer on, plotly.js when the person pauses, and pages that load fast."""

import pytest

from tests.e2e.conftest import draw, draw_seven, wait_for_label, wait_for_true

pytestmark = pytest.mark.browser
PLOTLY = "**/plotly-basic*.js"
SCRIPT_KB = 60  # compressed, before the first stroke
ROWS = "[...document.querySelectorAll('#answer-bars .bar-list__row')]"
EDGES = (
    "(path) => { const { left, top, right, bottom } = path.getBoundingClientRect(); return [left, top, right, bottom] }"
)


def edges(page, selector):
    return page.locator(selector).first.evaluate(EDGES)


def test_bars_of_html_come_with_the_answer_and_plotly_draws_in_their_place(desk):
    page = desk()
    draw_seven(page)
    wait_for_label(page, 7)
    assert not page.evaluate("!!window.Plotly")
    assert page.locator("#answer-bars .bar-list__row").all_inner_texts()[0].split()[0] == "7"
    height = page.evaluate("document.documentElement.scrollHeight")
    bar, words = edges(page, "#answer-bars rect"), edges(page, "#answer-bars text")
    page.wait_for_selector("#answer-chart .bars .point:nth-child(10)")
    assert edges(page, "#answer-chart .bars .point path") == pytest.approx(bar, abs=1)
    assert edges(page, "#answer-chart .bars .point text") == pytest.approx(words, abs=2)
    assert page.evaluate("document.documentElement.scrollHeight") == height


def test_bars_are_the_same_elements_while_a_person_draws(desk):
    """Elements made anew would flicker."""
    page = desk()
    page.route(PLOTLY, lambda route: route.abort())
    draw(page, (0.3, 0.2), (0.3, 0.5), (0.7, 0.5))
    page.wait_for_selector("#answer-bars")
    page.evaluate("document.querySelector('#answer-bars').firstElementChild.kept = true")
    draw(page, (0.62, 0.2), (0.62, 0.85))
    wait_for_label(page, 4)
    assert page.evaluate(f"{ROWS}[0].kept")
    widths = page.evaluate(f"{ROWS}.map((row) => parseFloat(row.querySelector('rect').getAttribute('width')))")
    assert len(widths) == 10 and sum(widths) == pytest.approx(100, abs=0.5)
    page.wait_for_selector("#answer-bars .bar-list__row:first-child >> text=4")
    page.console_errors.clear()  # the failed request


def test_bars_stay_if_plotly_cannot_be_loaded(desk):
    page = desk()
    page.route(PLOTLY, lambda route: route.abort())
    with page.expect_event("requestfailed"):
        draw_seven(page)
    wait_for_label(page, 7)
    assert page.locator("#answer-bars rect").first.is_visible()
    assert not page.locator(".bar-list--drawn").count()
    page.console_errors.clear()  # the failed request


def test_digit_page_shows_its_chart_without_javascript(desk, open_page, person):
    page = desk()
    draw_seven(page)
    wait_for_label(page, 7)
    path = page.get_by_role("link", name="Open page").get_attribute("href")
    plain = open_page(storage_state=person["state"], java_script_enabled=False)
    plain.goto(path)
    rows = plain.locator("#answer-bars .bar-list__row")
    assert rows.count() == 10
    assert rows.first.inner_text().split()[0] == "7"
    assert rows.first.locator("rect").bounding_box()["width"] > 200
    rows.first.locator("rect").hover(trial=True)  # nothing covers it


def test_little_script_comes_before_the_first_stroke(desk):
    page = desk()
    wait_for_true(page, "document.readyState === 'complete'")
    page.wait_for_timeout(4000)  # longer than the pause after which plotly.js comes where there is a chart
    scripts = page.evaluate(
        "performance.getEntriesByType('resource').filter((entry) => entry.initiatorType === 'script')"
        ".map((entry) => [entry.name, entry.encodedBodySize, entry.decodedBodySize])"
    )
    assert len(scripts) >= 5
    assert all(sent < size for _, sent, size in scripts if size > 1000), scripts  # compressed
    assert sum(sent for _, sent, _ in scripts) < SCRIPT_KB * 1000, scripts
