"""What people decide about fields waits for staff, unless there is nothing to learn from it."""

import pytest

from classifier.models import AuditEntry
from classifier.sheets.deciding import acts, teaching
from classifier.sheets.models import Value


def decided(stack, owner, key, text):
    value = stack.values.get(page__number=1, key=key)
    return acts.decide(stack, owner, value.public_id, text)


@pytest.mark.parametrize(
    ("key", "text", "review"),
    [
        ("points", "41", "waiting"),  # another text
        ("points", "1", "waiting"),  # what was read in doubt
        ("points", "", ""),
        ("pupil", "0007", "waiting"),  # what was taken unseen was wrong
        ("pupil", "0001", ""),  # what was read without doubt
        ("absent", "x", ""),
    ],
)
def test_a_decision_waits_for_staff_if_there_is_something_to_learn(stack, owner, key, text, review):
    assert decided(stack, owner, key, text).review == review
    assert Value.objects.to_review().count() == (review == "waiting")


def test_a_changed_decision_waits_again_and_a_repeated_one_does_not(stack, value, owner, staff):
    acts.decide(stack, owner, value.public_id, "41")
    assert teaching.review([value.pk], accept=True, by=staff) == 1
    assert acts.decide(stack, owner, value.public_id, "41").review == "accepted"
    assert acts.decide(stack, owner, value.public_id, "42").review == "waiting"


def test_an_undone_decision_teaches_nothing(stack, value, owner, staff):
    acts.decide(stack, owner, value.public_id, "41")
    teaching.review([value.pk], accept=True, by=staff)
    assert acts.undo(stack, owner).review == ""
    assert not Value.objects.to_train_on().exists()


def test_reviews_are_undone_and_recorded(stack, value, owner, staff):
    acts.decide(stack, owner, value.public_id, "41")
    assert teaching.review([value.pk], accept=False, by=staff) == 1
    assert teaching.review([value.pk], accept=True, by=staff) == 0
    assert teaching.undo_review([value.pk], by=staff) == 1
    assert teaching.undo_review([value.pk], by=staff) == 0
    value.refresh_from_db()
    assert value.review == "waiting"
    entries = AuditEntry.objects.order_by("pk").values_list("act", "by", "about", "public_id", "detail")
    one = staff.pk, owner.pk, value.public_id
    assert list(entries) == [("reviewed", *one, "rejected"), ("review_undone", *one, "")]


def test_deleted_stacks_teach_nothing(stack, value, owner, staff):
    acts.decide(stack, owner, value.public_id, "41")
    stack.sheet.deleted = value.stack.created
    stack.sheet.save()
    assert teaching.review([value.pk], accept=True, by=staff) == 0
    assert not Value.objects.to_review().exists()
