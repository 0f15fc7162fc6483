"""Numbers as people write them, on the pad and in a photograph, each corrected as a whole."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from classifier.recognition.preprocessing.strokes import Sketch, render
from tests.e2e.conftest import draw
from tests.e2e.test_every_page import assert_sound
from tests.e2e.test_pictures_and_samples import hand_over
from tests.lines import written

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# What is written, and what the person then says it is.
ON_THE_PAD = {"80": "60", "1000": "1008", "3.5": "35", "12:30": "12:36", "-7": "7", "0301234567": "0301234561"}


def spread(sketch, left=0.04, top=0.3, width=0.92, height=0.4):
    """The strokes as shares of the pad, inside a part of it."""
    points = np.vstack([np.asarray(stroke)[:, :2] for stroke in sketch.strokes])
    start, size = points.min(0), np.ptp(points, axis=0)
    zoom = min(width / size[0], height / size[1])
    return [
        [(left + (x - start[0]) * zoom, top + (y - start[1]) * zoom) for x, y, *_ in stroke[::2] + stroke[-1:]]
        for stroke in sketch.strokes
    ]


def photograph(text):
    """A JPEG of grey paper in uneven light, slightly turned and blurred, with a number written in ink."""
    sketch = written(text)
    ink = render(Sketch([[[x, y] for x, y, *_ in stroke] for stroke in sketch.strokes], sketch.width, sketch.height, 7))
    rng = np.random.default_rng(5)
    page = 205 + rng.normal(0, 4, (700, 1000)) - np.linspace(0, 60, 1000)
    placed = Image.new("L", (1000, 700))
    placed.paste(Image.fromarray(ink).resize((840, 420)), (80, 140))
    dark = np.asarray(placed.rotate(2, resample=Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(1.2)))
    picture = Image.fromarray((page * (1 - dark / 255 * 0.75)).clip(0, 255).astype(np.uint8))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=82)
    return file.getvalue()


def wait_for_text(page, text):
    page.wait_for_selector(f'#answer[data-state=done][data-preview=false][data-label="{text}"]')


def correct(page, said):
    page.locator("#answer .whole [name=text]").first.fill(said)
    page.keyboard.press("Enter")
    page.locator("#answer .whole__said", has_text=f"You say: {said}.").first.wait_for()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_numbers_are_read_and_corrected(desk, width, scheme):
    page = desk(width=width, color_scheme=scheme)
    for text, said in ON_THE_PAD.items():
        page.locator("#pad-canvas").scroll_into_view_if_needed()
        for stroke in spread(written(text)):
            draw(page, *stroke)
        wait_for_text(page, text)
        page.wait_for_selector("#pad-status[data-state=saved]")
        correct(page, said)
        page.locator("#pad-clear").click()
    for row, text in enumerate(["12", "345", "60"]):
        for stroke in spread(written(text), left=0.2, top=0.05 + 0.33 * row, width=0.6, height=0.22):
            draw(page, *stroke)
    page.locator("#answer[data-preview=false]").get_by_text("345").first.wait_for()
    assert all(text in page.locator("#answer").inner_text() for text in ("12", "345", "60"))
    assert_sound(page, width)
    hand_over(page, "body", "paste", photograph("12.50"))
    wait_for_text(page, "12.50")
    correct(page, "12.56")
    assert_sound(page, width)
