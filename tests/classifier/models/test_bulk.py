"""Inserting many rows in one statement."""

import pickle
import uuid

import pytest

from classifier.models import Batch, BatchFile, bulk
from classifier.models.bulk import Rows
from tests.archives import waiting_batch, zipped
from tests.factories import picture

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture
def batch(owner):
    return waiting_batch(owner, zipped({"7.png": picture()}))


def test_rows_have_their_own_shared_late_and_default_values(owner):
    rows = Rows(Batch, owner=owner.pk, position=5)
    rows.add(name="a", total=1, public_id=uuid.uuid4())
    rows.add(public_id=uuid.uuid4(), total=2, name="b")
    rows = pickle.loads(pickle.dumps(rows))  # noqa: S301 - our own; another process inserts them
    keys = rows.insert(size=[10, 20])
    first, second = Batch.objects.filter(pk__in=keys).order_by("pk")
    assert [first.pk, second.pk] == keys
    assert [(each.name, each.total, each.size, each.position) for each in (first, second)] == [
        ("a", 1, 10, 5),
        ("b", 2, 20, 5),
    ]
    assert (first.owner, first.status, first.read, first.started) == (owner, "queued", 0, None)
    assert first.confusion == [[0] * 11 for _ in range(10)]


def test_rows_that_do_not_fit_a_statement_keep_their_order(batch, monkeypatch):
    monkeypatch.setattr(bulk, "ROWS_AT_ONCE", 3)
    rows = Rows(BatchFile, batch=batch.pk, reason="empty", sentence="This file is empty.")
    for number in range(10):
        rows.add(name=str(number))
    keys = rows.insert()
    assert [BatchFile.objects.get(pk=key).name for key in keys] == [str(number) for number in range(10)]


@pytest.mark.parametrize("other", [{"name": "b", "reason": "empty"}, {"reason": "empty"}, {}])
def test_rows_name_the_same_fields(batch, other):
    rows = Rows(BatchFile, batch=batch.pk)
    rows.add(name="a")
    with pytest.raises((TypeError, KeyError)):
        rows.add(**other)


def test_no_rows_need_no_statement(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Rows(BatchFile).insert() == []


def test_new_ids_are_ordered_by_time_and_otherwise_random(monkeypatch):
    ids = []
    for ms in (1_000, 1_001, 2**48 - 1):
        monkeypatch.setattr(bulk.time, "time_ns", lambda ms=ms: ms * 10**6 + 999_999)
        some = [bulk.new_id() for _ in range(200)]
        assert {(each.version, each.variant, each.int >> 80) for each in some} == {(7, uuid.RFC_4122, ms)}
        for bit in (*range(62), *range(64, 76)):
            assert len({each.int >> bit & 1 for each in some}) == 2
        ids.append(some)
    assert max(ids[0]) < min(ids[1]) and max(ids[1]) < min(ids[2])
