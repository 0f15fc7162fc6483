"""A site after a month of use: measured versions, runs with curves, digits and corrections.

Seeds are fixed; the pictures are generated digits.
"""

import hashlib
import uuid
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from classifier.digits.corrections import correct
from classifier.digits.registry import BUNDLED
from classifier.models import Correction, Digit, Drawing, ModelVersion, Prediction
from tests.factories import answered
from training.evaluation import fixed_sets, measuring
from training.evaluation.robustness.changes import CHANGES
from training.evaluation.robustness.curves import packed
from training.evaluation.robustness.pictures import pictures_key
from training.models import Measurement, RunPoint, TrainingRun

RECIPE = {
    "architecture": "first_cnn",
    "mnist": True,
    "corrections": True,
    "generated": 0,
    "boxed": 0,
    "junk": 0,
    "augmentation": True,
    "start_from": None,
    "epochs": 8,
    "batch_size": 128,
    "learning_rate": 0.001,
    "seed": 1,
}


@cache
def pictures() -> tuple[Any, Any]:
    """Generated digits: shape (n, 28, 28) and their labels."""
    data = np.load(BUNDLED.parent / "data" / "generated_digits.npz")
    return data["x_test"], data["y_test"]


def candidate(name: str, accuracy: float = 0.9931) -> ModelVersion:
    """Another version than the bundled one, with its own files."""
    serving = ModelVersion.objects.order_by("pk").first()
    assert serving is not None
    content = name.encode()
    checksum = hashlib.sha256(content).hexdigest()
    metadata = serving.metadata | {"name": name}
    version = ModelVersion(
        name=name,
        architecture=serving.architecture,
        parameters=serving.parameters,
        accuracy=accuracy,
        metadata=metadata,
        summary=serving.summary,
        tflite_sha256=checksum,
    )
    for field in ("tflite", "keras", "h5"):
        getattr(version, f"{field}_file").save(f"mnist_cnn_model.{field}", ContentFile(content), save=False)
    version.save()
    return version


def measured(version: ModelVersion, accuracy: float = 0.9931, seed: int = 1) -> Measurement:
    """Stores the measurement of a version that reads about this share of each set correctly."""
    figures: dict[str, Any] = {"file_bytes": 173_800, "single_image_ms": 0.05}
    answers = dict.fromkeys(fixed_sets.FIXED_SETS.values(), b"")
    for number, name in enumerate((*fixed_sets.FIXED_SETS, fixed_sets.CORRECTIONS)):
        part = fixed_sets.read_set(name)
        if part is None:
            continue
        probabilities = invented_probabilities(part.labels, accuracy - 0.04 * number, seed + number)
        figures[name] = measuring.figures_of(probabilities, part, with_pictures=name in fixed_sets.FIXED_SETS)
        if name in fixed_sets.FIXED_SETS:
            answers[fixed_sets.FIXED_SETS[name]] = probabilities.argmax(1).astype(np.uint8).tobytes()
    return Measurement.objects.update_or_create(version=version, defaults={"figures": figures, **answers})[0]


