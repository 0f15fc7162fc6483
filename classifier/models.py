"""What the site remembers: model versions, drawings with their digits, predictions, and API tokens.

    Drawing 1 ── n Digit 1 ── n Prediction n ── 1 ModelVersion

A drawing is one history entry, a digit one 28×28 picture cut from it. Each revision of a drawing asks
for a new prediction of each of its digits; only the one for the newest revision counts.
"""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.dispatch import receiver
from django.utils import timezone

PIXELS = 28 * 28


def version_file(version: "ModelVersion", name: str) -> str:
    return f"models/{version.public_id}/{name}"


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> Self:
        """The one version in service; empty before the first is registered."""
        return self.filter(is_active=True)


class ModelVersion(models.Model):
    """A trained network: its files, their checksums, and what was measured of it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100, unique=True)
    architecture = models.CharField(max_length=100)
    parameters = models.PositiveIntegerField()
    accuracy = models.FloatField(help_text="Share of the test images read rightly, 0 to 1.")
    metadata = models.JSONField(help_text="The metadata file as the training wrote it.")
    summary = models.TextField(help_text="Keras's summary of the layers.")
    tflite_file = models.FileField(upload_to=version_file)
    keras_file = models.FileField(upload_to=version_file)
    h5_file = models.FileField(upload_to=version_file)
    tflite_sha256 = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    is_active = models.BooleanField(default=False, editable=False)
    activated = models.DateTimeField(null=True, editable=False)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        permissions = [
            ("promote_modelversion", "May put versions into service and take them back"),
            ("override_gate", "May put a version into service that the gate refused"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["is_active"], condition=Q(is_active=True), name="one_active_model_version")
        ]

    def __str__(self) -> str:
        return self.name


class DrawingQuerySet(models.QuerySet["Drawing"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)


class Drawing(models.Model):
    """What a person put in: pen strokes, or a picture file kept as it came."""

    class Source(models.TextChoices):
        DRAW = "draw", "drawn here"
        UPLOAD = "upload", "uploaded"
        PASTE = "paste", "pasted"
        CAMERA = "camera", "photographed"
        MNIST = "mnist", "MNIST test image"
        GENERATED = "generated", "generated digit"
        BATCH = "batch", "from a batch"
        API = "api", "sent by a program"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drawings")
    source = models.CharField(max_length=10, choices=Source)
    created = models.DateTimeField(default=timezone.now, editable=False)  # an import keeps the dates
    revision = models.PositiveIntegerField(default=1)
    strokes = models.JSONField(null=True, help_text="The pen's way: strokes of points [x, y, ms].")
    width = models.PositiveIntegerField(help_text="Of the pad or picture, in pixels.")
    height = models.PositiveIntegerField()
    pen = models.FloatField(null=True, help_text="Width of the pen in pixels of the pad.")
    pointer = models.CharField(max_length=10, blank=True, help_text="mouse, touch or pen")
    original = models.FileField(upload_to="originals/%Y/%m/", blank=True)
    original_format = models.CharField(max_length=10, blank=True, help_text="As decoded: PNG, JPEG …")
    one_digit = models.BooleanField(default=False, help_text="Whoever put it in says that it is one digit.")
    true_label = models.PositiveSmallIntegerField(
        null=True, validators=[MaxValueValidator(9)], help_text="What a sample is known to be."
    )
    sample_index = models.PositiveIntegerField(null=True, help_text="Which image of its data set a sample is.")
    brought_by = models.ForeignKey(
        "Import", models.SET_NULL, null=True, editable=False, related_name="drawings", db_index=False
    )
    origin = models.UUIDField(null=True, editable=False, help_text="The name that it had where it was made first.")

    objects = DrawingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="drawing_owner_newest"),
            models.Index(fields=["created"], name="drawing_by_day"),
            # Partial: what is made here pays nothing for what is imported.
            models.Index(fields=["owner", "origin"], condition=Q(origin__isnull=False), name="drawing_by_origin"),
            models.Index(fields=["brought_by"], condition=Q(brought_by__isnull=False), name="drawing_by_import"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


@receiver(models.signals.post_delete, sender=Drawing)
def delete_original(instance: Drawing, **_: object) -> None:
    """The file goes with its row, however the row goes: by its owner, with its owner, or in the administration."""
    if name := instance.original.name:
        storage = instance.original.storage
        transaction.on_commit(lambda: storage.delete(name))


class DigitQuerySet(models.QuerySet["Digit"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The door to a person's digits: nobody else's come through."""
        return self.filter(drawing__owner_id=user.pk)

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def with_predictions(self) -> Self:
        """Each digit's drawing, and in `current_predictions` the answers to the drawing's newest revision."""
        current = Prediction.objects.filter(revision=F("digit__drawing__revision"))
        current = current.select_related("model_version", "foreign_version")
        second = Digit.objects.filter(drawing=models.OuterRef("drawing"), position=1)
        return (
            self.select_related("drawing")
            .annotate(is_in_number=models.Exists(second))
            .prefetch_related(models.Prefetch("predictions", current.order_by("-pk"), to_attr="current_predictions"))
        )


