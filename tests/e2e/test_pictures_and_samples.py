"""Pictures by button, drop and paste, random samples, and what happens without JavaScript."""

import base64

import numpy as np
import pytest

from tests.e2e.conftest import history_length, wait_for_label
from tests.factories import picture

pytestmark = pytest.mark.browser

# Drops or pastes a file that is created in the page.
DROP_OR_PASTE = """([selector, kind, data]) => {
  const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], 'seven.png', {type: 'image/png'}));
  const options = {bubbles: true, cancelable: true};
  const event = kind === 'paste'
    ? new ClipboardEvent('paste', {...options, clipboardData: files})
    : new DragEvent('drop', {...options, dataTransfer: files});
  document.querySelector(selector).dispatchEvent(event);
}"""


def hand_over(page, selector, kind, data):
    page.evaluate(DROP_OR_PASTE, [selector, kind, base64.b64encode(data).decode()])


def test_picture_is_uploaded_by_button(desk):
    page = desk()
    page.set_input_files("#upload-file", {"name": "seven.png", "mimeType": "image/png", "buffer": picture()})
    wait_for_label(page, 7)


@pytest.mark.parametrize(
    ("selector", "kind"), [("#pad-canvas", "drop"), ("#pictures [data-drop]", "drop"), ("body", "paste")]
)
def test_picture_is_dropped_or_pasted(desk, selector, kind):
    page = desk()
    hand_over(page, selector, kind, picture())
    wait_for_label(page, 7)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture that the site can read"),
        (picture()[:300], "cannot be read"),
        (picture(np.full((60, 60), 255, np.uint8)), "nothing to read"),
    ],
    ids=["no picture", "half a picture", "blank paper"],
)
def test_unreadable_picture_is_rejected_with_a_sentence_and_not_stored(desk, data, words):
    page = desk()
    before = history_length(page)
    page.set_input_files("#upload-file", {"name": "seven.png", "mimeType": "image/png", "buffer": data})
    page.wait_for_selector("#answer[data-state=rejected]")
    assert words in page.locator("#answer").inner_text()
    assert history_length(page) == before
    page.console_errors.clear()  # the browser logs every 4xx


def test_random_digit_of_one_kind(desk):
    page = desk()
    page.select_option("#sample-digit", "3")
    page.get_by_role("button", name="Take a random one").click()
    page.wait_for_selector("#answer[data-state=done]")
    assert "It is a 3" in page.locator("#answer").inner_text()


def test_without_javascript_a_picture_is_read(open_page, person):
    page = open_page(storage_state=person["state"], java_script_enabled=False)
    page.goto("/")
    assert page.locator(".pad__noscript").is_visible()
    page.set_input_files("#upload-file", {"name": "seven.png", "mimeType": "image/png", "buffer": picture()})
    page.locator("#upload-form").get_by_role("button", name="Read it").click()
    page.wait_for_url("**/digits/**")
    page.reload()
    assert "This is a 7" in page.locator("#answer").inner_text()
