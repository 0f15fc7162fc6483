"""What the site remembers: model versions, drawings with their digits, predictions, and API tokens.

    Drawing 1 ── n Digit 1 ── n Prediction n ── 1 ModelVersion

A drawing is one history entry, a digit one 28×28 picture cut from it. Each revision of a drawing asks
for a new prediction of each of its digits; only the one for the newest revision counts.
"""

import uuid
from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.dispatch import receiver
from django.utils import timezone

PIXELS = 28 * 28
NOT_A_DIGIT, NOT_READ = 10, 11  # beside 0 to 9, in a digit's copies of what was read and said
NO_CONFIDENCE = -1.0
FILTERED = ["verdict", "status", "said", "true_label", "version", "foreign_version", "source"]


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
        """The door to a person's drawings. What they have deleted is not among them."""
        return self.filter(owner_id=user.pk, deleted__isnull=True)

    def deleted_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """What a person has deleted and may still bring back."""
        return self.filter(owner_id=user.pk, deleted__isnull=False)

    def count_of(self, user: AbstractBaseUser | AnonymousUser) -> int:
        """How many `owned_by` finds: each of these two is counted in an index, of all rows none is looked up."""
        return self.filter(owner_id=user.pk).count() - self.deleted_by(user).count()


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
    # No index of its own, here and below, where another one begins with it.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drawings", db_index=False)
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
    deleted = models.DateTimeField(null=True, editable=False, help_text="By its owner; it can be brought back a while.")
    # The partial index below serves it, and costs the drawings of no batch nothing.
    batch = models.ForeignKey("Batch", models.CASCADE, null=True, related_name="drawings", db_index=False)
    member = models.CharField(max_length=255, blank=True, help_text="Its name inside the batch's archive.")
    member_at = models.BigIntegerField(null=True, help_text="Where the archive's list of contents names it, in bytes.")
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
            models.Index(fields=["owner", "deleted", "id"], condition=Q(deleted__isnull=False), name="drawing_deleted"),
            models.Index(fields=["batch", "id"], condition=Q(batch__isnull=False), name="drawing_of_batch"),
            # Partial: what is made here pays nothing for what is imported.
            models.Index(fields=["owner", "origin"], condition=Q(origin__isnull=False), name="drawing_by_origin"),
            models.Index(fields=["brought_by"], condition=Q(brought_by__isnull=False), name="drawing_by_import"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def has_file(self) -> bool:
        """Whether the picture file that it came from is kept: its own, or a member of its batch's archive."""
        return bool(self.original) or self.member_at is not None


@receiver(models.signals.post_delete, sender=Drawing)
def delete_original(instance: Drawing, **_: object) -> None:
    """The file goes with its row, however the row goes: by its owner, with its owner, or in the administration."""
    if name := instance.original.name:
        storage = instance.original.storage
        transaction.on_commit(lambda: storage.delete(name))


class DigitQuerySet(models.QuerySet["Digit"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The door to a person's digits: nobody else's come through, and none that they have deleted."""
        # Of a deleted drawing no owner is noted, and Django would take None for "no owner".
        return self.none() if user.pk is None else self.filter(owner_id=user.pk)

    def owned_or_deleted_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """With those that a person may bring back."""
        return self.filter(drawing__owner_id=user.pk)

    def newest_first(self) -> Self:
        return self.order_by("-created", "-pk")

    def with_predictions(self) -> Self:
        """Each digit's drawing, and in `current_predictions` the answers to the drawing's newest revision.

        The first of them is the one that counts: what another version was asked afterwards stands behind it.
        """
        return self._with_predictions(Prediction.objects.all())

    def for_lists(self) -> Self:
        """As with_predictions, without what is long and what lists do not show."""
        answers = Prediction.objects.defer("probabilities", "logits")
        return self._with_predictions(answers).defer("drawing__strokes")

    def _with_predictions(self, answers: "PredictionQuerySet") -> Self:
        current = answers.filter(revision=F("digit__drawing__revision")).select_related(
            "model_version", "foreign_version"
        )
        # A version's metadata and summary are 100 KB, which would be read and parsed for every digit.
        current = current.defer("model_version__metadata", "model_version__summary")
        second = Digit.objects.filter(drawing=models.OuterRef("drawing"), position=1)
        return (
            self.select_related("drawing")
            .annotate(is_in_number=models.Exists(second))
            .prefetch_related(models.Prefetch("predictions", current.order_by("pk"), to_attr="current_predictions"))
        )

    def bulk_create(self, objs: Iterable["Digit"], *args: Any, **options: Any) -> list["Digit"]:
        digits = list(objs)
        for digit in digits:
            digit.take_after_drawing()
        return super().bulk_create(digits, *args, **options)


class Digit(models.Model):
    """One digit of a drawing, as the network is given it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    drawing = models.ForeignKey(Drawing, models.CASCADE, related_name="digits", db_index=False)
    position = models.PositiveSmallIntegerField(default=0, help_text="From the left, counted from 0.")
    box = models.JSONField(null=True, help_text="Left, top, right, bottom in pixels of the drawing; empty: all of it.")
    pixels = models.BinaryField(max_length=PIXELS, help_text="28×28 bytes by rows, 0 ground to 255 ink.")
    hints = models.JSONField(default=dict, help_text="What preprocessing noticed, see preprocessing.Found.")
    preprocessing_version = models.PositiveSmallIntegerField()

    # Copies, for the lists to be filtered and sorted by; the database keeps them right, see classifier.copies. In a
    # digit at hand they are as they were when it was read.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,  # the drawing takes its digits along
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="Whose lists it stands in: the drawing's owner; nobody's while the drawing is deleted.",
    )
    source = models.CharField(max_length=10, choices=Drawing.Source, default="", db_default="", editable=False)
    created = models.DateTimeField(null=True, editable=False, help_text="The drawing's.")
    status = models.CharField(max_length=10, default="queued", db_default="queued", editable=False)
    verdict = models.CharField(max_length=12, default="", db_default="", editable=False)
    read = models.PositiveSmallIntegerField(
        default=NOT_READ, db_default=NOT_READ, editable=False, help_text="0 to 9; 10: not a digit; 11: not read (yet)."
    )
    confidence = models.FloatField(
        default=NO_CONFIDENCE, db_default=NO_CONFIDENCE, editable=False, help_text="0 to 1; -1: not read (yet)."
    )
    version = models.ForeignKey(
        ModelVersion,
        models.DO_NOTHING,  # what has answered cannot be deleted
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="Who gave the answer that counts.",
    )
    foreign_version = models.ForeignKey(
        "ForeignVersion",
        models.DO_NOTHING,  # it goes after its answers
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="Who gave it, where that version is not here.",
    )
    true_label = models.PositiveSmallIntegerField(null=True, editable=False, help_text="The drawing's.")
    batch = models.ForeignKey(
        "Batch",
        models.DO_NOTHING,  # the drawing takes its digits along
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="The drawing's.",
    )
    said = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="By its owner: 0 to 9; 10: not a digit; empty: nothing."
    )

    current_predictions: list["Prediction"]  # set by with_predictions()
    siblings: list["Digit"]  # all of its drawing's digits from the left, itself too; set by intake and numbers
    is_in_number: bool  # whether its drawing has several; set by with_predictions()

    objects = DigitQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["drawing", "position"], name="one_digit_at_a_position")]
        # Each order has an index that also holds whatever is filtered by: the rows, a hundred times as wide with
        # their pixels, are looked up for what is shown alone.
        indexes = [
            models.Index(fields=["owner"], name="digit_owner"),  # for counting them all
            models.Index(fields=["owner", "created", "id", "read", "confidence", *FILTERED], name="digit_newest"),
            models.Index(fields=["owner", "confidence", "id", "read", "created", *FILTERED], name="digit_surest"),
            models.Index(fields=["owner", "read", "-id", "confidence", "created", *FILTERED], name="digit_by_read"),
            models.Index(
                fields=["owner", "created", "id", "said", "true_label", "read", "confidence"],
                condition=Q(said__isnull=False) | Q(true_label__isnull=False),
                name="digit_known",
            ),
            models.Index(
                fields=["owner", "batch", "created", "id", "read", "confidence", "verdict", "said", "true_label"],
                condition=Q(batch__isnull=False),
                name="digit_of_batch",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def take_after_drawing(self) -> None:
        """Copy from the drawing, where it is at hand; else the database does it."""
        if self.owner_id is None and Digit.drawing.is_cached(self) and self.drawing.deleted is None:
            self.owner_id = self.drawing.owner_id
            self.source, self.created = self.drawing.source, self.drawing.created
            self.true_label, self.batch_id = self.drawing.true_label, self.drawing.batch_id

    @property
    def prediction(self) -> "Prediction | None":
        """The answer to the newest revision, of a digit that came from `with_predictions`."""
        return self.current_predictions[0] if self.current_predictions else None


class ForeignVersionQuerySet(models.QuerySet["ForeignVersion"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)


class ForeignVersion(models.Model):
    """A model version of another installation, known by name and checksum alone: it can never serve here.

    Each person has rows of their own: what one import says of a checksum is no business of anybody else's.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="foreign_versions")
    name = models.CharField(max_length=100)
    architecture = models.CharField(max_length=100, blank=True)
    tflite_sha256 = models.CharField(max_length=64)

    objects = ForeignVersionQuerySet.as_manager()

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

    digit = models.ForeignKey(Digit, models.CASCADE, related_name="predictions", db_index=False)
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


class RereadingQuerySet(models.QuerySet["Rereading"]):
    def unfinished(self) -> Self:
        return self.filter(status__in=[Rereading.Status.QUEUED, Rereading.Status.RUNNING])


class Rereading(models.Model):
    """A version's answering all digits of a person once more, beside the answers that count.

    queued ─→ running ─→ done | failed | cancelled
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="rereadings")
    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="rereadings")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    digits = models.PositiveIntegerField(default=0, help_text="That were there when it began.")
    looked_at = models.PositiveIntegerField(default=0, help_text="How many of them it has come past.")
    answered = models.PositiveIntegerField(default=0, help_text="How many of them it has answered.")
    last_digit = models.BigIntegerField(default=0, help_text="The key of the last one it came past.")
    last_created = models.DateTimeField(null=True, help_text="When that was drawn: they are read from the oldest on.")
    created = models.DateTimeField(auto_now_add=True)
    beat = models.DateTimeField(auto_now_add=True, help_text="When it last came further or was put on the queue.")
    finished = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    objects = RereadingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "model_version"],
                condition=Q(status__in=["queued", "running"]),
                name="one_unfinished_rereading_per_person_and_version",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_version} {self.status}"

    @property
    def is_final(self) -> bool:
        return self.status not in (self.Status.QUEUED, self.Status.RUNNING)


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.none() if user.pk is None else self.filter(digit__owner_id=user.pk)

    def kept(self) -> Self:
        """Of digits that their owners have not deleted."""
        return self.filter(digit__owner__isnull=False)

    def waiting(self) -> Self:
        return self.kept().filter(review=Correction.Review.WAITING)

    def accepted(self) -> Self:
        return self.kept().filter(review=Correction.Review.ACCEPTED)

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

    class Scope(models.TextChoices):
        READ = "read", "only read"
        WRITE = "write", "read and write"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of the key.")
    hint = models.CharField(max_length=8, editable=False, help_text="The key's first characters.")
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True, editable=False)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.WRITE)
    expires = models.DateTimeField(null=True, help_text="From then on it does not work; empty: it works for ever.")

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        return self.expires is not None and self.expires <= timezone.now()


