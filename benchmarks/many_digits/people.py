"""Fills the database with people who have many answered digits."""

import random
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction

from classifier.digits.registry import BUNDLED, activate, register_version
from classifier.models import Batch, Correction, Digit, Drawing, ModelVersion, Prediction

DAYS = 300  # over which the digits are spread
CORRECTED = 0.01  # of all digits
IN_BATCH = 0.1  # the oldest digits, with labels
MISREAD = 0.05  # of the labelled digits
CHUNK = 2000


def make_person(name: str, count: int) -> User:
    """A person with `count` answered digits; the oldest came as one batch, and a few are corrected."""
    owner = User.objects.create_user(name)
    versions, chance = _versions(), random.Random(count)
    batch = Batch.objects.create(owner=owner, name="first.zip", size=1, total=count, position=0, status="done")
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for start in range(0, count, CHUNK):
        some = range(start, min(count, start + CHUNK))
        times = {begin + timedelta(days=DAYS * at / count): batch if at < IN_BATCH * count else None for at in some}
        _store(owner, times, versions, chance)
    return owner


def _versions() -> list[ModelVersion]:
    if not ModelVersion.objects.exists():
        for name in ("deeper_cnn", "first_cnn"):
            activate(register_version(BUNDLED / name), kind="set-up")
    return list(ModelVersion.objects.order_by("pk"))


def _store(
    owner: User, times: dict[datetime, Batch | None], versions: list[ModelVersion], chance: random.Random
) -> None:
    """times: when each digit was created, with its batch or None."""
    strokes = [[[60 + step, 60, 10 * step] for step in range(40)], [[130, 60 + step, 10 * step] for step in range(40)]]
    with transaction.atomic():
        content = {"owner": owner, "strokes": strokes, "width": 280, "height": 280, "pen": 18}
        drawings = Drawing.objects.bulk_create(
            Drawing(
                source="batch" if batch else _source(chance),
                true_label=chance.randrange(10) if batch else None,
                batch=batch,
                created=at,
                **content,
            )
            for at, batch in times.items()
        )
        pixels = [chance.randbytes(784) for _ in range(20)]
        digits = Digit.objects.bulk_create(
            Digit(drawing=drawing, pixels=chance.choice(pixels), preprocessing_version=1, hints={"ink": 0.1})
            for drawing in drawings
        )
        answers = [_answer(digit, versions, chance) for digit in digits]
        Prediction.objects.bulk_create(answers)
        Correction.objects.bulk_create(
            Correction(digit=digit, label=chance.choice([None, answer.label, chance.randrange(10)]), held_back=False)
            for digit, answer in zip(digits, answers, strict=True)
            if chance.random() < CORRECTED
        )


def _source(chance: random.Random) -> str:
    return chance.choices(["draw", "upload", "mnist", "api", "camera"], [60, 15, 15, 9, 1])[0]


def _answer(digit: Digit, versions: list[ModelVersion], chance: random.Random) -> Prediction:
    label, confidence = digit.drawing.true_label, chance.betavariate(8, 0.3)
    if label is None or chance.random() < MISREAD:
        label = chance.randrange(10)
    shares = [round((1 - confidence) / 9, 6)] * 10
    shares[label] = confidence
    return Prediction(
        digit=digit,
        revision=1,
        model_version=versions[chance.random() < 0.02],
        preprocessing_version=1,
        status="done",
        verdict=chance.choices(["digit", "unsure", "not_a_digit"], [95, 3, 2])[0],
        candidates=[label],
        label=label,
        confidence=confidence,
        probabilities=shares,
        logits=[round(chance.gauss(0, 5), 6) for _ in range(10)],
        inference_ms=0.3,
        finished=digit.drawing.created,
    )


def settle() -> None:
    """Does the maintenance that a database does by itself in the hours after so many rows."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")
