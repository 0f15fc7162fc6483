"""The pictures of pages and fields: what they show, who sees them, and that a browser keeps them."""

import io

import pytest
from django.urls import reverse
from PIL import Image

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
