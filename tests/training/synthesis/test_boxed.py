"""Digits in boxes of generated sheets: the same for any number of processes, labelled, kept, stopped on demand."""

from pathlib import Path

import numpy as np
import pytest

from classifier.digits.registry import BUNDLED
from classifier.digits.samples.mnist import read_generated
from classifier.recognition.inference import Network
from training.data.datasets import GENERATED
from training.synthesis import processes
from training.synthesis.cache import Part
from training.synthesis.processes import DrawingStopped
from training.synthesis.sheets import boxed
from training.synthesis.sheets.boxed import draw_boxed, is_kept

ARRAYS = read_generated()
SCANS = GENERATED, (ARRAYS["x_train"], ARRAYS["y_train"])


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxed, "PART", 40)


def same(one: Part, other: Part) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_several_processes_draw_what_one_draws(small_parts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    by_several = draw_boxed(SCANS, 100, seed=3)
    monkeypatch.setattr(processes, "PROCESSES", 1)
    assert same(draw_boxed(SCANS, 100, seed=3), by_several)
    assert by_several[0].shape == (100, 28, 28)
    assert by_several[0].dtype == by_several[1].dtype == np.uint8


def test_every_digit_counts_while_several_processes_draw(small_parts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOOK_EVERY_S", 0.001)
    begun: list[float] = []
    counted: list[float] = []
    draw_boxed(SCANS, 100, seed=3, begin=lambda work: begun.append(work) or counted.append)
    assert begun == [100]
    assert counted == sorted(counted)
    assert counted[-1] == 100


def test_nearly_all_are_what_their_labels_say() -> None:
    images, labels = draw_boxed(SCANS, 400, seed=1)
    network = Network.from_file(BUNDLED / "deeper_cnn" / "mnist_cnn_model.tflite")
    read = network.answer(images).logits.argmax(axis=1)
    assert (read == labels).mean() > 0.95
    assert len(set(labels.tolist())) == 10


def test_the_seed_decides(small_parts: None) -> None:
    first, more, other = (draw_boxed(SCANS, *given) for given in ((30, 1), (80, 1), (30, 2)))
    assert same((more[0][:30], more[1][:30]), first)  # the first ones are the same however many follow
    assert not np.array_equal(more[0][:40], more[0][40:])  # of two parts
    assert not same(first, other)


def test_kept_digits_are_not_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = draw_boxed(SCANS, 10, 1, tmp_path)
    assert is_kept(GENERATED, 10, 1, tmp_path)
    monkeypatch.delattr(boxed, "_draw_part")
    assert same(draw_boxed(SCANS, 10, 1, tmp_path), first)
    for scans, count, seed in ((SCANS, 11, 1), (SCANS, 10, 2), (("MNIST", SCANS[1]), 10, 1)):
        assert not is_kept(scans[0], count, seed, tmp_path)
        with pytest.raises(NameError):
            draw_boxed(scans, count, seed, tmp_path)


def test_drawing_stops_on_demand(small_parts: None, tmp_path: Path) -> None:
    with pytest.raises(DrawingStopped):
        draw_boxed(SCANS, 200, 1, tmp_path, should_stop=lambda: True)
    assert not list(tmp_path.iterdir())
