"""Archives from any source: what is read, and how everything else is rejected."""

import io
import random
import stat
import struct
import tracemalloc
import unicodedata
import zipfile
import zlib

import pytest

from classifier.archives import directory, rejections
from classifier.archives import members as zip_members
from classifier.archives import survey as zip_survey
from classifier.archives.rejections import MemberRejected
from classifier.errors import ArchiveRejected
from tests.archives import zipped

MANY, MUCH = 1000, 100 * 2**20
SMALL = 2**20  # bytes a picture may have


def survey(data, files=MANY, size=MUCH):
    return zip_survey.survey(io.BytesIO(data), files_at_most=files, bytes_at_most=size)


def members(data, largest=SMALL):
    file = io.BytesIO(data)
    return list(directory.entries(file, directory.find_contents(file), largest=largest))


def contents(data):
    """The content of each readable member, by name."""
    return {each.name: zip_members.unpack(io.BytesIO(data), each.where) for each in members(data) if not each.rejection}


def named(name, **fields):
    made = zipfile.ZipInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def patched(data, after, offset, value):
    """Replaces bytes of the last record that begins with `after`."""
    at = data.rindex(after) + offset
    return data[:at] + value + data[at + len(value) :]


GOOD = zipped({"a.png": b"one", "sub/b.png": b"two"})


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_come_in_order_with_their_content(method):
    data = zipped({"b/2.png": b"two" * 100, "a/1.png": b"one"}, method)
    assert [each.name for each in members(data)] == ["b/2.png", "a/1.png"]
    assert contents(data) == {"b/2.png": b"two" * 100, "a/1.png": b"one"}
    assert survey(data).pictures == 2


def test_reading_can_begin_at_any_member():
    file = io.BytesIO(GOOD)
    first, second = members(GOOD)
    assert next(directory.entries(file, directory.find_contents(file), first.next)).at == second.at


def test_a_self_extracting_archive_is_read():
    assert contents(b"#!program" * 1000 + GOOD) == contents(GOOD)


def test_an_archive_with_a_comment_is_read():
    made = io.BytesIO(GOOD)
    with zipfile.ZipFile(made, "a") as archive:
        archive.comment = b"PK\5\6 made by hand " * 50
    assert contents(made.getvalue()) == contents(GOOD)


def test_zip64_is_read(monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    data = zipped({"a.png": b"x" * 500, "b.png": b"y"}, zipfile.ZIP_STORED)
    assert b"PK\6\6" in data
    assert contents(data) == {"a.png": b"x" * 500, "b.png": b"y"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "no_archive"),
        (b"what a nice day", "no_archive"),
        (GOOD[:-30], "archive_truncated"),
        (GOOD[: len(GOOD) // 2], "archive_truncated"),
        (patched(GOOD, b"PK\5\6", 16, struct.pack("<L", 10**9)), "archive_damaged"),  # the list is elsewhere
        (patched(GOOD, b"PK\5\6", 12, struct.pack("<L", 10**9)), "archive_damaged"),  # and is longer
        (patched(GOOD, b"PK\5\6", 10, struct.pack("<H", 99)), "archive_damaged"),  # more members than there are
        (patched(GOOD, b"PK\1\2", 0, b"PK\1\1"), "archive_damaged"),
        (patched(GOOD, b"PK\1\2", 28, b"\xff\xff"), "archive_damaged"),  # a name longer than the list
        (patched(GOOD, b"PK\5\6", 4, b"\1\0"), "archive_split"),
        (zipped({}), "archive_empty"),
        (zipped({"folder/": b"", "__MACOSX/._a.png": b"x", ".DS_Store": b"x"}), "archive_empty"),
        (zipped({"labels.csv": b"a,1"}), "archive_empty"),
        (zipped({f"{number}.png": b"x" for number in range(MANY + 1)}), "too_many_files"),
        (patched(GOOD, b"PK\1\2", 24, struct.pack("<L", MUCH)), "archive_bomb"),
        (patched(GOOD, b"PK\1\2", 20, struct.pack("<L", 10**6)), "archive_bomb"),  # members over one another
    ],
)
def test_an_unusable_archive_is_rejected_with_a_reason(data, code):
    with pytest.raises(ArchiveRejected) as rejected:
        survey(data)
    assert rejected.value.code == code
    assert str(rejected.value).endswith((".", "missing: it was probably not sent or saved as a whole."))


def test_two_hundred_thousand_files_are_rejected():
    line = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    size = 200_000 * len(line)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 200_000, 200_000, size, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, size, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    file = io.BytesIO(line * 200_000 + end64 + locator + end)
    with pytest.raises(ArchiveRejected, match="200,000 files; at most 100,000"):
        zip_survey.survey(file, files_at_most=100_000, bytes_at_most=MUCH)


LINK = named("link.png", create_system=3, external_attr=(stat.S_IFLNK | 0o777) << 16)
PIPE = named("pipe.png", create_system=3, external_attr=(stat.S_IFIFO | 0o644) << 16)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zipped({"/etc/passwd.png": b"x"}), "unsafe_name"),
        (zipped({"../../up.png": b"x"}), "unsafe_name"),
        (zipped({"a/../../up.png": b"x"}), "unsafe_name"),
        (zipped({"C:/up.png": b"x"}), "unsafe_name"),
        (zipped([(LINK, b"/etc/passwd")]), "link"),
        (zipped([(PIPE, b"x")]), "link"),
        (patched(GOOD, b"PK\1\2", 8, b"\1\0"), "encrypted"),
        (zipped({"a.png": b"x" * 100}, zipfile.ZIP_BZIP2), "packing"),
        (zipped({"a.png": b"x" * 100}, zipfile.ZIP_LZMA), "packing"),
        (zipped({"more.zip": GOOD}), "archive"),
        (zipped({"a.png": b""}), "empty"),
        (zipped({"a.png": bytes(10 * 2**20)}), "bomb"),
        (zipped({"a.png": random.Random(1).randbytes(2 * 2**20)}), "too_large"),
    ],
)
def test_a_member_that_must_not_be_opened_is_named_with_its_reason(data, reason):
    assert members(data)[-1].rejection == reason
    assert rejections.REASONS[reason].endswith(".")


