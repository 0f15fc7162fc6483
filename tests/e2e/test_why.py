"""The explanation of an answer: one click away, by mouse, by keyboard and without JavaScript."""

import pytest

from tests.e2e.conftest import draw, draw_seven, wait_for_label, wait_for_true
from tests.e2e.test_every_page import LOOKS, assert_sound
from tests.factories import picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_answer_is_explained_with_one_click(desk, width, scheme):
    page = desk(width=width, color_scheme=scheme)
    draw_seven(page)
    wait_for_label(page, 7)
    page.get_by_role("link", name="Why?").click()
    page.wait_for_selector("#answer .why[data-state=explained]")
    assert page.locator(".look__picture").evaluate("image => image.naturalWidth") == 280
    page.locator(".change__words", has_text="Without this").first.wait_for()
    assert page.locator(".change__gone").first.evaluate("way => getComputedStyle(way).strokeDasharray") != "none"
    wait_for_true(page, "document.getElementById('announcer').textContent.startsWith('It looked')")
    assert_sound(page, width)
    page.locator("#pad-canvas").scroll_into_view_if_needed()
    draw(page, (0.3, 0.55), (0.7, 0.55))  # the explanation disappears with the answer
    page.wait_for_selector("#answer .why", state="detached")


def test_picture_is_explained_by_keyboard(desk):
    page = desk()
    page.set_input_files("#upload-file", {"name": "seven.png", "mimeType": "image/png", "buffer": picture()})
    wait_for_label(page, 7)
    page.get_by_role("link", name="Why?").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".why[data-state=explained]")
    assert page.locator(".why img").evaluate_all("images => images.every(image => image.naturalWidth > 0)")


def test_without_javascript_it_is_a_page(open_page, person):
    page = open_page(storage_state=person["state"], java_script_enabled=False)
    page.goto("/")
    page.set_input_files("#upload-file", {"name": "seven.png", "mimeType": "image/png", "buffer": picture()})
    page.locator("#upload-form").get_by_role("button", name="Read it").click()
    page.wait_for_url("**/digits/**")
    page.reload()
    page.get_by_role("link", name="Why?").click()
    page.wait_for_url("**/why/")
    assert "Where the network looks" in page.locator(".why").inner_text()
    assert page.locator("header").count() == 1


def test_missing_worker_is_shown_and_the_person_can_try_again(desk, live_site):
    page = desk()
    draw_seven(page)
    wait_for_label(page, 7)
    workers = [process for process in live_site.processes() if "worker inference" in " ".join(process.cmdline())]
    assert workers
    for process in workers:
        process.suspend()
    try:
        page.get_by_role("link", name="Why?").click()
        page.wait_for_selector(".why[data-state=busy]")
    finally:
        for process in workers:
            process.resume()
    page.get_by_role("link", name="Try again").click()
    page.wait_for_selector("#answer .why[data-state=explained]")
