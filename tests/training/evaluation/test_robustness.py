"""The robustness report: digits changed in one way at a time, the curves, and how reports are requested and stored."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from celery import current_app
from PIL import Image

from classifier.digits.registry import register_version
from classifier.digits.samples import mnist
from classifier.models import ModelVersion
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.preprocessing import pipeline
from classifier.recognition.preprocessing.strokes import render
from tests.runs import a_run, network_folder
from training import tasks
from training.data.examples import SetUnreadable
from training.evaluation import gate
from training.evaluation.measuring import measure
from training.evaluation.metrics import Reading
from training.evaluation.reading import Reader
from training.evaluation.robustness import changes, pictures, report
from training.evaluation.robustness.changes import CHANGES, Plain
from training.evaluation.robustness.curves import level_figures, measure_curves, packed, unpacked
from training.evaluation.robustness.pictures import all_pictures, kept_pictures
from training.evaluation.robustness.report import PreprocessedSet, has_report, measure_reports
from training.models import Measurement
from training.runs import reports


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    """With a few generated digits in place of MNIST's test images."""
    settings.DATA_DIR, settings.MNIST_PATH = tmp_path, str(tmp_path / "missing.npz")
    arrays = mnist.read_generated()
    (tmp_path / "mnist").mkdir()
    for name in mnist.TEST:
        np.save(tmp_path / "mnist" / f"{name}.npy", arrays[name][:10])


@cache
def made_once(source: str) -> pictures.Pictures:
    """Shared by all tests, as it takes time to make them."""
    return MAKE(source)


MAKE = pictures.make_pictures


@pytest.fixture(autouse=True)
def pictures_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "make_pictures", lambda source, progress=None: made_once(source))


@pytest.fixture
def reader(model_version: ModelVersion) -> Reader:
    return Reader.of(model_version)


def box(ink: Any) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero((ink > 60).any(1)), np.flatnonzero((ink > 60).any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def drawn(source: str, number: int = 0, **how: float) -> Any:
    if source == "sketches":
        return render(changes.changed_sketch(pictures._sketches()[0][number], number, Plain(**how)))
    return changes.enlarged_image(pictures._images()[0][number], number, Plain(**how))


@pytest.mark.parametrize("source", ["sketches", "mnist"])
def test_a_plain_digit_is_160_px_in_the_middle(source: str) -> None:
    left, top, right, bottom = box(drawn(source))
    pen = 16 if source == "sketches" else 0
    assert max(right - left, bottom - top) == pytest.approx(160 + pen, abs=6)
    assert (left + right) / 2 == pytest.approx(140, abs=2)
    assert (top + bottom) / 2 == pytest.approx(140, abs=2)


@pytest.mark.parametrize("source", ["sketches", "mnist"])
def test_a_digit_is_moved_to_the_edge_and_no_further(source: str) -> None:
    _, top, right, bottom = box(drawn(source, shift=1))  # the first digit goes to the right
    assert right == pytest.approx(280, abs=3)
    assert (top, bottom) == pytest.approx(box(drawn(source))[1::2], abs=1)


@pytest.mark.parametrize("source", ["sketches", "mnist"])
def test_a_digit_is_scaled_with_its_pen(source: str) -> None:
    plain, small = box(drawn(source)), box(drawn(source, scale=0.5))
    assert small[3] - small[1] == pytest.approx((plain[3] - plain[1]) / 2, abs=3)


@pytest.mark.parametrize("source", ["sketches", "mnist"])
def test_a_digit_turns_clockwise(source: str) -> None:
    upright = np.flatnonzero(pictures._sketches()[1] == 1)
    number = int(upright[0]) if source == "sketches" and len(upright) else 0
    ink, turned = (drawn(source, number, rotation=angle).astype(float) for angle in (0, 25))
    expected = np.asarray(Image.fromarray(ink.astype(np.uint8)).rotate(-25), float)
    other = np.asarray(Image.fromarray(ink.astype(np.uint8)).rotate(25), float)

    def overlap(a: Any, b: Any) -> float:
        return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))

    assert overlap(turned, expected) > 0.7 > overlap(turned, other)