def with_report(version: ModelVersion, share: float, sets: dict[str, Any] | None = None, pictures: str = "") -> None:
    """Stores a robustness report: of 40 digits at each level this share is read correctly, half of it at the last blur.

    pictures: the key of the pictures used; by default the current ones.
    """

    def level(value: float, right: int) -> dict[str, Any]:
        shares = {"accuracy": right / 40, "refused": 0.025, "unsure": 0.05}
        return {"level": value, "images": 40, "right": packed(np.arange(40) < right)} | shares

    right = round(40 * share)
    curves = {change.name: [level(value, right) for value in change.levels] for change in CHANGES}
    curves["blur"][-1] = level(curves["blur"][-1]["level"], right // 2)
    key = pictures or pictures_key()
    row = Measurement.objects.get(version=version)
    row.figures |= {"robustness": {"preprocessing": 2, "pictures": key, "digits": 40, "curves": curves}}
    row.figures["sets"] = sets or {}
    row.save()


def invented_probabilities(labels: Any, accuracy: float, seed: int) -> Any:
    """Shape (n, 10): mostly sure and correct; wrong answers are less sure, but some are very sure."""
    rng = np.random.default_rng(seed)
    n = len(labels)
    right = rng.random(n) < accuracy
    read = np.where(right, labels, (labels + rng.integers(1, 10, n)) % 10)
    sure = np.where(right, rng.beta(18, 0.35, n), rng.beta(3, 1.6, n)).clip(0.35, 0.9999)
    probabilities = np.repeat(((1 - sure) / 9)[:, None], 10, axis=1)
    probabilities[np.arange(n), read] = sure
    return probabilities.astype(np.float32)


def run(by: User | None = None, **given: Any) -> TrainingRun:
    """A training run, by default waiting."""
    return TrainingRun.objects.create(requested_by=by, recipe=RECIPE, **given)


def running(by: User | None = None, epochs: int = 8, epoch: int = 5, batch: int = 231) -> TrainingRun:
    """A run in the middle of an epoch."""
    now = timezone.now()
    made = run(
        by,
        status="running",
        holder=uuid.uuid4(),
        attempts=1,
        started=now - timedelta(seconds=151),
        heartbeat=now,
        stage="Fitting on 60,412 images.",
        epoch=epoch,
        epochs=epochs,
        batch=batch,
        batches=472,
        seconds_left=64.0,
        share=0.58,
        step={"name": "fit", "number": 6, "of": 13, "share": 0.56, "seconds_left": 41.0},
        log="14:01:02  It starts.\n14:01:05  Reading the images.\n14:01:09  Fitting on 60,412 images.\n",
    )
    add_points(made, epoch - 1 + batch / 472)
    return made


def add_points(made: TrainingRun, upto: float, since: float = 0.0, stage: int = 0) -> None:
    """Stores points of the curves, ten per epoch. upto, since: in epochs."""
    steps = np.arange(since + 0.1, upto + 1e-9, 0.1)
    RunPoint.objects.bulk_create(
        RunPoint(
            run=made,
            stage=stage,
            at=float(at),
            loss=float(0.9 * np.exp(-1.1 * at) + 0.05 + 0.006 * np.sin(9 * at)),
            accuracy=float(1 - 0.32 * np.exp(-1.1 * at) - 0.014 - 0.002 * np.sin(9 * at)),
            val_loss=float(0.4 * np.exp(-1.2 * at) + 0.04) if abs(at - round(at)) < 1e-6 else None,
            val_accuracy=float(1 - 0.12 * np.exp(-1.2 * at) - 0.009) if abs(at - round(at)) < 1e-6 else None,
        )
        for at in steps
    )


def digits(owner: User, count: int, version: ModelVersion | None, days: int = 30) -> list[Digit]:
    """Answered digits of a month, some of them misread."""
    images, labels = pictures()
    rng = np.random.default_rng(3)
    drawings = Drawing.objects.bulk_create(
        Drawing(owner=owner, source="draw", width=280, height=280, pen=18) for _ in range(count)
    )
    made = Digit.objects.bulk_create(
        Digit(drawing=drawing, pixels=images[i % len(images)].tobytes(), preprocessing_version=1)
        for i, drawing in enumerate(drawings)
    )
    now = timezone.now()
    predictions = []
    for i, (drawing, digit) in enumerate(zip(drawings, made, strict=True)):
        drawing.created = now - timedelta(days=float(days * (1 - rng.beta(2.2, 1))), minutes=i % 50)
        drawing.true_label = None
        label = int(labels[i % len(images)])
        fields = answered(version, label if i % 4 else (label + 5) % 10) if version else {}
        if version:
            fields["confidence"] = float(rng.beta(14, 1.4))
        predictions.append(Prediction(digit=digit, revision=1, preprocessing_version=1, **fields))
    Drawing.objects.bulk_update(drawings, ["created"])
    Prediction.objects.bulk_create(predictions)
    for prediction, drawing in zip(predictions, drawings, strict=True):
        prediction.created = drawing.created
    Prediction.objects.bulk_update(predictions, ["created"])
    return made


def corrections(of: list[Digit], every: int = 4) -> list[Correction]:
    """Corrects every n-th digit, those that were misread."""
    _, labels = pictures()
    return [correct(digit, int(labels[i % len(labels)])) for i, digit in enumerate(of) if i % every == 0]


def fill_site(by: User) -> None:
    """Fills the site with all of this."""
    serving = ModelVersion.objects.active().get()
    of = digits(by, 900, serving)
    made_corrections = corrections(of)
    ids = [correction.pk for correction in made_corrections[:160]]
    Correction.objects.filter(pk__in=ids).update(review="accepted", reviewed=timezone.now())
    Correction.objects.filter(pk__in=[c.pk for c in made_corrections[160:171]]).update(review="rejected")
    measured(serving, 0.9917)
    with_report(serving, 0.975)
    good = candidate("first_cnn-9f31c2aa", 0.9938)
    measured(good, 0.9938, seed=5)
    with_report(good, 1.0)
    made = run(
        by,
        status="done",
        version=good,
        started=timezone.now() - timedelta(hours=3, minutes=4),
        finished=timezone.now() - timedelta(hours=3),
        epoch=8,
        epochs=8,
        batch=472,
        batches=472,
        stage="Done.",
        log="11:01:02  It starts.\n11:05:02  Done.\n",
    )
    add_points(made, 8)
    bad = candidate("first_cnn-0badc0de-bad", 0.9432)
    measured(bad, 0.9432, seed=7)
    with_report(bad, 0.85)
    run(by, status="done", version=bad, epoch=8, epochs=8, started=timezone.now(), finished=timezone.now())
    run(
        by,
        status="failed",
        error="The worker stopped: it sent no more heartbeats. Nothing was registered; start the run again.",
        finished=timezone.now(),
        started=timezone.now() - timedelta(minutes=2),
    )
    run(by, status="cancelled", finished=timezone.now(), started=timezone.now() - timedelta(seconds=40))
    running(by)
    run(None, stage="It waits until the run before it has ended.")


def staff_client(*permissions: str) -> Client:
    """A client signed in as a member of staff with these permissions (app.codename)."""
    person = User.objects.create_user(f"clerk-{User.objects.count()}", is_staff=True)
    for permission in permissions:
        app, codename = permission.split(".")
        person.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client
