"""Reading a stack: each page becomes a row, is read once, and says why if it is not."""

import os
import uuid
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image

from classifier.errors import SiteBusy, StorageAway
from classifier.jobs import room
from classifier.recognition.errors import ModelFileDamaged
from classifier.sheets.models import Stack, StackPage, Value
from classifier.sheets.stacks import answering, counting, lifecycle, progress, reading, storing
from classifier.uploads import obstacles
from tests.factories import blank_pdf, document, encoded, pdf_of

from .conftest import FIELDS, page, png, read_whole, sheet_of, waiting_stack

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("believing")]
LOCKED = pdf_of(
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[]/Count 0>>",
    b"<</Filter/Standard/V 1/R 2/P -4/O(%b)/U(%b)>>" % (b"o" * 32, b"u" * 32),
    trailer=b"/Encrypt 3 0 R/ID[(abcd)(abcd)]",
)


def pages(stack):
    return list(StackPage.objects.filter(stack=stack).order_by("number"))


def test_pages_of_all_kinds_of_files_are_read_in_order(sheet):
    files = {
        "scan.pdf": document("PDF", page(), page(), page(), resolution=72),
        "scan.tiff": document("TIFF", page(), page()),
        "photo.jpg": encoded(Image.fromarray(page()), "JPEG"),
    }
    stack = read_whole(waiting_stack(sheet, files))
    assert (stack.status, stack.total, stack.counted, stack.message) == ("done", 6, None, "")
    rows = pages(stack)
    assert [(row.number, row.name, row.page) for row in rows] == [
        (1, "scan.pdf", 1),
        (2, "scan.pdf", 2),
        (3, "scan.pdf", 3),
        (4, "scan.tiff", 1),
        (5, "scan.tiff", 2),
        (6, "photo.jpg", None),
    ]
    assert {row.status for row in rows} == {"read"}
    for row in rows:
        with Image.open(row.file) as picture:
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "L", (row.width, row.height))
    values = list(Value.objects.filter(page=rows[0]))
    assert [(each.key, each.position, each.text, each.read, each.kind) for each in values] == [
        ("f1-0", 0, "0", "0", "line"),
        ("f1-1", 1, "1", "1", "line"),
        ("f1-2", 2, "2", "2", "line"),
    ]
    assert Value.objects.count() == 6 * FIELDS


def test_pages_that_cannot_be_read_say_why(sheet):
    files = {
        "1.png": png(0),
        "2.png": png(5),
        "3.png": png()[:-300],
        "4.pdf": LOCKED,
        "5.txt": b"Dear Sir or Madam",
        "6.png": b"",
        "7.zip": b"PK\x03\x04",
        "8.png": png(9),
        "9.png": png(),
        "10.pdf": blank_pdf(1),
    }
    stack = read_whole(waiting_stack(sheet, files))
    rows = pages(stack)
    assert stack.status == "done"
    assert [row.reason for row in rows] == [
        "blank",
        "other_form",
        "unreadable",
        "unreadable",
        "unsupported_format",
        "empty",
        "archive",
        "failed",
        "",
        "blank",
    ]
    assert [row.status for row in rows].count("read") == 1
    assert all(row.sentence.endswith(".") for row in rows if row.reason)
    assert "password" in rows[3].sentence
    assert [bool(row.file) for row in rows] == [True, True, False, False, False, False, False, True, True, True]
    assert progress.figures(stack).refused == 9


def test_second_page_of_a_copy_is_a_duplicate(owner, model_version):
    sheet = sheet_of(owner, pages=2, roster=["Ada", "Ben"])
    files = {f"{n}.png": png(number, copy) for n, (number, copy) in enumerate([(1, 1), (2, 1), (1, 2), (1, 1), (1, 0)])}
    rows = pages(read_whole(waiting_stack(sheet, files)))
    assert [(row.sheet_page, row.copy, row.label, row.reason) for row in rows] == [
        (1, 1, "Ada", ""),
        (2, 1, "Ada", ""),
        (1, 2, "Ben", ""),
        (1, 1, "Ada", "duplicate"),
        (1, None, "", ""),
    ]
    assert "Page 1 of this stack" in rows[3].sentence
    assert not Value.objects.filter(page=rows[3]).exists()
    assert Value.objects.get(page=rows[1], key="f2-0").position == FIELDS


