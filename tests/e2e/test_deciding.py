"""Deciding doubtful fields by keyboard alone, with a refused text and without a connection in between."""

import json

import pytest

from tests.e2e.conftest import wait_for_true

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MAKE = """
from django.contrib.auth.models import User
from tests.filled_stacks import add_picture_of_sheet, filled
stack = filled(User.objects.get(username='pupil'), 8, risk=0.3, picture=True)
add_picture_of_sheet(stack)
print('STACK', stack.public_id)
"""
TELL = """
import json
from classifier.sheets.models import Value
values = Value.objects.filter(stack__public_id='{}', key='points').order_by('page__number')
print('TOLD', json.dumps([value.text if value.decided else None for value in values]))
"""


@pytest.fixture
def stack(live_site, person):
    """The public id of a stack of eight pages with a doubtful field each: 1 to 8."""
    return live_site.manage("shell", "-c", MAKE).split("STACK")[1].split()[0]


def asked(page, where, text):
    shown = f"document.getElementById('decide-where').textContent === '{where}'"
    wait_for_true(page, f"{shown} && document.getElementById('decide-text').value === '{text}'")


def decided(live_site, stack):
    return json.loads(live_site.manage("shell", "-c", TELL.format(stack)).split("TOLD")[1])


def test_by_keyboard(open_page, person, live_site, stack):
    page = open_page(storage_state=person["state"])
    page.goto(f"/stacks/{stack}/decide/")
    asked(page, "Page 1", "1")
    page.keyboard.press("Enter")
    asked(page, "Page 2", "2")
    page.keyboard.type("58")
    page.keyboard.press("Enter")
    asked(page, "Page 3", "3")
    page.keyboard.press("Tab")
    asked(page, "Page 4", "4")
    page.keyboard.press("u")
    asked(page, "Page 3", "")
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    asked(page, "Page 4", "4")
    wait_for_true(page, "document.getElementById('decide-status').textContent.includes('comes again')")
    page.keyboard.press("ArrowDown")
    asked(page, "Page 4", "41")
    page.keyboard.press("Enter")
    asked(page, "Page 3", "99")
    assert "above 60" in page.inner_text("#decide-error")
    page.keyboard.press("y")
    asked(page, "Page 5", "5")
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    asked(page, "Page 6", "6")
    wait_for_true(page, "document.getElementById('decide-status').textContent.includes('not sent yet')")
    page.context.set_offline(False)
    wait_for_true(page, "document.getElementById('decide-status').textContent === ''")
    page.console_errors.clear()  # the refusal, and the requests without a connection
    assert decided(live_site, stack) == ["1", "58", "99", "41", "5", None, None, None]


def test_field_decided_again_before_the_site_has_undone_it(open_page, person, live_site, stack):
    page = open_page(storage_state=person["state"])
    held = []

    def hold_the_undo(route):
        if "undo" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/decide/", hold_the_undo)
    page.goto(f"/stacks/{stack}/decide/")
    asked(page, "Page 1", "1")
    with page.expect_response("**/decide/"):
        page.keyboard.press("Enter")
    asked(page, "Page 2", "2")
    page.keyboard.press("u")
    asked(page, "Page 1", "1")
    page.keyboard.type("17")
    page.keyboard.press("Enter")
    asked(page, "Page 2", "2")
    with page.expect_response(lambda response: "\r\n17\r\n" in (response.request.post_data or "")):
        held.pop().continue_()
    asked(page, "Page 2", "2")
    assert decided(live_site, stack)[:2] == ["17", None]
