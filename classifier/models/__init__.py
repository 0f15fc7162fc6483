"""The models, a module for each subject. Import them from here.

    Drawing 1 ── n Digit 1 ── n Prediction n ── 1 ModelVersion

    Drawing 1 ── 0..1 NumberCorrection 1 ── n Correction 0..1 ── 1 Digit

A drawing is one history entry, a digit a 28×28 picture cut from it. Each revision of a drawing asks for a new
prediction of each of its digits; only the prediction for the newest revision counts.
"""

from .accounts import FORMER_MEMBER, AuditEntry, AuditEntryQuerySet, ClosedAccount
from .batches import Batch, BatchFile, BatchFileQuerySet, BatchQuerySet, batch_file, delete_batch_file, no_confusion
from .corrections import (
    TEXT_AT_MOST,
    Correction,
    CorrectionQuerySet,
    NumberCorrection,
    NumberCorrectionQuerySet,
    Review,
)
from .digits import (
    FILTERED,
    NO_CONFIDENCE,
    NO_VALUE,
    NOT_READ,
    NUMBER_AT_MOST,
    PIXELS,
    VALUE_NOT_READ,
    Digit,
    DigitQuerySet,
)
from .drawings import Drawing, DrawingQuerySet, delete_original, label_in, title_of
from .imports import Import, ImportProblem, ImportQuerySet, delete_import_file, import_file
from .invitations import Invitation, InvitationQuerySet, Joining
from .predictions import Prediction, PredictionQuerySet
from .readings import LONGEST_TEXT, LateReading, NumberReading
from .rereadings import Rereading, RereadingQuerySet
from .retention import Retention
from .tokens import ApiToken, ApiTokenQuerySet, IdempotencyKey
from .versions import (
    Activation,
    ForeignVersion,
    ForeignVersionQuerySet,
    ModelVersion,
    ModelVersionQuerySet,
    VersionKind,
    version_file,
)

__all__ = [
    "FILTERED",
    "FORMER_MEMBER",
    "LONGEST_TEXT",
    "NOT_READ",
    "NO_CONFIDENCE",
    "NO_VALUE",
    "NUMBER_AT_MOST",
    "PIXELS",
    "TEXT_AT_MOST",
    "VALUE_NOT_READ",
    "Activation",
    "ApiToken",
    "ApiTokenQuerySet",
    "AuditEntry",
    "AuditEntryQuerySet",
    "Batch",
    "BatchFile",
    "BatchFileQuerySet",
    "BatchQuerySet",
    "ClosedAccount",
    "Correction",
    "CorrectionQuerySet",
    "Digit",
    "DigitQuerySet",
    "Drawing",
    "DrawingQuerySet",
    "ForeignVersion",
    "ForeignVersionQuerySet",
    "IdempotencyKey",
    "Import",
    "ImportProblem",
    "ImportQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "Joining",
    "LateReading",
    "ModelVersion",
    "ModelVersionQuerySet",
    "NumberCorrection",
    "NumberCorrectionQuerySet",
    "NumberReading",
    "Prediction",
    "PredictionQuerySet",
    "Rereading",
    "RereadingQuerySet",
    "Retention",
    "Review",
    "VersionKind",
    "batch_file",
    "delete_batch_file",
    "delete_import_file",
    "delete_original",
    "import_file",
    "label_in",
    "no_confusion",
    "title_of",
    "version_file",
]
