"""The admin of all models but people: shows their rows. A picture opens only on a click, which is recorded."""

import json

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.models import (
    Activation,
    ApiToken,
    AuditEntry,
    Batch,
    BatchFile,
    ClosedAccount,
    Correction,
    Digit,
    Drawing,
    ForeignVersion,
    IdempotencyKey,
    Import,
    ImportProblem,
    Invitation,
    Joining,
    LateReading,
    ModelVersion,
    NumberCorrection,
    NumberReading,
    Prediction,
    Rereading,
    Retention,
)

from .pictures import PicturePage, picture_button
from .read_only import ReadOnlyAdmin


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ["name", "kind", "architecture", "parameters", "accuracy", "is_active", "created", "activated"]
    list_filter = ["is_active", "kind", "architecture"]
    search_fields = ["name", "tflite_sha256"]
    exclude = ["metadata", "summary"]
    readonly_fields = ["keras_summary", "training_metadata"]

    @admin.display(description="Keras summary")
    def keras_summary(self, version: ModelVersion) -> SafeString:
        return format_html("<pre>{}</pre>", version.summary)

    @admin.display(description="metadata")
    def training_metadata(self, version: ModelVersion) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(version.metadata, indent=1))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class DigitInline(admin.TabularInline[Digit, Drawing]):
    model = Digit
    fields = readonly_fields = ("position", "public_id", "preprocessing_version")
    extra = 0
    can_delete = False
    show_change_link = True


@admin.register(Drawing)
class DrawingAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "owner", "source", "revision", "true_label", "created", "deleted"]
    list_filter = ["source", "created", ("deleted", admin.EmptyFieldListFilter)]
    list_select_related = ["owner"]
    search_fields = ["public_id", "owner__username"]
    exclude = ["strokes", "original"]
    readonly_fields = ["file"]
    inlines = [DigitInline]

    @admin.display(description="original")
    def file(self, drawing: Drawing) -> str:
        return drawing.original.name or "–"


class PredictionInline(admin.TabularInline[Prediction, Digit]):
    model = Prediction
    fields = readonly_fields = ("revision", "status", "verdict", "label", "confidence", "model_version", "finished")
    extra = 0
    can_delete = False


@admin.register(Digit)
class DigitAdmin(PicturePage, ReadOnlyAdmin):
    list_display = ["public_id", "drawing", "position", "preprocessing_version"]
    list_select_related = ["drawing"]
    search_fields = ["public_id", "drawing__public_id", "drawing__owner__username"]
    exclude = ["pixels"]
    readonly_fields = ["picture"]
    inlines = [PredictionInline]

    @admin.display(description="input of the network")
    def picture(self, digit: Digit) -> SafeString:
        return picture_button(digit)


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    list_display = [
        "pk",
        "digit",
        "revision",
        "status",
        "verdict",
        "reason",
        "label",
        "confidence",
        "model_version",
        "attempts",
        "created",
    ]
    list_filter = ["status", "verdict", "reason", "label", "model_version"]
    list_select_related = ["digit", "model_version"]
    search_fields = ["digit__public_id", "digit__drawing__owner__username"]


