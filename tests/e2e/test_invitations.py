"""An invitation from the staff's page to the person who comes by it, on a phone; pages pass the checks."""

import uuid

import pytest

from tests.e2e.conftest import PASSWORD
from tests.e2e.test_every_page import assert_sound
from tests.services import Site

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_invited_person_signs_up_and_is_managed_without_javascript(open_page, live_site: Site):
    chief, name = f"chief-{uuid.uuid4().hex[:6]}", f"ada-{uuid.uuid4().hex[:6]}"
    live_site.create_user(chief, PASSWORD, staff=True)
    desk = open_page(width=360, color_scheme="dark")
    desk.goto("/account/login/?next=/staff/invitations/")
    desk.fill("[name=login]", chief)
    desk.fill("[name=password]", PASSWORD)
    desk.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    desk.get_by_label("For whom").fill(f"for {name}")
    desk.get_by_role("button", name="Make a link").click()
    link = desk.locator("#invitation-link").inner_text()
    assert_sound(desk, 360)

    guest = open_page(width=360, java_script_enabled=False)
    guest.goto(link)
    guest.get_by_text("Your invitation is valid").wait_for()
    guest.fill("[name=username]", name)
    for field in ("password1", "password2"):
        guest.fill(f"[name={field}]", PASSWORD)
    guest.get_by_role("main").get_by_role("button", name="Sign up").click()
    guest.wait_for_selector("#pad")
    assert guest.request.get(link).status == 200  # signed in, they need none

    desk.goto(f"/staff/people/?q={name}")
    assert_sound(desk, 360)
    desk.get_by_role("link", name=name).click()
    assert_sound(desk, 360)
    desk.get_by_role("link", name=f"for {name}").click()
    desk.get_by_text("It is used up").wait_for()
    assert_sound(desk, 360)
    desk.get_by_role("link", name=name, exact=True).press("Enter")
    desk.get_by_role("button", name="Disable").press("Enter")
    desk.get_by_role("button", name="Enable").wait_for()
    assert_sound(desk, 360)
    guest.goto("/history/")
    guest.wait_for_selector("[name=login]")
