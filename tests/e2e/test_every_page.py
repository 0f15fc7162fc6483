"""Every page, wide and narrow, light and dark, fits the screen and passes the accessibility checks."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.classifier.http.addresses import TABLE
from tests.e2e.conftest import draw_seven, wait_for_label

pytestmark = pytest.mark.browser
AXE = Axe()

OPEN_TO_ALL = ["/", "/model/", "/account/login/", "/account/signup/", "/account/password/reset/", "/nowhere/"]
OPEN_TO_ALL += ["/api/docs/", "/privacy/"]
PERSONAL = ["/", "/history/", "/account/tokens/", "/account/password/change/", "/account/email/", "/account/logout/"]
PERSONAL += ["/history/summary/", "/history/deleted/", "/batches/", "/export/", "/import/", "/privacy/"]
PERSONAL += ["/account/", "/account/profile/", "/account/sessions/", "/account/close/", "/account/reauthenticate/"]
PERSONAL += ["/account/second-factor/", "/account/openid/"]
PERSONAL += ["/sheets/", "/sheets/example/", "/sheets/new/", "/sheets/new/printed/"]
STAFF = ["/staff/", "/staff/runs/new/", "/staff/runs/{running}/", "/staff/versions/{good}/", "/staff/review/"]
STAFF += ["/staff/versions/{good}/compare/", "/staff/versions/"]
# Pages that look like one of the others.
ALIKE = ["/account/confirm-email/", "/account/confirm-email/x:y:z/", "/account/inactive/"]
ALIKE += ["/invitation/unknown/"]
ALIKE += [f"/account/password/reset/{rest}/" for rest in ("done", "key/done", "key/1-set-password")]
ALIKE += ["/account/second-factor/webauthn/", "/account/openid/cancelled/"]
STAFF_ALIKE = ["/staff/runs/", "/again/", "/staff/runs/{done}/", "/staff/runs/{failed}/", "/staff/runs/{cancelled}/"]
STAFF_ALIKE += ["/staff/versions/{bad}/compare/"]
STAFF += ["/staff/people/", "/staff/invitations/", "/staff/audit/"]
# Narrow is where pages break.
LOOKS = [pytest.param(1280, "light", marks=pytest.mark.slow), (360, "dark")]
WITH_FORCED = [*LOOKS, pytest.param(1280, "forced", marks=pytest.mark.slow)]


def look(width, scheme):
    """The options of open_page for a look."""
    colours = {"color_scheme": "dark", "forced_colors": "active"} if scheme == "forced" else {"color_scheme": scheme}
    return {"width": width, **colours}


# Links and buttons beyond the edge of a table that scrolls sideways: nobody looks for them there.
OUT_OF_SIGHT = """innerWidth < 1280 ? [] : [...document.querySelectorAll(".scroll")].flatMap((box) =>
    [...box.querySelectorAll("a, button, input")]
        .filter((each) => each.getBoundingClientRect().right > box.getBoundingClientRect().right + 1)
        .map((each) => each.outerHTML))"""


def assert_sound(page, width):
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not page.evaluate(OUT_OF_SIGHT), "a table hides what can be done in it"
    results = AXE.run(page, options={"resultTypes": ["violations"]})  # checks that pass are not recorded
    assert not results.response["violations"], results.generate_report()


def test_no_page_is_forgotten(client, owner_client, staff_client, model_version):
    """Pages about one object are checked by the tests of that object; those of the administration are Django's."""
    checked = {*OPEN_TO_ALL, *PERSONAL, *STAFF, *ALIKE, *STAFF_ALIKE}
    listed = {row.address.partition("?")[0] for row in TABLE if row.method == "GET" and "{" not in row.address}
    left = {path for path in listed - checked if not path.startswith("/admin/")}
    assert "/history/" in listed and "/healthz" in left
    assert [path for path in left for person in (client, owner_client, staff_client) if is_page(person.get(path))] == []


def is_page(answer):
    return answer.status_code == 200 and "html" in answer["Content-Type"]


@pytest.mark.parametrize(("width", "scheme"), WITH_FORCED)
@pytest.mark.parametrize("paths", [OPEN_TO_ALL, pytest.param(ALIKE, marks=pytest.mark.slow)], ids=["pages", "alike"])
def test_public_pages(open_page, width, scheme, paths):
    page = open_page(**look(width, scheme))
    for path in paths:
        page.goto(path)
        if path == "/api/docs/":
            page.locator("#operations-digits-digits_send .opblock-summary-control").click()
            page.wait_for_selector(".opblock.is-open .execute")
        assert_sound(page, width)
    page.console_errors.clear()  # the 404


@pytest.mark.parametrize(("width", "scheme"), WITH_FORCED)
def test_pages_of_a_person(desk, width, scheme):
    page = desk(**look(width, scheme))
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
    bars = "[...document.querySelectorAll('meta[name=theme-color]')].find(m => matchMedia(m.media).matches).content"
    assert page.evaluate(bars) == "#0e1512"
    page.locator("#theme-button").click()
    assert page.evaluate(bars) == "#23357f"
