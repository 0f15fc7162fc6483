"""The row of what a line reader read in a drawing, not saved yet."""

from classifier.digits.lines.messages import ReadRow, fields_of
from classifier.models import Drawing, ForeignVersion, ModelVersion, NumberReading
from classifier.transfer.export_format import Record
from classifier.transfer.importing.errors import RecordRejected

from .fields import integers
from .versions import Versions


def number_reading(record: Record, drawing: Drawing, versions: Versions) -> NumberReading:
    """What was read in a drawing; its text, verdict and confidence follow from its rows. Raises RecordRejected."""
    version = versions.get(record["model"])
    if version is None:
        raise RecordRejected("number_reading names a model that is not in the export's list.")
    if record["revision"] != drawing.revision:
        raise RecordRejected("The revision of number_reading must be its drawing's.")
    fields = fields_of([_row(given) for given in record["rows"]])
    if fields["text"] != record["text"] or fields["verdict"] != record["verdict"]:
        raise RecordRejected("text and verdict of number_reading do not fit its rows.")
    return NumberReading(
        drawing=drawing,
        revision=drawing.revision,
        model_version=version if isinstance(version, ModelVersion) else None,
        foreign_version=version if isinstance(version, ForeignVersion) else None,
        elapsed_ms=record["elapsed_ms"],
        **fields,
    )


def _row(record: Record) -> ReadRow:
    return ReadRow(
        text=record["text"],
        number="".join(each for each in record["text"] if each.isdecimal()),
        verdict=record["verdict"],
        reason=record["reason"],
        confidence=min(float(record["confidence"]), 1.0),
        alternatives=[(each["text"], min(float(each["confidence"]), 1.0)) for each in record["alternatives"]],
        left_out=int(record["left_out"]),
        characters=[(each["character"], integers(each["box"])) for each in record["characters"]],
    )
