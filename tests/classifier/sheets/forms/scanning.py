"""What scanners and cameras make of a page."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.sheets.imaging import REFERENCE_SIDE

from .filling import Filled

Grey = NDArray[np.uint8]
Matrix = NDArray[np.float64]  # (3, 3)
Rng = np.random.Generator
DOTS = 300
PHOTOGRAPH_SIDES = 1600, 3400  # px of its longer side
TILT = 20  # degrees at most


@dataclass(frozen=True)
class Received:
    """A page as it is put in."""

    grey: Grey
    homography: Matrix  # from px of the page laid straight, longer side REFERENCE_SIDE, to px of this picture
    filled: Filled
    seed: int


def scanned(page: Filled, seed: int, *, dpi: int | None = None) -> Received:
    """A scan with 100 to 600 dpi: any of four turns, a skew up to 5°, moved and scaled by the scanner."""
    rng = np.random.default_rng([1, seed])
    dpi = dpi or int(rng.choice([100, 150, 200, 300, 400, 600], p=[0.15, 0.15, 0.3, 0.25, 0.1, 0.05]))
    height, width = page.grey.shape
    scale = dpi / DOTS
    grown = scale * rng.uniform(0.94, 1.03) * (1 + rng.uniform(-0.004, 0.004, 2))
    turn = int(rng.integers(0, 4)) if rng.random() < 0.5 else 0
    skew = np.deg2rad(rng.uniform(-5, 5) if rng.random() < 0.5 else rng.normal(0, 0.7))
    moved = rng.normal(0, 0.008, 2) * [width, height] * scale
    size = np.array([width, height]) * scale
    to_scan = _at(size / 2 + moved) @ _turned(skew) @ np.diag([*grown, 1]) @ _at([-width / 2, -height / 2])
    edge = int(rng.choice([255, 250, 60, 10], p=[0.5, 0.2, 0.15, 0.15]))
    grey = _warped(page.grey, to_scan, (round(size[0]), round(size[1])), scale, edge)
    to_scan = _quarter_turned(turn, grey.shape) @ to_scan
    grey = np.rot90(grey, -turn)
    if rng.random() < 0.15 and dpi >= 200:
        return _received(np.where(grey > rng.integers(140, 200), 255, 0).astype(np.uint8), to_scan, page, seed)
    paper = rng.uniform(225, 255)
    grey = np.clip(grey * (paper / 255) * rng.uniform(0.9, 1.02) + rng.uniform(0, 25), 0, 255).astype(np.uint8)
    return _received(_stored(grey, rng, rng.uniform(0, 7)), to_scan, page, seed)


def photographed(page: Filled, seed: int, *, most_tilt: float = TILT) -> Received:
    """A photograph of the page on a table: tilted up to 20°, in uneven light, somewhat blurred."""
    rng = np.random.default_rng([2, seed])
    height, width = page.grey.shape
    side = int(rng.integers(*PHOTOGRAPH_SIDES))
    portrait = rng.random() < 0.85
    size = (round(side * 0.75), side) if (height > width) == portrait else (side, round(side * 0.75))
    tilt, axis = np.deg2rad(rng.uniform(0, most_tilt)), rng.uniform(0, 2 * np.pi)
    camera = _at(np.array(size) / 2) @ _camera(tilt, axis, max(size))
    centred = np.diag([max(size) / max(width, height)] * 2 + [1.0]) @ _at([-width / 2, -height / 2])
    to_picture = camera @ _turned(rng.normal(0, np.deg2rad(4))) @ centred
    corners = _through(to_picture, [(0, 0), (width, 0), (width, height), (0, height)])
    low, high = corners.min(0), corners.max(0)
    fit = float(np.min(np.array(size) / (high - low))) * rng.uniform(0.75, 0.97)
    room = (np.array(size) - fit * (high - low)) * rng.uniform(0.2, 0.8, 2)
    to_picture = _at(room) @ np.diag([fit, fit, 1]) @ _at(-low) @ to_picture
    scale = fit * max(size) / max(width, height)
    paper = _warped(page.grey, to_picture, size, scale, 0).astype(np.float32)
    outline = _through(to_picture, [(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)])
    mask = cv2.fillConvexPoly(np.zeros(size[::-1], np.uint8), outline.round().astype(np.int32), 1)
    picture = np.where(mask, paper * np.float32(rng.uniform(0.75, 0.95)), _table(size, rng)) * _light(size, rng)
    turn = int(rng.choice([0, 1, 2, 3], p=[0.6, 0.15, 0.1, 0.15]))
    to_picture = _quarter_turned(turn, picture.shape) @ to_picture
    picture = np.rot90(picture, -turn)
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.8) * max(1, side / 2200))
    if rng.random() < 0.25:  # shaken
        reach = int(rng.integers(2, 5))
        picture = cv2.blur(picture, (reach, 1) if rng.random() < 0.5 else (1, reach))
    grey = np.clip(picture, 0, 255).astype(np.uint8)
    return _received(_stored(grey, rng, rng.uniform(1, 6)), to_picture, page, seed)


def truncated(received: Received, seed: int) -> Received:
    """The same picture without up to a quarter of it at one side."""
    rng = np.random.default_rng([3, seed])
    height, width = received.grey.shape
    share = rng.uniform(0.05, 0.25)
    which = int(rng.integers(0, 4))
    top, left = (round(share * height) if which == 0 else 0), (round(share * width) if which == 1 else 0)
    bottom, right = (height - round(share * height) * (which == 2)), (width - round(share * width) * (which == 3))
    cut = np.ascontiguousarray(received.grey[top:bottom, left:right])
    return Received(cut, _at([-left, -top]) @ received.homography, received.filled, seed)


def _received(grey: Grey, from_drawing: Matrix, page: Filled, seed: int) -> Received:
    scale = max(page.grey.shape) / REFERENCE_SIDE
    centred = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1]])
    return Received(np.ascontiguousarray(grey), from_drawing @ centred, page, seed)


def _warped(grey: Grey, matrix: Matrix, size: tuple[int, int], scale: float, edge: int) -> Grey:
    """Warps a drawing; it is made smaller first, so that lines do not break."""
    reduced = max(1, int(1 / scale))
    if reduced > 1:
        grey = cv2.resize(grey, None, fx=1 / reduced, fy=1 / reduced, interpolation=cv2.INTER_AREA)
        half = (reduced - 1) / 2
        matrix = matrix @ np.array([[reduced, 0, half], [0, reduced, half], [0, 0, 1]])
    return np.asarray(cv2.warpPerspective(grey, matrix, size, flags=cv2.INTER_LINEAR, borderValue=edge), np.uint8)


def _camera(tilt: float, axis: float, distance: float) -> Matrix:
    """The view of a plane that is turned out of the picture's plane by `tilt` about an axis through its middle."""
    x, y = np.cos(axis), np.sin(axis)
    turn, _ = cv2.Rodrigues(np.array([x, y, 0.0]) * tilt)
    view = turn[:, :2]
    focal = 1.1 * distance
    return np.array([[*(focal * view[0]), 0], [*(focal * view[1]), 0], [*view[2], focal]]) / focal


