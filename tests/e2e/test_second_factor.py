"""Passkeys in Chromium with its virtual authenticator, and the pages of second factors; under the site's strict CSP."""

import uuid

import pytest

from tests.e2e.conftest import PASSWORD
from tests.e2e.test_every_page import assert_sound

pytestmark = pytest.mark.browser
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def sign_out(page, site):
    page.goto(f"{site}/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_selector("text=You have signed out")


def sign_in_with_password(page, site, name):
    page.goto(f"{site}/account/login/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")


def test_passkey_is_added_and_lets_its_owner_in_with_and_without_the_password(open_page, live_site):
    site = live_site.url.replace("127.0.0.1", "localhost")  # passkeys belong to a host name, not an address
    page, name = open_page(width=360, color_scheme="dark"), f"key-{uuid.uuid4().hex[:8]}"
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    device = browser.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]

    page.goto(f"{site}/account/signup/")
    page.fill("[name=username]", name)
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    page.wait_for_selector("#pad")
    page.goto(f"{site}/account/second-factor/totp/activate/")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".qr")
    assert_sound(page, 360)
    page.goto(f"{site}/account/second-factor/webauthn/add/")
    assert_sound(page, 360)
    page.fill("[name=name]", "my phone")
    page.get_by_role("button", name="Add").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".codes")
    assert_sound(page, 360)
    page.goto(f"{site}/account/second-factor/webauthn/")
    page.wait_for_selector("text=my phone")
    assert_sound(page, 360)

    sign_out(page, site)
    page.goto(f"{site}/account/login/")
    assert_sound(page, 360)
    page.get_by_role("button", name="Sign in with a passkey").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#pad")

    sign_out(page, site)
    sign_in_with_password(page, site, name)
    page.wait_for_selector("h1:has-text('One more step')")
    assert_sound(page, 360)
    browser.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_selector("#pad")

    sign_out(page, site)
    browser.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR | {"isUserVerified": False}})
    page.goto(f"{site}/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_selector("#notices >> text=The passkey was not used")
