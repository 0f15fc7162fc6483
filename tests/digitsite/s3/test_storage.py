"""A site whose files are in a real store that speaks S3: nothing of them is on its own disk."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.config import Config
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from classifier.batches import lifecycle, planning
from classifier.digits import networks, orphans
from classifier.errors import StorageAway
from classifier.models import Batch, Digit, Drawing, ModelVersion
from classifier.recognition.errors import ModelFileDamaged
from classifier.transfer.exporting.archives import as_zip
from classifier.transfer.importing import importer, jobs
from digitsite.doctor import files as doctor
from digitsite.s3.storage import Storage
from tests.archives import PNG, read_whole, waiting_batch, zipped
from tests.backups import Installation, everything
from tests.environment import WAYS_IN
from tests.factories import blank_pdf, drawn_digit, pad_form
from tests.services import free_port, wait_until

PICTURE = b"digitsite" * 20_000


def sent(client, data=PNG):
    return client.post("/api/v1/digits/", {"image": SimpleUploadedFile("7.png", data, "image/png")})


@pytest.fixture
def version(model_version, request):
    """The network in service, whose files have been stored by another machine."""
    content = {name: default_storage.open(name).read() for name in names_of_files(model_version)}
    store = request.getfixturevalue("store")
    for name, data in content.items():
        store.client().put_object(Bucket=store.bucket, Key=name, Body=data)
    return model_version


def names_of_files(version):
    return [version.tflite_file.name, version.keras_file.name, version.h5_file.name]


@pytest.fixture
def local_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return lambda: [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


@pytest.fixture
def away(store, settings):
    """Nothing listens where the store is expected."""
    elsewhere = store.storages()
    elsewhere["OPTIONS"]["endpoint_url"] = f"http://127.0.0.1:{free_port()}"
    before = settings.STORAGES

    def go():
        settings.STORAGES = {**before, "default": elsewhere}

    return go


def test_picture_is_stored_shown_exported_and_deleted(
    owner_client, version, store, local_files, django_capture_on_commit_callbacks
):
    assert sent(owner_client).status_code in (201, 202)
    digit = Digit.objects.get()
    assert store.objects()[digit.drawing.original.name] == len(PNG)
    shown = owner_client.get(f"/digits/{digit.public_id}/picture/")
    assert (b"".join(shown.streaming_content), shown["Content-Length"]) == (PNG, str(len(PNG)))
    export = b"".join(owner_client.get("/export/all.zip").streaming_content)
    with zipfile.ZipFile(io.BytesIO(export)) as archive:
        assert archive.read(f"originals/{digit.drawing.public_id}.png") == PNG
    with django_capture_on_commit_callbacks(execute=True):
        digit.drawing.delete()
    assert {name for name in store.objects() if not name.startswith("models/")} == set()
    assert local_files() == []


def test_batch_is_read_by_ranges(owner, version, store, monkeypatch):
    monkeypatch.setattr(lifecycle, "send", lambda batch_id: True)
    monkeypatch.setattr(planning, "MEMBERS_AT_ONCE", 4)
    noise = {f"noise{number}.txt": bytes(range(256)) * 8000 for number in range(8)}  # no pictures, and never read
    labels = {"labels.csv": b"file,label\na/7.png,7\n"}
    rows = {"a/7.png": PNG, "pages.pdf": blank_pdf(2), **noise, "b/7.png": PNG} | labels
    batch = waiting_batch(owner, zipped(rows, zipfile.ZIP_STORED))
    before = len(store.requests())
    batch = read_whole(batch)
    assert (batch.status, batch.read, batch.failed, batch.labelled) == ("done", 2, 10, 1)
    assert Drawing.objects.filter(batch=batch).count() == 2
    assert any("GET" in line for line in store.requests()[before:])


@pytest.mark.slow
def test_only_what_is_read_of_an_archive_is_fetched(owner, owner_client, version, store, settings, monkeypatch):
    monkeypatch.setattr(lifecycle, "send", lambda batch_id: True)
    settings.UPLOAD_MAX_MB = 1
    rows = {"7.png": PNG, "huge.png": bytes(8 * 2**20)}  # larger than a picture may be, so it is not opened
    batch = waiting_batch(owner, zipped(rows, zipfile.ZIP_STORED))
    fetched = []
    of_range = Storage._range
    monkeypatch.setattr(Storage, "_range", lambda *given: fetched.append(given[3] - given[2]) or of_range(*given))
    assert read_whole(batch).status == "done"
    digit = Digit.objects.get()
    shown = owner_client.get(f"/digits/{digit.public_id}/picture/")
    assert shown.content == PNG
    assert sum(fetched) < 2**20


@pytest.mark.slow
def test_network_of_another_machine_is_loaded(version, store, monkeypatch):
    monkeypatch.setattr(networks, "_networks", networks._Networks())  # as in a process that has just started
    assert networks.network_in_service()[0] == version
    store.client().delete_object(Bucket=store.bucket, Key=version.tflite_file.name)
    monkeypatch.setattr(networks, "_networks", networks._Networks())
    with pytest.raises(ModelFileDamaged):
        networks.network_of(version)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.django_db(transaction=True)
def test_backup_is_restored_into_another_bucket(owner_client, version, store, tmp_path):
    sent(owner_client)
    call_command("backup", str(tmp_path / "backup"), verbosity=0)
    store.client().create_bucket(Bucket="restored")
    there = Installation(tmp_path / "restored", settings=WAYS_IN | store.variables() | {"S3_BUCKET": "restored"})
    there.manage("restore", str(tmp_path / "backup"))
    assert there.contents() == everything()
    assert store.objects("restored") == store.objects()
    assert there.files() == {}


def test_store_that_is_away_is_503_and_loses_nothing(owner_client, version, away):
    assert sent(owner_client).status_code in (201, 202)
    digit = Digit.objects.get()
    away()
    owner_client.raise_request_exception = False
    for answer in (sent(owner_client), owner_client.get(f"/digits/{digit.public_id}/picture/")):
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
        assert "cannot reach its files" in answer.text
    assert Drawing.objects.count() == 1
    assert owner_client.post("/drawings/", pad_form()).status_code == 302  # needs no file
    assert owner_client.get("/history/").status_code == 200
    assert owner_client.get("/readyz").json()["checks"]["files"] == "unreachable"


@pytest.mark.slow
def test_export_breaks_off_instead_of_calling_files_missing(owner_client, version, away):
    sent(owner_client)
    away()
    with pytest.raises(StorageAway):
        b"".join(owner_client.get("/export/all.zip").streaming_content)


def test_batch_waits_while_the_store_is_away(owner, version, store, away, settings, monkeypatch):
    monkeypatch.setattr(lifecycle, "send", lambda batch_id: True)
    batch, there = waiting_batch(owner, {"7.png": PNG}), settings.STORAGES
    away()
    batch = read_whole(batch)
    assert (batch.status, batch.attempts, batch.message) == (
        Batch.Status.RUNNING,
        0,
        "The site could not reach its files. This goes on by itself when it can.",
    )
    settings.STORAGES = there
    assert read_whole(batch).status == "done"


@pytest.mark.slow
def test_import_waits_while_the_store_is_away(owner, version, store, away, settings, monkeypatch):
    monkeypatch.setattr(jobs, "send", lambda import_id: True)
    drawn_digit(owner)
    export = b"".join(as_zip(owner, Digit.objects.owned_by(owner)))
    Drawing.objects.all().delete()
    job, there = jobs.request_import(owner, SimpleUploadedFile("export.zip", export)), settings.STORAGES
    away()
    job = importer.run(job.public_id)
    assert (job.status, job.holder, job.attempts, job.error) == ("running", None, 0, jobs.FILES_AWAY)
    settings.STORAGES = there
    assert importer.run(job.public_id).status == "done"
    assert Drawing.objects.count() == 1


@pytest.mark.slow
def test_version_is_not_set_aside_while_the_store_is_away(version, away, monkeypatch):
    away()
    networks.look_after_versions()
    version.refresh_from_db()
    assert (version.is_active, version.damaged) == (True, None)


@pytest.mark.slow
def test_deleting_while_the_store_is_away_leaves_a_file_without_a_row(
    owner_client, version, store, away, settings, django_capture_on_commit_callbacks, monkeypatch
):
    sent(owner_client)
    there, drawing = settings.STORAGES, Drawing.objects.get()
    away()
    with django_capture_on_commit_callbacks(execute=True):
        drawing.delete()
    settings.STORAGES = there
    assert drawing.original.name in store.objects()
    ModelVersion.objects.update(created=timezone.now() - timedelta(days=1))
    monkeypatch.setattr(orphans, "AGE", timedelta(0))  # as if hours had passed
    assert orphans.remove_orphans()
    assert drawing.original.name not in store.objects()


@pytest.mark.slow
def test_hanging_store_keeps_one_request_waiting_and_no_other(store, monkeypatch):
    monkeypatch.setattr(Storage, "client_config", Storage.client_config.merge(Config(read_timeout=0.3)))
    storage = Storage(**store.storages()["OPTIONS"])
    storage.save("a/7.png", ContentFile(PICTURE))
    with store.hanging():
        with pytest.raises(StorageAway, match="does not answer"):
            storage.size("a/7.png")
        with pytest.raises(StorageAway, match="a moment ago"):
            storage.size("a/7.png")
    wait_until(lambda: not storage._breaker.is_open, 20, "the store is asked again")
    assert storage.size("a/7.png") == len(PICTURE)


def test_file_is_as_stored_and_missing_ones_are_missing(store):
    name = default_storage.save("a/7.png", ContentFile(PICTURE))
    with default_storage.open(name) as file:
        assert (file.read(9), file.seek(-9, 2), file.read()) == (PICTURE[:9], len(PICTURE) - 9, PICTURE[-9:])
    with file.open("rb"):  # as a field of a row does, which keeps its file
        assert file.read(9) == PICTURE[:9]
    assert (default_storage.listdir("a"), default_storage.exists("b")) == (([], ["7.png"]), False)
    for ask in (default_storage.open, default_storage.size, default_storage.get_modified_time):
        with pytest.raises(FileNotFoundError):
            ask("a/8.png")
    assert default_storage.url(name) == ""  # the site itself passes files on
    with pytest.raises(SuspiciousFileOperation):
        default_storage.save("../a", ContentFile(b""))


@pytest.mark.slow
def test_doctor_tries_the_store(said_by_files, store, away, settings):
    assert "ok: The site can store, read, list and delete files in the bucket digits" in said_by_files()
    assert not any(name.startswith("doctor/") for name in store.objects())
    settings.STORAGES["default"]["OPTIONS"]["bucket_name"] = "another"
    settings.STORAGES = dict(settings.STORAGES)
    assert "wrong: The files in the bucket digits" in said_by_files()
    away()
    assert "does not answer" in said_by_files()


@pytest.mark.slow
def test_doctor_names_what_only_this_machine_has(said_by_files, store, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "")
    monkeypatch.setenv("REDIS_URL", "redis://shared:6379/0")
    assert "note: The key that signs sessions is in DATA_DIR, on this machine only (SECRET_KEY)." in said_by_files()
    assert "REDIS_URL" not in said_by_files()


@pytest.fixture
def said_by_files(db):
    return lambda: "\n".join(f"{each.state}: {each.sentence}" for each in doctor.check())


@pytest.mark.slow
def test_administration_opens_rows_with_files(owner_client, staff_client, version, store, owner):
    sent(owner_client)
    batch = waiting_batch(owner, {"7.png": PNG})
    for row in (version, Drawing.objects.get(), batch):
        page = staff_client.get(f"/admin/classifier/{row._meta.model_name}/{row.pk}/change/")
        assert page.status_code == 200
        assert store.url not in page.text
