"""Model versions of this site and of others, and when each was put into service."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q


def version_file(version: "ModelVersion", name: str) -> str:
    return f"models/{version.public_id}/{name}"


class VersionKind(models.TextChoices):
    """What a network reads; one version of each kind is in service. The values are keys of `recognition.kinds`."""

    DIGIT = "digit", "digit reader"
    LINE = "line", "line reader"


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def of_kind(self, kind: str) -> Self:
        return self.filter(kind=kind)

    def active(self, kind: str = VersionKind.DIGIT) -> Self:
        """The version of this kind in service; empty before the first is registered."""
        return self.of_kind(kind).filter(is_active=True)


class ModelVersion(models.Model):
    """A trained network: its files, a checksum and its test accuracy."""

    Kind = VersionKind

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.DIGIT, db_default=Kind.DIGIT, editable=False)
    architecture = models.CharField(max_length=100)
    parameters = models.PositiveIntegerField()
    accuracy = models.FloatField(help_text="Share of the test images or lines read right, 0 to 1.")
    metadata = models.JSONField(help_text="The metadata file that training wrote.")
    summary = models.TextField(help_text="Keras's summary of the layers.")
    tflite_file = models.FileField(upload_to=version_file)
    keras_file = models.FileField(upload_to=version_file)
    h5_file = models.FileField(upload_to=version_file)
    tflite_sha256 = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    is_active = models.BooleanField(default=False, editable=False)
    activated = models.DateTimeField(null=True, editable=False)
    damaged = models.DateTimeField(
        null=True, editable=False, help_text="When its file was found damaged or missing; null if it is sound."
    )

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        permissions = [
            ("promote_modelversion", "May put versions into service and roll back"),
            ("override_gate", "May put a version into service that the gate refused"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(is_active=True), name="one_active_model_version_of_each_kind"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ForeignVersionQuerySet(models.QuerySet["ForeignVersion"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)


class ForeignVersion(models.Model):
    """A model version of another site, known by name and checksum only: it cannot be put into service.

    Each person has their own rows, because what an import says about a checksum concerns only its owner.
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


class Activation(models.Model):
    """Who put a version into service, when and why."""

    class Kind(models.TextChoices):
        SET_UP = "set-up", "at set-up"
        PROMOTION = "promotion", "promoted"
        ROLLBACK = "rollback", "rolled back"
        AUTOMATIC = "automatic", "promoted by its run"
        DAMAGE = "damage", "took over from a damaged version"
        REPAIR = "repair", "put back, because its file is sound again"

    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="activations")
    previous = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150, blank=True, help_text="Kept after the account is deleted.")
    at = models.DateTimeField(auto_now_add=True)
    reason = models.TextField(blank=True)
    gate = models.JSONField(null=True, help_text="The result of the gate.")
    overridden = models.BooleanField(default=False, help_text="Whether it was put into service against the gate.")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.version} {self.get_kind_display()}"
