"""Which fields people are asked about, and that two are never asked about the same one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from classifier.sheets.deciding import queue
from classifier.sheets.models import Value
from tests.filled_stacks import filled, page_of, stack_of, value_of


def texts(values):
    return [value.text for value in values]


@pytest.fixture
def stack(owner):
    """Doubtful: 3, 2, 1 from the least certain on; a check: 4; taken: 5; decided already: 6."""
    stack = stack_of(owner)
    for text, risk, more in (
        ("1", 0.006, {}),
        ("2", 0.1, {}),
        ("3", 2.0, {}),
        ("4", 0.001, {"is_check": True}),
        ("5", 0.001, {}),
        ("6", 0.5, {"decided": timezone.now()}),
    ):
        value_of(page_of(stack), "points", text, risk, **more)
    return stack


def test_the_least_certain_come_first_and_then_the_checks(stack, owner):
    assert texts(queue.next_values(stack, owner, 10)) == ["3", "2", "1", "4"]
    assert queue.left(stack) == 4


def test_a_tolerance_moves_values_at_once(stack, owner):
    stack.one_in = 50  # risks up to 0.02
    assert texts(queue.next_values(stack, owner, 10)) == ["3", "2", "4"]
    stack.one_in = 2000
    assert texts(queue.next_values(stack, owner, 10)) == ["3", "2", "1", "4", "5"]  # all are doubtful now


@pytest.mark.postgres
def test_what_one_person_is_asked_nobody_else_is(stack, owner, stranger):
    assert texts(queue.next_values(stack, owner, 2)) == ["3", "2"]
    assert texts(queue.next_values(stack, stranger, 2)) == ["1", "4"]
    assert queue.next_values(stack, stranger, 2, [value.public_id for value in Value.objects.all()]) == []
    assert texts(queue.next_values(stack, owner, 9)) == ["3", "2"]  # after a reload, the same ones


def test_what_the_page_has_already_does_not_come_again(stack, owner):
    first = queue.next_values(stack, owner, 2)
    assert texts(queue.next_values(stack, owner, 5, [value.public_id for value in first])) == ["1", "4"]


def test_after_two_minutes_others_are_asked_unless_it_is_renewed(stack, owner, stranger):
    two = queue.next_values(stack, owner, 2)
    Value.objects.filter(held_by=owner).update(held_until=timezone.now() - timedelta(seconds=1))
    assert queue.renew(stack, owner, [two[0].public_id]) == {two[0].public_id}
    assert texts(queue.next_values(stack, stranger, 9)) == ["2", "1", "4"]
    assert queue.renew(stack, owner, [value.public_id for value in two]) == {two[0].public_id}


@pytest.mark.postgres
def test_who_leaves_lets_others_go_on(stack, owner, stranger):
    queue.next_values(stack, owner, 9)
    queue.release(stack, owner)
    assert texts(queue.next_values(stack, stranger, 9)) == ["3", "2", "1", "4"]


def test_another_stack_has_its_own_queue(stack, owner):
    other = filled(owner, 2, risk=0.3)
    assert {value.stack_id for value in queue.next_values(other, owner, 9)} == {other.pk}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_people_at_the_same_moment_never_get_the_same(owner, stranger):
    stack = filled(owner, 40, risk=0.3)
    together = Barrier(2)

    def ask(person):
        together.wait()
        try:
            return [value.pk for _ in range(10) for value in queue.next_values(stack, person, 2, seen[person])]
        finally:
            connection.close()

    seen = {owner: [], stranger: []}
    for person, held in seen.items():
        held += [value.public_id for value in queue.next_values(stack, person, 1)]
    with ThreadPoolExecutor(2) as pool:
        mine, theirs = pool.map(ask, (owner, stranger))
    assert mine and theirs and not set(mine) & set(theirs)
