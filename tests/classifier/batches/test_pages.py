"""Files with several pages in batches: each page is a picture of its own, counted, named and read once."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from classifier.batches import lifecycle, planning, reading, results
from classifier.digits import originals
from classifier.digits.replay import steps_of
from classifier.models import Batch, Digit, Drawing
from classifier.transfer.exporting import people
from tests.archives import PNG, read_whole, waiting_batch
from tests.classifier.batches.test_resuming import crash_after
from tests.exports import zipped as exported
from tests.factories import FOUR, ONE, blank_pdf, document, drawn, heic, picture, seven
from tests.importing import imported

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

BLANK = np.full((100, 100), 255, np.uint8)
PDF = document("PDF", seven(), drawn(FOUR), drawn(ONE))
TIFF = document("TIFF", drawn(ONE), BLANK)
MIXED = {"a.png": PNG, "scan.pdf": PDF, "b.tif": TIFF, "one.pdf": document("PDF", seven()), "c.png": PNG}


def answers_of(batch):
    digits = Digit.objects.filter(drawing__batch=batch).with_predictions().order_by("drawing_id")
    return {digit.drawing.member_title: digit.prediction.label for digit in digits}


def test_each_page_is_a_picture_named_by_its_number(owner):
    batch = read_whole(waiting_batch(owner, MIXED))
    assert (batch.status, batch.total, batch.read, batch.failed) == ("done", 8, 7, 1)
    assert list(answers_of(batch).items()) == [
        ("a.png", 7),
        ("scan.pdf, page 1", 7),
        ("scan.pdf, page 2", 4),
        ("scan.pdf, page 3", 1),
        ("b.tif, page 1", 1),
        ("one.pdf", 7),
        ("c.png", 7),
    ]
    failure = batch.failures.get()
    assert (failure.name, failure.reason) == ("b.tif, page 2", "no_ink")
    assert [row["file"] for row in results.results(batch)] == list(answers_of(batch))


def test_label_of_a_file_counts_for_each_page(owner):
    batch = read_whole(waiting_batch(owner, {"7/scan.pdf": PDF}))
    assert (batch.labelled, batch.right, batch.confusion[7][4]) == (3, 1, 1)


def test_total_is_known_before_any_page_is_read(owner):
    batch = waiting_batch(owner, MIXED)
    assert batch.total == 5
    assert reading.carry_on(batch.pk, seconds=0) is True
    batch.refresh_from_db()
    assert (batch.total, batch.counted, batch.read) == (8, None, 0)


def test_pages_count_for_the_limit_of_a_batch(owner, settings):
    settings.BATCH_MAX_FILES = 7
    batch = read_whole(waiting_batch(owner, MIXED))
    assert (batch.status, batch.read) == ("failed", 0)
    assert "more than 7 pictures and pages" in batch.message


def test_a_file_with_too_many_pages_is_named(owner):
    batch = read_whole(waiting_batch(owner, {"long.pdf": blank_pdf(1001), "a.png": PNG}))
    assert (batch.status, batch.total, batch.read, batch.failed) == ("done", 2, 1, 1)
    assert "more than 1,000 pages" in batch.failures.get().sentence


@pytest.fixture
def few_pages(monkeypatch):
    """Two pages in a transaction, two members, and one process."""
    for name in ("PAGES_AT_ONCE", "MEMBERS_AT_ONCE"):
        monkeypatch.setattr(planning, name, 2)
    monkeypatch.setattr(reading, "processes", lambda: 1)


NINE = document("PDF", *[seven(60)] * 9)
MANY = {
    "folder/": b"",
    "a.png": PNG,
    "nine.pdf": NINE,
    "folder/two.tif": document("TIFF", seven(), seven()),
    "z.png": PNG,
}
TITLES = [
    "a.png",
    *(f"nine.pdf, page {number}" for number in range(1, 10)),
    *(f"folder/two.tif, page {number}" for number in (1, 2)),
    "z.png",
]


@pytest.mark.parametrize("pieces", range(9))
def test_crashed_worker_loses_no_page_and_reads_none_twice(owner, few_pages, monkeypatch, pieces):
    batch = waiting_batch(owner, MANY)
    with monkeypatch.context() as patch:
        crash_after(patch, pieces)
        try:
            while reading.carry_on(batch.pk):
                pass
        except KeyboardInterrupt:
            Batch.objects.update(heartbeat=timezone.now() - timedelta(seconds=Batch.policy.lease_s + 1))
            assert lifecycle.late_batches() == [batch.pk]
    batch = read_whole(batch)
    assert (batch.status, batch.total, batch.read) == ("done", 13, 13)
    titles = [drawing.member_title for drawing in Drawing.objects.filter(batch=batch).order_by("pk")]
    assert titles == TITLES


@pytest.mark.parametrize("seconds", [0.0, 0.01])
def test_counting_continues_where_it_was_interrupted(owner, few_pages, seconds):
    batch = waiting_batch(owner, MANY)
    while reading.carry_on(batch.pk, seconds=seconds) and Batch.objects.get().counted is not None:
        pass
    assert Batch.objects.get().total == 13


def test_an_archive_without_documents_asks_for_no_counts(owner, monkeypatch):
    def never(*_):
        raise AssertionError

    monkeypatch.setattr("classifier.decoding.client.MemberDecoder.count_pages", never)
    batch = read_whole(waiting_batch(owner, {"a.png": PNG, "b.heic": heic_seven(), "c.txt": b"", "d.zip": PDF}))
    assert (batch.status, batch.read, batch.failed) == ("done", 2, 2)


def heic_seven():
    from PIL import Image

    return heic(Image.fromarray(seven()))


def test_heic_and_avif_are_read_from_an_archive(owner):
    batch = read_whole(waiting_batch(owner, {"IMG_1.HEIC": heic_seven(), "2.avif": picture(kind="AVIF", mode="RGB")}))
    assert answers_of(batch) == {"IMG_1.HEIC": 7, "2.avif": 7}


def test_explanation_and_original_are_those_of_the_page(owner):
    batch = read_whole(waiting_batch(owner, {"scan.pdf": PDF}))
    digit = Digit.objects.filter(drawing__batch=batch).order_by("drawing_id")[1]
    assert originals.original_bytes(digit.drawing) == PDF
    steps, note = steps_of(digit)
    assert note == ""
    assert np.array_equal(steps[-1].picture, np.frombuffer(digit.pixels, np.uint8).reshape(28, 28))


def test_tables_name_the_page(owner):
    batch = read_whole(waiting_batch(owner, {"scan.pdf": PDF}))
    short = [row[0] for row in people.batch_table(batch)][1:]
    assert short == [f"scan.pdf, page {number}" for number in (1, 2, 3)]


def test_pages_survive_export_and_import(owner, stranger):
    read_whole(waiting_batch(owner, {"scan.pdf": PDF}))
    imported(stranger, exported(owner))
    theirs = Drawing.objects.owned_by(stranger).order_by("pk")
    assert [drawing.member_title for drawing in theirs] == [f"scan.pdf, page {number}" for number in (1, 2, 3)]
    assert all(drawing.has_file for drawing in theirs)
