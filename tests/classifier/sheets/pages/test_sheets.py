"""The pages of sheets: the list, a new one, one sheet, sharing."""

import uuid

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from classifier.sheets.models import Sheet, SheetShare
from classifier.sheets.sharing.rights import Level
from tests.factories import document

SHEETS, NEW = "/sheets/", "/sheets/new/"


def at(sheet, name="detail", *more):
    return reverse(f"sheets:sheet-{name}", args=[sheet.public_id, *more])


def form_file(pages=2):
    return SimpleUploadedFile("Zähler karte.pdf", document("PDF", *[np.full((80, 60), 255, np.uint8)] * pages))


def test_who_has_no_sheets_sees_what_they_are_for(owner_client):
    page = owner_client.get(SHEETS)
    assert "You have no sheets yet" in page.text and NEW in page.text


def test_list_shows_own_and_shared_sheets_in_few_queries(
    owner_client, stranger_client, sheet, printed, shared, django_assert_max_num_queries
):
    shared(Level.READ)
    with django_assert_max_num_queries(6):
        own = owner_client.get(SHEETS)
    assert [each.name for each in own.context["own"]] == ["Marks", "Meter card"]
    assert own.context["shared"] == []
    page = stranger_client.get(SHEETS)
    assert [page.context["own"], [each.name for each in page.context["shared"]]] == [[], ["Meter card"]]
    assert "of owner" in " ".join(page.text.split())


def test_an_uploaded_form_opens_in_the_editor(owner_client, owner):
    answer = owner_client.post(NEW, {"file": form_file(), "name": ""})
    sheet = Sheet.objects.owned_by(owner).get()
    assert (answer.status_code, answer["Location"]) == (302, at(sheet, "edit"))
    assert (sheet.name, sheet.pages.count()) == ("Zähler karte", 2)


@pytest.mark.parametrize(("sent", "words"), [({}, "Choose a file"), ({"file": form_file(21)}, "at most 20")])
def test_what_is_no_form_is_refused_on_the_page(owner_client, sent, words):
    answer = owner_client.post(NEW, {"name": "Mine", **sent})
    assert 400 <= answer.status_code < 500 and words in answer.text and 'value="Mine"' in answer.text
    assert not Sheet.objects.exists()


def test_page_of_a_sheet_offers_what_the_person_may_do(owner_client, stranger_client, sheet, shared):
    can = {"edit": "Edit fields", "share": ">Share<", "delete": "Delete sheet", "rename": "Rename"}
    page = owner_client.get(at(sheet)).text
    assert all(words in page for words in can.values())
    shared(Level.DECIDE)
    page = stranger_client.get(at(sheet)).text
    assert "Shared by owner" in page and not any(words in page for words in can.values())
    shared(Level.CHANGE)
    page = stranger_client.get(at(sheet)).text
    assert [words in page for words in can.values()] == [True, False, False, True]


def test_a_level_opens_the_addresses_of_its_own(owner, stranger_client, shared):
    for level in Level:
        sheet = shared(level)
        may_change = level == Level.CHANGE
        assert stranger_client.get(at(sheet, "picture", 1)).status_code == 200
        assert stranger_client.get(at(sheet, "edit")).status_code == (200 if may_change else 404)
        assert stranger_client.post(at(sheet, "rename"), {"name": "X"}).status_code == (302 if may_change else 404)
        assert stranger_client.post(at(sheet, "turn", 1)).status_code == (302 if may_change else 404)
        for name in ("delete", "sharing", "restore"):
            assert stranger_client.post(at(sheet, name)).status_code == 404
    assert Sheet.objects.owned_by(owner).get().name == "X"


def test_a_name_that_is_refused_is_explained_on_the_page(owner_client, sheet):
    answer = owner_client.post(at(sheet, "rename"), {"name": " "})
    assert answer.status_code == 400 and "Give the sheet a name" in answer.text


def test_a_deleted_sheet_is_restored_from_the_list(owner_client, sheet):
    page = owner_client.post(at(sheet, "delete"), follow=True)
    assert "was deleted" in page.text and at(sheet, "restore") in page.text
    assert owner_client.get(at(sheet)).status_code == 404
    page = owner_client.post(at(sheet, "restore"), follow=True)
    assert (page.status_code, page.context["sheet"]) == (200, sheet)
    assert owner_client.post(at(sheet, "restore")).status_code == 404


def test_a_copy_belongs_to_who_copies(stranger, stranger_client, shared):
    sheet = shared(Level.READ)
    answer = stranger_client.post(at(sheet, "copy"))
    copy = Sheet.objects.owned_by(stranger).get()
    assert answer["Location"] == at(copy, "edit") and copy.name == "Meter card (copy)"


def test_a_page_without_its_file_is_a_404(owner_client, sheet):
    page = sheet.pages.get()
    page.file.storage.delete(page.file.name)
    assert owner_client.get(at(sheet, "picture", 1)).status_code == 404
    assert owner_client.get(at(sheet, "picture", 2)).status_code == 404


def test_a_sheet_is_shared_changed_and_unshared_by_name(owner_client, stranger, sheet):
    address = at(sheet, "sharing")
    page = owner_client.post(address, {"name": " Stranger ", "level": 1}, follow=True)
    assert "stranger may see results." in page.text
    owner_client.post(address, {"name": "stranger", "level": 3})
    assert SheetShare.objects.get(sheet=sheet).level == Level.CHANGE
    owner_client.post(address, {"name": "stranger", "level": 3, "remove": 1})
    assert not SheetShare.objects.exists()


@pytest.mark.parametrize(
    ("name", "level", "words"),
    [
        ("nobody", 1, "Nobody here is called “nobody”"),
        ("", 1, "Nobody here"),
        ("owner", 1, "own"),
        ("stranger", 4, "Choose what"),
        ("stranger", "x", "Choose what"),
    ],
)
def test_sharing_that_makes_no_sense_is_explained(owner_client, stranger, sheet, name, level, words):
    answer = owner_client.post(at(sheet, "sharing"), {"name": name, "level": level})
    assert answer.status_code == 400 and words in answer.text
    assert not SheetShare.objects.exists()


def test_unknown_sheets_are_not_found(owner_client):
    assert owner_client.get(f"/sheets/{uuid.uuid4()}/").status_code == 404
