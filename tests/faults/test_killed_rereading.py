"""The inference worker is killed during a re-reading of a whole history: nothing is lost or answered twice."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(600)]
DIGITS = 3000
BEGIN = f"""
from django.contrib.auth.models import User
from classifier.digits import rereading
from classifier.models import ModelVersion
from classifier.digits.registry import BUNDLED, register_version
from tests.factories import many_digits
owner, serving = User.objects.get(username="rae"), ModelVersion.objects.active().get()
other = ModelVersion.objects.of_kind("digit").exclude(pk=serving.pk).first()
if other is None:
    other = next(register_version(BUNDLED / name) for name in ("first_cnn", "deeper_cnn") if name not in serving.name)
many_digits(owner, {DIGITS}, serving)
print(rereading.begin(owner, other, owner).pk)
"""


@pytest.fixture
def rereading(breakable_site) -> int:
    breakable_site.create_user("rae")
    return int(breakable_site.manage("shell", "--no-imports", "-c", BEGIN).split()[-1])


def query(site: Site, statement: str, *values: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of the site's own database."""
    with closing(sqlite3.connect(site.data_dir / "digitsite.sqlite3", timeout=20)) as database:
        yield from database.execute(statement, values).fetchall()


def state(site: Site, rereading: int) -> tuple[str, int, int]:
    """The status of the re-reading, and how many digits it has looked at and answered."""
    statement = "SELECT status, looked_at, answered FROM classifier_rereading WHERE id = ?"
    return next(query(site, statement, rereading))  # type: ignore[return-value]


def test_killed_while_a_whole_history_is_read_again(breakable_site, rereading):
    for share in (0.1, 0.6):
        wait_until(
            lambda share=share: state(breakable_site, rereading)[1] > share * DIGITS, 120, "this share is read", 0.01
        )
        worker = breakable_site.program("inference")
        worker.kill()
        status, looked_at, answered = state(breakable_site, rereading)
        assert (status, looked_at < DIGITS, answered) == ("running", True, looked_at)
        wait_until(
            lambda killed=worker: (now := breakable_site.program("inference")) is not None and now.pid != killed.pid,
            30,
            "the worker is started again",
        )
    try:
        wait_until(lambda: state(breakable_site, rereading)[0] != "running", 180, "it has come to its end", 0.5)
    except TimeoutError:
        pytest.fail(f"{state(breakable_site, rereading)}\n{breakable_site.report()}")
    assert state(breakable_site, rereading) == ("done", DIGITS, DIGITS)
    answers = list(
        query(
            breakable_site,
            "SELECT p.digit_id, COUNT(*) FROM classifier_prediction p JOIN classifier_rereading r ON r.id = ? "
            "JOIN classifier_digit d ON d.id = p.digit_id AND d.owner_id = r.owner_id "
            "WHERE p.model_version_id = r.model_version_id AND p.status = 'done' GROUP BY p.digit_id",
            rereading,
        )
    )
    assert (len(answers), {count for _, count in answers}) == (DIGITS, {1})
    (still,) = query(
        breakable_site,
        "SELECT COUNT(*) FROM classifier_digit d JOIN classifier_rereading r ON r.id = ? AND d.owner_id = r.owner_id "
        "WHERE d.version_id <> r.model_version_id",
        rereading,
    )
    assert still == (DIGITS,)  # the answers that count are still those of the earlier version
