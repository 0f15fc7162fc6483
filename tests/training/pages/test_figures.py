"""The parts of the charts are as Plotly makes them."""

import json

import pytest

from classifier.pages.answers import figures
from training.pages import figures as staff_figures


@pytest.mark.parametrize("module", [figures, staff_figures])
def test_file_holds_what_plotly_makes(module):
    assert json.loads(module.FILE.read_text()) == module.parts(), "Update it with: manage.py write_figures"
