"""A form that the site refuses because of its settings: the page says why, and not that one is signed out."""

import json

import pytest

from tests.e2e.conftest import draw_seven

SAYS = "Set HTTPS=true, and tell the administrator."


@pytest.fixture
def refused(desk):
    """The pad of a site that refuses every form."""
    page = desk()
    headers = {"HX-Trigger": json.dumps({"refused": {"says": SAYS}})}
    answer = {"status": 403, "content_type": "text/html", "body": "<!doctype html><p>Refused.", "headers": headers}
    page.route("**/*", lambda route: route.fulfill(**answer) if route.request.method == "POST" else route.continue_())
    yield page
    page.console_errors.clear()


@pytest.mark.parametrize(
    "act", [draw_seven, lambda page: page.locator("form[hx-post$='/samples/'] button").first.click()]
)
def test_page_says_why_the_form_was_refused(refused, act):
    act(refused)
    refused.get_by_text(SAYS).wait_for()
    assert "You are signed out" not in refused.locator("#notices").inner_text()
