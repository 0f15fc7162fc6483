"""Every page, wide and narrow, light and dark, fits the screen and passes the accessibility checks."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.conftest import draw_seven, wait_for_label

pytestmark = pytest.mark.browser
AXE = Axe()

OPEN_TO_ALL = ["/", "/model/", "/account/login/", "/account/signup/", "/account/password/reset/", "/nowhere/"]
PERSONAL = ["/", "/history/", "/account/tokens/", "/account/password/change/", "/account/email/", "/account/logout/"]
PERSONAL += ["/account/", "/account/profile/", "/account/sessions/", "/account/close/", "/account/reauthenticate/"]
LOOKS = [pytest.param(1280, "light", marks=pytest.mark.slow), (360, "dark")]  # narrow is where pages break


def assert_sound(page, width):
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    results = AXE.run(page, options={"resultTypes": ["violations"]})  # checks that pass are not recorded
    assert not results.response["violations"], results.generate_report()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_public_pages(open_page, width, scheme):
    page = open_page(width=width, color_scheme=scheme)
    for path in OPEN_TO_ALL:
        page.goto(path)
        assert_sound(page, width)
    page.console_errors.clear()  # the 404


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_of_a_person(desk, width, scheme):
    page = desk(width=width, color_scheme=scheme)
    draw_seven(page)
    wait_for_label(page, 7)
    assert_sound(page, width)
    page.get_by_role("link", name="Open page").click()
    wait_for_label(page, 7)
    assert_sound(page, width)
    page.goto(f"{page.url}why/")
    page.wait_for_selector(".why[data-state=explained]")
    assert_sound(page, width)
    for path in PERSONAL:
        page.goto(path)
        assert_sound(page, width)


def test_look_can_be_switched_and_is_remembered(open_page):
    page = open_page(color_scheme="light")
    page.goto("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("#theme-button").click()
    assert page.evaluate(ground) != light
    dark = page.evaluate(ground)
    page.goto("/model/")
    assert page.evaluate(ground) == dark