def test_a_pen_is_a_share_of_the_digit() -> None:
    thin, thick = drawn("sketches", pen=0.03), drawn("sketches", pen=0.25)
    assert thick.sum() > 4 * thin.sum()


def test_pictures_are_changed_as_their_level_says() -> None:
    ink, rng = drawn("sketches"), np.random.default_rng(1)
    plain = changes.changed_picture(ink, "contrast", 1, rng)
    assert (plain == 255 - ink).all()
    assert changes.changed_picture(ink, "contrast", 0.1, rng).min() == pytest.approx(230, abs=1)
    noisy = changes.changed_picture(ink, "noise", 30, rng)[ink == 0]
    assert noisy.std() == pytest.approx(20, abs=10)
    assert changes.changed_picture(ink, "blur", 0.12, rng).min() > 20
    assert 0 < np.abs(changes.changed_picture(ink, "jpeg", 5, rng).astype(int) - plain).mean() < 10
    shades = [changes.changed_picture(ink, "polarity", level, rng) for level in range(4)]
    assert [(int(each[0, 0]), int(each[ink == 255][0])) for each in shades] == [
        (255, 0),
        (0, 255),
        (160, 25),
        (90, 230),
    ]


def test_the_levels_contain_the_unchanged_digit_and_the_documented_ends() -> None:
    ends = {change.name: (min(change.levels), max(change.levels)) for change in CHANGES}
    assert ends["scale"] == (0.35, 1.4)
    assert ends["pen"][1] == 0.25
    assert ends["pen"][0] * changes.DIGIT < 8
    assert ends["rotation"] == (-30, 30)
    assert {change.name for change in CHANGES} == {
        "shift",
        "scale",
        "rotation",
        "pen",
        "contrast",
        "noise",
        "blur",
        "jpeg",
        "polarity",
    }
    assert changes.PEN in next(change for change in CHANGES if change.name == "pen").levels


def test_pictures_are_made_once_and_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = all_pictures()
    assert [len(each.labels) for each in made] == [4, 2]
    with monkeypatch.context() as never:
        never.setattr(pictures, "make_pictures", lambda *_: pytest.fail("they are made again"))
        again = all_pictures()
    for one, other in zip(made, again, strict=True):
        assert one.places == other.places
        assert one.pixels.tobytes() == other.pixels.tobytes()
        assert one.hints == other.hints
        assert one.counts.tobytes() == other.counts.tobytes()
    kept = sorted(path.name.split("-")[0] for path in (tmp_path / "robustness").iterdir())
    assert kept == ["mnist", "sketches"]


def test_another_preprocessing_version_replaces_the_pictures(tmp_path: Path, monkeypatch: Any) -> None:
    all_pictures()
    before, key = set((tmp_path / "robustness").iterdir()), pictures.pictures_key()
    monkeypatch.setattr(pipeline, "VERSION", pipeline.VERSION + 1)
    assert pictures.pictures_key() != key
    all_pictures()
    after = set((tmp_path / "robustness").iterdir())
    assert len(after) == 2
    assert not after & before


def test_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    key = pictures.sources()["mnist"]
    made = kept_pictures("mnist", key)
    path = tmp_path / "robustness" / f"mnist-{key}.npz"
    path.write_bytes(path.read_bytes()[:100])
    assert kept_pictures("mnist", key).pixels.tobytes() == made.pixels.tobytes()
    assert len(path.read_bytes()) > 100


def test_pictures_that_cannot_be_stored_are_still_used(tmp_path: Path) -> None:
    (tmp_path / "robustness").write_text("no folder")
    assert len(kept_pictures("mnist", pictures.sources()["mnist"]).labels) == 2


def test_without_mnist_only_drawings_are_used(tmp_path: Path) -> None:
    (tmp_path / "mnist" / "x_test.npy").unlink()
    assert list(pictures.sources()) == ["sketches"]


