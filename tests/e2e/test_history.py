"""The history in a browser: filters, selection, undo and corrections by key, also on a phone."""

import re

import pytest

from tests.e2e.conftest import PASSWORD, draw_seven, wait_for_label
from tests.e2e.test_every_page import LOOKS, assert_sound
from tests.factories import ONE, PEN, SEVEN, SIZE

pytestmark = pytest.mark.browser
DIGITS = 60  # more than a page


@pytest.fixture(scope="module")
def writer(chromium, live_site):
    """A person with many sevens and a few ones; returns their browser's storage state."""
    token = live_site.create_user("writer", PASSWORD)
    context = chromium.new_context(base_url=live_site.url)
    page = context.new_page()
    headers = {"Authorization": f"Token {token}"}
    for number in range(DIGITS):
        strokes = ONE if number % 12 == 0 else SEVEN
        sent = {"strokes": strokes, "size": SIZE, "pen": PEN}
        assert page.request.post("/api/v1/digits/", data=sent, headers=headers).ok
    page.goto("/account/login/")
    page.fill("[name=login]", "writer")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector("#pad")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def history(open_page, writer):
    """history(address, **options of open_page) → a page of the writer's history."""

    def open_history(address="/history/", **options):
        page = open_page(storage_state=writer, **options)
        page.goto(address)
        return page

    return open_history


def cards(page):
    return page.locator(".card").count()


def test_filters_lead_to_addresses_and_back(history):
    page = history()
    page.get_by_text("Filter", exact=True).click()
    page.locator("label.filters__digit", has_text="1").click()
    page.wait_for_selector(".chip")
    assert page.url.endswith("/history/?digit=1")
    assert all("1" in words for words in page.locator(".card__label").all_inner_texts())
    page.locator("select[name=sort]").select_option("least_sure")
    page.wait_for_url("**/history/?digit=1&sort=least_sure")
    page.reload()
    assert cards(page) == 5
    page.locator(".chip").click()
    page.wait_for_url("**/history/?sort=least_sure")
    page.go_back()
    page.wait_for_selector(".chip")
    assert (cards(page), page.locator("#filter-digit-1").is_checked()) == (5, True)


def test_older_digits_load_by_scrolling_and_by_the_link(history):
    page = history(java_script_enabled=False)
    assert cards(page) == 48
    page.get_by_role("link", name="Older").click()
    assert cards(page) == DIGITS - 48
    page = history()
    page.locator(".card").nth(40).scroll_into_view_if_needed()
    page.mouse.wheel(0, 4000)
    page.locator(".card").nth(DIGITS - 1).wait_for()