@admin.register(Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    """Shows corrections; staff review them on a page of their own."""

    list_display = ["pk", "label", "review", "held_back", "reviewed_by", "created", "reviewed"]
    list_filter = ["review", "held_back", "label", "created"]
    list_select_related = ["digit", "reviewed_by"]
    search_fields = ["digit__public_id", "digit__drawing__owner__username", "reviewed_by__username"]
    readonly_fields = ["picture"]

    @admin.display(description="input of the network")
    def picture(self, correction: Correction) -> SafeString:
        return picture_button(correction.digit)


@admin.register(NumberCorrection)
class NumberCorrectionAdmin(ReadOnlyAdmin):
    """Shows corrections of whole numbers; staff review them on a page of their own."""

    list_display = ["pk", "text", "review", "held_back", "reviewed_by", "created", "reviewed"]
    list_filter = ["review", "held_back", "created"]
    list_select_related = ["drawing", "reviewed_by"]
    search_fields = ["text", "drawing__public_id", "drawing__owner__username", "reviewed_by__username"]


@admin.register(NumberReading)
class NumberReadingAdmin(ReadOnlyAdmin):
    """Shows what line readers read in whole drawings."""

    list_display = ["pk", "text", "verdict", "confidence", "version_name"]
    list_filter = ["verdict"]
    list_select_related = ["drawing", "model_version", "foreign_version"]
    search_fields = ["text", "drawing__public_id", "drawing__owner__username"]


@admin.register(LateReading)
class LateReadingAdmin(ReadOnlyAdmin):
    """Shows drawings that a line reader has still to read."""

    list_display = ["drawing", "revision", "created", "sent", "attempts"]
    list_select_related = ["drawing"]
    search_fields = ["drawing__public_id", "drawing__owner__username"]
    exclude = ["rows"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Shows the audit log, which nobody changes. Staff read it on a page of their own."""

    list_display = ["at", "act", "by", "about", "thing", "public_id"]
    list_filter = ["act", "at"]
    list_select_related = ["by", "about"]
    search_fields = ["by__username", "about__username", "thing", "public_id"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Rereading)
class RereadingAdmin(ReadOnlyAdmin):
    list_display = ["owner", "model_version", "status", "looked_at", "digits", "answered", "requested_by", "created"]
    list_filter = ["status"]
    list_select_related = ["owner", "model_version", "requested_by"]
    search_fields = ["owner__username", "model_version__name"]


@admin.register(Retention)
class RetentionAdmin(ReadOnlyAdmin):
    """Shows for how many days the site keeps things, and how many were removed."""

    list_display = ["kind", "days", "starts", "removed", "recorded"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Activation)
class ActivationAdmin(ReadOnlyAdmin):
    list_display = ["version", "kind", "previous", "by_name", "at", "overridden", "reason"]
    list_filter = ["kind", "overridden", "at"]
    list_select_related = ["version", "previous"]
    search_fields = ["version__name", "by_name", "reason"]
    exclude = ["gate"]
    readonly_fields = ["judgement"]

    @admin.display(description="result of the gate")
    def judgement(self, activation: Activation) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(activation.gate, indent=1))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ["name", "owner", "hint", "scope", "created", "expires", "last_used"]
    list_filter = ["scope"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__username"]


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    list_display = ["drawing_id", "owner", "is_done", "created"]
    list_select_related = ["owner"]
    search_fields = ["drawing_id", "owner__username"]


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "owner", "status", "total", "read", "failed", "created", "finished"]
    list_filter = ["status", "created"]
    list_select_related = ["owner"]
    search_fields = ["public_id", "owner__username", "name"]
    exclude = ["confusion"]


@admin.register(BatchFile)
class BatchFileAdmin(ReadOnlyAdmin):
    list_display = ["batch", "name", "reason", "sentence"]
    list_filter = ["reason"]
    list_select_related = ["batch"]
    search_fields = ["batch__public_id"]


@admin.register(ClosedAccount)
class ClosedAccountAdmin(ReadOnlyAdmin):
    """Shows accounts that are being removed. An old one means that no worker removes them."""

    list_display = ["pk", "at"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(ForeignVersion)
class ForeignVersionAdmin(ReadOnlyAdmin):
    """Shows versions of other sites, which are known by name only."""

    list_display = ["name", "architecture", "tflite_sha256", "owner"]
    list_select_related = ["owner"]
    search_fields = ["name", "tflite_sha256", "owner__username"]


class ImportProblemInline(admin.TabularInline[ImportProblem, Import]):
    model = ImportProblem
    fields = readonly_fields = ("drawing", "sentence")
    extra = 0
    can_delete = False


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "owner", "status", "size", "brought", "known", "refused", "remarks", "created"]
    list_filter = ["status", "created"]
    list_select_related = ["owner"]
    search_fields = ["public_id", "owner__username"]
    inlines = [ImportProblemInline]


@admin.register(ImportProblem)
class ImportProblemAdmin(ReadOnlyAdmin):
    list_display = ["taken", "drawing", "sentence"]
    list_select_related = ["taken"]
    search_fields = ["taken__public_id"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "by", "used", "uses", "created", "expires", "revoked"]
    list_select_related = ["by"]
    search_fields = ["note", "by__username"]
    exclude = ["digest"]


@admin.register(Joining)
class JoiningAdmin(ReadOnlyAdmin):
    list_display = ["person", "invitation", "at"]
    list_select_related = ["person", "invitation"]
    search_fields = ["person__username", "invitation__note"]
