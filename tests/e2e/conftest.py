"""A signed-in person with a browser."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Error

from tests.services import Site, wait_until

PASSWORD = "seven-of-nine-7"
Pad = dict[str, float]


@pytest.fixture(scope="session")
def person(chromium: Any, live_site: Site) -> dict[str, Any]:
    """A person with an account: their API token and the storage state of a signed-in browser."""
    token = live_site.create_user("pupil", PASSWORD)
    context = chromium.new_context(base_url=live_site.url)
    page = context.new_page()
    page.goto("/account/login/")
    page.fill("[name=login]", "pupil")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector("#pad")
    state = context.storage_state()
    context.close()
    return {"token": token, "state": state}


@pytest.fixture
def desk(open_page: Callable[..., Any], person: dict[str, Any]) -> Callable[..., Any]:
    """desk(**options of open_page) → the pad's page, signed in."""

    def open_desk(**options: Any) -> Any:
        page = open_page(storage_state=person["state"], **options)
        page.goto("/")
        page.wait_for_selector("#pad[data-strokes]")
        return page

    return open_desk


def draw(page: Any, *points: tuple[float, float], lift: bool = True) -> None:
    """Draws one stroke through points given as shares of the pad's width and height."""
    box = page.locator("#pad-canvas").bounding_box()
    for number, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=6)
        if number == 0:
            page.mouse.down()
    if lift:
        page.mouse.up()


def draw_seven(page: Any) -> None:
    draw(page, (0.25, 0.25), (0.72, 0.25), (0.42, 0.85))


def wait_for_label(page: Any, label: int, preview: str = "false") -> None:
    page.wait_for_selector(f'#answer[data-state=done][data-label="{label}"][data-preview={preview}]')


def wait_for_true(page: Any, expression: str) -> None:
    """Waits until an expression is true in the page, where the policy forbids Playwright's wait_for_function."""

    def is_true() -> bool:
        with suppress(Error):  # the page is changing
            return bool(page.evaluate(expression))
        return False

    wait_until(is_true, 15, expression)


def history_length(page: Any) -> int:
    """The number of entries that the history shows (requested separately, so the pad keeps its state)."""
    counted = re.search(r"(\d+) entr(?:y|ies)\.</span>", page.request.get("/history/").text())
    return int(counted[1]) if counted else 0
