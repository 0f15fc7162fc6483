"""Pictures of noise and of patterns."""

import numpy as np

from training.synthesis.outliers.arrays import some_size, to_bytes

from .table import Made, Rng, kind


@kind("noise")
def noise_in_colour(rng: Rng) -> Made:
    return to_bytes(rng.normal(128, rng.uniform(20, 80), (*some_size(rng), 3)))


@kind("noise")
def salt_and_pepper(rng: Rng) -> Made:
    picture = np.full(some_size(rng), float(rng.integers(60, 255)))
    chance = rng.random(picture.shape)
    share = rng.uniform(0.01, 0.15)
    return to_bytes(np.where(chance < share, 0, np.where(chance > 1 - share, 255, picture)))


@kind("noise")
def noise_as_small_as_the_input(rng: Rng) -> Made:
    picture = rng.uniform(0, 255, (28, 28))
    return to_bytes(picture if rng.random() < 0.5 else np.where(picture > rng.uniform(90, 220), 255, 0))


@kind("pattern")
def stripes(rng: Rng) -> Made:
    rows, columns = np.mgrid[tuple(slice(0, side) for side in some_size(rng))]
    angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    wave = np.sin(2 * np.pi * (rows * np.cos(angle) + columns * np.sin(angle)) / rng.uniform(8, 80))
    return to_bytes(127 + rng.uniform(40, 127) * (np.sign(wave) if rng.random() < 0.6 else wave))


@kind("pattern")
def chessboard(rng: Rng) -> Made:
    rows, columns = np.mgrid[tuple(slice(0, side) for side in some_size(rng))]
    side = rng.integers(8, 60)
    light, dark = rng.uniform(150, 255), rng.uniform(0, 110)
    return to_bytes(np.where((rows // side + columns // side) % 2, light, dark).astype(float))


@kind("pattern")
def gradient(rng: Rng) -> Made:
    height, width = some_size(rng)
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    distance = np.hypot(rows, columns) if rng.random() < 0.4 else rows * rng.normal() + columns * rng.normal()
    colour = rng.uniform(0, 255, (2, 3))
    share = ((distance - distance.min()) / np.ptp(distance))[..., None]
    return to_bytes(colour[0] * (1 - share) + colour[1] * share)


@kind("pattern")
def dots_on_cloth(rng: Rng) -> Made:
    rows, columns = np.mgrid[tuple(slice(0, side) for side in some_size(rng))]
    step = rng.uniform(14, 50)
    away = np.hypot(rows % step - step / 2, columns % step - step / 2)
    return to_bytes(np.where(away < step * rng.uniform(0.15, 0.4), rng.uniform(0, 100), rng.uniform(150, 255)))
