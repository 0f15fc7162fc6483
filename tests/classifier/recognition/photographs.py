"""Photographs of generated digits: uneven light, shadow, ruled lines, the table's edge, blur, grain, JPEG."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from classifier.recognition.preprocessing.strokes import Sketch, render
from training.synthesis.handwriting import draw_digit

Grey = NDArray[np.uint8]
KINDS = ("plain", "shadow", "vignette", "ruled", "squared", "edge", "pencil", "blackboard")
WIDTH, HEIGHT = 480, 360


def photograph(kind: str, label: int, rng: np.random.Generator) -> tuple[Grey, Sketch]:
    """A photographed digit, shape (360, 480), and its strokes."""
    sketch = draw_digit(label, rng)
    points = np.array([point[:2] for stroke in sketch.strokes for point in stroke])
    size = np.ptp(points, 0)
    zoom = rng.uniform(0.3, 0.6) * HEIGHT / size.max()
    corner = np.array([70, 55]) + rng.uniform(0, 1, 2) * (np.array([WIDTH - 140, HEIGHT - 110]) - zoom * size)
    strokes = [
        ((np.array([point[:2] for point in stroke]) - points.min(0)) * zoom + corner).tolist()
        for stroke in sketch.strokes
    ]
    pen = float(rng.uniform(0.02, 0.04) if kind == "pencil" else rng.uniform(0.05, 0.12)) * zoom * float(size.max())
    ink = render(Sketch(strokes, WIDTH, HEIGHT, pen)) / 255 * (0.4 if kind == "pencil" else 0.75)
    down, right = np.mgrid[:HEIGHT, :WIDTH]
    paper = np.full((HEIGHT, WIDTH), rng.uniform(200, 240))
    tilt = rng.uniform(-0.04, 0.04)
    if kind in ("ruled", "squared"):
        paper *= 1 - 0.3 * _lines(down + tilt * right, rng)
    if kind == "squared":
        paper *= 1 - 0.3 * _lines(right - tilt * down, rng)
    picture = paper * (1 - ink)
    if kind == "edge":
        table = 70 + 8 * np.sin(0.2 * right + 0.1 * down)
        picture = np.where((right + tilt * down < WIDTH - 30) & (down - tilt * right < HEIGHT - 30), picture, table)
    if kind == "shadow":
        angle = rng.uniform(0, 2 * np.pi)
        beyond = np.cos(angle) * (right - WIDTH / 2) + np.sin(angle) * (down - HEIGHT / 2)
        picture *= 1 - 0.4 / (1 + np.exp(-beyond / rng.uniform(5, 40)))
    if kind == "vignette":
        picture *= 1 - 0.8 * ((right / WIDTH - 0.5) ** 2 + (down / HEIGHT - 0.5) ** 2)
    if kind == "blackboard":
        picture = 255 - 0.8 * picture
    picture *= 0.8 + 0.2 * right / WIDTH
    blurred = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.8))
    grained = np.asarray(blurred) + rng.normal(0, 3, (HEIGHT, WIDTH))
    return as_jpeg(np.clip(grained, 0, 255).astype(np.uint8)), sketch


def _lines(across: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    gap = rng.uniform(30, 45)
    return np.clip(1.5 - np.abs((across + rng.uniform(0, gap)) % gap - gap / 2), 0, 1)


def as_jpeg(grey: Grey, quality: int = 80) -> Grey:
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("L"))
