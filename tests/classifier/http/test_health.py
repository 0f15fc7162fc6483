"""What an operator's probe learns: the process lives, and what it lacks to answer."""

import pytest
from django.db import connection
from django.db.utils import OperationalError

from classifier.jobs import replies
from classifier.models import ModelVersion
from digitsite import __version__


@pytest.fixture
def nobody_answers(monkeypatch, redis_server):
    redis_server.delete("answered")
    monkeypatch.setattr("classifier.http.health.PROBE_S", 0.01)


@pytest.fixture
def redis_away(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    replies.connection.cache_clear()
    yield
    replies.connection.cache_clear()


def missing(client):
    response = client.get("/readyz")
    assert response.status_code == (503 if response.json()["missing"] else 200)
    assert response.json()["ready"] == (response.status_code == 200)
    assert "no-store" in response.headers["Cache-Control"]
    return response.json()["missing"]


def test_process_that_lives_says_so_whatever_is_away(client, redis_away, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(connection, "ensure_connection", lambda: 1 / 0)
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "version": __version__})


def test_with_everything_there_the_site_is_ready(client, inference_worker, redis_server):
    redis_server.delete("answered")
    assert missing(client) == []
    assert missing(client) == []  # the worker answered lately: nobody needs to be asked


def test_without_a_worker_it_is_named(client, model_version, nobody_answers):
    assert missing(client) == ["inference worker"]


def test_without_a_model_it_is_named(client, db, nobody_answers):
    assert "model" in missing(client)


def test_model_taken_out_of_service_is_missed_though_a_worker_answered(client, model_version, redis_server):
    redis_server.set("answered", "first", ex=10)
    ModelVersion.objects.update(is_active=False)
    assert missing(client) == ["model"]


def test_without_redis_it_is_named(client, model_version, redis_away):
    assert missing(client) == ["redis", "inference worker"]


def test_without_a_database_it_is_named(client, db, nobody_answers, monkeypatch):
    def away():
        raise OperationalError("no such server")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "ensure_connection", away)
        assert "database" in missing(client)


def test_probe_tells_no_secrets(client, model_version, redis_away):
    text = client.get("/readyz").text
    assert "sock" not in text
    assert "Traceback" not in text
