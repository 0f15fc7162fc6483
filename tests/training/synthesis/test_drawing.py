"""Drawing many pictures at once: repeatable on however many processes, kept for the next time, stopped on demand."""

from pathlib import Path

import numpy as np
import pytest

from classifier.recognition.classes import NOT_A_DIGIT
from training.synthesis import drawing
from training.synthesis.drawing import DrawingStopped, Part, draw
from training.synthesis.handwriting import draw_digits, to_images


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "PART", 20)


def same(one: Part, other: Part) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", ["digits", "junk"])
def test_several_processes_draw_what_one_draws(kind: str, small_parts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    by_several = draw(kind, 50, seed=3)
    monkeypatch.setattr(drawing, "PROCESSES", 1)
    assert same(draw(kind, 50, seed=3), by_several)
    assert by_several[0].shape == (50, 28, 28)
    assert by_several[0].dtype == by_several[1].dtype == np.uint8


def test_digits_have_labels_and_junk_has_none() -> None:
    assert np.bincount(draw("digits", 30, seed=1)[1]).tolist() == [3] * 10
    assert set(draw("junk", 12, seed=1)[1].tolist()) == {NOT_A_DIGIT}


def test_half_of_the_digits_look_as_the_pads_do_and_the_rest_differ() -> None:
    images, labels = draw("digits", 200, seed=4)
    usual, same_labels = to_images(draw_digits(200, (4, 0)))
    assert np.array_equal(labels, same_labels)
    assert 0.4 < (images == usual).all((1, 2)).mean() < 0.62


def test_another_seed_draws_others() -> None:
    assert not same(draw("digits", 10, seed=1), draw("digits", 10, seed=2))


def test_what_lies_in_the_folder_is_not_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = draw("digits", 10, 1, tmp_path)
    monkeypatch.setattr(drawing, "MAKERS", {})
    assert same(draw("digits", 10, 1, tmp_path), first)
    with pytest.raises(KeyError):
        draw("digits", 11, 1, tmp_path)


def test_another_way_of_drawing_is_not_taken_for_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw("digits", 10, 1, tmp_path)
    monkeypatch.setattr(drawing.handwriting, "VERSION", -1)
    monkeypatch.setattr(drawing, "MAKERS", {})
    with pytest.raises(KeyError):
        draw("digits", 10, 1, tmp_path)


def test_a_damaged_file_is_drawn_anew(tmp_path: Path) -> None:
    first = draw("digits", 10, 1, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert same(draw("digits", 10, 1, tmp_path), first)


def test_only_the_latest_files_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "KEPT", 2)
    for seed in (1, 2, 3):
        draw("digits", 10, seed, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_disk_that_takes_nothing_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("where the folder should be")
    assert len(draw("digits", 10, 1, tmp_path / "file")[0]) == 10


def test_it_stops_between_two_parts(small_parts: None, tmp_path: Path) -> None:
    with pytest.raises(DrawingStopped):
        draw("digits", 100, 1, tmp_path, should_stop=lambda: True)
    assert not list(tmp_path.iterdir())
