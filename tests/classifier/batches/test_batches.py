"""Reading batches: what becomes of each member, and that nothing is lost or read twice whatever happens."""

import os
import signal
import subprocess
import time
import uuid
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from classifier.batches import answering, lifecycle, reading, results, storage, worker
from classifier.digits import originals, orphans
from classifier.digits.intake import accept_picture
from classifier.digits.predictions import answer_predictions
from classifier.errors import ArchiveRejected, NotFound, SiteBusy, TooManyBatches
from classifier.models import Batch, BatchFile, Digit, Drawing, Prediction, bulk
from classifier.recognition.preprocessing.strokes import render
from tests.archives import incoming, read_whole, waiting_batch, zipped
from tests.factories import FORTY_SEVEN, ONE, drawn_digit, picture, seven, sketch

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

PNG = picture(seven(40))
NUMBER = picture(255 - render(sketch(FORTY_SEVEN)))
BLANK = picture(np.full((40, 40), 255, np.uint8))


@pytest.fixture(autouse=True)
def _served(model_version, monkeypatch):
    """A network is in service, and no broker is asked for anything."""
    sent = []
    monkeypatch.setattr(lifecycle, "send", lambda batch_id: sent.append(batch_id) or True)
    return sent


def many(count):
    return {f"{number % 10}/{number:04}.png": PNG for number in range(count)}


def members_of(batch):
    return list(Drawing.objects.filter(batch=batch).order_by("pk").values_list("member", flat=True))


def files(folder):
    return [path for path in (Path(django_settings.DATA_DIR) / folder).rglob("*") if path.is_file()]


def test_every_member_becomes_a_drawing_with_an_answered_digit(owner, model_version):
    batch = read_whole(waiting_batch(owner, {"b.png": PNG, "a.png": PNG}))
    assert (batch.status, batch.total, batch.read, batch.failed, batch.digits) == ("done", 2, 2, 0, 2)
    assert members_of(batch) == ["b.png", "a.png"]
    digit = Digit.objects.owned_by(owner).with_predictions().first()
    assert (digit.prediction.status, digit.prediction.label) == ("done", 7)
    assert digit.prediction.model_version == model_version
    assert digit.drawing.source == Drawing.Source.BATCH
    assert (digit.drawing.width, digit.drawing.original_format) == (40, "PNG")


def test_answers_are_those_that_single_pictures_get(owner):
    """Same decoding, framing, network and verdict, however many are answered together."""
    pictures = {"7.png": PNG, "1.png": picture(255 - render(sketch(ONE))), "47.png": NUMBER}
    read_whole(waiting_batch(owner, pictures))
    for name, content in pictures.items():
        accept_picture(owner, SimpleUploadedFile(name, content), Drawing.Source.UPLOAD)
    answer_predictions(list(Prediction.objects.waiting().values_list("pk", flat=True)))
    fields = ["digit__hints", "digit__box", "digit__position", "verdict", "reason", "label", "candidates"]
    rows = {
        source: list(Prediction.objects.filter(digit__drawing__source=source).order_by("pk").values_list(*fields))
        for source in ("batch", "upload")
    }
    assert rows["batch"] == rows["upload"]
    assert len(rows["batch"]) == 4
    pixels = [bytes(each) for each in Digit.objects.order_by("pk").values_list("pixels", flat=True)]
    assert pixels[:4] == pixels[4:]
    probabilities = np.array(Prediction.objects.order_by("digit").values_list("probabilities", flat=True))
    assert np.allclose(probabilities[:4], probabilities[4:], atol=1e-5)


def test_several_digits_on_a_picture_are_a_number_unless_said_otherwise(owner):
    apart = read_whole(waiting_batch(owner, {"47.png": NUMBER}))
    together = read_whole(waiting_batch(owner, {"47.png": NUMBER}, one_digit=True))
    labelled = read_whole(waiting_batch(owner, {"4/47.png": NUMBER}))
    assert (apart.read, apart.digits) == (1, 2)
    assert (together.read, together.digits, labelled.digits) == (1, 1, 1)
    assert list(Digit.objects.filter(drawing__batch=apart).order_by("pk").values_list("position", flat=True)) == [0, 1]


