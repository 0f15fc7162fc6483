"""A batch in the browser: sending, progress and results; with and without JavaScript; wide, narrow, light and dark."""

import numpy as np
import pytest

from tests.archives import zipped
from tests.e2e.conftest import wait_for_true
from tests.e2e.test_every_page import LOOKS, assert_sound
from tests.factories import FOUR, document, drawn, picture, seven
from tests.numbers import shown

pytestmark = pytest.mark.browser

PNG = picture(seven(60))


def archive(count=150):
    files = {f"school/7/{number:04}.png": PNG for number in range(count)}
    return zipped(
        files | {"school/1/seven.png": PNG, "school/notes.txt": b"not a picture", "school/more.zip": zipped({})}
    )


def send(page, data=None):
    page.goto("/batches/")
    page.set_input_files(
        "#batch-file", {"name": "school.zip", "mimeType": "application/zip", "buffer": data or archive()}
    )
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/batches/*-*/")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_zip_is_sent_and_its_progress_shown(desk, width, scheme):
    page = desk(width=width, color_scheme=scheme)
    page.goto("/batches/")
    assert_sound(page, width)
    send(page)
    assert_sound(page, width)
    page.wait_for_selector("#batch[data-state=done]", timeout=60_000)
    assert page.inner_text("#batch-title") == "151 digits read"
    assert "(150 of 151)" in page.inner_text("#batch")
    assert "notes.txt" in page.inner_text(".failures")
    page.wait_for_selector(".batch-row >> nth=59")
    assert_sound(page, width)
    while page.get_by_role("link", name="Show more").count():
        before = page.locator(".batch-row").count()
        page.get_by_role("link", name="Show more").click()
        page.wait_for_selector(f".batch-row >> nth={before}")
    assert page.locator(".batch-row").count() == 151
    page.locator(".batch-row").last.click()
    page.wait_for_selector("text=school/1/seven.png")
    wait_for_true(page, "document.querySelector('.original__picture')?.naturalWidth == 60")
    page.goto("/batches/")
    assert_sound(page, width)
    page.get_by_role("link", name="school.zip").first.click()
    page.get_by_text("Delete this batch …").click()
    page.get_by_role("button", name="Delete batch").click()
    page.wait_for_selector("text=was deleted with its digits")


@pytest.mark.parametrize(("width", "scheme"), LOOKS[1:])
def test_labels_numbers_and_turned_pictures_are_explained(desk, width, scheme):
    page = desk(width=width, color_scheme=scheme)
    upside_down = picture(np.ascontiguousarray(shown()[::-1, ::-1]))
    table = b"file;label\na.png;7.0\nb.png;47\n" + b"".join(b"gone-%d.png;ten\n" % number for number in range(12))
    send(page, zipped({"a.png": PNG, "b.png": picture(shown()), "c.png": upside_down, "labels.csv": table}))
    page.wait_for_selector("#batch[data-state=done]", timeout=60_000)
    assert "12 labels that are no whole number" in page.inner_text("#batch")
    assert "1 of 1" in page.inner_text("#batch")
    page.get_by_text("Line by line").click()
    assert "gone-11.png" in page.inner_text(".remarks")
    page.wait_for_selector("text=turned 180°")
    assert_sound(page, width)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Table (Excel)").click()
    assert downloading.value.suggested_filename.endswith(".xlsx")


def test_a_batch_can_be_cancelled(desk):
    page = desk()
    send(page, archive(4000))
    page.click("#batch-cancel")
    page.wait_for_selector("#batch[data-state=cancelled]")
    assert page.locator("#batch-cancel").count() == 0


def test_batch_works_without_javascript(open_page, person):
    page = open_page(storage_state=person["state"], java_script_enabled=False)
    send(page, archive(70))
    for _ in range(60):
        if page.locator("#batch[data-state=done]").count():
            break
        page.wait_for_timeout(500)
        refresh = page.get_by_role("link", name="Refresh")
        if refresh.count():  # not on a page that became final while it loaded
            refresh.click()
    assert page.inner_text("#batch-title") == "71 digits read"
    page.reload()
    page.get_by_role("link", name="Show more").click()
    page.wait_for_selector(".batch-row")
    assert page.locator(".batch-row").count() == 11
    page.get_by_text("Delete this batch …").click()
    page.get_by_role("button", name="Delete batch").click()
    page.wait_for_selector("text=was deleted with its digits")


def test_a_folder_of_pictures_can_be_sent(desk, tmp_path):
    folder = tmp_path / "mine" / "7"
    folder.mkdir(parents=True)
    for number in range(3):
        (folder / f"{number}.png").write_bytes(PNG)
    page = desk()
    page.goto("/batches/")
    page.set_input_files("#batch-folder", tmp_path / "mine")
    page.get_by_role("button", name="Send").click()
    page.wait_for_selector("#batch[data-state=done]", timeout=60_000)
    assert "(3 of 3)" in page.inner_text("#batch")  # paths include the folder's name


@pytest.mark.parametrize("javascript", [True, False])
def test_an_upload_with_several_pages_leads_to_its_batch(open_page, person, javascript):
    page = open_page(storage_state=person["state"], java_script_enabled=javascript)
    page.goto("/")
    scan = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": document("PDF", seven(), drawn(FOUR))}
    page.set_input_files("#upload-file", scan)
    if not javascript:
        page.locator("#upload-form").get_by_role("button", name="Read it").click()
    page.wait_for_url("**/batches/*-*/")
    assert "This file has 2 pages. They are read as a batch" in page.inner_text("[role=status].notices")
    for _ in range(60):
        if page.locator("#batch[data-state=done]").count():
            break
        page.wait_for_timeout(500)
        if not javascript and page.get_by_role("link", name="Refresh").count():
            page.get_by_role("link", name="Refresh").click()
    assert page.inner_text("#batch-title") == "2 digits read"
    if not javascript:
        page.reload()
    page.locator(".batch-row").last.click()
    page.wait_for_selector("text=scan.pdf, page 2")
