"""Every task that is enqueued, scheduled or routed by name exists, and nothing imports a tasks module to send it."""

import ast
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from classifier.jobs.queue import enqueue
from tests.environment import BASE_DIR

PACKAGES = ("classifier", "training", "digitsite")


@cache
def registered():
    current_app.loader.import_default_modules()
    return {name for name in current_app.tasks if not name.startswith("celery.")}


@cache
def modules():
    paths = [path for package in PACKAGES for path in sorted((BASE_DIR / package).rglob("*.py"))]
    assert len(paths) > 100
    return [(path.relative_to(BASE_DIR), ast.parse(path.read_text())) for path in paths]


def enqueued():
    """The first argument of every call of `enqueue`, by file and line."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and "enqueue" in (
                getattr(node.func, "id", ""),
                getattr(node.func, "attr", ""),
            ):
                yield f"{path}:{node.lineno}", node.args[0]


def test_every_enqueued_task_exists():
    calls = list(enqueued())
    assert len(calls) > 10
    for where, name in calls:
        assert isinstance(name, ast.Constant), f"{where}: the name of the task is not written there"
        assert name.value in registered(), f"{where}: there is no task {name.value}"


def test_every_scheduled_task_exists():
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= registered()


@pytest.mark.parametrize("route", settings.CELERY_TASK_ROUTES)
def test_every_route_is_of_a_task_and_leads_to_a_queue(route):
    assert [name for name in registered() if fnmatch(name, route)]
    queue = settings.CELERY_TASK_ROUTES[route]["queue"]
    assert queue in {each.name for each in settings.CELERY_TASK_QUEUES}


def test_every_task_is_sent_by_something():
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert registered() == scheduled | {name.value for _, name in enqueued()}


def imported(tree: ast.Module, package: str):
    """The modules that a module imports, as dotted names; relative ones are completed with its package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parts, *filter(None, [node.module])])
            yield base
            yield from (f"{base}.{each.name}" for each in node.names)


def test_nothing_imports_a_tasks_module():
    for path, tree in modules():
        package = ".".join(Path(path).parent.parts)
        assert not {"classifier.tasks", "training.tasks"} & set(imported(tree, package)), path


def test_nothing_sends_a_task_in_another_way():
    for path, tree in modules():
        sent = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not {"delay", "apply_async"} & sent, path
        assert "send_task" not in sent or path == Path("classifier/jobs/queue.py"), path


@pytest.mark.parametrize("error", [OperationalError, ConnectionError])
def test_unavailable_broker_raises_no_error(monkeypatch, error, caplog):
    def away(*_, **__):
        raise error("no broker")

    monkeypatch.setattr(current_app, "send_task", away)
    assert enqueue("classifier.predict", [1]) is False
    assert "classifier.predict was not sent" in caplog.text
