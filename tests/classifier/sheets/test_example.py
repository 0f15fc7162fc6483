"""The worked example: anybody can have it, and what is on its pages is what the table says."""

import zipfile

import pytest

from classifier.digits.registry import register_bundled
from classifier.sheets.example import making
from classifier.sheets.models import Sheet, Stack, Value
from classifier.sheets.stacks import reading

pytestmark = pytest.mark.django_db


def test_example_is_explained_and_made(owner_client, owner):
    page = owner_client.get("/sheets/example/").text
    assert all(name in page for name in making.contents()["roster"])
    response = owner_client.post("/sheets/example/")
    stack, sheet = Stack.objects.get(), Sheet.objects.get()
    assert response["Location"] == f"/stacks/{stack.public_id}/"
    assert (sheet.owner, stack.sheet, stack.sent_by, sheet.is_printed) == (owner, sheet, owner, True)
    with stack.file.open("rb") as file, zipfile.ZipFile(file) as archive:
        assert archive.namelist() == ["page 1.jpg", "page 2.jpg", "page 3.jpg"]


def test_example_is_read_as_it_is_written(owner, monkeypatch):
    register_bundled()
    monkeypatch.setattr(reading, "processes", lambda: 1)
    stack = making.make(owner)
    while reading.carry_on(stack.pk):
        pass
    values = {(value.page.copy, value.key): value.text for value in Value.objects.select_related("page")}
    for copy, page in enumerate(making.contents()["written"], 1):
        assert [values[copy, key] for key in ("pupil", "total", "mark", "late")] == [
            page[key] for key in ("pupil", "total", "mark", "late")
        ]
        assert [values[copy, f"tasks.{row}.points"] for row in range(1, 7)] == page["points"]
        assert [values[copy, f"tasks.{row}.helped"] for row in range(1, 7)] == page["helped"]
