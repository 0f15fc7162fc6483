"""A number drawn on the pad: read, shown and corrected digit by digit, read as one digit, and deleted."""

import pytest

from tests.e2e.conftest import draw, history_length, wait_for_true
from tests.e2e.test_every_page import LOOKS, assert_sound
from tests.e2e.test_pictures_and_samples import hand_over
from tests.factories import FORTY_SEVEN, picture
from tests.numbers import shown

pytestmark = pytest.mark.browser


def draw_number(page):
    page.locator("#pad-canvas").scroll_into_view_if_needed()
    for stroke in FORTY_SEVEN:
        draw(page, *[(x / 280, y / 280) for x, y in stroke])


def wait_for_number(page, number="47"):
    page.wait_for_selector(f'#answer[data-state=done][data-preview=false][data-label="{number}"]')
    page.wait_for_selector("#pad-status[data-state=saved]")


def open_part(page):
    """The position of the visible part."""
    seen = [at for at in range(page.locator(".part").count()) if page.locator(".part").nth(at).is_visible()]
    assert len(seen) == 1
    return seen[0]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_number_is_read_and_each_digit_can_be_viewed(desk, width, scheme):
    page = desk(width=width, color_scheme=scheme)
    draw_number(page)
    wait_for_number(page)
    assert "This is 47." in page.locator("#answer").inner_text()
    assert open_part(page) == 0
    page.wait_for_selector("#answer-chart-0 .bars .point:nth-child(10)")
    page.get_by_role("radio", name="Digit 2: 7").check(force=True)
    page.wait_for_selector("#answer-chart-1 .bars .point")
    assert open_part(page) == 1
    page.keyboard.press("ArrowLeft")  # the same by keyboard
    assert open_part(page) == 0
    assert_sound(page, width)
    page.locator(".part:visible").get_by_role("link", name="Open page").click()
    page.wait_for_selector(".siblings")
    assert page.locator(".original__box").count() == 2
    assert_sound(page, width)
    page.goto("/history/")
    assert page.locator(".card--number").first.locator(".glyph").count() == 2
    assert_sound(page, width)


@pytest.mark.slow
def test_frame_lies_over_the_digit(desk):
    page = desk()
    draw_number(page)
    wait_for_number(page)
    page.get_by_role("radio", name="Digit 2: 7").check(force=True)
    page.locator(".part:visible").get_by_role("link", name="Open page").click()
    place = page.locator(".original__picture").bounding_box()
    frame = page.locator(".original__box--here").bounding_box()
    zoom = min(place["width"], place["height"]) / 280  # the square drawing is scaled to fit and centred
    left, top = (place[at] + (place[size] - 280 * zoom) / 2 for at, size in (("x", "width"), ("y", "height")))
    box = [(frame["x"] - left) / zoom, (frame["y"] - top) / zoom, frame["width"] / zoom, frame["height"] / zoom]
    assert box == pytest.approx([151, 61, 108, 163], abs=4)  # the strokes, half a pen wider each way


def test_second_digit_is_corrected(desk):
    page = desk()
    draw_number(page)
    wait_for_number(page)
    page.get_by_role("radio", name="Digit 2: 7").check(force=True)
    page.locator(".part:visible .correction").get_by_role("button", name="1", exact=True).click()
    page.locator("#part-1").get_by_text("You say: it is a 1").wait_for()
    assert page.locator("#answer").get_by_text("You say").count() == 1
    page.locator("#part-1").get_by_role("link", name="Open page").click()
    page.locator(".correction__said", has_text="You say: it is a 1").wait_for()
    assert "2nd of 2 in 47" in page.locator(".page-head").inner_text()
    page.locator(".siblings a").first.click()
    page.wait_for_selector('#answer[data-label="4"]')
    assert page.locator("#answer").get_by_text("You say").count() == 0