class IdempotencyKey(models.Model):
    """What a program called a request of its own, so that sending it again does it once (see idempotency)."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the key.")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what was sent.")
    drawing_id = models.UUIDField(default=uuid.uuid4, help_text="Public id that its drawing has, or is going to have.")
    is_done = models.BooleanField(default=False, help_text="Its drawing was stored.")
    created = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "digest"], name="one_request_with_a_key")]

    def __str__(self) -> str:
        return str(self.drawing_id)


def batch_file(batch: "Batch", _name: str) -> str:
    return f"batches/{timezone.now():%Y/%m}/{batch.public_id}.zip"


def no_confusion() -> list[list[int]]:
    """Rows 0 to 9: what is written; columns 0 to 9: what was read, and last what was no digit."""
    return [[0] * 11 for _ in range(10)]


class BatchQuerySet(models.QuerySet["Batch"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The door to a person's batches; one that is being deleted is gone already."""
        return self.filter(owner_id=user.pk).exclude(status=Batch.Status.DELETED)

    def unfinished(self) -> Self:
        return self.filter(status__in=(Batch.Status.QUEUED, Batch.Status.RUNNING))

    def at_work(self) -> Self:
        """Those that a worker has something to do for."""
        return self.filter(status__in=(Batch.Status.QUEUED, Batch.Status.RUNNING, Batch.Status.DELETED))


