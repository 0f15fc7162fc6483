"""Writes the PDF of a sheet: `python -m classifier.sheets.printing`.

Reads the JSON that `process.pdf_of` sends from standard input, and writes the PDF to standard output.
"""

import json
import sys
from uuid import UUID

from classifier.sheets.fields.description import Description

from .drawing import Copy
from .pdf import written

wanted = json.load(sys.stdin)
sys.stdout.buffer.write(
    written(
        wanted["name"],
        Description.of(wanted["description"]),
        wanted["paper"],
        UUID(wanted["sheet"]),
        [Copy(*each) for each in wanted["copies"]],
    )
)
