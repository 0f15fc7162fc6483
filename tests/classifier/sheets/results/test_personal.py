"""A person's export has their sheets with everything in them, and nothing of other people's sheets."""

import io
import json
import zipfile

import pytest
from PIL import Image

from classifier.models import Digit
from classifier.sheets.deciding.acts import decide
from classifier.sheets.describing.sheets import create_sheet
from classifier.transfer.exporting import archives, documents
from tests.exports import WRITTEN
from tests.filled_stacks import filled, page_of


@pytest.fixture
def stack(owner, stranger):
    """The owner's, with two pages; a third could not be read. A stranger decided a value, and has a stack too."""
    sheet = create_sheet(owner, "Marks", [Image.new("L", (21, 30))])
    stack = filled(owner, 2, sheet=sheet)
    page_of(stack, status="refused", reason="blank", sentence="This page is empty.")
    decide(stack, owner, stack.values.first().public_id, "7")
    decide(stack, stranger, stack.values.last().public_id, "x")
    filled(stranger)
    return stack


def exported(owner):
    document = json.loads(b"".join(documents.as_json(owner, Digit.objects.none())))
    WRITTEN.validate(document)
    return document


def test_export_has_sheets_stacks_and_values(owner, stack):
    document = exported(owner)
    [sheet], [record], pages = document["sheets"], document["stacks"], document["stack_pages"]
    assert (sheet["id"], sheet["name"]) == (str(stack.sheet.public_id), "Marks")
    assert [page["name"] for page in sheet["pages"]] == [f"sheets/{sheet['id']}/1.png"]
    assert (record["id"], record["sheet"], record["sent_by"]) == (str(stack.public_id), sheet["id"], "owner")
    assert [page["status"] for page in pages] == ["read", "read", "refused"]
    assert {page["stack"] for page in pages} == {record["id"]}
    first, last = pages[0]["values"][0], pages[1]["values"][-1]
    assert (first["text"], first["read"], first["decided_by"]) == ("7", "1", "owner")
    assert (last["text"], last["decided_by"]) == ("x", "another person")
    assert "stranger" not in json.dumps(document)


def test_selection_has_no_sheets(owner, stack):
    document = json.loads(b"".join(documents.as_json(owner, Digit.objects.none(), is_all=False)))
    assert "sheets" not in document


def test_zip_has_pictures_of_pages(owner, stack):
    data = b"".join(archives.as_zip(owner, Digit.objects.none()))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        [name] = [name for name in archive.namelist() if name.startswith("sheets/")]
        assert Image.open(archive.open(name)).size == (21, 30)


def test_secret_of_a_webhook_is_not_exported(owner, stack):
    stack.webhook_secret = "whsec_confidential"
    stack.save()
    assert "confidential" not in json.dumps(exported(owner))
