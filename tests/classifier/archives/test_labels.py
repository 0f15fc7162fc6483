"""labels.csv as spreadsheets save it, and names as systems write them: every label is used or said to be unused."""

import io
import unicodedata
from collections import Counter

import pytest

from classifier.archives import directory, label_table, labels
from classifier.archives import survey as zip_survey
from tests.archives import zipped


def read(files):
    """The label of each file of an archive by its name, and the problems with labels as (code, name)."""
    data = files if isinstance(files, bytes) else zipped(files)
    file = io.BytesIO(data)
    at = zip_survey.survey(file, files_at_most=1000, bytes_at_most=2**30).labels_at
    table = labels.read_table(file, at)
    given = labels.match(file, table)
    found = [each for each in directory.entries(file, directory.find_contents(file)) if each.is_file]
    problems = [(each.code, each.name) for each in labels.problems(file, table, given)]
    return {each.name: given.of(each.at) for each in found if given.of(each.at)}, problems


def with_names(table, *names):
    return {name: b"x" for name in names} | {"labels.csv": table if isinstance(table, bytes) else table.encode()}


def without_flag(name, encoding, table):
    """An archive of one file whose name is in a code page, as Windows packs it."""
    raw = name.encode(encoding)
    return zipped(with_names(table, "x" * len(raw))).replace(b"x" * len(raw), raw)


@pytest.mark.parametrize(
    ("path", "label"),
    [("7/a.png", "7"), ("x/0/a.png", "0"), ("a.png", ""), ("77/a.png", ""), ("7/x/a.png", ""), ("x/²/a.png", "")],
)
def test_a_folder_named_after_a_digit_is_a_label(path, label):
    assert labels.label_of_folder(path) == label