def test_half_of_the_drawings_are_strokes_and_half_pictures(monkeypatch: Any) -> None:
    asked: list[str] = []
    monkeypatch.setattr(pictures, "find_digits_in_sketch", lambda _: asked.append("strokes") or [])
    monkeypatch.setattr(pictures, "find_digits", lambda _: asked.append("picture") or [])
    digits = pictures._sketches()[0]
    for number in range(4):
        pictures._preprocess("sketches", digits[number], number, "rotation", 10)
    pictures._preprocess("sketches", digits[0], 0, "jpeg", 10)
    assert asked == ["strokes", "picture", "strokes", "picture", "picture"]


def test_a_curve_has_a_point_for_each_level(reader: Reader) -> None:
    measured = measure_curves(reader, all_pictures(), "a key")
    assert (measured["pictures"], measured["preprocessing"], measured["digits"]) == ("a key", pipeline.VERSION, 6)
    for change in CHANGES:
        levels = measured["curves"][change.name]
        assert [each["level"] for each in levels] == list(change.levels)
        assert {each["images"] for each in levels} == {4 if change.drawn_only else 6}
        for each in levels:
            assert unpacked(each["right"], each["images"]).mean() == pytest.approx(each["accuracy"])
    shares = [each["accuracy"] for each in measured["curves"]["shift"]]
    assert min(shares) > 0.6  # it does read them


def test_a_picture_not_segmented_as_one_digit_is_wrong(reader: Reader) -> None:
    kept = kept_pictures("mnist", "a-key")
    for count, error in ((0, "no_ink"), (2, "several")):
        some = replace(kept, counts=np.full_like(kept.counts, count))
        assert {each.error for each in some.at("shift", 0)} == {error}
        levels = measure_curves(reader, [some], "")["curves"]["shift"]
        assert [each["accuracy"] for each in levels] == [0] * len(levels)


def test_refusals_are_counted_and_wrong() -> None:
    figures = level_figures(
        [
            Reading("a", "7", "digit", "7", 0.9),
            Reading("b", "7", "not_a_digit", "7", 0.9, "drawing"),
            Reading("c", "7", "unsure", "7", 0.5, "close"),
            Reading("d", "7", "error", reason="no_ink"),
        ]
    )
    assert (figures["accuracy"], figures["refused"], figures["unsure"]) == (0.5, 0.5, 0.25)
    assert unpacked(figures["right"], 4).tolist() == [True, False, True, False]


def test_two_levels_are_compared_picture_by_picture() -> None:
    right = np.array([True] * 12)
    worse = right.copy()
    worse[:6] = False
    new, old = ({"images": 12, "right": packed(each)} for each in (worse, right))
    test = gate.compared(new, old)
    assert (test.only_a, test.only_b, test.p_value) == (0, 6, 1 / 64)
    assert gate.compared(old, new).p_value == 1


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """A set of four digits and a blank."""
    arrays = mnist.read_generated()
    for number in range(4):
        folder = tmp_path / "set" / str(arrays["y_test"][number])
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(arrays["x_test"][number]).save(folder / f"{number}.png")
    (tmp_path / "set" / "none").mkdir()
    Image.new("L", (28, 28)).save(tmp_path / "set" / "none" / "blank.png")
    return tmp_path / "set"


def test_a_report_is_stored_beside_the_figures(model_version: ModelVersion, settings: Any, digits: Path) -> None:
    settings.EVALUATION_SETS = {"mine": str(digits), "gone": "/nowhere"}
    measurement = measure(model_version)
    assert not has_report(measurement)
    assert list(measure_reports([model_version])) == [(model_version, None)]
    measurement.refresh_from_db()
    assert has_report(measurement)
    assert {"strokes", "robustness", "sets"} <= set(measurement.figures)
    mine = measurement.figures["sets"]["mine"]
    assert (mine["images"], mine["labelled"], mine["junk"]["caught"]) == (5, 4, 1.0)
    assert len(unpacked(mine["right"], 5)) == 5
    assert not {"mistakes", "missed"} & {*mine, *mine["junk"]}  # other people's handwriting
    assert "/nowhere does not exist" in measurement.figures["sets"]["gone"]["error"]
    assert measure(model_version).figures["robustness"] == measurement.figures["robustness"]  # kept


