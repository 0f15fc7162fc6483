"""A digit's copies of its drawing, answer and correction always agree with them, however they are written."""

import random
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from classifier.digits import corrections
from classifier.digits.intake import remove_drawing
from classifier.errors import NotFound
from classifier.models import (
    NO_CONFIDENCE,
    NO_VALUE,
    NOT_READ,
    VALUE_NOT_READ,
    Correction,
    Digit,
    Drawing,
    ForeignVersion,
    NumberCorrection,
    NumberReading,
    Prediction,
    triggers,
)
from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.preprocessing.strokes import render
from tests.archives import read_whole, waiting_batch
from tests.factories import FORTY_SEVEN, answered, drawn_digit, many_digits, picture, seven, sketch
from tests.lines import told, written
from tests.numbers import drawn_number

pytestmark = pytest.mark.postgres
COPIES = (
    *("owner_id", "source", "created", "true_label", "batch_id", "said"),
    *("status", "verdict", "read", "confidence", "version_id", "foreign_version_id"),
    *("number", "value", "sureness", "miscounted"),
)


def truth(digit):
    """The values that the copies should have, from the originals only."""
    of_digits = [truth_of_one(each) for each in digit.drawing.digits.select_related("drawing").order_by("position")]
    read = [each["read"] for each in of_digits]
    value = VALUE_NOT_READ if NOT_READ in read else NO_VALUE
    if max(read) < NOT_A_DIGIT:
        value = float("".join(map(str, read)))
    figures = [each["read"] if each["said"] is None else each["said"] for each in of_digits]
    number = "".join(str(figure) if figure < NOT_A_DIGIT else "-" for figure in figures)
    number = number if max(figures) < NOT_READ else ""
    if said := NumberCorrection.objects.filter(drawing=digit.drawing).first():
        number = said.number
    sureness = min(each["confidence"] for each in of_digits)
    reading = NumberReading.objects.filter(drawing=digit.drawing).exclude(verdict="not_a_number").first()
    if reading is not None and sureness != NO_CONFIDENCE:
        sureness = reading.confidence
    known = said.number if said else digit.drawing.true_number
    return truth_of_one(digit) | {
        "number": number,
        "value": value,
        "sureness": sureness,
        "miscounted": bool(known) and len(known) != len(of_digits),
    }


def truth_of_one(digit):
    drawing, correction = digit.drawing, Correction.objects.filter(digit=digit).first()
    label = drawing.true_label
    if known := drawing.true_number:
        label = int(known[digit.position]) if len(known) == drawing.digits.count() else None
    first = digit.predictions.filter(revision=drawing.revision).order_by("pk").first()
    read, confidence = NOT_READ, NO_CONFIDENCE
    if first is not None and first.status == "done" and first.label is not None:
        read = NOT_A_DIGIT if first.verdict == "not_a_digit" else first.label
        confidence = first.confidence
    return {
        "owner_id": None if drawing.deleted else drawing.owner_id,
        "source": drawing.source,
        "created": drawing.created,
        "true_label": label,
        "batch_id": drawing.batch_id,
        "status": first.status if first else "queued",
        "verdict": first.verdict if first else "",
        "read": read,
        "confidence": confidence,
        "version_id": first.model_version_id if first else None,
        "foreign_version_id": first.foreign_version_id if first else None,
        "said": None if correction is None else NOT_A_DIGIT if correction.label is None else correction.label,
    }


def assert_all_agree():
    for digit in Digit.objects.select_related("drawing"):
        assert {name: getattr(digit, name) for name in COPIES} == truth(digit)


def test_new_digit_is_in_its_owners_list(owner):
    digit = drawn_digit(owner)
    assert (digit.owner_id, digit.source) == (owner.pk, "draw")  # before it is reloaded
    assert_all_agree()


def test_digit_written_without_its_copies_gets_them(owner):
    drawing = drawn_digit(owner).drawing
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO classifier_digit (public_id, drawing_id, position, pixels, hints, preprocessing_version) "
            "SELECT %s, %s, 1, pixels, hints, 1 FROM classifier_digit",
            [uuid.uuid4().hex, drawing.pk],
        )
    assert Digit.objects.owned_by(owner).count() == 2
    assert_all_agree()


