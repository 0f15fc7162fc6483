"""Deciding a field: with its rules, against them, twice, after somebody else, and back again."""

import pytest

from classifier.errors import NotFound
from classifier.sheets.deciding import acts, queue
from classifier.sheets.fields.rules import ValueRejected
from tests.filled_stacks import filled


@pytest.mark.parametrize(("typed", "stored"), [("41", "41"), (" 4 1", "41"), ("07", "07"), ("", "")])
def test_a_decision_is_stored_with_who_and_when(stack, value, owner, typed, stored):
    queue.next_values(stack, owner, 5)
    acts.decide(stack, owner, value.public_id, typed)
    value.refresh_from_db()
    assert (value.text, value.read, value.decided_by, value.held_by) == (stored, "1", owner, None)
    assert value.decided is not None


@pytest.mark.parametrize(("key", "typed"), [("points", "61"), ("pupil", "12"), ("points", "seven"), ("absent", "7")])
def test_a_text_against_the_rules_is_refused_with_a_sentence(stack, owner, key, typed):
    value = stack.values.get(page__number=1, key=key)
    with pytest.raises(ValueRejected, match=r"\.$"):
        acts.decide(stack, owner, value.public_id, typed)
    value.refresh_from_db()
    assert value.decided is None


def test_yes_it_really_says_that(stack, value, owner):
    assert acts.decide(stack, owner, value.public_id, "6 1,5", force=True).text == "61.5"


@pytest.mark.parametrize("typed", ["seven", "1.2.3", "x", "4" * 31])
def test_even_by_force_only_numbers_are_stored(stack, value, owner, typed):
    with pytest.raises(ValueRejected):
        acts.decide(stack, owner, value.public_id, typed, force=True)


def test_check_boxes_are_marked_or_not(stack, owner):
    value = stack.values.get(page__number=1, key="absent")
    assert acts.decide(stack, owner, value.public_id, "X").text == "x"
    assert acts.leave_empty(stack, owner, value.public_id).text == ""


def test_a_decision_can_be_repeated_and_changed(stack, value, owner, stranger):
    acts.decide(stack, owner, value.public_id, "41", is_first=True)
    acts.decide(stack, owner, value.public_id, "41", is_first=True)  # sent again, as its answer was lost
    assert acts.decide(stack, stranger, value.public_id, "42").decided_by == stranger


@pytest.mark.postgres
def test_of_two_who_are_asked_the_first_counts(stack, value, owner, stranger):
    acts.decide(stack, owner, value.public_id, "41", is_first=True)
    with pytest.raises(acts.DecidedAlready, match="owner has already decided that it is 41"):
        acts.decide(stack, stranger, value.public_id, "42", is_first=True)
    value.refresh_from_db()
    assert value.text == "41"


def test_undo_goes_back_one_decision_at_a_time(stack, owner, stranger):
    first, second = stack.values.filter(key="points").order_by("page__number")
    acts.decide(stack, owner, first.public_id, "41")
    acts.decide(stack, owner, second.public_id, "42")
    acts.decide(stack, stranger, stack.values.filter(key="pupil").first().public_id, "0009")
    assert [acts.undo(stack, owner), acts.undo(stack, owner), acts.undo(stack, owner)] == [second, first, None]
    first.refresh_from_db()
    assert (first.text, first.decided, first.decided_by, first.held_by) == ("1", None, None, owner)
    assert stack.values.decided().count() == 1  # the stranger's


@pytest.mark.parametrize("wrong", ["", "7", "00000000-0000-0000-0000-000000000000"])
def test_a_value_of_another_stack_is_not_found(stack, owner, wrong):
    elsewhere = filled(owner).values.first().public_id
    for public_id in (wrong, elsewhere):
        with pytest.raises(NotFound):
            acts.decide(stack, owner, public_id, "1")