class Digit(models.Model):
    """One digit of a drawing, as the network is given it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    drawing = models.ForeignKey(Drawing, models.CASCADE, related_name="digits")
    position = models.PositiveSmallIntegerField(default=0, help_text="From the left, counted from 0.")
    box = models.JSONField(null=True, help_text="Left, top, right, bottom in pixels of the drawing; empty: all of it.")
    pixels = models.BinaryField(max_length=PIXELS, help_text="28×28 bytes by rows, 0 ground to 255 ink.")
    hints = models.JSONField(default=dict, help_text="What preprocessing noticed, see preprocessing.Found.")
    preprocessing_version = models.PositiveSmallIntegerField()

    current_predictions: list["Prediction"]  # set by with_predictions()
    siblings: list["Digit"]  # all of its drawing's digits from the left, itself too; set by intake and numbers
    is_in_number: bool  # whether its drawing has several; set by with_predictions()

    objects = DigitQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["drawing", "position"], name="one_digit_at_a_position")]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def prediction(self) -> "Prediction | None":
        """The answer to the newest revision, of a digit that came from `with_predictions`."""
        return self.current_predictions[0] if self.current_predictions else None


class ForeignVersion(models.Model):
    """A model version of another installation, known by name and checksum alone: it can never serve here.

    Each person has rows of their own: what one import says of a checksum is no business of anybody else's.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="foreign_versions")
    name = models.CharField(max_length=100)
    architecture = models.CharField(max_length=100, blank=True)
    tflite_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "tflite_sha256"], name="one_foreign_version_per_checksum")
        ]

    def __str__(self) -> str:
        return self.name


class PredictionQuerySet(models.QuerySet["Prediction"]):
    def waiting(self) -> Self:
        return self.filter(status=Prediction.Status.QUEUED)