@pytest.mark.parametrize(("verdict", "read"), [("digit", 7), ("unsure", 7), ("not_a_digit", NOT_A_DIGIT), ("", 7)])
def test_answer_is_copied(owner, model_version, verdict, read):
    digit = drawn_digit(owner)
    Prediction.objects.update(**answered(model_version) | {"verdict": verdict})
    digit.refresh_from_db()
    assert (digit.read, digit.version_id, digit.confidence) == (read, model_version.pk, 0.91)
    assert_all_agree()


def test_failed_and_answered_in_bulk_are_copied(owner, model_version):
    many_digits(owner, 3, model_version)
    drawn_digit(owner)
    Prediction.objects.waiting().update(status="failed", error="gone")
    assert_all_agree()


def test_another_versions_later_answer_leaves_the_first(owner, model_version, staff):
    digit = drawn_digit(owner)
    Prediction.objects.update(**answered(model_version))
    Prediction.objects.create(
        digit=digit, revision=1, preprocessing_version=1, **answered(model_version, 3) | {"model_version": None}
    )
    digit.refresh_from_db()
    assert digit.read == 7
    assert_all_agree()


def test_late_answer_to_an_older_revision_changes_nothing(owner, model_version):
    drawing = drawn_digit(owner, drawing_id=uuid.uuid4()).drawing
    drawn_digit(owner, drawing_id=drawing.public_id, revision=2)
    Prediction.objects.filter(revision=1).update(**answered(model_version))
    assert Digit.objects.get().read == NOT_READ
    assert_all_agree()


def test_copies_are_right_after_any_sequence_of_writes(owner, stranger, model_version):
    """A long random walk through everything that writes."""
    rng = random.Random(4)
    names = [uuid.uuid4() for _ in range(6)]
    revisions = dict.fromkeys(names, 0)

    def draw():
        name = rng.choice(names)
        revisions[name] += rng.choice((0, 1, 2))
        strokes = rng.choice((sketch(), sketch(FORTY_SEVEN)))
        # Only pictures have one, and nobody draws on them.
        Drawing.objects.filter(public_id=name).update(true_number="")
        if rng.random() < 0.15:
            remove_drawing(owner, name, revisions[name])
        else:
            from classifier.digits.intake import save_drawing

            with suppress(NotFound):  # this revision was deleted
                save_drawing(owner, strokes, drawing_id=name, revision=max(1, revisions[name]))

    def answer():
        some = Prediction.objects.filter(pk__in=_some(Prediction.objects.waiting()))
        some.update(**answered(model_version, rng.randrange(10)) | {"verdict": rng.choice(VERDICTS)})

    def fail():
        Prediction.objects.filter(pk__in=_some(Prediction.objects.waiting())[:1]).update(status="failed")

    def correct():
        for pk in _some(Digit.objects.all()):
            corrections.correct(Digit.objects.get(pk=pk), rng.choice((None, *range(10))))

    def take_back():
        Correction.objects.filter(pk__in=_some(Correction.objects.all())).delete()

    def delete_or_restore():
        gone = rng.choice((None, timezone.now()))
        Drawing.objects.filter(pk__in=_some(Drawing.objects.all())).update(deleted=gone)

    def label():
        Drawing.objects.filter(pk__in=_some(Drawing.objects.all())).update(true_label=rng.choice((None, 3, 4)))

    def label_whole():
        known = rng.choice(("", "", "12", "123"))
        Drawing.objects.filter(pk__in=_some(Drawing.objects.all())).update(true_number=known)

    def say_number():
        for pk in _some(Drawing.objects.all()):
            number = rng.choice(("35", "8", "2048"))
            NumberCorrection.objects.update_or_create(
                drawing_id=pk, defaults={"text": number, "number": number, "held_back": False}
            )

    def unsay_number():
        NumberCorrection.objects.filter(pk__in=_some(NumberCorrection.objects.all())).delete()

    def read_whole_number():
        for pk in _some(Drawing.objects.all()):
            said = {"verdict": rng.choice([*NumberReading.Verdict]), "confidence": rng.random()}
            fields = said | {"revision": 1, "model_version": model_version, "text": "1", "rows": []}
            NumberReading.objects.update_or_create(drawing_id=pk, defaults=fields)

    def forget_reading():
        NumberReading.objects.filter(pk__in=_some(NumberReading.objects.all())).delete()

    def hand_over():
        Drawing.objects.filter(pk__in=_some(Drawing.objects.all())[:1]).update(
            owner=rng.choice((owner, owner, stranger)), created=timezone.now() - timedelta(days=rng.randrange(9))
        )
        Drawing.objects.update(owner=owner)

    def _some(rows):
        return [pk for pk in rows.values_list("pk", flat=True) if rng.random() < 0.5]

    VERDICTS = ("digit", "unsure", "not_a_digit")
    for step in range(200):
        of_numbers = (label_whole, say_number, unsay_number, read_whole_number, forget_reading)
        rng.choice((draw, draw, answer, fail, correct, take_back, delete_or_restore, hand_over, label, *of_numbers))()
        if step % 5 == 0:
            assert_all_agree()
    assert_all_agree()
    assert Digit.objects.count() > 4