def test_backslashes_divide_folders_as_slashes_do():
    data = zipped({"a.png": b"x"}).replace(b"a.png", b"..\\ab"[:5])
    assert members(data)[0].rejection == "unsafe_name"


@pytest.mark.parametrize("offset", [14, 30 + len("a.png") + 1])  # the checksum is the list's: only content counts
def test_damaged_content_is_rejected(offset):
    data = bytearray(GOOD)
    data[offset] ^= 0xFF
    (first, _) = members(bytes(data))
    if offset == 14:
        assert zip_members.unpack(io.BytesIO(bytes(data)), first.where) == b"one"
    else:
        with pytest.raises(MemberRejected):
            zip_members.unpack(io.BytesIO(bytes(data)), first.where)


def test_a_stored_member_is_a_file_with_its_bytes():
    data = zipped({"a.pdf": b"0123456789", "b.png": b"x"}, zipfile.ZIP_STORED)
    file = io.BytesIO(data)
    member = zip_members.StoredMember(file, members(data)[0].where)
    assert member.read() == b"0123456789" and member.read() == b""
    assert (member.seek(4), member.read(3), member.tell()) == (4, b"456", 7)
    assert (member.seek(-2, io.SEEK_END), member.read(5)) == (8, b"89")
    assert (member.seek(99), member.read()) == (99, b"")


def test_a_stored_member_that_is_damaged_is_rejected():
    good = zipped({"a.pdf": b"0123456789"}, zipfile.ZIP_STORED)
    (entry,) = members(good)
    inside = good.index(b"0123456789")
    for data in (good.replace(b"0123456789", b"0123456780"), good[: inside + 5]):
        with pytest.raises(MemberRejected):
            zip_members.StoredMember(io.BytesIO(data), entry.where)


def test_a_member_never_unpacks_to_more_than_it_says():
    data = patched(zipped({"a.png": bytes(50 * 2**20)}), b"PK\1\2", 24, struct.pack("<L", 1000))
    tracemalloc.start()
    with pytest.raises(MemberRejected):
        zip_members.unpack(io.BytesIO(data), members(data)[0].where)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 * 2**20


def test_files_that_operating_systems_add_are_ignored():
    data = zipped({"a.png": b"x", "__MACOSX/a.png": b"x", "d/.DS_Store": b"x", "d/Thumbs.db": b"x", "d/": b""})
    assert [each.name for each in members(data) if each.is_file] == ["a.png"]


def test_two_members_of_one_name_are_both_read():
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped([("a.png", b"one"), ("a.png", b"two")])
    assert [zip_members.unpack(io.BytesIO(data), each.where) for each in members(data)] == [b"one", b"two"]


