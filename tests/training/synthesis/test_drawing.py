"""Drawing many pictures at once: the same for any number of processes, kept for the next time, stopped on demand."""

from pathlib import Path

import numpy as np
import pytest

from classifier.recognition.classes import NOT_A_DIGIT
from training.synthesis import cache, drawing, processes
from training.synthesis.cache import Part
from training.synthesis.drawing import draw
from training.synthesis.handwriting import RARE, draw_digits, to_images
from training.synthesis.processes import DrawingStopped


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "PART", 20)


def same(one: Part, other: Part) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", ["digits", "outliers"])
def test_several_processes_draw_what_one_draws(kind: str, small_parts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    by_several = draw(kind, 50, seed=3)
    monkeypatch.setattr(processes, "PROCESSES", 1)
    assert same(draw(kind, 50, seed=3), by_several)
    assert by_several[0].shape == (50, 28, 28)
    assert by_several[0].dtype == by_several[1].dtype == np.uint8


@pytest.mark.parametrize("kind", ["digits", "outliers"])
def test_every_picture_counts_while_several_processes_draw(
    kind: str, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LOOK_EVERY_S", 0.001)
    counted: list[float] = []
    draw(kind, 50, seed=3, begin=lambda _: counted.append)
    assert counted == sorted(counted)
    assert counted[-1] == 50
    assert any(count % 20 for count in counted[:-1])  # also within a part


def test_outliers_have_a_label_of_their_own() -> None:
    assert np.bincount(draw("digits", 30, seed=1)[1]).tolist() == [3] * 10
    assert set(draw("outliers", 12, seed=1)[1].tolist()) == {NOT_A_DIGIT}


def test_half_of_the_digits_are_drawn_on_the_pad() -> None:
    images, labels = draw("digits", 200, seed=4)
    usual, same_labels = to_images(draw_digits(200, (4, 0), rare=RARE))
    assert np.array_equal(labels, same_labels)
    assert 0.4 < (images == usual).all((1, 2)).mean() < 0.62


def test_another_seed_draws_other_digits() -> None:
    assert not same(draw("digits", 10, seed=1), draw("digits", 10, seed=2))


def test_kept_pictures_are_not_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = draw("digits", 10, 1, tmp_path)
    monkeypatch.setattr(drawing, "MAKERS", {})
    assert same(draw("digits", 10, 1, tmp_path), first)
    with pytest.raises(KeyError):
        draw("digits", 11, 1, tmp_path)


def test_pictures_of_another_version_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw("digits", 10, 1, tmp_path)
    monkeypatch.setattr(drawing.handwriting, "VERSION", -1)
    monkeypatch.setattr(drawing, "MAKERS", {})
    with pytest.raises(KeyError):
        draw("digits", 10, 1, tmp_path)


def test_pictures_of_a_damaged_file_are_drawn_again(tmp_path: Path) -> None:
    first = draw("digits", 10, 1, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert same(draw("digits", 10, 1, tmp_path), first)


def test_only_the_latest_files_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "KEPT", 2)
    for seed in (1, 2, 3):
        draw("digits", 10, seed, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_drawing_succeeds_when_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("where the folder should be")
    assert len(draw("digits", 10, 1, tmp_path / "file")[0]) == 10


def test_drawing_stops_between_two_parts(small_parts: None, tmp_path: Path) -> None:
    with pytest.raises(DrawingStopped):
        draw("digits", 100, 1, tmp_path, should_stop=lambda: True)
    assert not list(tmp_path.iterdir())
