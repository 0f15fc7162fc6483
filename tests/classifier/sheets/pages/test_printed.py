"""Describing a printed sheet, row by row, and its PDF."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from classifier.sheets.models import Sheet
from classifier.sheets.pages.printed_form import Row, apply, described, rows_of

NEW = "/sheets/new/printed/"


def form(*rows, **more):
    """What a browser sends for these rows: (part, name, kind, digits, decimals, rows)."""
    sent = {name: [] for name in ("part", "row_name", "kind", "digits", "decimals", "rows", "key")}
    for row in rows:
        for name, value in zip(sent, (*row, ""), strict=True):
            sent[name].append(value)
    return sent | {"name": "Marks", "paper": "A4", "roster": "", "copy_of": ""} | more


NUMBER = ("field", "Pupil number", "boxes", "4", "0", "")
TABLE = ("table", "Points", "", "", "", "5")
FIRST, SECOND = ("column", "First", "boxes", "2", "0", ""), ("column", "Second", "line", "3", "1", "")


def at(sheet, name="sheet-print"):
    return reverse(f"sheets:{name}", args=[sheet.public_id])


def test_the_form_begins_with_an_example_and_its_preview(owner_client):
    page = owner_client.get(NEW)
    assert page.context["previews"][0].startswith("data:image/png;base64,") and "Pupil number" in page.text


def test_a_sheet_is_made_of_rows_and_a_roster(owner_client, owner):
    roster = SimpleUploadedFile("7b.csv", "Anna;Müller\nBo;Lee\n".encode("cp1252"))
    answer = owner_client.post(NEW, form(NUMBER, TABLE, FIRST, SECOND, make="1", roster_file=roster))
    sheet = Sheet.objects.owned_by(owner).get()
    assert answer["Location"] == at(sheet, "sheet-detail")
    assert sheet.roster == ["Anna, Müller", "Bo, Lee"]
    description = sheet.described()
    assert [each.key for each in description.single] == ["pupil-number"]
    assert [(each.name, each.kind, each.cells, each.rules.digits_to) for each in description.tables[0].columns] == [
        ("First", "boxes", 2, 2),
        ("Second", "line", 0, 3),
    ]
    assert (description.tables[0].rows, description.tables[0].columns[1].rules.decimals) == (5, 1)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (form(make="1"), "no fields"),
        (form(NUMBER, NUMBER, make="1"), "Two fields have the name"),
        (form(("field", "", "boxes", "4", "0", ""), make="1"), "no name"),
        (form(NUMBER, make="1", name=""), "Give the sheet a name"),
        (form(NUMBER, make="1", roster="A\nA"), "twice"),
        (form(("field", "A", "boxes", "99", "0", ""), make="1"), "from 1 to 20"),
        (form(("field", "A", "boxes", "3", "3", ""), make="1"), "decimals"),
        (form(("table", "T", "", "", "", "80"), FIRST, make="1"), "has room for"),
        (form(TABLE, make="1"), "no columns"),
        (form(("column", "A", "nonsense", "x", "", ""), make="1"), "kind"),
    ],
)
def test_what_cannot_be_printed_is_explained_and_kept_in_the_form(owner_client, sent, words):
    answer = owner_client.post(NEW, sent)
    assert answer.status_code == 400 and words in answer.text
    assert len(answer.context["rows"]) == len(sent["part"]) and not Sheet.objects.exists()
    assert words in owner_client.post(NEW, {**sent, "make": []}).text or "name" in words or "twice" in words


def test_buttons_answer_a_fragment_to_htmx(owner_client):
    answer = owner_client.post(NEW, form(NUMBER, action="add-table"), headers={"HX-Request": "true"})
    assert [row.part for row in answer.context["rows"]] == ["field", "table", "column", "column"]
    assert "<html" not in answer.text and 'id="preview"' in answer.text
    made = owner_client.post(NEW, form(NUMBER, make="1"), headers={"HX-Request": "true"})
    assert made["HX-Redirect"] == at(Sheet.objects.get(), "sheet-detail")


def names(rows):
    return "".join(row.name for row in rows)


@pytest.mark.parametrize(
    ("action", "after"),
    [
        ("add-field", "abTcdUe"),
        ("up-1", "baTcdUe"),
        ("up-0", "abTcdUe"),
        ("down-1", "abTcdUe"),  # tables stay behind fields
        ("down-2", "abUeTcd"),
        ("up-5", "abUeTcd"),
        ("down-3", "abTdcUe"),
        ("down-4", "abTcdUe"),  # a column stays in its table
        ("remove-2", "abUe"),
        ("remove-4", "abTcUe"),
        ("remove-99", "abTcdUe"),
        ("nonsense", "abTcdUe"),
        ("up-x", "abTcdUe"),
    ],
)
def test_rows_move_with_what_belongs_to_them(action, after):
    parts = {"T": "table", "U": "table", "c": "column", "d": "column", "e": "column"}
    rows = apply(action, [Row(parts.get(name, "field"), name) for name in "abTcdUe"])
    assert names(rows) == after and len(rows) == len(after) + (action == "add-field")
    if action == "add-field":
        assert rows[2].name == ""


def test_a_column_is_added_to_its_table():
    rows = apply("column-0", [Row("table", "T"), Row("column", "c"), Row("table", "U"), Row("column", "d")])
    assert [row.name for row in rows] == ["T", "c", "", "U", "d"]


def test_a_copy_begins_with_the_same_rows_and_keeps_rules(owner_client, owner, printed):
    described_before = printed.description
    described_before["fields"][0]["rules"] = {"highest": 500, "digits_to": 3}
    Sheet.objects.filter(pk=printed.pk).update(description=described_before)
    printed.refresh_from_db()
    page = owner_client.get(at(printed, "printed-copy"))
    assert page.context["rows"] == rows_of(printed.described()) and page.context["copy_of"] == str(printed.public_id)
    parts = described(page.context["rows"], printed.described())
    assert parts["fields"][0]["rules"]["highest"] == 500
    sent = form(("field", "Reading", "boxes", "3", "0", ""), make="1", copy_of=str(printed.public_id), key=["a"])
    owner_client.post(NEW, sent)
    copy = Sheet.objects.owned_by(owner).first()
    assert copy != printed and copy.described().single[0].rules.highest == 500


def test_rules_are_not_taken_from_sheets_of_others(stranger_client, stranger, printed):
    sent = form(("field", "Reading", "boxes", "3", "0", ""), make="1", copy_of=str(printed.public_id), key=["a"])
    stranger_client.post(NEW, sent)
    assert Sheet.objects.owned_by(stranger).get().described().single[0].rules.highest is None


def test_the_pdf_has_the_chosen_copies(owner_client, printed):
    page = owner_client.get(at(printed))
    assert 'value="2"' in page.text and "Anna Müller" in page.text
    answer = owner_client.get(at(printed), {"first": 1, "last": 2})
    content = b"".join(answer.streaming_content)
    assert answer["Content-Type"] == "application/pdf" and 'filename="Marks.pdf"' in answer["Content-Disposition"]
    assert content.startswith(b"%PDF") and content.count(b"/Type /Page\n") == 2


@pytest.mark.parametrize(
    "query", ["first=0&last=1", "first=1&last=3", "first=x&last=1", "same=0", "same=2001", "same="]
)
def test_copies_that_do_not_exist_are_refused_on_the_page(owner_client, printed, query):
    answer = owner_client.get(f"{at(printed)}?{query}")
    assert answer.status_code == 400 and 'role="alert"' in answer.text


def test_an_uploaded_form_is_not_printed(owner_client, sheet):
    for name in ("sheet-print", "printed-copy"):
        assert owner_client.get(at(sheet, name))["Location"] == at(sheet, "sheet-detail")
