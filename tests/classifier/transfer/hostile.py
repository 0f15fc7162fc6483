"""What the tests of hostile imports share."""

import json
from pathlib import Path
from typing import Any

from classifier.models import ModelVersion
from tests.exports import document

MEDIA = Path(ModelVersion.tflite_file.field.storage.path(""))


def text(*drawings: Any, **changed: Any) -> bytes:
    """An export with these drawings as JSON."""
    return json.dumps(document(*drawings, **changed)).encode()
