"""The account pages in a browser, by keyboard alone: sessions, name, e-mail address, closing."""

import re
import uuid

import pytest

from tests.e2e.conftest import PASSWORD
from tests.e2e.test_every_page import LOOKS, assert_sound

pytestmark = pytest.mark.browser


@pytest.fixture
def newcomer(open_page):
    """Signs a new person up, in a browser with these options."""

    def sign_up(**options):
        name = f"newcomer-{uuid.uuid4().hex[:8]}"
        page = open_page(**options)
        page.goto("/account/signup/")
        page.fill("[name=username]", name)
        page.fill("[name=password1]", PASSWORD)
        page.fill("[name=password2]", PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign up").click()
        page.wait_for_selector("#pad")
        page.goto("/account/")
        return page, name

    return sign_up


def sign_in(page, name):
    page.goto("/account/login/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#pad")


def press_on(page, role, name):
    """Presses a button or link that the keyboard reaches."""
    target = page.get_by_role("main").get_by_role(role, name=name).first
    handle = target.element_handle()
    page.locator("#main").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("element => document.activeElement === element", handle):
            page.keyboard.press("Enter")
            return
    pytest.fail(f"{role} {name} cannot be reached by keyboard")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_other_session_is_signed_out(newcomer, open_page, width, scheme):
    page, name = newcomer(width=width, color_scheme=scheme)
    elsewhere = open_page()
    sign_in(elsewhere, name)
    press_on(page, "link", "Where you are signed in")
    page.wait_for_selector("h1:has-text('Where you are signed in')")
    assert page.locator(".token").count() == 2
    assert "Chrome on Linux" in page.locator(".token").first.inner_text()
    assert_sound(page, width)
    press_on(page, "button", re.compile("Sign out (Headless)?Chrome on Linux"))
    page.wait_for_selector(".notice:has-text('That device is signed out.')")
    assert page.locator(".token").count() == 1
    elsewhere.goto("/history/")
    assert "/account/login/" in elsewhere.url


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.slow
def test_name_and_e_mail_address_are_changed(newcomer, width, scheme):
    page, name = newcomer(width=width, color_scheme=scheme)
    page.goto("/account/profile/")
    page.fill("[name=username]", "a b")
    page.keyboard.press("Enter")
    page.wait_for_selector(".field__error")
    assert_sound(page, width)
    page.fill("[name=username]", f"{name}-2")
    page.keyboard.press("Enter")
    page.wait_for_selector(f".notice:has-text('Your name is now {name}-2')")
    page.goto("/account/email/")
    page.fill("[name=email]", f"{name}@a-rather-long-address-for-a-narrow-telephone.example.org")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Confirm your password')")
    assert_sound(page, width)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".token:has-text('Not confirmed yet')")
    assert_sound(page, width)


@pytest.mark.parametrize("with_javascript", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_account_is_closed(newcomer, live_site, with_javascript):
    page, name = newcomer()
    if not with_javascript:
        page = page.context.browser.new_context(
            base_url=live_site.url, storage_state=page.context.storage_state(), java_script_enabled=False
        ).new_page()
    page.goto("/account/close/")
    page.fill("[name=password]", "not my password")
    page.keyboard.press("Enter")
    page.wait_for_selector(".field__error")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".notice:has-text('all your data is removed')")
    assert page.get_by_role("link", name="Sign in").count() > 0
    page.goto("/account/login/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".notice--error")
    if not with_javascript:
        page.context.close()
