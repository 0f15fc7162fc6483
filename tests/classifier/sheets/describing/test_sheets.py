"""Sheets from making to deleting."""

import io
from datetime import timedelta

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from classifier.errors import NotFound, PictureTooLarge, SiteBusy, UnreadablePicture
from classifier.jobs import replies
from classifier.recognition.errors import InvalidInput
from classifier.sheets.describing import offers, sheets, uploads
from classifier.sheets.fields.description import Description, FieldRejected, Kind
from classifier.sheets.imaging import REFERENCE_SIDE
from classifier.sheets.imaging.offers import Offer
from classifier.sheets.models import Sheet, SheetPage
from tests.factories import document, picture

FIELD = {"key": "a", "name": "A", "kind": "boxes", "cells": 3, "box": [0.1, 0.2, 0.3, 0.05], "page": 1}
FORM = {"pages": 1, "fields": [FIELD], "tables": []}


def paper(width=600, height=800):
    """A page with a black spot at its left top."""
    grey = np.full((height, width), 255, np.uint8)
    grey[20:80, 20:80] = 0
    return grey


def upload(data, name="form.pdf"):
    return SimpleUploadedFile(name, data)


@pytest.fixture
def sheet(owner):
    return sheets.create_sheet(owner, " Meter  card ", [Image.fromarray(paper(1754, 2339))])


def shown(page):
    with page.file.open("rb") as file:
        return np.asarray(Image.open(io.BytesIO(file.read())))


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_each_page_of_a_document_becomes_a_page(owner, kind):
    pages = uploads.pages_of(upload(document(kind, paper(), paper(800, 600), paper())))
    assert [max(page.size) for page in pages] == [REFERENCE_SIDE] * 3
    assert [page.size[0] > page.size[1] for page in pages] == [False, True, False]
    made = sheets.create_sheet(owner, "Three", pages)
    assert made.described() == Description(3)
    assert [(page.number, page.width, page.height) for page in made.pages.all()][1] == (2, *pages[1].size)
    grey = shown(made.pages.first())
    assert (grey[150, 150], grey[-1, -1]) == (0, 255)


def test_a_photograph_becomes_one_page(owner):
    (page,) = uploads.pages_of(upload(picture(paper(), "JPEG"), "form.jpg"))
    assert page.size == (round(600 / 800 * REFERENCE_SIDE), REFERENCE_SIDE)


@pytest.mark.parametrize(
    ("file", "error", "words"),
    [
        (None, InvalidInput, "Choose a file"),
        (upload(b""), InvalidInput, "Choose a file"),
        (upload(document("PDF", *[paper(60, 80)] * 21)), uploads.TooManyPages, "21 pages"),
        (upload(picture(paper(4000, 100))), uploads.NoPage, "too narrow"),
        (upload(b"%PDF-1.4 nothing"), UnreadablePicture, "damaged"),
    ],
)
def test_what_is_no_form_is_refused_with_a_reason(file, error, words):
    with pytest.raises(error, match=words):
        uploads.pages_of(file)


def test_a_file_that_is_too_large_is_refused(settings):
    settings.UPLOAD_MAX_MB = 1
    with pytest.raises(PictureTooLarge, match="at most 1 MB"):
        uploads.pages_of(upload(bytes(2 * 2**20)))


def test_nothing_is_stored_of_a_sheet_that_is_refused(owner):
    with pytest.raises(InvalidInput, match="name"):
        sheets.create_sheet(owner, "  ", [Image.fromarray(paper())])
    with pytest.raises(InvalidInput, match="no fields"):
        sheets.create_printed(owner, "Empty", {}, "A4", [])
    assert not Sheet.objects.exists() and not SheetPage.objects.exists()


def test_a_changed_description_is_stored_whole_or_not_at_all(sheet):
    before = sheet.changed
    sheets.change_sheet(sheet, FORM, "Card")
    assert (sheet.name, sheet.described().single[0].cells) == ("Card", 3)
    with pytest.raises(FieldRejected, match="beyond the page"):
        sheets.change_sheet(sheet, FORM | {"fields": [FIELD | {"box": [0.9, 0, 0.3, 0.1]}]})
    with pytest.raises(InvalidInput, match="pages"):
        sheets.change_sheet(sheet, FORM | {"pages": 2})
    with pytest.raises(sheets.SheetChanged):
        sheets.change_sheet(sheet, FORM | {"fields": []}, seen=before)
    sheet.refresh_from_db()
    assert len(sheet.described().single) == 1
    sheets.change_sheet(sheet, FORM | {"fields": []}, seen=sheet.changed)
    assert sheet.described().single == ()