class Batch(models.Model):
    """Many pictures sent at once: a ZIP, kept as it came, and what became of its members.

    queued ─→ running ─→ done | cancelled | failed;  any of them ─→ deleted, until its digits are gone too
    Members are read in the order of the archive's list of contents; `position` is where the next one stands, and
    goes on in the same transaction that stores the digits before it.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        CANCELLED = "cancelled", "cancelled"
        FAILED = "failed", "failed"
        DELETED = "deleted", "being deleted"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="batches")
    name = models.CharField(max_length=255)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    created = models.DateTimeField(default=timezone.now, editable=False)  # an import keeps the dates
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    # Without one it was imported from a file that had no archive of it.
    file = models.FileField(upload_to=batch_file, max_length=200, blank=True)
    size = models.BigIntegerField(help_text="Of the file, in bytes.")
    message = models.CharField(max_length=300, blank=True, help_text="What its owner should know of it.")
    one_digit = models.BooleanField(default=False, help_text="Each picture is said to hold one digit.")
    total = models.PositiveIntegerField(help_text="Files to be read.")
    read = models.PositiveIntegerField(default=0, help_text="Files in which digits were found.")
    failed = models.PositiveIntegerField(default=0, help_text="Files in which none were.")
    digits = models.PositiveIntegerField(default=0)
    unsure = models.PositiveIntegerField(default=0, help_text="Digits of that verdict.")
    refused = models.PositiveIntegerField(default=0, help_text="What was found to be no digit.")
    labelled = models.PositiveIntegerField(default=0, help_text="Digits whose label was given.")
    right = models.PositiveIntegerField(default=0, help_text="Of these, read rightly.")
    confusion = models.JSONField(default=no_confusion, help_text="See no_confusion.")
    position = models.BigIntegerField(help_text="Where the line of the next member begins, in bytes.")
    labels_at = models.BigIntegerField(null=True, help_text="Where the line of labels.csv begins.")
    holder = models.CharField(max_length=32, blank=True, help_text="Who is at work on it.")
    sign = models.DateTimeField(auto_now_add=True, help_text="The last sign of life from there, or when it was sent.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often it was taken on since it last went on.")
    brought_by = models.ForeignKey(
        "Import", models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    origin = models.UUIDField(null=True, editable=False, help_text="The name that it had where it was made first.")

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["owner", "-id"], name="batch_owner_newest"),
            models.Index(
                fields=["sign"], condition=Q(status__in=("queued", "running", "deleted")), name="batch_at_work"
            ),
            models.Index(fields=["owner", "origin"], condition=Q(origin__isnull=False), name="batch_by_origin"),
            models.Index(fields=["brought_by"], condition=Q(brought_by__isnull=False), name="batch_by_import"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_final(self) -> bool:
        return self.status not in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def dealt_with(self) -> int:
        return self.read + self.failed

    @property
    def accuracy(self) -> float | None:
        """Share of the labelled digits read rightly, 0 to 1."""
        return self.right / self.labelled if self.labelled else None


@receiver(models.signals.post_delete, sender=Batch)
def delete_batch_file(instance: Batch, **_: object) -> None:
    if name := instance.file.name:
        storage = instance.file.storage
        transaction.on_commit(lambda: storage.delete(name))


class BatchFile(models.Model):
    """A file of a batch in which no digit was found, and why."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="failures", db_index=False)
    name = models.CharField(max_length=255)
    reason = models.CharField(max_length=30, help_text="A stable name: of errors.py or archives.REASONS.")
    sentence = models.CharField(max_length=300)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["batch", "id"], name="batch_file_in_order")]

    def __str__(self) -> str:
        return self.name


