"""The results: the table on a page, its filters, changing a value, and the files."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from classifier.sheets.models import SheetShare
from tests.filled_stacks import MARKS, TALLY, filled, page_of, stack_of, value_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def stack(owner):
    """Page 1 has a doubtful field, page 2 a decided one, page 3 neither, page 4 is not read."""
    stack = filled(owner, 3)
    points = stack.values.filter(key="points")
    points.filter(page__number=1).update(risk=0.3)
    points.filter(page__number=2).update(decided=timezone.now(), decided_by=owner, text="58")
    page_of(stack, status="refused", reason="blank", sentence="This page is empty.")
    return stack


def shown(client, stack, **query):
    return client.get(reverse("sheets:stack-results", args=[stack.public_id]), query).content.decode()


def value_address(value):
    return reverse("sheets:value", args=[value.stack.public_id, value.public_id])


def test_the_table_marks_what_is_doubtful_and_says_who_decided(owner_client, stack):
    page = shown(owner_client, stack)
    assert page.count("value--open") == 1 and page.count("doubtful</span>") == 1
    assert page.count("value--decided") == 1 and '<span class="value__who">owner</span>' in page
    assert "0001" in page and "not marked" in page


@pytest.mark.parametrize(
    ("show", "pages"), [("", {1, 2, 3}), ("doubtful", {1}), ("decided", {2}), ("refused", {4}), ("nonsense", {1, 2, 3})]
)
def test_filters(owner_client, stack, show, pages):
    page = shown(owner_client, stack, show=show)
    ids = {each.number: str(each.public_id) for each in stack.pages.all()}
    found = {number for number, public_id in ids.items() if f"/pages/{public_id}/" in page}
    assert found | ({4} if "This page is empty." in page else set()) == pages


def test_rows_of_tables(owner_client, owner):
    stack = stack_of(owner, MARKS | {"tables": [TALLY]})
    value_of(page_of(stack), "tally.2.count", "12")
    assert "row 2" in shown(owner_client, stack)


def test_a_value_is_changed_in_its_cell(owner_client, stack):
    value = stack.values.get(key="points", page__number=3)
    form = owner_client.get(value_address(value), headers=HTMX).content.decode()
    assert "crop.jpg" in form and "<html" not in form
    refused = owner_client.post(value_address(value), {"text": "61", "act": "take"}, headers=HTMX)
    assert refused.status_code == 400 and b"really says that" in refused.content
    cell = owner_client.post(value_address(value), {"text": "61", "act": "force"}, headers=HTMX).content.decode()
    assert "value--decided" in cell and ">61<" in cell.replace("\n", "")
    assert "value--decided" in owner_client.get(value_address(value), {"cell": 1}, headers=HTMX).content.decode()


def test_a_value_is_changed_without_javascript(owner_client, stack):
    value = stack.values.get(key="points", page__number=2)
    back = reverse("sheets:stack-results", args=[stack.public_id]) + "?show=decided"
    assert back in owner_client.get(value_address(value), {"next": back}).content.decode()
    response = owner_client.post(value_address(value), {"act": "empty", "next": back})
    assert response.headers["Location"] == back
    value.refresh_from_db()
    assert value.text == ""
    for address in ("https://elsewhere.test/", "javascript:alert(1)"):
        assert address not in owner_client.get(value_address(value), {"next": address}).content.decode()
    elsewhere = owner_client.post(value_address(value), {"text": "7", "next": "https://elsewhere.test/"})
    assert elsewhere.headers["Location"].startswith("/stacks/")


def test_readers_see_values_but_change_none(owner, stranger, stranger_client, stack):
    assert stranger_client.get(reverse("sheets:stack-results", args=[stack.public_id])).status_code == 404
    SheetShare.objects.create(sheet=stack.sheet, user=stranger, level=SheetShare.Level.READ)
    page = shown(stranger_client, stack)
    assert "0001" in page and "/values/" not in page
    assert stranger_client.post(value_address(stack.values.first()), {"text": "1"}).status_code == 404


@pytest.mark.parametrize(
    ("kind", "begins"), [("csv", b"\xef\xbb\xbfPage,File,Points"), ("xlsx", b"PK"), ("json", b'{"rows')]
)
def test_files(owner_client, stranger_client, stack, kind, begins):
    address = reverse("sheets:stack-table", args=[stack.public_id, kind])
    response = owner_client.get(address)
    content = b"".join(response)
    assert content.startswith(begins)
    assert response["Content-Disposition"].endswith(f'.{kind}"')
    if kind != "xlsx":
        assert b"This page is empty." in content
    assert kind != "csv" or b"http://testserver/stacks/" in content
    assert stranger_client.get(address).status_code == 404


def test_other_files_are_not_found(owner_client, stack):
    assert owner_client.get(f"/stacks/{stack.public_id}/table.exe").status_code == 404


def test_more_pages_take_no_more_queries(owner, owner_client):
    few, many = filled(owner, 2), filled(owner, 15)
    shown(owner_client, few)
    with CaptureQueriesContext(connection) as for_few:
        shown(owner_client, few)
    with CaptureQueriesContext(connection) as for_many:
        shown(owner_client, many)
    assert len(for_many) == len(for_few) <= 12
