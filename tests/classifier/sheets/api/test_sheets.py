"""Programs make, change and delete sheets."""

import io

import numpy as np
import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from classifier.sheets.describing import offers
from classifier.sheets.models import Sheet
from classifier.sheets.sharing.rights import Level
from tests.classifier.sheets.api.conftest import ids, share
from tests.factories import document
from tests.filled_stacks import MARKS

PAPER = np.full((300, 200), 255, np.uint8)
TO_PRINT = {
    "name": "Marks",
    "description": {"fields": [{"key": "points", "name": "Points", "kind": "boxes", "cells": 2}]},
    "roster": ["Ada Byron", "Max Weber"],
}


def form(pages=1):
    return SimpleUploadedFile("form.pdf", document("PDF", *[PAPER] * pages))


@pytest.fixture
def sheet(program):
    response = program.form("sheets/", name="Meter card", file=form())
    assert response.status_code == 201, response.content
    return response.json()


def test_form_becomes_a_sheet(program, sheet):
    assert (sheet["name"], sheet["owner"], sheet["rights"]) == ("Meter card", "owner", "owner")
    assert not sheet["is_printed"]
    assert sheet["description"] == {"pages": 1, "fields": [], "tables": []}
    assert program.get(sheet["url"]).json() == sheet
    [address] = sheet["pages"]
    picture = program.get(address)
    assert picture.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(b"".join(picture))).size[1] == 2339
    assert program.get(address, headers={"If-None-Match": picture.headers["ETag"]}).status_code == 304


def test_location_is_the_address(program):
    response = program.form("sheets/", name="Meter card", file=form())
    assert response.headers["Location"] == f"http://testserver{response.json()['url']}"


def test_sheet_is_described(program, sheet):
    response = program.send("put", sheet["url"], {"description": MARKS, "name": "Marks"})
    assert response.status_code == 200, response.content
    assert response.json()["name"] == "Marks"
    assert [each["key"] for each in response.json()["description"]["fields"]] == ["points", "pupil", "absent"]
    assert Sheet.objects.get().described().single[0].cells == 2


def test_change_of_others_in_between_is_a_conflict(program, sheet):
    seen = {"description": MARKS, "changed": sheet["changed"]}
    assert program.send("put", sheet["url"], seen).status_code == 200
    response = program.send("put", sheet["url"], seen)
    assert (response.status_code, response.json()["code"]) == (409, "sheet_changed")


def test_wrong_field_is_named(program, sheet):
    wrong = {"pages": 1, "fields": [MARKS["fields"][0] | {"box": [0.9, 0.1, 0.3, 0.1]}]}
    response = program.send("put", sheet["url"], {"description": wrong})
    assert (response.status_code, response.json()["code"]) == (400, "field_rejected")
    assert response.json()["detail"] == "Field “Points” reaches beyond the page. Move it onto the page."


def test_printed_sheet(program):
    response = program.send("post", "sheets/", TO_PRINT)
    assert response.status_code == 201, response.content
    sheet = response.json()
    assert (sheet["is_printed"], sheet["paper"], sheet["roster"]) == (True, "A4", TO_PRINT["roster"])
    for query, pages in (("", 2), ("?first=2", 1), ("?first=1&last=1", 1)):
        pdf = program.get(f"{sheet['url']}sheet.pdf{query}")
        assert pdf.headers["Content-Type"] == "application/pdf"
        with pypdfium2.PdfDocument(pdf.content) as document:
            assert len(document) == pages
    for query in ("?first=0", "?first=x", "?first=3", "?first=2&last=1", "?last=99999999999"):
        assert program.get(f"{sheet['url']}sheet.pdf{query}").json()["code"] == "malformed"


def test_uploaded_form_has_no_pdf(program, sheet):
    response = program.get(f"{sheet['url']}sheet.pdf")
    assert (response.status_code, response.json()["code"]) == (409, "not_printed")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"name": "x"},
        {"name": "x", "description": []},
        {"name": "x", "description": {}},
        {"name": 5, "description": TO_PRINT["description"]},
        {"name": "x" * 101, "description": TO_PRINT["description"]},
        TO_PRINT | {"paper": "A0"},
        TO_PRINT | {"paper": ["A4"]},
        TO_PRINT | {"roster": "Ada"},
        TO_PRINT | {"roster": [1]},
        TO_PRINT | {"roster": ["Ada", "Ada"]},
        TO_PRINT | {"name": "\ud800"},
        TO_PRINT | {"name": "漢字"},
    ],
)
def test_what_cannot_be_printed_is_refused(program, content):
    response = program.send("post", "sheets/", content)
    assert response.status_code == 400, response.content
    assert not Sheet.objects.exists()


@pytest.mark.parametrize("fields", [{}, {"name": "x"}, {"name": "x", "file": SimpleUploadedFile("x.pdf", b"")}])
def test_upload_without_form_is_refused(program, fields):
    response = program.form("sheets/", **fields)
    assert (response.status_code, response.json()["code"]) == (400, "malformed")


def test_page_is_turned(program, sheet):
    response = program.send("post", f"{sheet['url']}pages/1/turn/")
    assert response.status_code == 200
    assert Sheet.objects.get().pages.get().width == 2339
    assert program.send("post", f"{sheet['url']}pages/2/turn/").status_code == 404


def test_offers(program, sheet, monkeypatch):
    offer = {"box": [0, 0, 1, 1], "kind": "line", "cells": 0, "rows": 1}
    monkeypatch.setattr(offers, "find_offers", lambda *_: [offer])
    assert program.get(f"{sheet['url']}pages/1/offers/").json() == {"results": [offer]}


def test_deleted_sheet_is_gone(program, sheet):
    assert program.send("delete", sheet["url"]).status_code == 204
    for path in (sheet["url"], *sheet["pages"], f"{sheet['url']}sheet.pdf", sheet["stacks"]):
        assert program.get(path).status_code == 404, path
    assert ids(program.get("sheets/")) == set()


def test_deleted_sheet_is_restored_by_its_owner(program, other, stack):
    share(stack, other.person, Level.CHANGE)
    path = f"sheets/{stack.sheet.public_id}/"
    program.send("delete", path)
    assert other.send("post", f"{path}restore/").status_code == 404
    assert program.send("post", f"{path}restore/").json()["id"] == str(stack.sheet.public_id)
    assert program.get(f"stacks/{stack.public_id}/").status_code == 200
    assert program.send("post", f"{path}restore/").status_code == 404


def test_lists_have_what_a_person_may_see(program, other, stack):
    name = str(stack.sheet.public_id)
    assert (ids(program.get("sheets/")), ids(other.get("sheets/"))) == ({name}, set())
    share(stack, other.person, Level.DECIDE)
    [shared] = other.get("sheets/").json()["results"]
    assert (shared["id"], shared["rights"], shared["owner"]) == (name, "decide", "owner")


def test_only_the_owner_deletes(program, other, stack):
    share(stack, other.person, Level.CHANGE)
    path = f"sheets/{stack.sheet.public_id}/"
    assert other.send("put", path, {"description": stack.sheet.description}).status_code in (200, 400)
    response = other.send("delete", path)
    assert (response.status_code, response.json()["code"]) == (403, "not_owner")
    assert Sheet.objects.get().deleted is None


def test_list_costs_the_same_however_long(program, stack, django_assert_max_num_queries):
    for number in range(20):
        Sheet.objects.create(owner=program.person, name=str(number))
    with django_assert_max_num_queries(12):
        assert len(ids(program.get("sheets/"))) == 21