def test_stack_with_too_many_pages_is_refused_as_a_whole(sheet, monkeypatch):
    monkeypatch.setattr(counting, "PAGES_AT_MOST", 5)
    monkeypatch.setattr(counting, "FILES_AT_ONCE", 1)
    stack = read_whole(waiting_stack(sheet, {"a.png": png(), "b.pdf": blank_pdf(5)}))
    assert (stack.status, stack.message) == ("failed", lifecycle.TOO_MANY_PAGES)
    assert pages(stack) == []


def test_counting_goes_on_where_it_stopped(sheet, monkeypatch):
    monkeypatch.setattr(counting, "FILES_AT_ONCE", 2)
    stack = waiting_stack(sheet, {f"{n}.png": png() for n in range(7)})
    for counted in (2, 4, 6):
        assert reading.carry_on(stack.pk, seconds=-1)
        assert len(pages(stack)) == Stack.objects.get().total == counted
    stack = read_whole(stack)
    assert (stack.status, [row.number for row in pages(stack)]) == ("done", list(range(1, 8)))


@pytest.mark.postgres
@pytest.mark.parametrize("stored", [0, 1, 4])
def test_crashed_worker_loses_no_page_and_reads_none_twice(sheet, monkeypatch, stored):
    stack = waiting_stack(sheet, {f"{n:02}.png": png() for n in range(10)})
    store, done = reading.store, []

    def fragile(stack, outcome):
        if len(done) == stored:
            raise KeyboardInterrupt
        done.append(outcome)
        store(stack, outcome)

    monkeypatch.setattr(reading, "store", fragile)
    with pytest.raises(KeyboardInterrupt):
        reading.carry_on(stack.pk)
    monkeypatch.setattr(reading, "store", store)
    assert not reading.carry_on(stack.pk)  # the lease has not expired
    Stack.objects.update(heartbeat=timezone.now() - timedelta(seconds=Stack.policy.lease_s + 1))
    assert (lifecycle.late_stacks(), lifecycle.late_stacks()) == ([stack.pk], [])
    stack = read_whole(stack)
    assert (stack.status, Value.objects.count()) == ("done", 10 * FIELDS)
    assert {row.status for row in pages(stack)} == {"read"}


@pytest.mark.django_db(transaction=True)
def test_failed_transaction_leaves_nothing_of_the_page(sheet, monkeypatch):
    stack = waiting_stack(sheet, {"a.png": png()})

    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(storing, "_value", crash)
    with pytest.raises(KeyboardInterrupt):
        reading.carry_on(stack.pk)
    (row,) = pages(stack)
    assert (row.status, row.file.name) == ("waiting", "")
    assert not list(Path(stack.file.path).parent.glob("*/*.jpg"))


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"holder": uuid.uuid4()}, {"holder": None}])
def test_worker_that_lost_its_stack_stores_nothing(sheet, monkeypatch, change):
    stack = waiting_stack(sheet, {f"{n}.png": png() for n in range(4)})
    store = reading.store

    def overtaken(stack, outcome):
        Stack.objects.update(**change)
        store(stack, outcome)

    monkeypatch.setattr(reading, "store", overtaken)
    assert reading.carry_on(stack.pk) is False
    assert {row.status for row in pages(stack)} == {"waiting"}
    assert not Value.objects.exists()


@pytest.mark.parametrize(
    ("error", "message", "attempts"),
    [
        (ModelFileDamaged("bad"), obstacles.NETWORK_DAMAGED, 0),
        (StorageAway("away"), obstacles.FILES_AWAY, 0),
        (SiteBusy("busy"), "", 1),
        (EOFError("a process has ended"), "", 1),
    ],
)
def test_stack_waits_for_the_site(sheet, monkeypatch, error, message, attempts):
    stack = waiting_stack(sheet, {"a.png": png()})

    def fails():
        raise error

    monkeypatch.setattr(answering, "ServingReader", fails)
    for _ in range(2):  # the first counts the pages, which is progress
        assert not reading.carry_on(stack.pk)
    stack.refresh_from_db()
    assert (stack.status, stack.holder, stack.message, stack.attempts) == ("running", None, message, attempts)
    monkeypatch.undo()


def test_stack_waits_for_room_on_the_disk(sheet, monkeypatch):
    stack = waiting_stack(sheet, {"a.png": png()})
    monkeypatch.setattr(room, "is_full", lambda: True)
    assert not reading.carry_on(stack.pk)
    stack.refresh_from_db()
    assert (stack.status, stack.message) == ("queued", room.WAITS)
    monkeypatch.setattr(room, "is_full", lambda: False)
    stack = read_whole(stack)
    assert (stack.status, stack.message) == ("done", "")