@pytest.mark.parametrize(
    ("raw", "flag", "read"),
    [
        ("sieben-ü.png".encode(), 0x800, "sieben-ü.png"),
        ("sieben-ü.png".encode(), 0, "sieben-ü.png"),  # many programs do not say so
        ("sieben-ü.png".encode("cp437"), 0, "sieben-ü.png"),
        ("Größe-Ñ.png".encode("cp437"), 0, "Größe-Ñ.png"),
        ("Ação-À.png".encode("cp850"), 0, "Ação-À.png"),
        ("Mädchen-né.png".encode("cp1252"), 0, "Mädchen-né.png"),
        (unicodedata.normalize("NFD", "Größe.png").encode(), 0x800, "Größe.png"),
        (b"\xff\xfe.png", 0x800, "\ufffd\ufffd.png"),
        (b"a\0b\nc.png", 0, "a\ufffdb\ufffdc.png"),
        ("\u202egnp.png".encode(), 0x800, "\ufffdgnp.png"),
    ],
)
def test_names_are_read_in_common_encodings(raw, flag, read):
    data = zipped({"x" * len(raw): b"content"}).replace(b"x" * len(raw), raw)
    data = patched(data, b"PK\1\2", 8, struct.pack("<H", flag))
    assert members(data)[0].name == read


def test_the_unicode_path_of_info_zip_counts_if_it_belongs_to_the_name():
    """Extra field 0x7075: version 1, the CRC-32 of the name in the entry, the name in UTF-8."""
    for crc, read in ((zlib.crc32(b"n?.png"), "né.png"), (1, "n?.png")):
        field = struct.pack("<BL", 1, crc) + "né.png".encode()
        info = named("n?.png", extra=struct.pack("<2H", 0x7075, len(field)) + field)
        assert members(zipped([(info, b"x")]))[0].path == read


def test_of_a_long_name_the_end_is_kept():
    (only,) = members(zipped({"folder/" * 100 + "7.png": b"x"}))
    assert len(only.name) == directory.NAME_AT_MOST
    assert only.name.startswith("…")
    assert only.name.endswith("/7.png")


@pytest.mark.parametrize(
    ("method", "read"), [(zipfile.ZIP_DEFLATED, zip_members.unpack), (zipfile.ZIP_STORED, zip_members.StoredMember)]
)
def test_random_damage_never_raises_anything_else(method, read):
    chance = random.Random(5)
    data = zipped({f"{number}/{number}.png": chance.randbytes(200) for number in range(10)}, method)
    rejected = 0
    for _ in range(1500):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        broken = broken[: chance.choice([len(broken), chance.randrange(len(broken))])]
        file = io.BytesIO(bytes(broken))
        try:
            survey(bytes(broken))
            for each in directory.entries(file, directory.find_contents(file)):
                if not each.rejection:
                    read(file, each.where)
        except (ArchiveRejected, MemberRejected):
            rejected += 1
    assert rejected > 500


def test_the_central_directory_takes_the_same_memory_for_many_as_for_few(tmp_path):
    peaks = []
    for count in (300, 6000):
        path = tmp_path / "many.zip"
        path.write_bytes(zipped({f"{number:06}.png": b"x" for number in range(count)}, zipfile.ZIP_STORED))
        with path.open("rb") as file:
            tracemalloc.start()
            assert zip_survey.survey(file, files_at_most=10**6, bytes_at_most=MUCH).pictures == count
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 150_000  # the end of the file, in which the last record is looked for


def test_a_member_is_found_by_its_name():
    data = zipped(
        {"7/a.png": b"one", "b.png": b"two", "../up.png": b"x", "d/": b"", "labels.csv": b"a,1", "in.zip": b"x"}
    )
    listing = zip_members.find_members(io.BytesIO(data), SMALL)
    places = {each.name: each.at for each in members(data)}
    names = [*places, "a.png", "", "nowhere"]
    assert {name: place for name in names if (place := listing.find(name)) is not None} == {
        name: places[name] for name in ("7/a.png", "b.png")
    }


def test_of_members_of_one_name_the_one_at_the_position_is_found():
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped([("a.png", b"one"), ("b.png", b"x"), ("a.png", b"two")])
    listing = zip_members.find_members(io.BytesIO(data), SMALL)
    first, other, second = (each.at for each in members(data))
    assert [listing.find("a.png", at) for at in (first, second, other, None, "x")] == [first, second, None, None, None]
    assert listing.find("b.png", first) == other  # the only one of this name, so the position does not matter


def test_members_that_are_too_large_are_not_found():
    data = zipped({"a.png": b"one" * 10, "b.png": b"two"})
    listing = zip_members.find_members(io.BytesIO(data), 10)
    assert (listing.find("a.png"), listing.find("b.png") is not None) == (None, True)


def test_members_are_found_in_little_memory():
    data = zipped({f"{n:030}.png": b"" if n % 2 else b"x" for n in range(20_000)}, zipfile.ZIP_STORED)
    file = io.BytesIO(data)
    tracemalloc.start()
    zip_members.find_members(file, SMALL)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2**20