def test_labels_make_accuracy_and_confusion(owner):
    table = b"filename,label\n7/wrong.png,1\nloose.png,7\nnonsense,x\n"
    given = {"7/right.png": PNG, "7/wrong.png": PNG, "loose.png": PNG, "other.png": PNG, "labels.csv": table}
    batch = read_whole(waiting_batch(owner, given))
    assert (batch.labelled, batch.right, batch.total) == (3, 2, 4)
    assert (batch.confusion[7][7], batch.confusion[1][7], sum(map(sum, batch.confusion))) == (2, 1, 3)
    assert batch.accuracy == pytest.approx(2 / 3)
    assert batch.message == "1 line of labels.csv gave no label from 0 to 9."
    labels = dict(Drawing.objects.filter(batch=batch).values_list("member", "true_label"))
    assert labels == {"7/right.png": 7, "7/wrong.png": 1, "loose.png": 7, "other.png": None}


BAD = {
    "text.png": (b"what a nice day", "unsupported_format"),
    "cut.png": (PNG[:-20], "unreadable"),
    "blank.png": (BLANK, "no_ink"),
    "hidden.png": (zipped({"a.png": PNG}), "archive"),
    "inner.zip": (zipped({"a.png": PNG}), "archive"),
    "empty.png": (b"", "empty"),
    "../up.png": (PNG, "unsafe_name"),
    "wide.png": (picture(np.zeros((1, 1_100_000), np.uint8)), "too_large"),
}


def test_files_that_cannot_be_read_are_named_and_do_not_stop_the_rest(owner, settings):
    settings.PICTURE_MAX_MEGAPIXELS = 1
    mixed: dict[str, bytes] = {}
    for number, (name, (content, _)) in enumerate(BAD.items()):
        mixed |= {name: content, f"{number}.png": PNG}
    batch = read_whole(waiting_batch(owner, mixed))
    assert (batch.status, batch.read, batch.failed, batch.total) == ("done", len(BAD), len(BAD), 2 * len(BAD))
    told = {failure.name: failure.reason for failure in BatchFile.objects.filter(batch=batch)}
    assert told == {name: reason for name, (_, reason) in BAD.items()}
    assert all(failure.sentence.endswith(".") for failure in batch.failures.all())
    assert not Path(django_settings.DATA_DIR).joinpath("up.png").exists()


@pytest.mark.parametrize("how", ["os.kill(os.getpid(), 9)", "time.sleep(60)"])
def test_member_that_kills_its_decoder_is_named_and_the_rest_is_read(owner, how, monkeypatch, tmp_path):
    """A child that dies is replaced; who was read before and after is not asked again in vain."""
    code = "import os, sys, time, classifier.decoding.server as d; well = d.decode\n"
    code += "d.TIME_S = 1; d._warm_up = lambda: None\n"
    code += f"d.decode = lambda data, *a, **k: {how} if len(data) > 2000 else well(data, *a, **k)\n"
    code += "d.serve(sys.argv[1], 2)"
    own = answering.MemberDecoder(2)
    start = subprocess.Popen

    def cruelly(command, **more):
        return start([command[0], "-c", code, command[3]], **more)

    monkeypatch.setattr("classifier.decoding.server_process.subprocess.Popen", cruelly)
    for module in (answering, reading):
        monkeypatch.setattr(module, "decoder", lambda: own)
    cruel = picture(np.random.default_rng(1).integers(0, 255, (60, 60)).astype(np.uint8))
    batch = read_whole(waiting_batch(owner, {**many(5), "cruel.png": cruel, **{f"x{n}.png": PNG for n in range(5)}}))
    own.stop()
    assert (batch.status, batch.read, batch.failed) == ("done", 10, 1)
    assert batch.failures.get().sentence == "This picture could not be read: opening it took too long or failed."


def test_what_is_refused_leaves_nothing(owner, settings):
    settings.BATCH_MAX_FILES = 3
    before = len(files("media"))
    for data in (zipped(many(4)), b"no archive", zipped({}), zipped(many(2))[:-40]):
        with pytest.raises(ArchiveRejected), incoming(data) as file:
            lifecycle.accept_batch(owner, file)
    assert (Batch.objects.count(), len(files("media")), files("incoming")) == (0, before, [])


