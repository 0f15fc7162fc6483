"""What the editor's script exchanges with the site."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from classifier.sheets.describing import offers, sheets

from .conftest import FIELD, FORM


def at(sheet, name, *more):
    return reverse(f"sheets:sheet-{name}", args=[sheet.public_id, *more])


def save(client, sheet, description=FORM, **more):
    sent = {"description": description, "seen": sheet.changed.isoformat(), **more}
    return client.post(at(sheet, "edit"), json.dumps(sent), content_type="application/json")


def test_the_editor_gets_fields_pages_and_addresses(owner_client, sheet):
    data = owner_client.get(at(sheet, "edit")).context["data"]
    assert data["description"]["fields"][0]["name"] == "Reading"
    assert owner_client.get(data["pages"][0]["picture"])["Content-Type"] == "image/png"


def test_fields_are_saved_again_and_again(owner_client, sheet):
    first = save(owner_client, sheet, FORM | {"fields": []}).json()
    second = save(owner_client, sheet, FORM, seen=first["seen"])
    assert second.json()["description"]["fields"][0]["key"] == "a"
    sheet.refresh_from_db()
    assert len(sheet.described().single) == 1


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"box": [0.9, 0.2, 0.3, 0.05]}, 400, "Field “Reading” reaches beyond the page"),
        ({"name": " "}, 400, "A field has no name"),
        ({"rules": {"digits_from": 4}}, 400, "Field “Reading”"),
    ],
)
def test_a_refused_field_is_named(owner_client, sheet, change, status, words):
    answer = save(owner_client, sheet, FORM | {"fields": [FIELD | change]})
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True)


def test_two_editors_do_not_overwrite_each_other(owner_client, sheet):
    seen = sheet.changed.isoformat()
    save(owner_client, sheet)
    answer = save(owner_client, sheet, seen=seen)
    assert (answer.status_code, answer.json()["code"]) == (409, "sheet_changed")


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"description": 3}', '{"seen": 3}', '{"seen": "2026-99-99T00:00"}', "[" * 9999]
)
def test_no_json_ends_in_an_error_of_the_site(owner_client, sheet, body):
    answer = owner_client.post(at(sheet, "edit"), body, content_type="application/json")
    assert answer.status_code == 400 and answer.json()["detail"]


def test_lists_of_values_are_read_from_text_and_files(owner_client, sheet):
    assert owner_client.post(at(sheet, "allowed"), {"text": "7\n8"}).json() == {"values": ["7", "8"]}
    file = SimpleUploadedFile("pupils.csv", b"Nr;Name\n0417;Anna\n")
    assert owner_client.post(at(sheet, "allowed"), {"file": file}).json() == {"values": ["0417"]}
    refused = owner_client.post(at(sheet, "allowed"), {"text": "7\n7"})
    assert refused.status_code == 400 and "twice" in refused.json()["detail"]


def test_offers_or_the_reason_why_there_are_none(owner_client, sheet, monkeypatch):
    monkeypatch.setattr(offers, "enqueue", lambda *job, **options: False)
    answer = owner_client.post(at(sheet, "offers", 1))
    assert answer.status_code == 503 and "by hand" in answer.json()["detail"]
    monkeypatch.setattr(offers, "find_offers", lambda sheet, number: [{"kind": "line"}])
    assert owner_client.post(at(sheet, "offers", 1)).json() == {"offers": [{"kind": "line"}]}


def test_a_page_is_turned_only_without_fields(owner_client, sheet):
    refused = owner_client.post(at(sheet, "turn", 1), follow=True)
    assert "has fields" in refused.text
    sheets.change_sheet(sheet, FORM | {"fields": []})
    owner_client.post(at(sheet, "turn", 1))
    page = sheet.pages.get()
    assert page.width > page.height


def test_the_rules_of_a_printed_sheet_are_changed_but_not_its_places(owner_client, printed):
    described = printed.description
    described["fields"][0]["rules"] = {"highest": 500}
    assert save(owner_client, printed, described).status_code == 200
    printed.refresh_from_db()
    described["fields"][0]["cells"] += 1
    assert save(owner_client, printed, described).json()["code"] == "sheet_is_printed"
