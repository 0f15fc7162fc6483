"""The records of what line readers read in whole drawings."""

from classifier.models import NumberReading
from classifier.transfer.export_format import Record

from .versions import VersionRecords, checksum_of

READING_FIELDS = ("revision", "text", "verdict", "confidence", "elapsed_ms")
ROW_FIELDS = ("text", "verdict", "reason", "confidence", "left_out")


def reading_records(drawing_keys: list[int], versions: VersionRecords) -> dict[int, Record]:
    """By the keys of drawings, without readings by versions that came after the export began."""
    columns = ("drawing_id", "model_version_id", "foreign_version_id", "rows", *READING_FIELDS)
    records = {}
    for row in NumberReading.objects.filter(drawing__in=drawing_keys).values(*columns):
        if model := checksum_of(row, versions):
            fields = {name: row[name] for name in READING_FIELDS}
            records[row["drawing_id"]] = fields | {"model": model, "rows": [_row_record(each) for each in row["rows"]]}
    return records


def _row_record(row: Record) -> Record:
    """row: as ReadRow.to_json makes it."""
    return {name: row[name] for name in ROW_FIELDS} | {
        "alternatives": [{"text": text, "confidence": share} for text, share in row["alternatives"]],
        "characters": [{"character": character, "box": box} for character, box in row["characters"]],
    }