def test_worker_that_is_asked_to_leave_releases_the_stack(sheet):
    stack = waiting_stack(sheet, {f"{n}.png": png() for n in range(20)})
    assert reading.carry_on(stack.pk, should_leave=lambda: Value.objects.exists())
    stack.refresh_from_db()
    assert (stack.status, stack.holder) == ("running", None)
    assert 0 < progress.figures(stack).read < 20
    assert read_whole(stack).status == "done"


def test_page_that_ends_its_process_again_and_again_is_refused(sheet, monkeypatch):
    """The others are read."""
    stack = waiting_stack(sheet, {"1.png": png(), "2.png": png(3), "3.png": png()})

    def is_marked(grey):
        return np.all(grey[:4, 12 * 8 : 13 * 8] == 0) and np.all(grey[:4, 13 * 8 : 14 * 8] == 0)

    def place(self, grey, usual=answering.Placer.place):
        if is_marked(grey):
            os._exit(1)
        return usual(self, grey)

    monkeypatch.setattr(answering.Placer, "place", place)
    for _ in range(12):
        reading.carry_on(stack.pk)
    stack.refresh_from_db()
    assert [(row.status, row.reason) for row in pages(stack)] == [("read", ""), ("refused", "failed"), ("read", "")]
    assert stack.status == "done"


def test_stack_without_its_file_fails(sheet):
    stack = waiting_stack(sheet, {"a.png": png()})
    Path(stack.file.path).unlink()
    assert read_whole(stack).message == reading.FILE_GONE


def test_stack_of_a_sheet_without_its_pictures_fails(sheet):
    stack = waiting_stack(sheet, {"a.png": png()})
    Path(sheet.pages.get().file.path).unlink()
    stack = read_whole(stack)
    assert (stack.status, stack.message) == ("failed", answering.PICTURE_GONE)


@pytest.mark.parametrize(("webhook", "is_told"), [("https://example.org/", True), ("", False)])
def test_other_programs_are_told_when_a_stack_is_done(sheet, sent, webhook, is_told):
    stack = read_whole(waiting_stack(sheet, {"a.png": png()}, webhook=webhook))
    assert (("sheets.announce", stack.pk) in sent) is is_told


def test_figures_and_forecast_follow_the_tolerance(sheet, django_assert_num_queries):
    stack = read_whole(waiting_stack(sheet, {"1.png": png(), "2.png": png(0), "3.png": png()}))
    Value.objects.update(is_check=False)
    Value.objects.filter(key="f1-0").update(is_check=True)
    with django_assert_num_queries(2):
        figures = progress.figures(stack)
    assert (figures.pages, figures.read, figures.refused, figures.waiting) == (3, 2, 1, 0)
    assert (figures.values, figures.taken, figures.doubtful, figures.decided, figures.checks_left) == (6, 4, 2, 0, 2)
    Value.objects.filter(page__number=1, key="f1-2").update(decided=timezone.now())
    lifecycle.set_tolerance(stack, 1000)
    figures = progress.figures(stack)
    assert (figures.taken, figures.doubtful, figures.decided, figures.left) == (2, 3, 1, 5)
    with django_assert_num_queries(1):
        forecast = {each.one_in: each for each in progress.forecast(stack)}
    assert list(forecast) == [50, 100, 200, 500, 1000, 2000]
    assert [(each.taken, each.left) for each in forecast.values()] == [(5, 1), (5, 1), (5, 1), (3, 3), (3, 3), (3, 3)]
    assert [each.one_in for each in forecast.values() if each.is_chosen] == [1000]
    assert forecast[200].sentence == "5 of 6 taken; 1 left to you"


def test_full_disk_while_a_picture_is_stored_loses_nothing(sheet, monkeypatch):
    stack = waiting_stack(sheet, {"a.png": png()})
    storage, full = StackPage.file.field.storage, []

    def save(name, content, max_length=None, usual=storage.save):
        if not full:
            full.append(True)
            raise OSError(28, "No space left on device")
        return usual(name, content, max_length)

    monkeypatch.setattr(storage, "save", save)
    monkeypatch.setattr(room, "is_full", lambda: len(full) == 1)
    assert not reading.carry_on(stack.pk)
    stack.refresh_from_db()
    assert (stack.status, stack.holder, stack.message, stack.attempts) == ("running", None, room.WAITS, 0)
    full.append(True)
    assert read_whole(stack).status == "done"
    assert Value.objects.count() == FIELDS
