"""Lists that people paste or upload."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from classifier.recognition.errors import InvalidInput
from classifier.sheets.describing.lists import ListRejected, roster, text_of, values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("101\n102\n\n0103\n", ["101", "102", "0103"]),
        ("1, 2, 3", ["1", "2", "3"]),
        ("1 2  3", ["1", "2", "3"]),
        ("Number\n7\n8", ["7", "8"]),
        ("Nr;Name\r\n17;Müller, Anna\r\n18;Ö 2", ["17", "18"]),
        ('"17"\t"Anna"\n"18"\t"Bo"', ["17", "18"]),
        ("1,5\n2,0", ["1.5", "2.0"]),
        ("1.5;x\n2,0;y", ["1.5", "2.0"]),
    ],
)
def test_values_are_read_from_lines_rows_and_columns(text, found):
    assert values(text) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1\n2\n1", r"“1” is in the list twice \(lines 1 and 3\)"),
        ("7, 7", r"twice \(line 1\)"),
        ("12\nx7", "Line 2: “x7” is not a number"),
        ("1" * 21, "at most 20 digits"),
        ("\n \n", "empty"),
        ("\n".join(map(str, range(10_001))), "10,001 values"),
    ],
)
def test_a_list_that_cannot_be_used_says_which_line(text, words):
    with pytest.raises(ListRejected, match=words):
        values(text)


def test_a_roster_keeps_lines_and_joins_columns():
    assert roster("Anna  Müller\n\n Bo Lee \n") == ["Anna Müller", "Bo Lee"]
    assert roster("1;Anna;7b\n2;Bo;") == ["1, Anna, 7b", "2, Bo"]
    assert roster("") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Anna\nBo\nAnna", r"“Anna” is in the roster twice \(lines 1 and 3\)"),
        ("x" * 81, "Line 1 of the roster is longer"),
        ("李雷", "no “李”"),
        ("a\u200bb", "cannot be shown"),
        ("\n".join(map(str, range(2001))), "2,001 lines"),
    ],
)
def test_a_roster_that_cannot_be_printed_says_why(text, words):
    with pytest.raises(InvalidInput, match=words):
        roster(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_of_office_programs_are_text(encoding):
    assert text_of(SimpleUploadedFile("list.csv", "Müller".encode(encoding))) == "Müller"


def test_what_is_no_text_is_refused():
    for data in (b"PK\x03\x04\0\0", bytes(2**20 + 1)):
        with pytest.raises(ListRejected):
            text_of(SimpleUploadedFile("list.xlsx", data))
