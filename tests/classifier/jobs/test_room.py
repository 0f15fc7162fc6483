"""Room on the disk: what waits while there is little, and the ballast that gives way."""

import pytest
from django.conf import settings

from classifier.batches import reading
from classifier.http import health
from classifier.jobs import room
from classifier.models import Batch, Import
from classifier.transfer.importing import jobs as imports


@pytest.fixture
def set_room(monkeypatch):
    """set_room(mb): that much is free."""

    def set_to(mb: int) -> None:
        monkeypatch.setattr(room, "free_mb", lambda: mb)

    return set_to


def test_ballast_is_made_while_there_is_room_and_gives_way(set_room, caplog):
    ballast = settings.DATA_DIR / "run" / "ballast"
    set_room(1000)
    room.look_after()
    assert ballast.stat().st_blocks * 512 >= settings.DISK_RESERVE_MB * 2**20 // 2
    set_room(3)
    room.look_after()
    assert not ballast.exists()
    assert "is full: large uploads are refused" in caplog.text


def test_probe_says_that_the_disk_is_full(db, set_room):
    set_room(3)
    assert health.readiness()["disk"] == "full: 3 MB left"


def test_large_upload_is_refused_and_a_small_one_is_not(owner_client, set_room):
    set_room(3)
    answer = owner_client.post("/pictures/", {"image": b"x" * 300_000}, headers={"Accept": "text/html"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "disk is full" in answer.text
    assert owner_client.post("/pictures/", {"one_digit": "on"}).status_code == 400


def test_batches_and_imports_wait_and_say_why(owner, set_room):
    batch = Batch.objects.create(owner=owner, name="sevens.zip", size=1, total=1, position=0)
    job = Import.objects.create(owner=owner, name="export.zip", size=1)
    set_room(3)
    assert reading.carry_on(batch.pk) is False
    assert imports.start_process(job.pk) is False
    batch.refresh_from_db()
    job.refresh_from_db()
    assert (batch.message, batch.attempts) == (room.WAITS, 0)
    assert (job.error, job.attempts) == (room.WAITS, 0)


def test_right_password_is_not_called_wrong_while_nothing_can_be_counted(client, owner, set_room, monkeypatch):
    monkeypatch.setattr("allauth.core.ratelimit.consume", lambda *_, **__: None)  # as if the table could not grow
    set_room(0)
    client.raise_request_exception = False
    answer = client.post("/account/login/", {"login": "owner", "password": "seven-of-nine-7"})
    assert answer.status_code == 503
