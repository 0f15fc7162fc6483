"""One person exports and another imports, in a browser: wide and narrow, light and dark."""

import json

import pytest

from tests.e2e.conftest import PASSWORD, draw_seven, wait_for_label
from tests.e2e.test_every_page import LOOKS, assert_sound

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_download_is_imported_by_another_person(desk, open_page, live_site, width, scheme, tmp_path):
    page = desk(width=width, color_scheme=scheme)
    draw_seven(page)
    wait_for_label(page, 7)
    page.goto("/export/")
    assert_sound(page, width)
    with page.expect_download() as downloading:
        page.locator("#export-all").click()
    file = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(file)

    live_site.create_user(f"newcomer-{width}", PASSWORD)
    other = open_page(width=width, color_scheme=scheme)
    other.goto("/account/login/")
    other.fill("[name=login]", f"newcomer-{width}")
    other.fill("[name=password]", PASSWORD)
    other.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    other.wait_for_selector("#pad")
    other.goto("/export/")
    other.locator("#import-file").set_input_files(file)
    other.get_by_role("button", name="Import").click()
    other.wait_for_selector('#import[data-state="done"]')  # the page polls
    imported = int(other.locator("#import-figures dd").first.inner_text())
    assert imported >= 1
    assert_sound(other, width)
    other.goto("/history/")
    assert other.locator(".card").count() >= min(imported, 48)  # the first page of them
    other.goto("/export/")
    assert_sound(other, width)
    other.locator("#imports a").first.click()
    other.get_by_text("Remove imported drawings").click()
    assert_sound(other, width)
    other.locator("#import-remove").click()
    other.wait_for_selector('#import[data-state="removed"]')
    assert_sound(other, width)
    other.goto("/history/")
    assert other.locator(".card").count() == 0


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.slow
def test_problems_are_listed(desk, width, scheme, tmp_path):
    page = desk(width=width, color_scheme=scheme)
    file = tmp_path / "mine.json"
    head = {"schema": "digitsite-export", "version": 1, "exported": "2026-11-22T10:00:00Z", "count": 2, "models": []}
    file.write_text(json.dumps(head | {"drawings": [7, {"id": "7"}]}) + " " * 10)
    page.goto("/export/")
    page.locator("#import-file").set_input_files(file)
    page.get_by_role("button", name="Import").click()
    page.wait_for_selector('#import[data-state="done"]')
    assert "The drawing must be an object." in page.locator(".remarks").inner_text()
    assert_sound(page, width)
    file.write_text("hello")
    page.goto("/export/")
    page.locator("#import-file").set_input_files(file)
    page.get_by_role("button", name="Import").click()
    assert "no export of this site" in page.get_by_role("alert").filter(has_text="export").inner_text()
    assert_sound(page, width)
    page.console_errors.clear()  # the 422
