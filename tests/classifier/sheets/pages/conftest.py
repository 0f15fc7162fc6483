"""Sheets for the tests of their pages."""

import numpy as np
import pytest
from PIL import Image

from classifier.sheets.describing import sheets
from classifier.sheets.models import SheetShare

FIELD = {"key": "a", "name": "Reading", "kind": "boxes", "cells": 3, "box": [0.1, 0.2, 0.3, 0.05], "page": 1}
FORM = {"pages": 1, "fields": [FIELD], "tables": []}


@pytest.fixture
def sheet(owner):
    """An uploaded form with one field."""
    made = sheets.create_sheet(owner, "Meter card", [Image.fromarray(np.full((300, 200), 255, np.uint8))])
    return sheets.change_sheet(made, FORM)


@pytest.fixture
def printed(owner):
    """A printed sheet for two people."""
    return sheets.create_printed(owner, "Marks", FORM, "A4", ["Anna Müller", "Bo Lee"])


@pytest.fixture
def shared(sheet, stranger):
    """shared(level): the form, shared with the stranger."""

    def share(level):
        SheetShare.objects.update_or_create(sheet=sheet, user=stranger, defaults={"level": level})
        return sheet

    return share