def test_the_archive_is_kept_as_it_came(owner):
    data = zipped(many(3))
    batch = waiting_batch(owner, data)
    assert Path(batch.file.path).read_bytes() == data
    assert str(batch.public_id) in batch.file.name
    assert files("incoming") == []


def test_a_person_has_only_so_many_batches_at_once(owner, stranger):
    for _ in range(lifecycle.WAITING_AT_MOST):
        waiting_batch(owner, {"7.png": PNG})
    with pytest.raises(TooManyBatches):
        waiting_batch(owner, {"7.png": PNG})
    waiting_batch(stranger, {"7.png": PNG})


@pytest.fixture
def small_steps(monkeypatch):
    """Ten members in a transaction, and no more than one such piece in a task."""
    monkeypatch.setattr(reading, "MEMBERS_AT_ONCE", 10)
    monkeypatch.setattr(reading, "processes", lambda: 1)


def fall_after(monkeypatch, pieces, error=KeyboardInterrupt):
    """The worker falls after so many pieces were stored."""
    store, stored = reading.store, []

    def fragile(batch, outcome):
        if len(stored) == pieces:
            raise error
        stored.append(outcome)
        store(batch, outcome)

    monkeypatch.setattr(reading, "store", fragile)
    return store


@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_a_worker_that_falls_loses_nothing_and_nothing_is_read_twice(owner, small_steps, monkeypatch, pieces):
    names = many(45)
    batch = waiting_batch(owner, names)
    store = fall_after(monkeypatch, pieces)
    with pytest.raises(KeyboardInterrupt):
        reading.carry_on(batch.pk)
    monkeypatch.setattr(reading, "store", store)
    assert not reading.carry_on(batch.pk)  # somebody holds it still, for all we know
    Batch.objects.update(heartbeat=timezone.now() - timedelta(seconds=Batch.policy.lease_s + 1))
    assert lifecycle.late_batches() == [batch.pk]
    assert lifecycle.late_batches() == []
    batch = read_whole(batch)
    assert (batch.status, batch.read) == ("done", 45)
    assert members_of(batch) == list(names)


def test_a_fall_in_the_middle_of_a_transaction_leaves_nothing_of_it(owner, small_steps, monkeypatch):
    batch = waiting_batch(owner, many(20))

    insert = bulk.Rows.insert

    def fall(self, **late):
        if self.model is Prediction:
            raise KeyboardInterrupt
        return insert(self, **late)

    monkeypatch.setattr(bulk.Rows, "insert", fall)
    with pytest.raises(KeyboardInterrupt):
        reading.carry_on(batch.pk)
    assert (Drawing.objects.count(), Batch.objects.get().read) == (0, 0)


def test_whoever_was_taken_for_dead_stores_nothing_more(owner, small_steps, monkeypatch):
    """Two workers at one batch: the second has taken it over while the first was stuck."""
    batch = waiting_batch(owner, many(30))
    store, taken = reading.store, []

    def overtaken(batch, outcome):
        if not taken:
            taken.append(True)
            Batch.objects.update(heartbeat=timezone.now() - timedelta(seconds=Batch.policy.lease_s + 1))
            while reading.carry_on(batch.pk):
                pass
        store(batch, outcome)

    monkeypatch.setattr(reading, "store", overtaken)
    assert reading.carry_on(batch.pk) is False
    batch.refresh_from_db()
    assert (batch.status, batch.read, Drawing.objects.count()) == ("done", 30, 30)


def test_new_ids_follow_one_another_and_are_not_to_be_guessed(monkeypatch):
    ids = []
    for ms in (1_000, 1_001, 2**48 - 1):
        monkeypatch.setattr(bulk.time, "time_ns", lambda ms=ms: ms * 10**6 + 999_999)
        some = [bulk.new_id() for _ in range(200)]
        assert {(each.version, each.variant, each.int >> 80) for each in some} == {(7, uuid.RFC_4122, ms)}
        for bit in (*range(62), *range(64, 76)):
            assert len({each.int >> bit & 1 for each in some}) == 2
        ids.append(some)
    assert max(ids[0]) < min(ids[1]) and max(ids[1]) < min(ids[2])


