"""Exports made to break the import of batches: each gets a sentence and does no harm."""

import csv
import io
import json
import uuid
import zipfile
from pathlib import Path

import numpy as np
import pytest

from classifier.batches import results
from classifier.digits import originals
from classifier.models import Batch, BatchFile, Drawing, ImportProblem
from classifier.transfer.importing import batches, importer
from classifier.transfer.importing import members as batch_members
from tests import archives
from tests.archives import read_whole, waiting_batch
from tests.classifier.transfer.batches import (
    ARCHIVE,
    MEDIA,
    PNG,
    UNREAD,
    a_batch,
    member,
    packed,
)
from tests.exports import (
    BATCH,
    document,
    drawing,
    drawing_of_batch,
    unpacked,
    zipped,
)
from tests.factories import picture, seven
from tests.importing import imported

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("served")]


WRONG = {
    "no object": (7, "The batch must be an object"),
    "invalid id": (a_batch(id="7"), "id must be a UUID"),
    "invalid origin": (a_batch(origin="../../etc/passwd"), "origin must be a UUID"),
    "name a list": (a_batch(name=["x"]), "name must be text of 1 to 255"),
    "name too long": (a_batch(name="x" * 256), "name must be text of 1 to 255"),
    "name with a zero byte": (a_batch(name="a\0b"), "name has characters that cannot be printed"),
    "status unknown": (a_batch(status="deleted"), "status must be one of"),
    "message too long": (a_batch(message="x" * 301), "message must be text of at most 300"),
    "message with a line feed": (a_batch(message="a\nb"), "message has characters that cannot be printed"),
    "invalid date": (a_batch(created="yesterday"), "created must be a date"),
    "date in the future": (a_batch(finished="2999-01-01T00:00:00Z"), "finished must be a date"),
    "one_digit of words": (a_batch(one_digit="no"), "one_digit must be true or false"),
    "size negative": (a_batch(size=-1), "size must be a number of bytes"),
    "size too large": (a_batch(size=10**30), "size must be a number of bytes"),
    "total of words": (a_batch(total="2"), "total must be a whole number"),
    "total larger than the column": (a_batch(total=2**31), "total must be a whole number"),
    "read missing": (a_batch(read=None), "read must be a whole number"),
    "more read than there was": (a_batch(read=2), "more files or digits were read than there are"),
    "more unsure than digits": (a_batch(unsure=2), "more files or digits were read than there are"),
    "confusion of nine rows": (a_batch(confusion=[[0] * 11] * 9), "confusion must be a list of 10"),
    "confusion of ten columns": (a_batch(confusion=[[0] * 10] * 10), "confusion[0] must be a list of 11"),
    "confusion of words": (a_batch(confusion=[["0"] * 11] * 10), "confusion[0][0] must be a whole number"),
    "confusion negative": (a_batch(confusion=[[-1] * 11] * 10), "confusion[0][0] must be a whole number"),
    "confusion that does not add up": (a_batch(confusion=[[0] * 11] * 10), "does not add up"),
    "right that does not add up": (a_batch(right=0), "does not add up"),
    "archive of words": (a_batch(archive="x.zip"), "archive must be an object"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_invalid_batch_is_left_out_and_its_drawings_imported(case, owner):
    given, sentence = WRONG[case]
    other = a_batch(id=str(uuid.uuid4()))
    job = imported(owner, packed(document(drawing_of_batch(), drawing(), batches=[given, other], unread=[UNREAD])))
    assert (job.status, job.batches, job.brought, job.refused) == ("done", 1, 2, 0), job.error
    first = ImportProblem.objects.first()
    assert first.drawing is None
    assert sentence in first.sentence
    assert job.remarks == (3 if case in ("no object", "invalid id") else 1)  # or the drawing and the unread file too
    assert set(Drawing.objects.values_list("batch", "member_at")) == {(None, None)}
    assert not BatchFile.objects.exists()


ARCHIVES = {
    "no ZIP": (b"PK no ZIP at all", {}, "cannot be used. This is not a ZIP"),
    "a picture": (PNG, {}, "cannot be used. This is not a ZIP"),
    "empty": (b"", {}, "cannot be used"),
    "an empty ZIP": (archives.zipped({}), {}, "no file in this archive"),
    "another size than the export says": (ARCHIVE, {"bytes": 7}, "not have the size that the export says"),
    "size of words": (ARCHIVE, {"bytes": "many"}, "archive.bytes must be a number of bytes"),
    "cut off": (ARCHIVE[:-30], {}, "cannot be used"),
    "too many files": (archives.zipped({f"{n}.png": PNG for n in range(12)}), {}, "at most 10 are read at once"),
    "a bomb": (archives.zipped({"a.png": bytes(3 * 2**20)}), {}, "would unpack to more than"),
    "not there": (None, {}, "is not in the ZIP"),
    "too large": (np.random.default_rng(1).bytes(2**20 + 1), {}, "more than 1 MB"),
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_an_archive_that_could_not_be_uploaded_is_left_out_and_noted(case, owner, settings):
    settings.BATCH_MAX_FILES, settings.BATCH_MAX_MB, settings.BATCH_MAX_UNPACKED_MB = 10, 1, 2
    content, changed, sentence = ARCHIVES[case]
    said = {"name": f"batches/{BATCH}.zip", "bytes": len(content or b"")} | changed
    members = () if content is None else ((said["name"], content),)
    data = document(drawing_of_batch(), batches=[a_batch(archive=said)], unread=[UNREAD])
    job = imported(owner, packed(data, ("note.txt", b""), *members))
    assert (job.status, job.batches, job.brought, job.remarks) == ("done", 1, 1, 1), job.error
    problem = ImportProblem.objects.get()
    assert "imported without its pictures" in problem.sentence
    assert sentence in problem.sentence
    kept = Drawing.objects.get()
    assert (kept.batch.file.name, kept.member, kept.member_at) == ("", "7/a.png", None)
    assert not list(MEDIA.glob(f"batches/*/*/{kept.batch.public_id}*"))
    assert not list((Path(settings.DATA_DIR) / "incoming").glob("*"))


@pytest.mark.parametrize(
    "name",
    [
        *("../../etc/passwd", "/etc/passwd", "batches/../../x.zip", "batches\\x.zip", "originals/x.zip", "digits.json"),
        *("batches/", "batches/a/b.zip", "batches/x.zip\0", "batches/" + "x" * 200, "", 7, None, ["batches/x.zip"]),
    ],
)
def test_names_with_paths_are_rejected(name, owner):
    data = document(drawing_of_batch(), batches=[a_batch(archive={"name": name, "bytes": len(ARCHIVE)})])
    members = [(name, ARCHIVE)] if isinstance(name, str) and name not in ("", "digits.json") else []
    job = imported(owner, packed(data, *members))
    assert (job.status, job.batches, job.brought) == ("done", 1, 1)
    assert "must be the name of a ZIP in batches/" in ImportProblem.objects.get().sentence


def test_an_archive_with_a_wrong_checksum_is_left_out(owner):
    data = packed(document(drawing_of_batch(), batches=[a_batch()]))
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as made:
        for name, content in unpacked(data).items():
            made.writestr(name, content)
    job = imported(owner, stored.getvalue().replace(PNG[-30:-20], bytes(10), 1))
    assert (job.batches, job.brought) == (1, 1)
    assert "checksum" in ImportProblem.objects.get().sentence


@pytest.mark.parametrize("at", [0, 1, -5, 10**30, None, 1.0])
def test_the_place_of_a_picture_in_its_archive_is_not_trusted(at, owner):
    job = imported(owner, packed(document(member(at=at), batches=[a_batch()])))
    assert (job.brought, job.remarks) == (1, 0)
    assert originals.member_bytes(Drawing.objects.get()) == PNG


@pytest.mark.parametrize("at", ["seven", [1], 1.5, True])
def test_a_place_that_is_not_a_whole_number_is_rejected(at, owner):
    job = imported(owner, packed(document(member(at=at), batches=[a_batch()])))
    assert (job.brought, job.refused) == (0, 1)
    assert "member.at must be a whole number, or null" in ImportProblem.objects.get().sentence


def test_of_files_with_one_name_the_place_decides(owner, stranger):
    other = picture(seven(30))
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = archives.zipped([("a.png", PNG), ("a.png", other)])
    read_whole(waiting_batch(owner, twice))
    imported(stranger, zipped(owner))
    contents = [originals.member_bytes(each) for each in Drawing.objects.owned_by(stranger).order_by("pk")]
    assert contents == [PNG, other]
    data = json.loads(unpacked(zipped(owner))["digits.json"])
    for each in data["drawings"]:
        each["id"], each["member"]["at"] = str(uuid.uuid4()), 3
    job = imported(stranger, data)
    assert (job.brought, job.remarks) == (2, 2)


def test_a_picture_that_is_not_in_the_archive_is_noted(owner):
    changed = a_batch(archive={"name": f"batches/{BATCH}.zip", "bytes": len(hidden := archives.zipped(HIDDEN))})
    names = ["nowhere.png", *HIDDEN]
    data = document(*(member(name) for name in names), batches=[changed])
    job = imported(owner, packed(data, (f"batches/{BATCH}.zip", hidden)))
    assert (job.brought, job.remarks) == (len(names), len(names) - 1)
    assert "not in the archive" in ImportProblem.objects.first().sentence
    assert list(Drawing.objects.exclude(member_at=None).values_list("member", flat=True)) == ["good.png"]


HIDDEN = {"../up.png": PNG, "inner.zip": ARCHIVE, "empty.png": b"", "__MACOSX/x.png": PNG, "good.png": PNG}


MEMBERS = {
    "batch a word": ({"batch": "mine"}, "batch must be a UUID"),
    "invalid member": ({"member": None}, "member must be an object"),
    "member a word": ({"member": "7/a.png"}, "member must be an object"),
    "member's name a list": ({"member": {"name": [], "at": 0, "format": "PNG"}}, "member.name must be text"),
    "member's name too long": ({"member": {"name": "x" * 256, "at": 0, "format": "PNG"}}, "member.name must be text"),
    "member's name with a zero byte": (
        {"member": {"name": "a\0", "at": 0, "format": "PNG"}},
        "name has characters that cannot be printed",
    ),
    "member's format unknown": ({"member": {"name": "x", "at": 0, "format": "SVG"}}, "format must be one of"),
    "an original too": (
        {"original": {"name": "originals/a.png", "format": "PNG", "bytes": 1}},
        "original must be null for a drawing of a batch",
    ),
}


@pytest.mark.parametrize("case", MEMBERS)
def test_an_invalid_drawing_of_a_batch_is_left_out_with_a_sentence(case, owner):
    changed, sentence = MEMBERS[case]
    wrong = drawing_of_batch(**changed)
    job = imported(owner, packed(document(drawing_of_batch(), wrong, drawing(), batches=[a_batch()])))
    assert (job.status, job.brought, job.refused) == ("done", 2, 1), job.error
    problem = ImportProblem.objects.get()
    assert (problem.drawing, sentence in problem.sentence) == (2, True)


@pytest.mark.postgres
def test_another_persons_batch_is_not_found(owner, stranger):
    theirs = read_whole(waiting_batch(stranger, {"a.png": PNG}))
    job = imported(owner, document(drawing_of_batch(**{"batch": str(theirs.public_id)})))
    assert (job.brought, Drawing.objects.owned_by(owner).get().batch) == (1, None)
    assert "not in the export" in ImportProblem.objects.get().sentence
    named = a_batch(id=str(theirs.public_id))
    imported(owner, document(drawing_of_batch(**{"batch": str(theirs.public_id)}), batches=[named]))
    assert Batch.objects.owned_by(owner).get() != theirs
    assert theirs.drawings.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        *(7, None, [], UNREAD | {"batch": None}, UNREAD | {"batch": str(uuid.uuid4())}, UNREAD | {"member": 7}),
        *(UNREAD | {"member": "x" * 256}, UNREAD | {"reason": "<b>"}, UNREAD | {"sentence": "a\0"}, {"batch": BATCH}),
    ],
)
def test_an_invalid_unread_file_is_left_out_with_a_sentence(wrong, owner):
    data = document(drawing_of_batch(), batches=[a_batch()], unread=[UNREAD, wrong, UNREAD])
    job = imported(owner, data)
    assert (job.status, job.brought, job.refused, job.remarks) == ("done", 1, 0, 1), job.error
    assert BatchFile.objects.count() == 2
    assert "was not read" in ImportProblem.objects.get().sentence


WHOLE = json.dumps(document(drawing_of_batch(), batches=[a_batch()], unread=[UNREAD])).encode()


@pytest.mark.parametrize(
    ("data", "sentence", "stored"),
    [
        (WHOLE[: WHOLE.index(b'"drawings"') - 3], "ends too early", (1, 0, 0)),
        (WHOLE[: WHOLE.index(b'"confusion"')], "ends too early", (0, 0, 0)),
        (WHOLE[: WHOLE.index(b'"unread"')], "ends too early after 1 drawing", (1, 1, 0)),
        (WHOLE[:-1], "ends too early after 1 drawing", (1, 1, 1)),
        (WHOLE[:-2], "ends too early after 1 drawing", (1, 1, 1)),
        (WHOLE.replace(b'"unread": [', b'"unread": {'), "damaged", (1, 1, 0)),
        (WHOLE.replace(b'"batches": [', b'"batches": {'), "damaged", (0, 0, 0)),
        (WHOLE.replace(b'"drawings"', b'"paintings"'), "no drawings", (1, 0, 1)),
        (WHOLE.replace(b'"x.txt"', b"[" * 200_000), "nested too deeply", (1, 1, 0)),
        (WHOLE.replace(b"theirs.zip", b"x" * (5 * 2**20)), "longer than 4 MB", (0, 0, 0)),
    ],
)
def test_a_damaged_list_ends_the_import_and_what_precedes_it_is_kept(data, sentence, stored, owner):
    job = imported(owner, data)
    assert job.status == "failed"
    assert sentence in job.error
    assert (Batch.objects.count(), Drawing.objects.count(), BatchFile.objects.count()) == stored


def test_a_file_with_too_many_batches_is_rejected(owner, monkeypatch):
    monkeypatch.setattr(batches, "MAX_BATCHES", 3)
    job = imported(owner, document(batches=[a_batch(id=str(uuid.uuid4())) for _ in range(5)]))
    assert (job.status, Batch.objects.count()) == ("failed", 4)
    assert "more than 3 batches" in job.error


def test_reading_archives_again_and_again_is_limited(owner, settings, monkeypatch):
    """Drawings of two batches alternate, with room for one archive: each reading of an archive counts."""
    settings.IMPORT_MAX_MB = 1
    monkeypatch.setattr(batch_members, "MAX_ARCHIVES", 1)
    monkeypatch.setattr(importer, "TIMES_UNPACKED", 0.2)
    large = archives.zipped({f"{n:0200}.png": b"x" for n in range(80)})  # with a list of contents of 20 kB
    names = [str(uuid.uuid4()) for _ in range(2)]
    made = [a_batch(id=name, archive={"name": f"batches/{name}.zip", "bytes": len(large)}) for name in names]
    turns = [drawing_of_batch(**{"batch": names[n % 2]}) for n in range(20)]
    members = [(f"batches/{name}.zip", large) for name in names]
    job = imported(owner, packed(document(*turns, batches=made), *members))
    assert job.status == "failed"
    assert 0 < job.brought < 20


def test_a_table_of_an_imported_batch_has_no_formulas(owner):
    models = [{"name": "=1+1", "architecture": "", "sha256": "a" * 64}]
    unread = [UNREAD | {"sentence": "=2+2"}]
    imported(owner, document(drawing_of_batch(), models=models, batches=[a_batch()], unread=unread))
    table = b"".join(results.results_csv(Batch.objects.get())).decode()
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["model_version"], row["message"]) for row in rows] == [("'=1+1", ""), ("", "'=2+2")]
