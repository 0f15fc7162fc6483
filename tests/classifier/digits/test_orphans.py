"""Files that a killed process left without a row are removed, and no other files."""

import os
import time
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from classifier import tasks
from classifier.digits import intake, orphans, registry
from classifier.models import Activation, Drawing, ModelVersion
from tests.factories import picture

HOURS = 3600
MEDIA = Path(ModelVersion.tflite_file.field.storage.path(""))

pytestmark = pytest.mark.django_db


@pytest.fixture
def model_version(db):
    """The version has its own files in a folder with its name."""
    return registry.register_version(registry.BUNDLED / "first_cnn")


@pytest.fixture(autouse=True)
def _in_use_for_a_day(model_version, tmp_path):
    """The site was set up yesterday and has no other files; removes the files of a test."""
    before = {path for path in MEDIA.rglob("*") if path.is_file()}
    age({path for path in before if str(model_version.public_id) not in str(path)}, 100 * HOURS)
    ModelVersion.objects.update(created=timezone.now() - timedelta(days=1))
    yield
    for path in {path for path in MEDIA.rglob("*") if path.is_file()} - before:
        path.unlink()


def age(paths, seconds: float) -> None:
    then = time.time() - seconds
    for path in paths:
        os.utime(path, (then, then))


def stored(name: str, hours: float) -> Path:
    """A stored file that was written some hours ago."""
    path = MEDIA / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left behind")
    age([path], hours * HOURS)
    return path


def test_files_of_a_version_without_a_row_are_removed_with_their_folder():
    folder = uuid.uuid4()
    left = [stored(f"models/{folder}/mnist_cnn_model.{kind}", 2) for kind in ("tflite", "keras")]
    assert orphans.remove_orphans() == 2
    assert not left[0].parent.exists()
    assert orphans.remove_orphans() == 0


def test_empty_folder_of_a_killed_process_is_removed():
    left, fresh, foreign = (MEDIA / "models" / str(name) for name in (uuid.uuid4(), uuid.uuid4(), "notes"))
    for folder in (left, fresh, foreign):
        folder.mkdir(parents=True)
    try:
        age([left, foreign], 2 * HOURS)
        assert orphans.remove_orphans() == 0
        assert [folder.exists() for folder in (left, fresh, foreign)] == [False, True, True]
    finally:
        fresh.rmdir()
        foreign.rmdir()


def test_original_without_a_row_is_removed():
    left = stored(f"originals/2026/11/{uuid.uuid4()}.png", 2)
    assert orphans.remove_orphans() == 1
    assert not left.exists()
    assert left.parent.exists()  # another upload may be on its way into it


def test_files_with_a_row_stay(model_version, owner):
    digit = intake.accept_picture(owner, SimpleUploadedFile("7.png", picture()), Drawing.Source.UPLOAD)
    files = [Path(digit.drawing.original.path), *Path(model_version.tflite_file.path).parent.iterdir()]
    assert len(files) == 4
    age(files, 2 * HOURS)
    assert orphans.remove_orphans() == 0
    assert all(path.exists() for path in files)
    Drawing.objects.filter(pk=digit.drawing.pk).delete()


@pytest.mark.parametrize("hours", [0.9, 30], ids=["its row may still come", "older than this database"])
def test_recent_and_very_old_files_stay(hours):
    kept = [
        stored(f"models/{uuid.uuid4()}/mnist_cnn_model.tflite", hours),
        stored(f"originals/2026/11/{uuid.uuid4()}.png", hours),
    ]
    assert orphans.remove_orphans() == 0
    assert all(path.exists() for path in kept)


def test_files_with_other_names_stay():
    kept = [stored("models/README.txt", 2), stored("originals/notes.txt", 2), stored(f"{uuid.uuid4()}.png", 2)]
    assert orphans.remove_orphans() == 0
    assert all(path.exists() for path in kept)


def test_nothing_is_removed_without_model_versions():
    stored(f"originals/2026/11/{uuid.uuid4()}.png", 2)
    Activation.objects.all().delete()
    ModelVersion.objects.all().delete()
    assert orphans.remove_orphans() == 0


def test_many_files_take_few_statements(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(orphans, "AT_ONCE", 10)
    for _ in range(25):
        stored(f"originals/2026/11/{uuid.uuid4()}.png", 2)
    folders = ["models", *(folder for _, _, folder in orphans.WITH_FILES)]
    counts = [len([path for path in (MEDIA / folder).rglob("*") if path.is_file()]) for folder in folders]
    with django_assert_num_queries(1 + sum(-(-count // 10) for count in counts)):
        assert orphans.remove_orphans() == 25


def test_other_storages_are_cleaned_too(monkeypatch):
    storage = InMemoryStorage()
    monkeypatch.setattr(Drawing.original.field, "storage", storage)
    name = storage.save(f"originals/2026/11/{uuid.uuid4()}.png", ContentFile(b"left behind"))
    assert orphans.remove_orphans() == 0
    monkeypatch.setattr(orphans, "AGE", timedelta(0))
    assert orphans.remove_orphans() >= 1
    assert not storage.exists(name)


def test_storage_that_cannot_list_is_skipped(monkeypatch):
    for field in (Drawing.original.field, ModelVersion.tflite_file.field):
        monkeypatch.setattr(field, "storage", Storage())
    assert orphans.remove_orphans() == 0


def test_scheduler_sends_the_task_to_the_training_queue(settings):
    asked = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert tasks.remove_orphans.name in asked
    assert current_app.amqp.router.route({}, tasks.remove_orphans.name)["queue"].name == "training"
    left = stored(f"models/{uuid.uuid4()}/mnist_cnn_model.h5", 2)
    tasks.remove_orphans()
    assert not left.exists()
