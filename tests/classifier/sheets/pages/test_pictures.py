"""The pictures of pages and fields: what they show, who sees them, and that a browser keeps them."""

import io
import re

import pytest
from django.urls import reverse
from PIL import Image

from classifier.sheets.describing import sheets
from tests.filled_stacks import SIDE, filled


@pytest.fixture
def stack(owner):
    return filled(owner, picture=True)


def page_address(stack, size):
    return reverse("sheets:page-picture", args=[stack.public_id, stack.pages.first().public_id, size])


def crop_address(stack, key="points"):
    return reverse("sheets:value-crop", args=[stack.public_id, stack.values.get(key=key).public_id])


def picture_of(response):
    return Image.open(io.BytesIO(b"".join(response)))


def test_a_page_and_its_thumbnail(owner_client, stack):
    assert picture_of(owner_client.get(page_address(stack, "page"))).size == (494, SIDE)
    small = picture_of(owner_client.get(page_address(stack, "thumbnail")))
    assert max(small.size) == 480
    assert owner_client.get(page_address(stack, "poster")).status_code == 404


def test_the_list_of_sheets_loads_small_pictures(owner_client, stranger_client, owner):
    sheet = sheets.create_sheet(owner, "Form", [Image.new("L", (1654, 2339), 255)])
    listed = owner_client.get(reverse("sheets:sheets")).content.decode()
    address = re.search(r'src="(/sheets/[^"]+small=[^"]+)"', listed)[1]
    response = owner_client.get(address)
    assert response["Content-Type"] == "image/jpeg" and "immutable" in response["Cache-Control"]
    assert max(picture_of(response).size) == 360
    whole = owner_client.get(address.partition("?")[0])
    assert picture_of(whole).size == (1654, 2339) and "immutable" not in whole["Cache-Control"]
    assert stranger_client.get(address).status_code == 404
    sheets.turn_page(sheet, 1)
    assert address not in owner_client.get(reverse("sheets:sheets")).content.decode()


def test_a_crop_shows_the_field_and_a_margin(owner_client, stack):
    crop = picture_of(owner_client.get(crop_address(stack)))
    width, height = 0.3 * 494, 0.05 * SIDE
    assert width < crop.width < width * 1.3 and height < crop.height < height * 1.7
    assert crop.getextrema()[0] < 80  # ink


def test_browsers_keep_them_for_this_person_only(owner_client, stack):
    for address in (page_address(stack, "thumbnail"), crop_address(stack)):
        assert set(owner_client.get(address)["Cache-Control"].split(", ")) >= {"private", "immutable"}


def test_strangers_see_none(stranger_client, stack):
    for address in (page_address(stack, "page"), page_address(stack, "thumbnail"), crop_address(stack)):
        assert stranger_client.get(address).status_code == 404


def test_a_picture_that_is_gone_or_damaged_is_not_found(owner_client, owner):
    stack = filled(owner)
    assert owner_client.get(page_address(stack, "page")).status_code == 404  # never had one
    stack = filled(owner, picture=True)
    file = stack.pages.first().file
    with open(file.path, "wb") as damaged:
        damaged.write(b"\xff\xd8 no picture")
    assert owner_client.get(crop_address(stack)).status_code == 404
    file.delete(save=False)
    assert owner_client.get(page_address(stack, "thumbnail")).status_code == 404