def test_a_page_is_turned_clockwise_before_it_has_fields(sheet, django_capture_on_commit_callbacks):
    old = sheet.pages.get().file
    with django_capture_on_commit_callbacks(execute=True):
        sheets.turn_page(sheet, 1)
    page = sheet.pages.get()
    grey = shown(page)
    assert grey.shape == (page.height, page.width) == (1754, 2339)
    assert grey[50, -50] == 0  # from the left top to the right top
    assert not old.storage.exists(old.name)
    sheets.change_sheet(sheet, FORM)
    with pytest.raises(sheets.PageHasFields):
        sheets.turn_page(sheet, 1)
    with pytest.raises(NotFound):
        sheets.turn_page(sheet, 2)


def test_fields_of_a_printed_sheet_keep_their_places(owner):
    printed = sheets.create_printed(owner, "Marks", FORM, "Letter", ["Anna"])
    assert printed.is_printed and printed.pages.get().height == REFERENCE_SIDE
    described = printed.described().as_json()
    described["fields"][0] |= {"name": "B", "rules": {"highest": 300}}
    assert sheets.change_sheet(printed, described).described().single[0].rules.highest == 300
    described["fields"][0]["cells"] = 2
    with pytest.raises(sheets.SheetIsPrinted):
        sheets.change_sheet(printed, described)
    with pytest.raises(sheets.SheetIsPrinted):
        sheets.turn_page(printed, 1)


@pytest.mark.parametrize("is_printed", [True, False])
def test_a_copy_has_the_fields_but_neither_roster_nor_files_of_the_first(sheet, owner, stranger, is_printed):
    if is_printed:
        sheet = sheets.create_printed(owner, "Marks", FORM, "Letter", ["Anna"])
    else:
        sheets.change_sheet(sheet, FORM)
    copy = sheets.copy_sheet(sheet, stranger, "Other")
    assert (copy.owner, copy.name, copy.roster, copy.paper) == (stranger, "Other", [], sheet.paper)
    assert copy.described() == sheet.described()
    one, other = sheet.pages.get(), copy.pages.get()
    assert one.file.name != other.file.name and (one.width, one.height) == (other.width, other.height)


def test_a_deleted_sheet_can_be_restored_by_its_owner_for_days(sheet, owner, stranger):
    sheets.delete_sheet(sheet)
    assert not Sheet.objects.owned_by(owner).exists()
    assert (sheets.restorable(owner), sheets.restorable(stranger)) == ([sheet], [])
    with pytest.raises(NotFound):
        sheets.restore_sheet(stranger, sheet.public_id)
    sheets.restore_sheet(owner, sheet.public_id)
    assert Sheet.objects.owned_by(owner).get() == sheet
    Sheet.objects.update(deleted=timezone.now() - timedelta(days=8))
    assert sheets.restorable(owner) == []


def test_offers_come_from_the_worker_or_a_sentence_comes_instead(sheet, monkeypatch):
    monkeypatch.setattr(
        "classifier.sheets.imaging.offers.offers",
        lambda grey: [Offer((0.1, 0.2, np.float64(0.3), 0.05), Kind.BOXES, 4, 1)] if grey[50, 50] == 0 else [],
    )

    def answered_at_once(task, page_id, key, **options):
        assert task == "sheets.find_fields"
        offers.reply_with_offers(page_id, key)
        return True

    monkeypatch.setattr(offers, "enqueue", answered_at_once)
    assert offers.find_offers(sheet, 1) == [{"box": [0.1, 0.2, 0.3, 0.05], "kind": "boxes", "cells": 4, "rows": 1}]
    with pytest.raises(NotFound):
        offers.find_offers(sheet, 2)
    monkeypatch.setattr(offers, "enqueue", lambda *job, **options: True)
    monkeypatch.setattr(offers, "WAIT_S", 0.05)
    with pytest.raises(SiteBusy, match="by hand"):
        offers.find_offers(sheet, 1)


def test_a_page_that_is_gone_is_not_looked_for(db, monkeypatch):
    monkeypatch.setattr(replies, "send", lambda *given: pytest.fail("nothing to reply"))
    offers.reply_with_offers(12345, "key")
