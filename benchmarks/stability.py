"""How stable answers are when only the position, size, pen or file of a drawing changes.

`python -m benchmarks.stability SET [--network FOLDER]`, where SET holds labelled strokes in a layout that
`manage.py evaluate` reads. Each drawing is moved, scaled, drawn with other pens, inverted and saved as JPEG, one change
at a time, as strokes and as a picture, and passes the code that serves.
Prints the share of answers that stay the same, and the share that are correct.
"""

import argparse
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import classifier
from benchmarks.recognition import NETWORK
from classifier.recognition.errors import InvalidInput, NoInk
from classifier.recognition.inference import Network
from classifier.recognition.preprocessing.pipeline import sketch_to_model_input, to_model_input
from classifier.recognition.preprocessing.strokes import Sketch, parse_sketch, render
from training.data.examples import Strokes
from training.data.labelled_sets import read_examples

SHIPPED = Path(classifier.__file__).parent / "bundled" / "deeper_cnn"
SCALES = (0.35, 0.6, 1.4)
THIN_PX = 8.0
THICK = (0.15, 0.2, 0.25)  # of the digit's height
QUALITIES = (30, 60, 90)
AT_ONCE = 500
STROKES, PICTURE = "strokes", "picture"
Inputs = dict[tuple[str, str], NDArray[np.uint8]]  # (28, 28), by form (STROKES or PICTURE) and change


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument(
        "--network", type=Path, default=SHIPPED, help="a folder written by a training run; by default the bundled one"
    )
    parser.add_argument("--limit", type=int, help="the most drawings, spread evenly over the set")
    options = parser.parse_args()
    drawn = [
        each for each in read_examples(options.set).spread(options.limit).examples if each.label in set("0123456789")
    ]
    sketches = list(sketches_of([each.content for each in drawn]))
    labels = np.array([int(each.label) for each in drawn])
    with ProcessPoolExecutor() as pool:
        prepared = list(pool.map(inputs_of, sketches, range(len(sketches)), chunksize=20))
    files = json.loads((options.network / "metadata.json").read_text())["files"]
    network = Network((options.network / NETWORK).read_bytes(), files[NETWORK]["sha256"])
    answers = {key: read(network, np.stack([each[key] for each in prepared])) for key in prepared[0]}
    print(f"{len(sketches):,} drawings{'':20} {'the same':>10} {'right':>8}")
    for (form, change), read_as in answers.items():
        same = float((read_as == answers[form, "as it is"]).mean())
        print(f"{form:9} {change:27} {same:10.2%} {float((read_as == labels).mean()):8.2%}")


def sketches_of(contents: list[object]) -> Iterator[Sketch]:
    for content in contents:
        if not isinstance(content, Strokes):
            raise SystemExit("This set has pictures; only strokes can be used.")
        try:
            yield parse_sketch(content.strokes, content.size, content.pen)
        except InvalidInput as error:
            raise SystemExit(f"A drawing cannot be read: {error}") from error


def read(network: Network, images: NDArray[np.uint8]) -> NDArray[np.intp]:
    parts = [network.answer(images[at : at + AT_ONCE]).logits.argmax(1) for at in range(0, len(images), AT_ONCE)]
    return np.concatenate(parts)


def inputs_of(sketch: Sketch, seed: int) -> Inputs:
    """The inputs of the network for a drawing with each change; blank without ink."""
    picture = 255 - render(sketch)
    inputs: Inputs = {}
    for change, changed in changes(sketch, np.random.default_rng(seed)):
        inputs[STROKES, change] = given(sketch_to_model_input, changed)
        inputs[PICTURE, change] = given(to_model_input, 255 - render(changed))
    inputs[PICTURE, "inverted"] = given(to_model_input, 255 - picture)
    for quality in QUALITIES:
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=quality)
        inputs[PICTURE, f"JPEG, quality {quality}"] = given(to_model_input, np.asarray(Image.open(file)))
    return inputs


def given(prepare: Callable[[Any], NDArray[np.uint8]], form: Any) -> NDArray[np.uint8]:
    try:
        return prepare(form)
    except NoInk:
        return np.zeros((28, 28), np.uint8)


def changes(sketch: Sketch, rng: np.random.Generator) -> Iterator[tuple[str, Sketch]]:
    points = np.array([point[:2] for stroke in sketch.strokes for point in stroke])
    low, high = points.min(0), points.max(0)
    limits = np.array([sketch.width, sketch.height])
    reach = sketch.pen / 2
    yield "as it is", sketch
    room = np.maximum(limits - high - reach, reach - low)
    yield "moved anywhere", moved(sketch, 1, rng.uniform(reach - low, room))
    for scale in SCALES:
        pad = np.ceil(limits * max(1, scale)).astype(int).tolist()
        yield f"scaled by {scale}", replace(moved(sketch, scale, np.zeros(2)), width=pad[0], height=pad[1])
    height = float(high[1] - low[1])
    for words, pen in (
        (f"pen of {THIN_PX:.0f} px", THIN_PX),
        *((f"pen of {share} of its height", share * height) for share in THICK),
    ):
        pen = max(1.0, pen)
        room = np.ceil(pen).astype(int)
        wider = replace(sketch, width=sketch.width + 2 * room, height=sketch.height + 2 * room, pen=pen)
        yield words, moved(wider, 1, np.array([room, room]))


def moved(sketch: Sketch, scale: float, by: NDArray[np.float64]) -> Sketch:
    """The sketch with another position and size, and a pen to match."""
    across, down = by.tolist()
    strokes = [[[point[0] * scale + across, point[1] * scale + down] for point in each] for each in sketch.strokes]
    return replace(sketch, strokes=strokes, pen=max(1.0, scale * sketch.pen))


if __name__ == "__main__":
    main()