def _table(size: tuple[int, int], rng: Rng) -> NDArray[np.float32]:
    """Wood, stone or cloth, with edges of other things on it."""
    coarse = rng.normal(0, 1, (max(2, size[1] // 12), max(2, size[0] // int(rng.choice([12, 60, 200])))))
    table = cv2.resize(coarse.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    table = table * rng.uniform(3, 22) + rng.uniform(30, 190)
    for _ in range(int(rng.integers(0, 4))):
        corner = rng.uniform(0, 1, 2) * size
        quad = corner + rng.normal(0, 0.25, (4, 2)) * max(size)
        cv2.fillPoly(table, [quad.astype(np.int32)], float(rng.uniform(20, 240)))
    return np.asarray(table, np.float32)


def _light(size: tuple[int, int], rng: Rng) -> NDArray[np.float32]:
    """Uneven light, and the shadow of the hand or head that is in the way."""
    x, y = np.meshgrid(np.linspace(-1, 1, size[0] // 8), np.linspace(-1, 1, size[1] // 8))
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 - rng.uniform(0, 0.35) * (x * np.cos(angle) + y * np.sin(angle) + 1.4) / 2.8
    light -= rng.uniform(0, 0.15) * (x * x + y * y) / 2
    if rng.random() < 0.6:
        angle, where, soft = rng.uniform(0, 2 * np.pi), rng.uniform(-0.6, 0.6), rng.uniform(0.02, 0.3)
        across = x * np.cos(angle) + y * np.sin(angle) + 0.15 * np.sin(4 * (x + y)) - where
        light *= 1 - rng.uniform(0.15, 0.5) / (1 + np.exp(-across / soft))
    return np.asarray(cv2.resize(light.astype(np.float32), size), np.float32)


def _stored(grey: Grey, rng: Rng, noise: float) -> Grey:
    """With noise of the sensor, often compressed."""
    tile = rng.normal(0, noise, (256, 256)).round().astype(np.int16)  # repeated: quicker, and nobody sees it
    times = -(-grey.shape[0] // 256), -(-grey.shape[1] // 256)
    noisy = cv2.add(grey.astype(np.int16), np.tile(tile, times)[: grey.shape[0], : grey.shape[1]])
    grey = np.clip(noisy, 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        _, file = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 95))])
        grey = np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8)
    return grey


def _at(place) -> Matrix:
    return np.array([[1, 0, place[0]], [0, 1, place[1]], [0, 0, 1]], float)


def _turned(angle: float) -> Matrix:
    return np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])


def _quarter_turned(times: int, shape: tuple[int, ...]) -> Matrix:
    """As `np.rot90(grey, -times)`: clockwise."""
    height, width = shape
    return [
        np.eye(3),
        np.array([[0, -1, height - 1], [1, 0, 0], [0, 0, 1.0]]),
        np.array([[-1, 0, width - 1], [0, -1, height - 1], [0, 0, 1.0]]),
        np.array([[0, 1, 0], [-1, 0, width - 1], [0, 0, 1.0]]),
    ][times]


def _through(matrix: Matrix, points) -> NDArray[np.float64]:
    return cv2.perspectiveTransform(np.array([points], float), matrix)[0]
