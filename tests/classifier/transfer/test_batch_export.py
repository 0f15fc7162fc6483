"""Exports of batches: with their archives, their figures and the files that were not read."""

import json
from pathlib import Path

import pytest

from classifier.models import Batch, Digit
from classifier.transfer.exporting.archives import as_zip
from tests.archives import read_whole, waiting_batch
from tests.classifier.transfer.batches import BLANK, PNG, archives_of, links
from tests.exports import (
    WRITTEN,
    exported,
    unpacked,
    zipped,
)
from tests.importing import imported

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("served")]


@pytest.mark.postgres
def test_a_batch_is_exported_with_its_figures_and_unread_files(batch_owner):
    data = exported(batch_owner)
    WRITTEN.validate(data)
    mixed, other = data["batches"]
    assert (mixed["status"], mixed["total"], mixed["read"], mixed["failed"], mixed["digits"]) == ("done", 6, 4, 2, 5)
    assert (mixed["labelled"], sum(map(sum, mixed["confusion"])), other["one_digit"]) == (3, 3, True)
    assert [(each["member"], each["reason"]) for each in data["unread"]] == [
        ("7/blank.png", "no_ink"),
        ("x.txt", "unsupported_format"),
    ]
    members = {each["member"]["name"]: each["member"]["format"] for each in data["drawings"] if each["batch"]}
    assert members == {"7/a.png": "PNG", "1/one.gif": "GIF", "47.png": "PNG", "7/z.png": "PNG", "b.png": "PNG"}
    assert links(data) == [None, 0, 0, 0, 0, 1, 0, 0]


def test_the_zip_has_the_archives_as_they_were_sent(batch_owner):
    files = unpacked(zipped(batch_owner))
    named = [each["archive"] for each in json.loads(files["digits.json"])["batches"]]
    assert [files[each["name"]] for each in named] == archives_of(batch_owner)
    assert [each["bytes"] for each in named] == [len(each) for each in archives_of(batch_owner)]
    assert {name for name in files if name.startswith("batches/")} == {each["name"] for each in named}


def test_a_lost_archive_is_noted_and_breaks_nothing(batch_owner, stranger):
    Path(Batch.objects.first().file.path).unlink()
    data = zipped(batch_owner)
    WRITTEN.validate(document := json.loads(unpacked(data)["digits.json"]))
    assert [each["archive"].get("missing") for each in document["batches"]] == [None, True]
    job = imported(stranger, data)
    assert (job.batches, job.brought, job.remarks) == (2, 6, 0)
    assert [bool(each) for each in archives_of(stranger)] == [True, False]


@pytest.mark.postgres
def test_a_selection_is_exported_with_its_batches_only(batch_owner, owner_client):
    def got(path, ids=None):
        response = owner_client.post(path, {"ids": ids}) if ids else owner_client.get(path)
        return b"".join(response.streaming_content)

    mixed, other = Batch.objects.order_by("pk")
    chosen = Digit.objects.get(drawing__batch=other)
    for data in (
        got("/export/all.zip", [str(chosen.public_id)]),
        got(f"/export/all.zip?batch={other.public_id}"),
    ):
        files = unpacked(data)
        assert files.keys() == {"digits.json", f"batches/{other.public_id}.zip"}
        document = json.loads(files["digits.json"])
        assert ([each["id"] for each in document["batches"]], document["unread"]) == ([str(other.public_id)], [])
    assert json.loads(got("/export/digits.json?source=draw"))["batches"] == []
    assert len(json.loads(got("/export/digits.json?sort=oldest"))["batches"]) == 2
    assert len(json.loads(got(f"/export/digits.json?batch={mixed.public_id}"))["unread"]) == 2


def test_only_my_undeleted_batches_are_exported(batch_owner, stranger):
    empty = read_whole(waiting_batch(batch_owner, {"blank.png": BLANK}))
    read_whole(waiting_batch(stranger, {"a.png": PNG}))
    Batch.objects.filter(digits=5).update(status=Batch.Status.DELETED)  # its digits are deleted in the background
    data = exported(batch_owner)
    kept = Batch.objects.get(one_digit=True)
    assert [each["id"] for each in data["batches"]] == [str(kept.public_id), str(empty.public_id)]
    assert [each["batch"] for each in data["drawings"]] == [None, str(kept.public_id)]
    assert [each["member"] for each in data["unread"]] == ["blank.png"]


@pytest.mark.postgres
def test_batches_sent_during_the_export_are_left_out(batch_owner):
    pieces = as_zip(batch_owner, Digit.objects.owned_by(batch_owner))
    read_whole(waiting_batch(batch_owner, {"late.png": PNG, "blank.png": BLANK}))
    files = unpacked(b"".join(pieces))
    data = json.loads(files["digits.json"])
    assert (len(data["batches"]), len(data["drawings"]), len(data["unread"]), len(files)) == (2, 6, 2, 3)
