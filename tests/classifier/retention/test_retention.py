"""Removing what is older than the site keeps: what is due, the day of notice, counts, the log, and killed runs."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone

from classifier import tasks
from classifier.digits import corrections, orphans
from classifier.http.metrics import database
from classifier.models import AuditEntry, Batch, Digit, Drawing, Import, NumberCorrection, Retention
from classifier.retention import due, removal
from tests.archives import read_whole, waiting_batch
from tests.factories import drawn_digit, picture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
OLD = timedelta(days=40)


@pytest.fixture(autouse=True)
def _both_settings(settings):
    settings.KEEP_ORIGINALS_DAYS = settings.KEEP_DIGITS_DAYS = 0


def aged(drawing, by=OLD):
    Drawing.objects.filter(pk=drawing.pk).update(created=timezone.now() - by)
    drawing.refresh_from_db()
    return drawing


def with_file(owner, by=OLD):
    """An uploaded picture of that age, with its file."""
    drawing = drawn_digit(owner).drawing
    drawing.strokes, drawing.source, drawing.original_format = None, "upload", "PNG"
    drawing.original.save(f"{drawing.public_id}.png", ContentFile(picture()))
    drawing.save()
    return aged(drawing, by)


def exists(drawing, name):
    return bool(name) and drawing.original.storage.exists(name)


def accepted(digits, text):
    """Accepts the correction of a number."""
    whole = corrections.correct_number(digits, text)
    NumberCorrection.objects.update(review="accepted")
    return whole


def after_notice():
    """What the scheduler does in its first run, and then a day later."""
    assert removal.carry_out() == 0
    Retention.objects.filter(days__gt=0).update(starts=timezone.now() - timedelta(seconds=1))
    return removal.carry_out()


def test_nothing_is_removed_without_the_settings(owner, model_version):
    drawing = with_file(owner)
    assert after_notice() == 0
    drawing.refresh_from_db()
    assert exists(drawing, drawing.original.name)


def test_originals_go_after_their_days_and_the_digit_stays(owner, owner_client, model_version, settings):
    settings.KEEP_ORIGINALS_DAYS = 30
    old, new = with_file(owner), with_file(owner, timedelta(days=29))
    name = old.original.name
    assert after_notice() == 1
    assert not exists(old, name)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.original.name, exists(new, new.original.name)) == ("", True)
    digit = Digit.objects.get(drawing=old)
    assert owner_client.get(f"/digits/{digit.public_id}/").status_code == 200
    assert owner_client.get(f"/digits/{digit.public_id}/picture/").status_code == 200  # the pixels of the digit
    assert orphans.remove_orphans() == 0


def test_first_run_waits_a_day_also_after_days_are_shortened(owner, model_version, settings):
    with_file(owner)
    settings.KEEP_ORIGINALS_DAYS = 35
    assert after_notice() == 1
    with_file(owner, timedelta(days=34))
    settings.KEEP_ORIGINALS_DAYS = 30
    assert removal.carry_out() == 0
    noticed = Retention.objects.get(kind="originals").starts
    assert timedelta(hours=23) < noticed - timezone.now() <= timedelta(days=1)
    assert removal.carry_out() == 0
    assert Retention.objects.get(kind="originals").starts == noticed
    settings.KEEP_ORIGINALS_DAYS = 0
    assert removal.carry_out() == 0
    settings.KEEP_ORIGINALS_DAYS = 30  # switched off in between, so there is a day again
    removal.carry_out()
    assert Retention.objects.get(kind="originals").starts > noticed
    settings.KEEP_ORIGINALS_DAYS = 32  # longer: nothing that is removed then was not announced
    assert after_notice() == 1


def test_what_networks_learn_from_stays(owner, model_version, settings):
    settings.KEEP_ORIGINALS_DAYS = settings.KEEP_DIGITS_DAYS = 30
    number, single, waiting = with_file(owner), with_file(owner), with_file(owner)
    digit_of = {drawing: Digit.objects.with_predictions().get(drawing=drawing) for drawing in (number, single, waiting)}
    accepted([digit_of[number]], "3.")
    corrections.correct(digit_of[waiting], 4)
    one = corrections.correct(digit_of[single], 5)
    type(one).objects.filter(pk=one.pk).update(review="accepted")
    after_notice()
    assert {*Drawing.objects.all()} == {number, single}  # a correction that only waits keeps nothing
    number.refresh_from_db()
    single.refresh_from_db()
    assert exists(number, number.original.name)
    assert single.original.name == ""  # its digit is enough to learn from


def test_drawings_go_with_everything_and_batches_with_their_last_drawing(owner, model_version, settings):
    settings.KEEP_DIGITS_DAYS = 30
    batch = read_whole(waiting_batch(owner, {"7.png": picture(), "notes.txt": b"x"}))
    storage, name = batch.file.storage, batch.file.name
    young = drawn_digit(owner)
    assert after_notice() == 0
    long_ago = timezone.now() - OLD
    Batch.objects.update(created=long_ago, finished=long_ago)
    Drawing.objects.filter(batch=batch).update(created=long_ago)
    assert removal.carry_out() == 2
    assert [*Digit.objects.values_list("pk", flat=True)] == [young.pk]
    assert (Batch.objects.count(), storage.exists(name)) == (0, False)


def test_archives_are_originals_too(owner, owner_client, model_version, settings):
    settings.KEEP_ORIGINALS_DAYS = 30
    batch = read_whole(waiting_batch(owner, {"7.png": picture()}))
    storage, name = batch.file.storage, batch.file.name
    Batch.objects.update(created=timezone.now() - OLD, finished=timezone.now() - OLD)
    assert after_notice() == 1
    batch.refresh_from_db()
    assert (batch.file.name, storage.exists(name)) == ("", False)
    digit = Digit.objects.get()
    assert (digit.drawing.member, digit.drawing.member_at) == ("7.png", None)
    for page in (f"/digits/{digit.public_id}/", f"/digits/{digit.public_id}/picture/", f"/batches/{batch.public_id}/"):
        assert owner_client.get(page).status_code == 200


def test_what_an_import_brought_is_as_old_as_the_import(owner, model_version, settings):
    settings.KEEP_DIGITS_DAYS = 30
    taken = Import.objects.create(owner=owner, name="mine.zip", size=1)
    aged(drawn_digit(owner).drawing)
    Drawing.objects.update(brought_by=taken)
    assert after_notice() == 0
    Import.objects.update(created=timezone.now() - OLD)
    assert removal.carry_out() == 1


def test_removal_is_recorded_and_counted_once_also_after_a_killed_run(owner, model_version, settings, monkeypatch):
    settings.KEEP_ORIGINALS_DAYS = 30
    monkeypatch.setattr(removal, "STEP", 2)
    names = [with_file(owner).original.name for _ in range(5)]
    storage = Drawing.original.field.storage
    deleted = []

    def killed_at_the_third(name):
        if len(deleted) == 3:
            raise KeyboardInterrupt
        deleted.append(name)
        (settings.MEDIA_ROOT / name).unlink(missing_ok=True)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "delete", killed_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            after_notice()
    # Two are done; the file of a third is gone, and its row does not know that yet.
    assert (Drawing.objects.exclude(original="").count(), AuditEntry.objects.count()) == (3, 0)
    removal.carry_out()
    assert [name for name in names if storage.exists(name)] == []
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.by, entry.detail) == ("removed_old", None, "5 originals older than 30 days")
    tasks.remove_old()
    assert AuditEntry.objects.count() == 1
    samples = {sample.labels["kind"]: sample.value for sample in database._removed().samples}
    assert samples == {"originals": 5, "digits": 0}


def test_command_and_dashboard_say_what_would_be_removed(owner, staff_client, model_version, settings, capsys):
    call_command("retention")
    assert "Everything is kept until its owner deletes it" in capsys.readouterr().out
    settings.KEEP_ORIGINALS_DAYS, settings.KEEP_DIGITS_DAYS = 30, 36500
    with_file(owner)
    call_command("retention")
    first, second = capsys.readouterr().out.splitlines()
    assert "Would remove 1 originals older than 30 days" in first
    assert "a day after the scheduler has noticed the setting" in first
    assert "Would remove 0 drawings older than 36500 days" in second
    removal.announce()
    call_command("retention")
    assert "this begins on" in capsys.readouterr().out
    assert "Would remove 1 originals" in staff_client.get("/staff/").text
    after_notice()
    call_command("retention")
    assert "The site removes originals older than 30 days" in capsys.readouterr().out


def test_page_on_privacy_says_for_how_long(client, settings):
    assert "are removed after" not in client.get("/privacy/").text
    settings.KEEP_ORIGINALS_DAYS, settings.KEEP_DIGITS_DAYS = 30, 1
    text = " ".join(client.get("/privacy/").text.split())
    assert "Files as you sent them are removed after 30 days" in text
    assert "Drawings with all that belongs to them are removed after 1 day," in text


def test_scheduler_sends_it_to_the_training_worker(settings):
    from celery import current_app

    assert tasks.remove_old.name in [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert current_app.amqp.router.route({}, tasks.remove_old.name)["queue"].name == "training"


def test_counts_end_at_a_limit(owner, model_version, settings, monkeypatch):
    settings.KEEP_DIGITS_DAYS = 30
    monkeypatch.setattr(due, "COUNTED_TO", 2)
    for _ in range(4):
        aged(drawn_digit(owner).drawing)
    assert due.due(Retention.Kind.DIGITS).drawings == 3