def test_number_is_corrected_by_typing_it_and_confirmed_by_one_key(desk):
    page = desk()
    draw_number(page)
    wait_for_number(page)
    page.keyboard.type("48")
    page.keyboard.press("Enter")
    page.locator("#answer .whole__said", has_text="You say: 48.").wait_for()
    page.locator("#announcer").get_by_text("You say: 48.").wait_for()
    page.keyboard.press("u")
    page.locator("#answer .whole__said").wait_for(state="detached")
    page.keyboard.press("y")
    page.locator("#answer .whole__said", has_text="You say: 47, as it was read.").wait_for()
    page.goto("/history/?number=47")
    card = page.locator(".card--number").first
    card.hover()
    page.keyboard.type("4x")
    page.keyboard.press("Enter")
    card.get_by_role("alert").get_by_text("Write a number").wait_for()
    page.console_errors.clear()  # the 400
    card.locator("[name=text]").fill("4.7")
    page.keyboard.press("Enter")
    card.locator(".whole__said", has_text="You say: 4.7.").wait_for()
    card.get_by_role("button", name="Remove correction").click()
    card.get_by_role("button", name="Yes, that is right").click()
    card.locator(".whole__said", has_text="as it was read").wait_for()
    card.locator(".glyph").nth(1).click()
    page.locator(".leaf > .whole [name=text]").fill("49")
    page.keyboard.press("Enter")
    page.locator(".correction__said", has_text="You say: it is a 9").wait_for()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_corrected_number_passes_the_checks(desk, width, scheme):
    page = desk(width=width, color_scheme=scheme)
    draw_number(page)
    wait_for_number(page)
    page.locator("#answer .whole [name=text]").fill("x")
    page.keyboard.press("Enter")
    page.locator("#answer .whole__error").wait_for()
    page.console_errors.clear()  # the 400
    assert_sound(page, width)
    page.locator("#answer .whole [name=text]").fill("4:7")
    page.keyboard.press("Enter")
    page.locator("#answer .whole__said").wait_for()
    assert_sound(page, width)
    page.locator(".part:visible").get_by_role("link", name="Open page").click()
    page.locator(".leaf .whole__said", has_text="4:7").wait_for()
    assert_sound(page, width)
    page.goto("/history/")
    assert_sound(page, width)


def test_choice_joins_the_digits_and_is_remembered(desk):
    page = desk()
    before = history_length(page)
    draw_number(page)
    wait_for_number(page)
    assert history_length(page) == before + 1
    choice = page.locator("#pad .choice")
    choice.get_by_label("One digit").check(force=True)
    page.wait_for_selector("#answer .answer__head")
    page.wait_for_selector("#pad-status[data-state=saved]")
    assert history_length(page) == before + 1
    page.reload()
    page.wait_for_selector("#pad[data-strokes]")
    fields = page.locator("[name=one_digit][type=radio][value=true]").all()
    assert [field.is_checked() for field in fields] == [True, True]
    assert page.locator("#camera-form [name=one_digit]").input_value() == "true"
    page.locator("#pictures .choice").get_by_label("A number").check(force=True)
    assert choice.get_by_label("A number").is_checked()


@pytest.mark.slow
def test_choice_applies_to_pictures(desk):
    page = desk()
    before = history_length(page)
    page.locator("#pictures .choice").get_by_label("One digit").check(force=True)
    hand_over(page, "body", "paste", picture(shown()))
    page.wait_for_selector("#answer[data-state=done] .answer__head")
    assert history_length(page) == before + 1
    page.locator("#pictures .choice").get_by_label("A number").check(force=True)
    hand_over(page, "body", "paste", picture(shown()))
    page.wait_for_selector('#answer[data-state=done][data-label="47"]')
    assert history_length(page) == before + 2


def test_delete_warns_that_it_deletes_all_digits_and_does(desk):
    page = desk()
    before = history_length(page)
    draw_number(page)
    wait_for_number(page)
    page.get_by_role("button", name="Delete the number 47").click()
    page.wait_for_selector("#answer[data-state=blank]")
    assert history_length(page) == before
    draw_number(page)
    wait_for_number(page)
    page.goto("/history/")
    page.on("dialog", lambda dialog: dialog.accept())
    cards = page.locator(".card").count()
    page.locator(".card").first.get_by_role("button", name="Delete the number 47").click()
    wait_for_true(page, f"document.querySelectorAll('.card').length === {cards - 1}")
    assert history_length(page) == before


def test_number_without_javascript(open_page, person):
    page = open_page(storage_state=person["state"], java_script_enabled=False)
    page.goto("/")
    file = {"name": "x.png", "mimeType": "image/png", "buffer": picture(shown())}
    page.set_input_files("#upload-file", file)
    page.locator("#upload-form").get_by_role("button", name="Read it").click()
    page.wait_for_url("**/digits/**")
    page.reload()
    assert page.locator(".siblings a").count() == 2
    assert "Read together: 47" in page.locator(".siblings").inner_text()
    page.locator(".whole [name=text]").fill("48")
    page.get_by_role("button", name="Save").click()
    page.locator(".whole__said", has_text="You say: 48.").wait_for()
    page.get_by_role("button", name="Remove correction", exact=True).click()
    page.locator(".whole").get_by_role("button", name="Yes, that is right").click()
    page.locator(".whole__said", has_text="You say: 47, as it was read.").wait_for()
    page.goto("/")
    page.get_by_label("One digit").last.check(force=True)
    page.set_input_files("#upload-file", file)
    page.locator("#upload-form").get_by_role("button", name="Read it").click()
    page.wait_for_url("**/digits/**")
    assert page.locator(".siblings").count() == 0