def test_several_digits_are_selected_deleted_and_restored(history):
    page = history()
    assert page.get_by_role("button", name="Delete selected").is_disabled()
    page.locator(".card input[name=ids]").nth(0).check()
    page.locator(".card__link").nth(1).focus()
    page.keyboard.press("x")
    assert page.locator("[data-selected]").inner_text() == "2 selected"
    first = page.locator(".card").first.get_attribute("data-drawing")
    page.get_by_role("button", name="Delete selected").click()
    page.get_by_text("2 digits were deleted.").wait_for()
    assert page.locator(f"[data-drawing='{first}']").count() == 0
    page.get_by_role("button", name="Undo").click()
    page.locator(f"[data-drawing='{first}']").wait_for()
    page.get_by_role("button", name="Select all shown").click()
    assert page.locator("[data-selected]").inner_text() == f"{cards(page)} selected"


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(360, 740), (640, 400)])
def test_actions_leave_most_of_a_small_screen_to_the_digits(history, width, height):
    page = history(width=width, height=height)
    page.evaluate("scrollTo(0, 900)")
    bar = page.locator("#selection").bounding_box()
    assert bar["y"] + bar["height"] < height / 5
    page.evaluate("scrollTo(0, 0)")
    assert not page.get_by_text("All as Excel").is_visible()
    page.locator("#exports-summary").click()
    with page.expect_download() as download:
        page.get_by_text("All as Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    page.keyboard.press("Escape")
    assert not page.get_by_text("All as Excel").is_visible()


def test_history_works_without_javascript(history):
    page = history(java_script_enabled=False)
    page.locator(".card input[name=ids]").nth(0).check()
    page.get_by_role("button", name="Delete selected").click()
    page.get_by_text("One digit was deleted.").wait_for()
    page.get_by_role("link", name="Recently deleted").first.click()
    page.locator(".card input[name=ids]").check()
    page.get_by_role("button", name="Restore").click()
    page.get_by_text("One drawing is restored.").wait_for()
    page.goto("/history/?digit=1")
    page.locator(".said").first.get_by_role("button", name="4").click()
    assert page.url.endswith("/history/?digit=1")
    assert "You say: 4" in page.locator(".said").first.inner_text()
    page.locator(".said").first.get_by_role("button", name="remove correction").click()
    assert "Correct it:" in page.locator(".said").first.inner_text()


def test_one_key_corrects_a_digit_of_the_history(history):
    page = history()
    card = page.locator(".card").nth(2)
    card.hover()
    page.keyboard.press("3")
    card.get_by_text("You say: 3").wait_for()
    page.keyboard.press("n")
    card.get_by_text("You say: not a digit").wait_for()
    page.keyboard.press("u")
    card.get_by_text("Correct it:").wait_for()
    card.locator(".card__link").focus()
    page.mouse.move(0, 0)
    page.keyboard.press("9")
    page.locator("#announcer").get_by_text("You say: 9").wait_for()
    page.keyboard.press("Control+3")
    page.get_by_text("Filter", exact=True).click()
    page.locator("[name=min_confidence_percent]").press("1")
    page.keyboard.press("Backspace")
    assert "You say: 9" in card.inner_text()
    card.locator(".said").get_by_role("button", name="remove correction").click()
    card.get_by_text("Correct it:").wait_for()


def test_one_key_corrects_the_answer(desk):
    page = desk()
    draw_seven(page)
    wait_for_label(page, 7)
    page.keyboard.press("1")
    page.locator("#answer").get_by_text("You say: it is a 1.").wait_for()
    page.keyboard.press("Backspace")
    page.locator(".correction__said").wait_for(state="detached")
    page.get_by_role("link", name="Open page").click()
    page.wait_for_url(re.compile("/digits/"))
    page.keyboard.press("n")
    page.locator("#answer").get_by_text("You say: this is not a digit.").wait_for()


def test_delete_on_the_pad_and_on_the_digits_page_can_be_undone(desk):
    page = desk()
    draw_seven(page)
    wait_for_label(page, 7)
    page.locator("#answer-delete").click()
    page.get_by_role("button", name="Undo").first.wait_for()
    page.locator("#undo-button").click()
    page.get_by_text("One drawing is restored to").wait_for()
    page.locator("#undo").get_by_role("link").click()
    page.locator(".card__link").first.click()
    page.locator("#answer-delete").click()
    page.wait_for_url("**/history/")
    page.locator("#undo-button").click()
    page.get_by_text("One drawing is restored.").wait_for()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_pass_the_checks(history, width, scheme):
    page = history(width=width, color_scheme=scheme)
    assert_sound(page, width)
    page.get_by_text("Filter", exact=True).click()
    assert_sound(page, width)
    page.locator(".card").first.hover()
    page.locator(".said").first.get_by_role("button", name="4", exact=True).click()
    page.get_by_text("You say: 4").first.wait_for()
    page.locator(".card input[name=ids]").nth(3).check()
    page.get_by_role("button", name="Delete selected").click()
    page.locator("#undo-button").wait_for()
    assert_sound(page, width)
    for address in ("/history/?digit=1&digit=7&corrected=true", "/history/?digit=11", "/history/?label=9",
                    "/history/deleted/", "/history/summary/"):  # fmt: skip
        page.goto(address)
        assert_sound(page, width)
    page.console_errors[:] = [error for error in page.console_errors if "status of 400" not in error]
    page.goto("/history/deleted/")
    page.locator(".card input[name=ids]").first.check()
    page.get_by_role("button", name="Restore").click()
    page.goto("/history/?corrected=true")
    page.locator(".said").first.get_by_role("button", name="remove correction").click()
