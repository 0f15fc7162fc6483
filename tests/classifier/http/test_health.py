"""The probes of operators: the process is alive, and the parts that a prediction needs."""

import pytest
from django.db import connection
from django.db.utils import OperationalError

from classifier.models import ModelVersion
from digitsite import __version__


@pytest.fixture
def no_worker(monkeypatch, redis_server):
    redis_server.delete("answered")
    monkeypatch.setattr("classifier.http.health.PROBE_S", 0.01)


def missing(client):
    response = client.get("/readyz")
    assert response.status_code == (503 if response.json()["missing"] else 200)
    assert response.json()["ready"] == (response.status_code == 200)
    assert "no-store" in response.headers["Cache-Control"]
    return response.json()["missing"]


def test_healthz_needs_neither_redis_nor_the_database(client, redis_down, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(connection, "ensure_connection", lambda: 1 / 0)
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "version": __version__})


def test_complete_site_is_ready(client, inference_worker, redis_server):
    redis_server.delete("answered")
    assert missing(client) == []
    assert missing(client) == []  # trusts the recent answer of the worker


def test_missing_worker_is_reported(client, model_version, no_worker):
    assert missing(client) == ["inference worker"]


def test_missing_model_is_reported(client, db, no_worker):
    assert "model" in missing(client)


def test_missing_model_is_reported_although_a_worker_answered(client, model_version, redis_server):
    redis_server.set("answered", "first", ex=10)
    ModelVersion.objects.update(is_active=False)
    assert missing(client) == ["model"]


def test_missing_redis_is_reported(client, model_version, redis_down):
    assert missing(client) == ["redis", "inference worker"]


def test_missing_database_is_reported(client, db, no_worker, monkeypatch):
    def unreachable():
        raise OperationalError("no such server")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "ensure_connection", unreachable)
        assert "database" in missing(client)


def test_probe_reveals_no_secrets(client, model_version, redis_down):
    text = client.get("/readyz").text
    assert "sock" not in text
    assert "Traceback" not in text