class Prediction(models.Model):
    """What one model version makes of one digit at one revision of its drawing.

    queued ─→ done | failed | superseded;  done ─→ superseded when the drawing gets a newer revision
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        SUPERSEDED = "superseded", "superseded"

    class Verdict(models.TextChoices):
        DIGIT = "digit", "a digit"
        UNSURE = "unsure", "unsure"
        NOT_A_DIGIT = "not_a_digit", "not a digit"

    digit = models.ForeignKey(Digit, models.CASCADE, related_name="predictions")
    revision = models.PositiveIntegerField(help_text="Of the drawing this answers.")
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="predictions")
    foreign_version = models.ForeignKey(
        ForeignVersion,
        models.CASCADE,
        null=True,
        related_name="predictions",
        db_index=False,
        help_text="Who answered, where that version is not here.",
    )
    preprocessing_version = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    verdict = models.CharField(max_length=12, choices=Verdict, blank=True)
    reason = models.CharField(max_length=30, blank=True, help_text="Why it is unsure or no digit, see verdict.REASONS.")
    candidates = models.JSONField(default=list, help_text="The digits it could be, the most probable first.")
    label = models.PositiveSmallIntegerField(null=True, help_text="The most probable digit.")
    confidence = models.FloatField(null=True, help_text="Of the most probable digit, 0 to 1.")
    probabilities = models.JSONField(null=True, help_text="Of the digits 0 to 9; they add up to 1.")
    logits = models.JSONField(null=True)
    inference_ms = models.FloatField(null=True, help_text="What the network alone took.")
    created = models.DateTimeField(default=timezone.now, editable=False)
    sent = models.DateTimeField(default=timezone.now, editable=False, help_text="When it was last put on the queue.")
    attempts = models.PositiveSmallIntegerField(default=1, help_text="How often it was put on the queue.")
    finished = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["digit", "revision", "model_version"], name="one_prediction_per_version_and_revision"
            ),
            models.UniqueConstraint(
                fields=["digit", "revision"],
                condition=Q(model_version__isnull=True, foreign_version__isnull=True),
                name="one_unanswered_prediction_per_revision",
            ),
            models.UniqueConstraint(
                fields=["foreign_version", "digit", "revision"],
                condition=Q(foreign_version__isnull=False),
                name="one_prediction_per_foreign_version",
            ),
            models.CheckConstraint(
                condition=Q(model_version__isnull=True) | Q(foreign_version__isnull=True),
                name="prediction_of_one_version",
            ),
        ]
        indexes = [
            models.Index(fields=["sent"], condition=Q(status="queued"), name="prediction_waiting"),
            models.Index(fields=["created"], name="prediction_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.status} {'' if self.label is None else self.label}".strip()

    @property
    def is_final(self) -> bool:
        return self.status not in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def version_name(self) -> str:
        """Who answered, here or where it was imported from; empty for nobody."""
        version = self.model_version or self.foreign_version
        return version.name if version is not None else ""

    @property
    def elapsed_ms(self) -> float | None:
        """From the drawing's acceptance to its answer."""
        return (self.finished - self.created).total_seconds() * 1e3 if self.finished else None


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(digit__drawing__owner_id=user.pk)

    def waiting(self) -> Self:
        return self.filter(review=Correction.Review.WAITING)

    def accepted(self) -> Self:
        return self.filter(review=Correction.Review.ACCEPTED)

    def to_train_on(self) -> Self:
        """Accepted digits that may be learnt from."""
        return self.accepted().filter(label__isnull=False, held_back=False)

    def to_measure_with(self) -> Self:
        """Accepted digits that are never learnt from."""
        return self.accepted().filter(label__isnull=False, held_back=True)


class Correction(models.Model):
    """What a person says their digit is. Staff review it before a network learns from it.

    waiting ─→ accepted | rejected; a changed label or drawing waits again
    """

    class Review(models.TextChoices):
        WAITING = "waiting", "waiting"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"

    digit = models.OneToOneField(Digit, models.CASCADE, related_name="correction")
    label = models.PositiveSmallIntegerField(
        null=True, validators=[MaxValueValidator(9)], help_text="The digit it is; empty: not a digit."
    )
    created = models.DateTimeField(default=timezone.now, editable=False)
    changed = models.DateTimeField(auto_now=True)
    review = models.CharField(max_length=10, choices=Review, default=Review.WAITING)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reviewed = models.DateTimeField(null=True)
    held_back = models.BooleanField(editable=False, help_text="Kept for measuring, never learnt from.")

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        permissions = [("review_correction", "May accept and reject corrections")]
        indexes = [models.Index(fields=["review", "id"], name="correction_by_review")]

    def __str__(self) -> str:
        return "not a digit" if self.label is None else str(self.label)


