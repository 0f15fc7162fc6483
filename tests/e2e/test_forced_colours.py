"""Forced colours (high contrast): one sees which choice is on, and what is drawn follows the system's colours."""

import re

import pytest

from tests.e2e.conftest import draw_seven, wait_for_label

pytestmark = pytest.mark.browser
FORCED = {"color_scheme": "dark", "forced_colors": "active"}  # Canvas is black
LOOK = """(element) => { const style = getComputedStyle(element); return [style.color, style.backgroundColor,
    style.borderTopColor, style.borderBottomColor, style.borderLeftColor, style.outlineStyle, style.fill] }"""
RADIO = "{} input:checked ~ {}", "{} input:not(:checked) ~ {}"
LINK = "{} a[aria-current]", "{} a:not([aria-current])"
CHOICES = [
    ("/", *(each.format(".choice__one", "span") for each in RADIO)),
    ("/", *(each.format(".pens__pen", "svg") for each in RADIO)),
    ("/history/?digit=7", *(each.format(".filters__digit", "span") for each in RADIO)),
    ("/history/", *(each.format(".menu") for each in LINK)),
    ("/account/", *(each.format(".account__menu") for each in LINK)),
]


def test_choice_that_is_on_looks_different(desk):
    page = desk(**FORCED)
    for path, on, off in CHOICES:
        page.goto(path)
        assert page.locator(on).first.evaluate(LOOK) != page.locator(off).first.evaluate(LOOK), (path, on)


def test_digit_of_a_number_that_is_shown_looks_different(desk):
    page = desk(**FORCED)
    page.evaluate("""document.getElementById("answer").innerHTML = `<fieldset class="number__tabs">
        <label class="number__tab"><input type="radio" name="part" checked>4</label>
        <label class="number__tab"><input type="radio" name="part">7</label></fieldset>`""")
    tabs = page.locator(".number__tab")
    assert tabs.first.evaluate(LOOK) != tabs.last.evaluate(LOOK)


def test_chart_and_drawing_can_be_seen(desk):
    page = desk(**FORCED)
    page.evaluate("document.documentElement.dataset.theme = 'light'")  # chosen on this site; the system stays dark
    draw_seven(page)
    wait_for_label(page, 7)
    ground, ink = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    fills = [
        page.locator(f"#answer-bars {each}").first.evaluate("each => getComputedStyle(each).fill")
        for each in (".bar-list__row--highest rect", ".bar-list__row:not(.bar-list__row--highest) rect", "text")
    ]
    assert ground not in fills and len(set(fills)) == 3 and fills[-1] == ink
    page.wait_for_selector("#answer-chart .bars .point:nth-child(10)")
    drawn = page.locator("#answer-chart .bars .point path").first.evaluate("each => getComputedStyle(each).fill")
    assert re.findall(r"\d+", drawn)[:3] == re.findall(r"\d+", fills[0])[:3]  # plotly.js keeps the alpha apart
    assert page.locator("#pad-canvas").evaluate("each => getComputedStyle(each).color") != ground