def test_wrong_copies_are_corrected_when_the_triggers_are_created(owner, model_version):
    digits = many_digits(owner, 3, model_version)
    corrections.correct(digits[0], None)
    triggers.drop(plan=["something"])
    assert not triggers.exist()
    Digit.objects.update(owner=None, source="", created=None, status="x", read=0, confidence=0.5, version=None, said=9)
    drawn_digit(owner)
    triggers.create()
    assert triggers.exist()
    assert_all_agree()


@pytest.mark.parametrize(
    "wrong",
    [
        *({"owner": None}, {"source": ""}, {"created": None}, {"status": "x"}, {"verdict": "x"}, {"read": 0}),
        *({"confidence": 0.5}, {"version": None}, {"said": 9}, {"true_label": 9}, {"batch": 1}, {"foreign_version": 1}),
        *({"number": "8"}, {"value": 8.0}, {"sureness": 0.5}, {"miscounted": True}),
    ],
    ids=lambda wrong: str(next(iter(wrong))),
)
def test_each_wrong_copy_alone_is_corrected(owner, model_version, wrong):
    many_digits(owner, 2, model_version)
    triggers.drop(plan=["something"])
    Digit.objects.update(**wrong)
    triggers.create()
    assert_all_agree()


def test_digits_of_a_batch_are_written_with_their_copies(owner, model_version):
    """So the triggers do not write them again."""
    two = picture(255 - render(sketch(FORTY_SEVEN)))  # where one is expected: refused
    files = {"7/a.png": picture(seven(40)), "b.png": picture(seven(60)), "4/c.png": two, "d.png": two}
    batch = waiting_batch(owner, files | {"labels.csv": b"d.png,470\nb.png,\n7/a.png,7\n4/c.png,4\n"})
    triggers.drop(plan=["something"])
    read_whole(batch)
    assert set(Digit.objects.values_list("read", "true_label", "miscounted")) == {
        *((7, 7, False), (7, None, False), (NOT_A_DIGIT, 4, False), (4, None, True), (7, None, True))
    }
    assert_all_agree()


def test_numbers_of_a_batch_are_written_with_the_confidence_of_their_reading(owner, model_version, monkeypatch):
    batch = waiting_batch(owner, {"a.png": picture(255 - render(written("3.5")))})
    triggers.drop(plan=["something"])
    with told(monkeypatch, "3.5"):
        read_whole(batch)
    assert set(Digit.objects.values_list("sureness", flat=True)) == {NumberReading.objects.get().confidence}
    assert_all_agree()


def test_answer_of_an_imported_version_is_copied(owner):
    digit = drawn_digit(owner)
    foreign = ForeignVersion.objects.create(owner=owner, name="elsewhere", tflite_sha256="e" * 64)
    Prediction.objects.update(**answered(None) | {"foreign_version": foreign})
    digit.refresh_from_db()
    assert (digit.read, digit.version_id, digit.foreign_version_id) == (7, None, foreign.pk)
    assert_all_agree()


def test_migrate_without_changes_keeps_the_triggers(db):
    triggers.drop(plan=[])
    assert triggers.exist()


@pytest.mark.django_db(transaction=True)
def test_number_is_right_when_its_digits_are_answered_at_the_same_time(owner, model_version):
    """In PostgreSQL each of two answers would otherwise see the other digit as not read yet."""

    def answer(prediction, label):
        try:
            with transaction.atomic():
                Prediction.objects.filter(pk=prediction).update(**answered(model_version, label))
                time.sleep(0.05)
        finally:
            connection.close()

    for _ in range(5):
        drawing = drawn_number(owner).drawing
        waiting = Prediction.objects.filter(digit__drawing=drawing).order_by("digit__position")
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(answer, waiting.values_list("pk", flat=True), (4, 7)))
        assert set(drawing.digits.values_list("number", "value", "sureness")) == {("47", 47.0, 0.91)}