def test_a_task_stops_after_its_time_and_the_next_goes_on(owner, small_steps):
    batch = waiting_batch(owner, many(25))
    assert reading.carry_on(batch.pk, should_leave=lambda: Drawing.objects.exists()) is True
    batch.refresh_from_db()
    assert 0 < batch.read < 25
    assert (batch.status, batch.holder) == ("running", None)
    assert read_whole(batch).read == 25


@pytest.fixture
def own_signals():
    """What is done at signals is as before when the test ends, as Celery wants to find it."""
    numbers = signal.SIGTERM, signal.SIGINT
    before = [signal.getsignal(number) for number in numbers]
    yield
    after = [signal.getsignal(number) for number in numbers]
    for number, what in zip(numbers, before, strict=True):
        signal.signal(number, what)
    assert after == before


@pytest.mark.usefixtures("own_signals")
def test_process_that_starts_goes_on_with_what_has_waited_longest(owner, _served):
    later, first, held = (waiting_batch(owner, many(3)) for _ in range(3))
    Batch.objects.filter(pk=first.pk).update(heartbeat=timezone.now() - timedelta(seconds=9))
    Batch.objects.filter(pk=held.pk).update(heartbeat=timezone.now() - timedelta(seconds=19), holder=uuid.uuid4())
    del _served[:]
    for read in ([first], [first, later], [first, later]):
        worker.read_waiting()
        assert set(Batch.objects.filter(status="done")) == set(read)
    assert _served == []


@pytest.mark.usefixtures("own_signals")
def test_process_told_to_end_before_it_is_a_worker_lets_the_batch_go(owner, small_steps, monkeypatch):
    batch = waiting_batch(owner, many(40))
    store = reading.store

    def told(batch, outcome):
        store(batch, outcome)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(reading, "store", told)
    with pytest.raises(SystemExit):
        worker.read_waiting()
    batch.refresh_from_db()
    assert 0 < batch.read < 40
    assert (batch.status, batch.holder) == ("running", None)


@pytest.mark.usefixtures("own_signals")
def test_process_that_cannot_begin_becomes_a_worker_all_the_same(owner, monkeypatch, caplog):
    waiting_batch(owner, many(1))
    monkeypatch.setattr(reading, "carry_on", lambda *_, **__: 1 / 0)
    worker.read_waiting()
    assert "could not be read" in caplog.text


def test_cancelling_keeps_what_was_read_and_reads_no_more(owner, small_steps, monkeypatch):
    batch = waiting_batch(owner, many(40))
    store = reading.store

    def cancelled(held, outcome):
        store(held, outcome)
        assert lifecycle.cancel_batch(batch)

    monkeypatch.setattr(reading, "store", cancelled)
    assert reading.carry_on(batch.pk) is False
    batch.refresh_from_db()
    assert (batch.status, batch.read, Drawing.objects.count()) == ("cancelled", 10, 10)
    assert batch.finished
    assert not lifecycle.cancel_batch(batch)
    assert not reading.carry_on(batch.pk)
    assert lifecycle.late_batches() == []


def test_deleting_takes_the_digits_and_the_file_along(owner, _served, monkeypatch, django_capture_on_commit_callbacks):
    others = drawn_digit(owner)
    batch = read_whole(waiting_batch(owner, {**many(25), "bad": b"x"}))
    path = Path(batch.file.path)
    monkeypatch.setattr(lifecycle, "REMOVED_AT_ONCE", 10)
    monkeypatch.setattr(lifecycle, "REMOVED_IN_REQUEST_S", 0)
    lifecycle.delete_batch(batch)
    assert not Batch.objects.owned_by(owner).exists()
    assert Drawing.objects.count() == 16  # the rest goes behind the scenes
    assert _served[-1] == batch.pk
    with django_capture_on_commit_callbacks(execute=True):
        while reading.carry_on(batch.pk):
            pass
    assert list(Digit.objects.all()) == [others]
    assert (Batch.objects.count(), BatchFile.objects.count(), path.exists()) == (0, 0, False)


