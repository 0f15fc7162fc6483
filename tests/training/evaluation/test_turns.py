"""`manage.py evaluate --turns`: pictures shown in four directions, and how many are turned back."""

from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from PIL import Image

from classifier.digits.registry import BUNDLED, BUNDLED_DEFAULT
from tests.numbers import shown
from tests.training.sets import SEVEN, seven
from training.data.examples import Example, Strokes
from training.evaluation.turns import measure_turns
from training.management.commands.evaluate import find_reader


@pytest.mark.django_db
def test_a_number_is_turned_back_and_a_single_digit_stays(tmp_path):
    Image.fromarray(shown()).save(tmp_path / "47.png")
    examples = [
        Example("file", "47", tmp_path / "47.png"),
        Example("array", "47", 255 - np.asarray(shown())),
        Example("single", "7", Strokes(SEVEN, [280, 280], 18)),
        Example("nothing", "7", np.zeros((28, 28), np.uint8)),
    ]
    figures = measure_turns(find_reader(str(BUNDLED / BUNDLED_DEFAULT)), examples)
    assert (figures.examples, figures.numbers) == (4, 2)
    assert dict(figures.noticed) == dict(figures.read_correctly) == {90: 2, 180: 2, 270: 2}
    assert not +figures.turned_wrongly


@pytest.mark.django_db
def test_the_command_prints_the_figures(tmp_path):
    (tmp_path / "7").mkdir()
    seven(tmp_path / "7" / "a.png")
    written = StringIO()
    call_command("evaluate", set=str(tmp_path), version=BUNDLED_DEFAULT, turns=True, stdout=written)
    assert "1 pictures, 0 of them numbers of several digits" in written.getvalue()
    assert "shown upright: 0 turned wrongly" in written.getvalue()