class ClosedAccount(models.Model):
    """Marks an account that its owner has closed until nothing of it is left. It goes with the account's own row."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="closed")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"closed on {self.at:%Y-%m-%d %H:%M}"


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
    part = models.CharField(max_length=10, default="drawings", help_text="The list of the JSON that these end in.")
    announced = models.PositiveIntegerField(default=0, help_text="Drawings that the file says it has.")
    seen = models.PositiveIntegerField(default=0, help_text="Drawings dealt with.")
    brought = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0, help_text="Drawings that were here already, and left alone.")
    restored = models.PositiveIntegerField(default=0, help_text="Of these, deleted lately: they were brought back.")
    refused = models.PositiveIntegerField(default=0, help_text="Drawings that could not be taken.")
    batches = models.PositiveIntegerField(default=0, help_text="Batches brought.")
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
    def has_brought(self) -> bool:
        return self.brought > 0 or self.batches > 0


@receiver(models.signals.post_delete, sender=Import)
def delete_import_file(instance: Import, **_: object) -> None:
    if name := instance.file.name:
        storage = instance.file.storage
        transaction.on_commit(lambda: storage.delete(name))


class ImportProblem(models.Model):
    """Something in an import that was left out, and why; the first few hundred are kept."""

    taken = models.ForeignKey(Import, models.CASCADE, related_name="problems")
    drawing = models.PositiveIntegerField(
        null=True, help_text="Which of the file's drawings, counted from 1; empty: it is about a batch."
    )
    sentence = models.CharField(max_length=300)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Drawing {self.drawing}: {self.sentence}" if self.drawing else self.sentence
