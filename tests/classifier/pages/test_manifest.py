"""The manifest, which makes the site an app that can be installed."""

import pytest
from django.conf import settings
from django.urls import get_script_prefix, set_script_prefix
from PIL import Image

MANIFEST = "/manifest.webmanifest"


@pytest.fixture
def below_digits():
    """The site runs under /digits/."""
    before = get_script_prefix()
    set_script_prefix("/digits/")
    yield
    set_script_prefix(before)


def test_manifest_names_the_app_and_begins_at_the_pad(client, db):
    answer = client.get(MANIFEST)
    manifest = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (manifest["short_name"], manifest["start_url"], manifest["scope"]) == ("digitsite", "/", "/")
    assert manifest["display"] == "standalone"
    assert manifest["theme_color"] in client.get("/account/login/").text


def test_manifest_of_a_site_under_a_path_stays_below_it(client, below_digits):
    manifest = client.get(MANIFEST).json()
    assert {manifest[name] for name in ("id", "start_url", "scope")} == {"/digits/"}


def test_icons_have_the_sizes_that_the_manifest_says(client):
    icons = client.get(MANIFEST).json()["icons"]
    assert {(icon["sizes"], icon["purpose"]) for icon in icons} >= {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in icons:
        with Image.open(settings.BASE_DIR / "static" / icon["src"].partition("/static/")[2]) as picture:
            assert icon["sizes"] == f"{picture.width}x{picture.height}"
            if icon["purpose"] == "maskable":  # the system cuts its corners
                assert picture.convert("RGBA").getchannel("A").getextrema() == (255, 255)


def test_every_page_links_manifest_and_icon_of_phones(client, db):
    text = client.get("/account/login/").text
    assert f'rel="manifest" href="{MANIFEST}"' in text
    assert 'rel="apple-touch-icon" href="' in text
