"""Sheets in the browser: drawing fields with mouse, touch and keys, and making a printed sheet."""

import io
import re

import numpy as np
import pypdfium2
import pytest

from tests.e2e.conftest import wait_for_true
from tests.e2e.test_every_page import LOOKS, assert_sound
from tests.e2e.test_forced_colours import FORCED
from tests.factories import document

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def form():
    """Two empty pages with a frame on the first."""
    first, second = np.full((2, 800, 566), 255, np.uint8)
    first[200:240, 100:104] = first[200:240, 296:300] = first[200:204, 100:300] = first[236:240, 100:300] = 0
    return document("PDF", first, second)


@pytest.fixture
def editor(desk):
    """editor(**options of desk) → the editor of a form that was just uploaded."""

    def open_editor(**options):
        page = desk(**options)
        page.goto("/sheets/new/")
        page.set_input_files("#form-file", {"name": "card.pdf", "mimeType": "application/pdf", "buffer": form()})
        page.get_by_role("button", name="Upload").click()
        page.wait_for_url("**/sheets/*/edit/")
        wait_for_true(page, "document.getElementById('stage-picture').naturalWidth > 0")
        return page

    return open_editor


def drag(page, x1, y1, x2, y2):
    """Drags on the page between points given as shares of it."""
    page.locator("#stage-fields").scroll_into_view_if_needed()
    box = page.locator("#stage-fields").bounding_box()
    page.mouse.move(box["x"] + x1 * box["width"], box["y"] + y1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + x2 * box["width"], box["y"] + y2 * box["height"], steps=4)
    page.mouse.up()


def description(page):
    return page.evaluate("sheetEditor.description")


def save(page):
    """Saves, and returns what the site has after a reload."""
    page.get_by_role("button", name="Save").click()
    wait_for_true(page, "document.getElementById('editor-status').textContent === 'Saved.'")
    page.reload()
    page.wait_for_selector("#field-list")
    return description(page)


def test_fields_are_drawn_moved_and_resized_with_the_mouse(editor):
    page = editor()
    drag(page, 0.18, 0.25, 0.53, 0.3)
    page.keyboard.type("Reading")
    (field,) = description(page)["fields"]
    assert field["name"] == "Reading" and field["kind"] == "boxes" and field["cells"] == 6
    assert field["box"] == pytest.approx([0.18, 0.25, 0.35, 0.05], abs=0.005)
    drag(page, 0.3, 0.275, 0.4, 0.375)  # moves it
    drag(page, 0.63, 0.4, 0.73, 0.42)  # its right bottom corner
    assert description(page)["fields"][0]["box"] == pytest.approx([0.28, 0.35, 0.45, 0.07], abs=0.005)
    page.get_by_role("button", name="Undo").click()
    assert description(page)["fields"][0]["box"] == pytest.approx([0.28, 0.35, 0.35, 0.05], abs=0.005)
    page.get_by_role("button", name="Draw a table").click()
    drag(page, 0.1, 0.5, 0.7, 0.58)
    page.fill("#f-rows", "4")
    page.fill("#f-columns", "2")
    drag(page, 0.4, 0.54, 0.55, 0.54)  # the line between the columns
    stored = save(page)
    (table,) = stored["tables"]
    assert (table["rows"], [round(each["share"], 1) for each in table["columns"]]) == (4, [1.5, 0.5])
    assert [each["name"] for each in stored["fields"]] == ["Reading"]


def test_fields_are_added_moved_and_removed_by_keyboard_alone(editor):
    page = editor()
    page.locator("#add-field").focus()
    page.keyboard.press("Enter")
    before = description(page)["fields"][0]["box"]
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowUp"):
        page.keyboard.press(key)
    left, top, width, height = (
        now - then for now, then in zip(description(page)["fields"][0]["box"], before, strict=True)
    )
    step_x, step_y = 4 / 1654, 4 / 2339
    assert [left, top, width, height] == pytest.approx([2 * step_x, step_y, step_x, -step_y], abs=1e-4)
    page.locator("#add-field").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Delete")
    assert len(description(page)["fields"]) == 1
    page.keyboard.press("Control+z")
    assert len(description(page)["fields"]) == 2
    page.locator("#field-list button").first.focus()
    page.keyboard.press("Enter")
    page.locator("#f-name").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("Meter")
    page.keyboard.press("Control+s")
    wait_for_true(page, "document.getElementById('editor-status').textContent === 'Saved.'")
    page.reload()
    assert [each["name"] for each in description(page)["fields"]] == ["Meter", "Field 2"]