def test_a_report_is_outdated_when_its_pictures_or_sets_are(
    model_version: ModelVersion, settings: Any, digits: Path
) -> None:
    measure(model_version)
    assert reports.missing() == [model_version]
    list(measure_reports([model_version]))
    assert reports.missing() == []
    settings.EVALUATION_SETS = {"mine": str(digits)}
    assert reports.missing() == [model_version]
    settings.EVALUATION_SETS = {}
    (Path(settings.DATA_DIR) / "mnist" / "x_test.npy").unlink()
    assert reports.missing() == [model_version]


def test_a_set_is_preprocessed_once_for_all_versions(
    model_version: ModelVersion, settings: Any, digits: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    settings.EVALUATION_SETS = {"mine": str(digits)}
    other = register_version(network_folder(tmp_path / "other", b"other"), "other")
    measure(model_version), measure(other)
    counts: list[int] = []
    real = report.preprocess_all
    monkeypatch.setattr(
        report, "preprocess_all", lambda examples, **how: counts.append(len(examples)) or real(examples, **how)
    )
    assert [version for version, _ in measure_reports([model_version, other])] == [model_version, other]
    assert counts == [5]
    new, old = (Measurement.objects.get(version=each).figures for each in (model_version, other))
    assert new["sets"]["mine"] == old["sets"]["mine"]


def test_a_damaged_version_is_skipped(model_version: ModelVersion, tmp_path: Path) -> None:
    damaged = register_version(network_folder(tmp_path / "damaged", b"damaged"), "damaged")
    measure(model_version), measure(damaged)
    Path(damaged.tflite_file.path).write_bytes(b"nothing")
    (_, problem), (version, none) = measure_reports([damaged, model_version])
    assert isinstance(problem, ModelFileDamaged)
    assert (version, none) == (model_version, None)


def test_a_large_set_is_measured_in_part(
    model_version: ModelVersion, settings: Any, digits: Path, monkeypatch: Any
) -> None:
    settings.EVALUATION_SETS = {"mine": str(digits)}
    monkeypatch.setattr(report, "LARGEST_SET", 2)
    measure(model_version)
    list(measure_reports([model_version]))
    assert Measurement.objects.get().figures["sets"]["mine"]["images"] == 2


def test_a_report_is_requested_once_in_two_minutes(db: None, monkeypatch: Any) -> None:
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, *_, **__: sent.append(name))
    assert [reports.request_missing(), reports.request_missing()] == [True, False]
    assert sent == ["training.measure_cards"]
    assert "training.measure_cards" in current_app.tasks


def test_a_broker_that_is_away_does_no_harm(db: None, monkeypatch: Any) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OSError("away")

    monkeypatch.setattr(current_app, "send_task", away)
    assert not reports.request_missing()


@pytest.fixture
def sleeper(monkeypatch: Any, tmp_path: Path) -> list[Any]:
    """Replaces the process that measures by one that sleeps for a minute."""
    started: list[Any] = []
    real = reports.subprocess.Popen

    def popen(command: list[str], **options: Any) -> Any:
        assert command[2:] == ["measure_versions", "--reports", "--parent", str(reports.os.getpid())]
        started.append(real(["sleep", "60"], **options))
        return started[-1]

    monkeypatch.setattr(reports.subprocess, "Popen", popen)
    return started


def test_a_waiting_run_goes_first(model_version: ModelVersion, sleeper: list[Any]) -> None:
    measure(model_version)
    a_run()
    reports.measure_missing()
    assert sleeper[0].returncode < 0  # it was ended


def test_a_stopping_worker_ends_the_measuring(model_version: ModelVersion, sleeper: list[Any]) -> None:
    measure(model_version)
    reports.measure_missing(should_stop=lambda: True)
    assert sleeper[0].returncode < 0  # it was ended


def test_nothing_is_started_when_nothing_is_missing(model_version: ModelVersion, sleeper: list[Any]) -> None:
    measure(model_version)
    list(measure_reports([model_version]))
    tasks.measure_cards()
    assert sleeper == []


def test_an_unreadable_set_is_stored_as_a_sentence() -> None:
    unreadable = PreprocessedSet("a", error=str(SetUnreadable("There is no a.")))
    assert unreadable.figures(None) == {"error": "There is no a."}  # type: ignore[arg-type]
