"""ZIPs made to break the import: they get a sentence and do no harm."""

import io
import struct
import uuid
import zipfile

import numpy as np
import pytest

from classifier.models import Drawing, ImportProblem
from classifier.transfer.importing.reading import archive, json_stream
from tests.classifier.transfer.hostile import MEDIA, text
from tests.exports import drawing
from tests.factories import picture
from tests.importing import imported

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_media")]


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def encrypted(data: bytes) -> bytes:
    """The ZIP with all members flagged as encrypted."""
    changed = bytearray(data)
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(sign)
        while at >= 0:
            changed[at + flags] |= 1
            at = changed.find(sign, at + 4)
    return bytes(changed)


def with_count(data: bytes, count: int, length: int) -> bytes:
    at = data.rfind(b"PK\x05\x06")
    return data[: at + 8] + struct.pack("<HHL", count, count, length) + data[at + 16 :]


ALL = text(drawing())


REFUSED_ZIPS = {
    "cut off": (packed(("digits.json", ALL))[:-30], "damaged, incomplete"),
    "nothing in it": (packed(), "no file in this ZIP"),
    "no digits.json": (packed(("digits.txt", ALL)), "no digits.json"),
    "an archive in the archive": (packed(("inner.zip", packed(("digits.json", ALL)))), "no digits.json"),
    "encrypted": (encrypted(packed(("digits.json", ALL))), "protected by a password"),
    "packed in another way": (
        packed(("digits.json", ALL), method=zipfile.ZIP_LZMA),
        "packed in a way that cannot be read here",
    ),
    "a bomb": (packed(("digits.json", text() + b" " * 50_000_000)), "more than 200 times its size"),
    "a list of contents too large": (with_count(packed(("digits.json", ALL)), 1, 2**31), "damaged"),
    "a list of contents with a wrong length": (with_count(packed(("digits.json", ALL)), 60_000, 9_000), "damaged"),
    "noise with a ZIP's signatures": (b"PK\x03\x04" + bytes(range(256)) * 8 + b"PK\x05\x06" + b"\x01" * 18, "damaged"),
    "damaged at its beginning": (
        packed(("digits.json", ALL)).replace(b"digits.json", b"digits.json\xff\xff", 1),
        "damaged",
    ),
    "damaged inside": (packed(("digits.json", ALL)).replace(b"PK\x03\x04", b"PK\x03\x05", 1), "cannot be unpacked"),
}


@pytest.mark.parametrize("case", REFUSED_ZIPS)
def test_an_unreadable_zip_ends_the_import_with_a_sentence(case, owner):
    data, sentence = REFUSED_ZIPS[case]
    job = imported(owner, data, "x.zip")
    assert (job.status, job.brought) == ("failed", 0)
    assert sentence in job.error