def test_what_is_wrong_is_shown_at_the_field(editor):
    page = editor()
    for _ in range(2):
        page.locator("#add-field").click()
        page.fill("#f-name", "Same")
    page.locator("#field-list button").first.click()
    page.get_by_role("button", name="Save").click()
    wait_for_true(page, "document.getElementById('editor-error').textContent.includes('Two fields have the name')")
    assert page.input_value("#f-name") == "Same"
    page.fill("#f-name", "Other")
    page.get_by_text("What may stand there").click()
    page.fill("#f-allowed", "17\n18\n17")
    page.locator("#f-allowed").blur()
    wait_for_true(page, "document.getElementById('editor-error').textContent.includes('twice')")
    page.fill("#f-allowed", "017\n018")
    page.locator("#f-allowed").blur()
    wait_for_true(page, "document.getElementById('f-allowed-count').textContent.startsWith('2 values')")
    assert save(page)["fields"][0]["rules"]["allowed"] == ["017", "018"]
    page.console_errors.clear()  # the refused requests


def test_a_finger_draws_or_scrolls(editor):
    page = editor(width=360, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="Draw a field").tap()
    assert page.evaluate("getComputedStyle(document.getElementById('stage-fields')).touchAction") == "none"
    box = page.locator("#stage-fields").bounding_box()
    touch = page.context.new_cdp_session(page)
    for kind, (x, y) in (("Start", (0.2, 0.3)), ("Move", (0.4, 0.32)), ("Move", (0.6, 0.36))):
        point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert description(page)["fields"][0]["box"] == pytest.approx([0.2, 0.3, 0.4, 0.06], abs=0.01)
    # Chromium makes no click of a tap right after touches that a program has sent.
    page.get_by_role("button", name="Select").click()
    wait_for_true(page, "getComputedStyle(document.getElementById('stage-fields')).touchAction !== 'none'")
    save(page)


def test_with_forced_colours_the_chosen_field_has_a_frame(editor):
    page = editor(**FORCED)
    page.locator("#add-field").click()
    page.locator("#add-field").click()
    frames = [
        page.locator(f".editor__item[aria-pressed={chosen}]").evaluate("each => getComputedStyle(each).outlineStyle")
        for chosen in ("true", "false")
    ]
    assert frames == ["solid", "none"]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_of_a_sheet_are_sound(editor, width, scheme):
    page = editor(width=width, color_scheme=scheme)
    page.locator("#add-table").click()
    page.locator("#f-name").blur()
    assert_sound(page, width)
    save(page)
    sheet = page.url.removesuffix("edit/")
    for address in (sheet, f"{sheet}sharing/", "/sheets/"):
        page.goto(address)
        assert_sound(page, width)


def test_a_printed_sheet_is_made_and_downloaded(desk):
    page = desk()
    page.goto("/sheets/new/printed/")
    page.fill("#printed-name", "Marks of 7b")
    page.fill("#printed-roster", "Anna Müller\nBo Lee")
    page.fill("#name-0", "Number")
    page.locator("#name-0").blur()
    page.click("#add-table")
    page.wait_for_selector("#name-5")
    for number, name in ((3, "Tasks"), (4, "First"), (5, "Second")):
        page.fill(f"#name-{number}", name)
    page.click("#up-1")
    wait_for_true(page, "document.getElementById('name-0').value === 'Points'")
    page.fill("#name-0", "")
    page.locator("#name-0").blur()
    page.get_by_text("A field has no name. Give it one.").wait_for()
    page.fill("#name-0", "Total")
    page.click("#make")
    page.wait_for_url(re.compile(r"/sheets/[0-9a-f-]{36}/$"))
    page.get_by_role("link", name="Print").click()
    assert_sound(page, 1280)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the PDF").first.click()
    with open(download.value.path(), "rb") as file:
        content = file.read()
    with pypdfium2.PdfDocument(io.BytesIO(content)) as pdf:
        texts = [each.get_textpage().get_text_range() for each in pdf]
    assert ["Anna Müller" in texts[0], "Bo Lee" in texts[1], "Total" in texts[0], len(texts)] == [True, True, True, 2]
    page.go_back()
