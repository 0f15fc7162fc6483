"""The names of the export format, for exports and imports. `docs/export.md` describes it, SCHEMA_FILE defines it."""

from pathlib import Path
from typing import Any

SCHEMA, VERSION = "digitsite-export", 2
SCHEMA_FILE = Path(__file__).resolve().parents[1] / "data" / "export.schema.json"

# In the ZIP:
JSON_NAME = "digits.json"
ORIGINALS, BATCHES = "originals/", "batches/"

Record = dict[str, Any]  # of a drawing, a batch or what belongs to them, as SCHEMA_FILE defines it