def test_deleting_while_it_is_read_stops_it(owner, small_steps, monkeypatch):
    batch = waiting_batch(owner, many(40))
    store = reading.store

    def deleted(held, outcome):
        store(held, outcome)
        lifecycle.delete_batch(batch)

    monkeypatch.setattr(reading, "store", deleted)
    assert reading.carry_on(batch.pk) is False
    assert (Batch.objects.count(), Drawing.objects.count(), Digit.objects.count()) == (0, 0, 0)


def test_a_batch_whose_file_is_gone_has_failed(owner):
    batch = waiting_batch(owner, many(3))
    Path(batch.file.path).unlink()
    batch = read_whole(batch)
    assert (batch.status, batch.message) == ("failed", reading.FILE_GONE)


def test_a_batch_that_never_gets_on_fails_in_the_end(owner, monkeypatch):
    batch = waiting_batch(owner, many(3))
    fall_after(monkeypatch, 0, SiteBusy("no decoder"))
    for _ in range(Batch.policy.attempts):
        assert not reading.carry_on(batch.pk)
    assert not reading.carry_on(batch.pk)
    batch.refresh_from_db()
    assert (batch.status, batch.attempts) == ("running", Batch.policy.attempts)
    Batch.objects.update(heartbeat=timezone.now() - timedelta(minutes=1))
    assert lifecycle.late_batches() == []
    batch.refresh_from_db()
    assert (batch.status, batch.message) == ("failed", lifecycle.GAVE_UP)


def test_a_lost_message_is_sent_again_with_growing_patience(owner):
    batch = waiting_batch(owner, many(3))
    assert lifecycle.late_batches() == []
    now = timezone.now()
    Batch.objects.update(created=now - timedelta(seconds=6), heartbeat=now - timedelta(seconds=6))
    assert lifecycle.late_batches() == [batch.pk]
    Batch.objects.update(created=now - timedelta(seconds=60), heartbeat=now - timedelta(seconds=20))
    assert lifecycle.late_batches() == []
    Batch.objects.update(heartbeat=now - timedelta(seconds=31), created=now - timedelta(days=2))
    assert lifecycle.late_batches() == [batch.pk]


def test_duplicate_names_are_two_pictures_each_with_its_own_file(owner):
    blot = picture(seven(60))
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped([("a.png", PNG), ("a.png", blot)])
    batch = read_whole(waiting_batch(owner, data))
    found = Drawing.objects.filter(batch=batch).order_by("pk")
    assert [originals.member_bytes(each) for each in found] == [PNG, blot]


def test_picture_of_a_member_whose_archive_is_gone_is_not_found(owner):
    batch = read_whole(waiting_batch(owner, {"7.png": PNG}))
    Path(batch.file.path).unlink()
    with pytest.raises(NotFound):
        originals.member_bytes(Drawing.objects.get())


def test_results_hold_every_digit_and_every_failure(owner, monkeypatch):
    monkeypatch.setattr(results, "RESULTS_AT_ONCE", 2)
    batch = read_whole(
        waiting_batch(owner, {"7/a.png": PNG, "47.png": NUMBER, "b.png": PNG, "bad": b"x", "worse": b"y"})
    )
    rows = list(results.results(batch))
    places = [("7/a.png", 0), ("47.png", 0), ("47.png", 1), ("b.png", 0)]
    assert [(row["file"], row["position"]) for row in rows] == places
    assert (rows[0]["true_label"], rows[0]["digit"], len(rows[0]["probabilities"])) == (7, 7, 10)
    assert [row["file"] for row in results.failures(batch)] == ["bad", "worse"]


def test_files_without_a_row_are_removed_and_kept_ones_stay(owner, model_version, settings):
    batch = waiting_batch(owner, many(2))
    lost = Path(batch.file.path).with_name("0b0e3c0e-6c5c-4a39-8f0e-9a0f2f1b4c11.zip")
    half = Path(storage.incoming_folder()) / "half.zip"
    for path in (lost, half):
        path.write_bytes(b"x")
    for path in (lost, half, Path(batch.file.path)):
        os.utime(path, (time.time() - 7200,) * 2)
    type(model_version).objects.update(created=timezone.now() - timedelta(days=1))
    orphans.remove_orphans()
    assert (lost.exists(), half.exists(), Path(batch.file.path).exists()) == (False, False, True)