class Activation(models.Model):
    """A version's coming into service: who, when and why."""

    class Kind(models.TextChoices):
        SET_UP = "set-up", "at set-up"
        PROMOTION = "promotion", "promoted"
        ROLLBACK = "rollback", "rolled back"
        AUTOMATIC = "automatic", "promoted by its run"

    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="activations")
    previous = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150, blank=True, help_text="Kept when the account is gone.")
    at = models.DateTimeField(auto_now_add=True)
    reason = models.TextField(blank=True)
    gate = models.JSONField(null=True, help_text="What the gate said.")
    overridden = models.BooleanField(default=False, help_text="Put into service although the gate refused it.")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.version} {self.get_kind_display()}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)


class ApiToken(models.Model):
    """A key with which a program acts for its owner. Only its hash is kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of the key.")
    hint = models.CharField(max_length=8, editable=False, help_text="The key's first characters.")
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class ImportQuerySet(models.QuerySet["Import"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)

    def at_work(self) -> Self:
        """Those that a process carries out, or should."""
        return self.filter(status__in=Import.AT_WORK)


def import_file(taken: "Import", name: str) -> str:
    return f"imports/{taken.public_id}.{'zip' if name.endswith('.zip') else 'json'}"


class Import(models.Model):
    """A file of a person's things from elsewhere, and how far it has been taken in.

    queued ─→ running ─→ done | failed | cancelled;  any of these three ─→ removing ─→ removed
    Its process commits chunk by chunk, the drawings together with `position`; so who is killed is gone on from there.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"
        REMOVING = "removing", "being removed"
        REMOVED = "removed", "removed"

    AT_WORK = (Status.QUEUED, Status.RUNNING, Status.REMOVING)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="imports")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    file = models.FileField(upload_to=import_file, blank=True, help_text="Kept until it has been taken in.")
    name = models.CharField(max_length=100, help_text="What its sender called it.")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)
    beat = models.DateTimeField(default=timezone.now, help_text="The last sign of life of its process.")
    holder = models.UUIDField(null=True, help_text="Of which process the next chunk is.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Processes since the last chunk.")
    cancel_asked = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True)
    position = models.PositiveBigIntegerField(default=0, help_text="Bytes of the JSON that have been dealt with.")
    announced = models.PositiveIntegerField(default=0, help_text="Drawings that the file says it has.")
    seen = models.PositiveIntegerField(default=0, help_text="Drawings dealt with.")
    brought = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0, help_text="Drawings that were here already, and left alone.")
    refused = models.PositiveIntegerField(default=0, help_text="Drawings that could not be taken.")
    digits = models.PositiveIntegerField(default=0)
    corrections = models.PositiveIntegerField(default=0)
    originals = models.PositiveIntegerField(default=0)
    remarks = models.PositiveIntegerField(default=0, help_text="All problems, also those past the rows kept.")
    unpacked = models.PositiveBigIntegerField(default=0, help_text="Bytes read of it, unpacked.")

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(status__in=["queued", "running", "removing"]),
                name="one_import_at_work_per_person",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_final(self) -> bool:
        return self.status not in self.AT_WORK

    @property
    def may_be_removed(self) -> bool:
        return self.brought > 0 and self.status in (self.Status.DONE, self.Status.FAILED, self.Status.CANCELLED)


@receiver(models.signals.post_delete, sender=Import)
def delete_import_file(instance: Import, **_: object) -> None:
    if name := instance.file.name:
        storage = instance.file.storage
        transaction.on_commit(lambda: storage.delete(name))


class ImportProblem(models.Model):
    """Something in an import that was left out, and why; the first few hundred are kept."""

    taken = models.ForeignKey(Import, models.CASCADE, related_name="problems")
    drawing = models.PositiveIntegerField(help_text="Which of the file's drawings, counted from 1.")
    sentence = models.CharField(max_length=300)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Drawing {self.drawing}: {self.sentence}"
