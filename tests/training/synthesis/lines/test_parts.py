"""Many lines: drawn in parts by several processes, kept, and drawn again only where a part is missing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier.digits.samples.mnist import read_generated
from training.synthesis.cache import Part
from training.synthesis.lines import parts
from training.synthesis.lines.parts import Series, draw_lines, read_lines, to_draw
from training.synthesis.processes import DrawingStopped


@pytest.fixture
def series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Series:
    monkeypatch.setattr(parts, "PART", 6)
    return Series(tmp_path / "drawn", "generated", seed=3)


@pytest.fixture(scope="module")
def scans() -> Part:
    arrays = read_generated()
    return arrays["x_test"], arrays["y_test"]


def same(a: parts.Lines, b: parts.Lines) -> bool:
    return a.texts == b.texts and all(map(np.array_equal, a.images, b.images))


def test_lines_are_the_same_for_any_number_of_processes(
    series: Series, scans: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = draw_lines(series, scans, 14)
    assert [len(read_lines(path)) for path in paths] == [6, 6, 2]
    assert read_lines(paths[0]).texts != read_lines(paths[1]).texts
    drawn = parts.Lines.joined(map(read_lines, paths))
    one_after_another: Any = lambda work, jobs, *_: map(work, jobs)  # noqa: E731
    monkeypatch.setattr(parts, "in_processes", one_after_another)
    elsewhere = Series(series.folder.with_name("elsewhere"), "generated", seed=3)
    again = parts.Lines.joined(map(read_lines, draw_lines(elsewhere, scans, 14)))
    assert same(again, drawn)
    assert again.sha256 == drawn.sha256 != parts.Lines(drawn.images[1:], drawn.texts[1:]).sha256
    other = Series(series.folder, "generated", seed=4)
    assert parts.Lines.joined(map(read_lines, draw_lines(other, scans, 14))).texts != drawn.texts


def test_only_missing_parts_are_drawn(series: Series, scans: Part) -> None:
    assert to_draw(series, 12) == 12
    first, second = draw_lines(series, scans, 12)
    kept, written = read_lines(first), first.stat().st_mtime_ns
    second.unlink()
    asked: list[float] = []

    def begin(work: float) -> Any:
        asked.append(work)
        return lambda done: None

    assert to_draw(series, 12) == 6
    draw_lines(series, scans, 12, begin=begin)
    draw_lines(series, scans, 12, begin=begin)
    assert (asked, first.stat().st_mtime_ns) == ([6], written)
    assert same(read_lines(first), kept)


def test_what_would_change_the_lines_has_another_folder(series: Series, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {
        series.own_folder,
        Series(series.folder, "generated", seed=4).own_folder,
        Series(series.folder, "generated", seed=3, held_back=True).own_folder,
        Series(series.folder, "mnist", seed=3).own_folder,
    }
    monkeypatch.setattr("training.synthesis.lines.drawing.VERSION", 1_000)
    assert len(folders | {series.own_folder}) == 5


def test_oldest_folders_are_removed(series: Series, scans: Part) -> None:
    for seed in range(parts.KEPT + 2):
        draw_lines(Series(series.folder, "generated", seed), scans, 1)
    kept = {path.name.split("-")[-1] for path in series.folder.iterdir()}
    assert kept == {"2", "3", "4"}


def test_drawing_can_be_stopped_and_goes_on(series: Series, scans: Part) -> None:
    with pytest.raises(DrawingStopped):
        draw_lines(series, scans, 12, should_stop=lambda: True)
    draw_lines(series, scans, 12)
    assert to_draw(series, 12) == 0


def test_full_disk_leaves_no_incomplete_part(series: Series, scans: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_lines(series, scans, 1)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="No space left"):
        draw_lines(series, scans, 2)
    assert {path.name for path in series.own_folder.iterdir()} == {"scans.npz", "0000-1.npz"}