@pytest.mark.parametrize(
    "table",
    [
        "a.png,7\nsub/b.png,3\n",
        "filename,label\na.png,7\nsub/b.png,3\n",
        "label;name\r\n7;a.png\r\n3;sub\\b.png\r\n",
        "\ufeffName\tDigit\n./a.png\t 7 \nsub/b.png\t3",
        '"a.png","7"\n"sub/b.png","3"\n\n',
        "File;Who, when;Label\na.png;Ann, 3;7\nsub/b.png;Bob, 4;3\n",
        "sep=;\r\nFile name;True label\r\na.png;7\r\nsub/b.png;3\r\n",
        "\r\rfilename,label\ra.png,7.0\rsub/b.png,+3.00",
        "filename;label\na.png;7,0\nsub/b.png; 3\n",
        "id,file,label\n1,a.png,7\n2,sub/b.png,3\n",
        "a.png|7\nsub/b.png|3",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_labels_csv_is_read_in_common_forms(table, encoding):
    given, problems = read(with_names(table.encode(encoding), "a.png", "sub/b.png"))
    assert (given, problems) == ({"a.png": "7", "sub/b.png": "3"}, [])


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp850", "mac_roman"])
def test_names_in_labels_csv_are_read_in_common_encodings(encoding):
    given, problems = read(with_names("filename;label\nGröße é.png;7\n".encode(encoding), "Größe é.png"))
    assert (given, problems) == ({"Größe é.png": "7"}, [])


def test_labels_csv_names_files_from_its_own_folder_by_their_paths_or_by_their_names():
    files = {
        "set/labels.csv": b"x/a.png,7\nset/b.png,3\nc.png,1\n",
        "set/x/a.png": b"1",
        "set/b.png": b"2",
        "c.png": b"",
    }
    assert read(files) == ({"set/x/a.png": "7", "set/b.png": "3", "c.png": "1"}, [])


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("other", ["NFC", "NFD"])
def test_composed_and_decomposed_names_are_the_same(form, other):
    table = unicodedata.normalize(other, "Größe.png,7\n")
    assert read(with_names(table, unicodedata.normalize(form, "Größe.png"))) == ({"Größe.png": "7"}, [])


@pytest.mark.parametrize("name", ["Größe.png", "São.png", "né.png", "página.png", "Ýr.png"])
@pytest.mark.parametrize("encoding", ["cp437", "cp850", "cp1252"])
def test_a_label_finds_its_file_in_any_code_page(name, encoding):
    try:
        data = without_flag(name, encoding, f"{name},7\n")
    except UnicodeEncodeError:
        pytest.skip("The code page has no such letter.")
    given, problems = read(data)
    assert ([*given.values()], problems) == (["7"], [])


def test_other_case_is_the_same_file_unless_there_is_one_of_the_very_name():
    assert read(with_names("Seven.PNG,7\n", "seven.png")) == ({"seven.png": "7"}, [])
    assert read(with_names("A.png,7\na.png,3\n", "a.png", "A.png")) == ({"A.png": "7", "a.png": "3"}, [])
    assert read(with_names("a.png,7\nA.PNG,3\n", "a.png", "A.png")) == ({"a.png": "7", "A.png": "3"}, [])
    assert read(with_names("A.png,7\n", "a.png", "A.png")) == ({"A.png": "7"}, [("label_missing", "a.png")])


def test_a_number_of_several_digits_is_a_label():
    table = "filename,label\na.png,2048\nb.png,2048.0\nc.png,007\nd.png,7.0\n"
    given, problems = read(with_names(table, "a.png", "b.png", "c.png", "d.png"))
    assert (given, problems) == ({"a.png": "2048", "b.png": "2048", "c.png": "007", "d.png": "7"}, [])


@pytest.mark.parametrize("text", ["", "ten", "7.5", "-7", "7a", "²", "1e3", "1234567890123", "=7", "7 8"])
def test_what_is_no_whole_number_is_listed(text):
    assert read(with_names(f"a.png,{text}\n", "a.png")) == ({}, [("label_unreadable", "a.png")])


def test_every_line_and_every_file_is_used_or_listed():
    table = (
        'filename,label\na.png,7\nb.png,ten\ngone.png,3\nd.png\n\nA.PNG,7\na.png,8\ne.png,none\n"open.png,4\nf.png,5\n'
    )
    files = with_names(table, "a.png", "b.png", "d.png", "e.png", "f.png", "g.png", "8/h.png", "open.png")
    given, problems = read(files | {"more/Labels.csv": b"g.png,1\n"})
    assert given == {"a.png": "7", "f.png": "5", "8/h.png": "8"}
    assert Counter(problems) == Counter(
        [
            ("label_unreadable", "b.png"),
            ("label_without_file", "gone.png"),
            ("label_unreadable", "d.png"),
            ("label_repeated", "A.PNG"),
            ("label_repeated", "a.png"),
            ("label_no_digit", "e.png"),
            ("label_unreadable", "open.png,4"),
            ("label_missing", "g.png"),
            ("label_missing", "open.png"),
            ("labels_file_unused", "more/Labels.csv"),
        ]
    )


def test_a_usable_label_counts_before_an_unusable_one_of_the_same_file():
    given, problems = read(with_names("a.png,?\na.png,7\n", "a.png"))
    assert (given, problems) == ({"a.png": "7"}, [("label_unreadable", "a.png")])


def test_an_exported_name_with_its_apostrophe_finds_its_file():
    assert read(with_names("'=1+1.png,7\n'x.png,3\n", "=1+1.png", "'x.png"))[0] == {"=1+1.png": "7", "'x.png": "3"}


@pytest.mark.parametrize("data", [b"", b"\0\0\0", b"\xff\xfe\x00", b'"' * 50, b"\x80abc,7", b"," * 2000, b'sep="\n'])
def test_no_table_is_too_broken_to_be_read(data):
    list(label_table.lines_of(data))
    given, problems = read(with_names(data, "a.png"))
    assert not given
    assert ("label_missing", "a.png") in problems


def test_labels_come_from_the_labels_csv_in_the_highest_folder():
    given, problems = read({"d/labels.csv": b"a.png,1", "labels.csv": b"a.png,2", "a.png": b"x"})
    assert (given, problems) == ({"a.png": "2"}, [("labels_file_unused", "d/labels.csv")])