def test_a_zip_with_too_many_files_is_rejected(owner, monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILES", 20)
    files = ((f"{number}.txt", b"") for number in range(25))
    assert "more than 20 files" in imported(owner, packed(("digits.json", ALL), *files), "x.zip").error


def test_a_damaged_json_member_ends_the_import_and_keeps_what_precedes_it(owner, monkeypatch):
    monkeypatch.setattr(json_stream, "PIECE_BYTES", 2**10)
    data = bytearray(packed(("digits.json", text(*(drawing() for _ in range(200))))))
    middle = len(data) // 2
    data[middle : middle + 100] = b"\xff" * 100
    job = imported(owner, bytes(data), "x.zip")
    assert job.status == "failed"
    assert 0 < job.brought < 200
    assert "damaged" in job.error


def test_the_unpacked_size_is_limited(owner, settings, monkeypatch):
    settings.IMPORT_MAX_MB = 1
    monkeypatch.setattr(archive, "MOST_RATIO", 10**6)
    padded = text(*(drawing(padding="x" * 2**20) for _ in range(12)))
    assert "more than 10 MB" in imported(owner, packed(("digits.json", padded)), "x.zip").error


def original(name: str = "", data: bytes = b"", **changed):
    made = str(uuid.uuid4())
    words = {"name": name or f"originals/{made}.png", "format": "PNG", "bytes": len(data)} | changed
    return drawing(id=made, source="upload", strokes=None, pen=None, original=words), words["name"]


PICTURE = picture()


LEFT_OUT = {
    "not a picture": (b"<script>alert(1)</script>", {}, "cannot be used"),
    "only a picture's beginning": (PICTURE[:40], {}, "cannot be used"),
    "another size than the export says": (PICTURE, {"bytes": 7}, "not have the size that the export says"),
    "size of words": (PICTURE, {"bytes": "many"}, "original.bytes must be a number of bytes"),
    "another format": (PICTURE, {"format": "SVG"}, "format must be one of"),
    "empty": (b"", {}, "cannot be used"),
}


@pytest.mark.parametrize("case", LEFT_OUT)
def test_an_original_that_cannot_be_used_is_left_out_and_noted(case, owner):
    data, changed, sentence = LEFT_OUT[case]
    made, name = original(data=data, **changed)
    job = imported(owner, packed(("digits.json", text(made)), (name, data)), "x.zip")
    assert (job.status, job.brought, job.originals, job.remarks) == ("done", 1, 0, 1)
    assert sentence in ImportProblem.objects.get().sentence
    assert not Drawing.objects.get().original


@pytest.mark.parametrize(
    "name",
    [
        *("../../etc/passwd", "/etc/passwd", "originals/../../x.png", "originals\\..\\x.png", "C:\\x.png"),
        *("originals/", "originals/a/b.png", "originals/x.png\0", "originals/" + "x" * 200),
        *("digits.json", "", 7, None, ["originals/x"]),
    ],
)
def test_names_with_paths_are_rejected(name, owner):
    made, _ = original()
    made["original"]["name"] = name
    members = [(name, PICTURE)] if isinstance(name, str) and name not in ("", "digits.json") else []
    job = imported(owner, packed(("digits.json", text(made)), *members), "x.zip")
    assert (job.status, job.brought, job.originals) == ("done", 1, 0)
    assert "must be the name of a file in originals/" in ImportProblem.objects.get().sentence


def test_a_missing_original_is_noted(owner):
    made, _ = original(data=PICTURE)
    job = imported(owner, packed(("digits.json", text(made))), "x.zip")
    assert (job.brought, job.originals) == (1, 0)
    assert "is not in the ZIP" in ImportProblem.objects.get().sentence


def test_an_original_with_a_wrong_checksum_is_left_out(owner):
    made, name = original(data=PICTURE)
    data = packed(("digits.json", text(made)), (name, PICTURE), method=zipfile.ZIP_STORED)
    job = imported(owner, data.replace(PICTURE[60:80], bytes(20), 1), "x.zip")
    assert (job.brought, job.originals) == (1, 0)
    assert "checksum" in ImportProblem.objects.get().sentence


def test_an_original_larger_than_an_upload_is_left_out(owner, settings):
    settings.UPLOAD_MAX_MB = 1
    large = PICTURE + np.random.default_rng(1).bytes(2**20)
    made, name = original(data=large)
    job = imported(owner, packed(("digits.json", text(made)), (name, large)), "x.zip")
    assert (job.brought, job.originals) == (1, 0)
    assert "more than 1 MB" in ImportProblem.objects.get().sentence


def test_an_original_with_too_many_pixels_is_left_out(owner, settings):
    settings.PICTURE_MAX_MEGAPIXELS = 0.01
    made, name = original(data=PICTURE)
    job = imported(owner, packed(("digits.json", text(made)), (name, PICTURE)), "x.zip")
    assert (job.brought, job.originals) == (1, 0)


def test_a_member_used_repeatedly_counts_each_time(owner, settings, monkeypatch):
    settings.IMPORT_MAX_MB = 1
    monkeypatch.setattr(archive, "MOST_RATIO", 10**6)
    blank = picture(np.full((2000, 2000), 255, np.uint8), "BMP")  # 4 MB that shrink to nothing
    made = [original("originals/a.bmp", blank, format="BMP")[0] for _ in range(5)]
    before = {*MEDIA.glob("originals/*/*/*.bmp")}
    job = imported(owner, packed(("digits.json", text(*made)), ("originals/a.bmp", blank)), "x.zip")
    assert (job.status, job.brought, job.originals) == ("failed", 2, 2)
    assert "more than 10 MB" in job.error
    assert len({*MEDIA.glob("originals/*/*/*.bmp")} - before) == 2


def test_the_format_of_an_original_is_read_from_the_file(owner):
    made, name = original(data=(data := picture(kind="GIF")))
    imported(owner, packed(("digits.json", text(made)), (name, data)), "x.zip")
    kept = Drawing.objects.get()
    assert kept.original_format == "GIF"
    assert kept.original.name.endswith(f"{kept.public_id}.gif")
    assert kept.original.read() == data
