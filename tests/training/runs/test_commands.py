"""The training commands: the recipes they make, and what they register and measure."""

import re
from io import StringIO
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper

from classifier.digits.registry import register_version
from classifier.models import ModelVersion
from classifier.recognition.preprocessing.pipeline import sketch_to_model_input
from classifier.recognition.wording import percent
from tests.lines import ToldNetwork, planes, written
from tests.runs import a_run, network_folder
from tests.training.sets import lines
from training.data.sources import generated_dataset
from training.evaluation.metrics import Evaluation
from training.management.commands import ablate, ablate_lines, run_training, train
from training.management.terminal import Terminal
from training.models import Measurement
from training.networks.architectures import ARCHITECTURES
from training.networks.fitting import Progress
from training.runs.recipe import DESCRIPTIONS, Recipe
from training.runs.timing.clock import Clock, Pace
from training.synthesis.handwriting import draw_digit
from training.synthesis.lines.ingredients import Ingredient
from training.synthesis.lines.parts import Lines, Series
from training.synthesis.steps import Step

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folders(settings, tmp_path):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    settings.MNIST_PATH = str(tmp_path / "missing.npz")


@pytest.fixture
def asked(monkeypatch) -> list[Recipe]:
    """The recipes that the command would train with; nothing is trained."""
    asked: list[Recipe] = []

    def make(recipe: Recipe, dataset: Any, folder: Any, watch: Any) -> Evaluation:
        asked.append(recipe)
        folder.parent.mkdir(parents=True, exist_ok=True)
        network_folder(folder, b"of the command")
        return Evaluation(10, 0.5, 1.0, [0.5] * 10, [[1] * 10] * 10, 0.1, [])

    monkeypatch.setattr(train, "make_model", make)
    return asked


def said(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_train_uses_the_settings_that_suit_the_network(asked):
    said("train", "--data=generated")
    assert asked == [Recipe(mnist=False, generated=4_000, augmentation=True)]
    assert ModelVersion.objects.count() == 0


def test_train_makes_a_recipe_of_its_options(asked, model_version):
    options = ["--corrections", "--augmentation", "--epochs=3", "--batch-size=32", "--learning-rate=0.001", "--seed=9"]
    said("train", "--data=generated", f"--start-from={model_version.name}", *options)
    assert asked == [
        Recipe(
            mnist=False,
            generated=4_000,
            corrections=True,
            augmentation=True,
            start_from=str(model_version.public_id),
            epochs=3,
            batch_size=32,
            learning_rate=0.001,
            seed=9,
        )
    ]


def test_options_override_what_suits_the_network(asked):
    said(
        "train",
        "--architecture=deeper_cnn",
        "--data=generated",
        "--no-augmentation",
        "--generated=100",
        "--boxed=7",
        "--outliers=3",
    )
    network = ARCHITECTURES["deeper_cnn"]
    assert asked == [
        Recipe(
            "deeper_cnn",
            mnist=False,
            generated=100,
            boxed=7,
            junk=3,
            batch_size=network.batch_size,
            learning_rate=network.learning_rate,
        )
    ]


def test_train_registers_and_measures_a_candidate_when_asked(asked):
    words = said("train", "--data=generated", "--register")
    version = ModelVersion.objects.get()
    assert not version.is_active
    assert f"Registered as {version}, a candidate." in words
    assert Measurement.objects.get().version == version


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--data=none"], "something to learn from"),
        (["--data=none", "--corrections"], "correction"),
        (["--data=generated", "--start-from=nobody"], "public id"),
        (["--data=generated", "--batch-size=100000"], "batch_size must be"),
        (["--data=both"], "There is no file"),
        (["--dry-run", "--register"], "dry run"),
    ],
)
def test_train_refuses_with_the_reason_and_makes_nothing(asked, options, reason):
    with pytest.raises(CommandError, match=reason):
        said("train", *options)
    assert asked == []


def test_help_describes_each_setting(capsys):
    with pytest.raises(SystemExit):
        call_command("train", "--help")
    words = " ".join(capsys.readouterr().out.split())
    for name in ("architecture", "corrections", "augmentation", "epochs", "batch_size", "learning_rate", "seed"):
        assert DESCRIPTIONS[name].replace("-", "") in words.replace("- ", "").replace("-", "")  # broken at hyphens


def test_ablate_adds_ingredients_and_prints_a_table(monkeypatch, tmp_path):
    learnt: list[tuple[str, int, int, bool]] = []

    class Network:
        def predict(self, images: Any, **_: Any) -> Any:
            return np.tile(np.eye(10)[0], (len(images), 1))  # all is 0

        def save(self, path: Any) -> None:
            path.write_bytes(b"")

    def images(recipe: Recipe) -> Any:
        learnt.append((recipe.architecture, recipe.generated, recipe.junk, recipe.augmentation))
        return generated_dataset().shortened(60, 40)

    monkeypatch.setattr(ablate, "training_data", images)
    monkeypatch.setattr(ablate, "fit", lambda *_, **__: SimpleNamespace(model=Network()))
    rows = said("ablate", "--epochs=3", f"--output={tmp_path / 'networks'}").splitlines()
    assert learnt == [
        ("first_cnn", 0, 0, False),
        ("first_cnn", 0, 0, True),
        ("first_cnn", 20_000, 0, True),
        ("first_cnn", 20_000, 5_000, True),
        ("deeper_cnn", 20_000, 5_000, True),
    ]
    assert len(rows) == 2 + len(learnt)
    assert all(row.count("|") == 6 for row in rows)
    assert rows[2].endswith("| 10.00 % | 10.00 % | 10.00 % |")  # a tenth of the digits that ship are zeros
    assert len(list((tmp_path / "networks").iterdir())) == len(learnt)


def test_ablate_lines_leaves_out_each_ingredient_once(monkeypatch, tmp_path):
    left_out: list[Ingredient | None] = []

    def fitted(series: Series, *_: Any) -> ToldNetwork:
        left_out.append(series.without)
        return ToldNetwork("3507" if series.without is None else "3607")

    line = np.zeros((32, 96), np.uint8)
    line[8:24, 10:80] = 255
    monkeypatch.setattr(ablate_lines, "fitted", fitted)
    monkeypatch.setattr(ablate_lines, "draw_lines", lambda *_: [])
    monkeypatch.setattr(ablate_lines, "mnist_dataset", generated_dataset)
    monkeypatch.setattr(ablate_lines, "held_back_lines", lambda: Lines([planes(line)] * 2, ["3507", "4"]))
    sketch = written("3507")
    number = {"label": "3507", "strokes": sketch.strokes, "size": [sketch.width, sketch.height], "pen": sketch.pen}
    path = lines(tmp_path / "pen.jsonl", number)
    rows = said("ablate_lines", f"--set={path}").splitlines()
    assert left_out == [None, *Ingredient]
    assert rows[0] == "| without | held-out lines | pen.jsonl |"
    assert rows[2] == f"| (nothing left out) | {percent(0.5, 1)} | {percent(1, 1)} |"
    assert rows[3:] == [f"| {each} | {percent(0, 1)} | {percent(0, 1)} |" for each in Ingredient]


def test_resizing_and_framing_give_different_pictures():
    sketch = draw_digit(3, np.random.default_rng(1))
    resized, framed = ablate.only_resized(sketch), sketch_to_model_input(sketch)
    assert resized.shape == framed.shape == (28, 28)
    assert np.abs(resized.astype(int) - framed).mean() > 5


def test_measure_versions_skips_a_damaged_version(model_version, tmp_path):
    damaged = register_version(network_folder(tmp_path / "damaged", b"damaged"), "damaged")
    damaged.tflite_file.storage.delete(damaged.tflite_file.name)
    with damaged.tflite_file.storage.open(damaged.tflite_file.name, "wb") as file:
        file.write(b"nothing")
    out, errors = StringIO(), StringIO()
    call_command("measure_versions", stdout=out, stderr=errors)
    assert f"{model_version}: strokes " in out.getvalue()
    assert "ms an image" in out.getvalue()
    assert errors.getvalue().startswith("damaged: ")
    assert Measurement.objects.get().version == model_version


def test_run_training_does_nothing_for_an_unclaimed_run(monkeypatch):
    carried: list[Any] = []
    monkeypatch.setattr(run_training, "carry_out", lambda run, _: carried.append(run))
    monkeypatch.setattr(run_training, "end_with_parent", lambda parent: None)
    call_command("run_training", str(a_run().public_id), parent=1)
    assert carried == []
    running = a_run("running")
    call_command("run_training", str(running.public_id), parent=1)
    assert carried == [running]


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("where", [Screen, StringIO])
def test_a_terminal_shows_a_bar_with_the_time_left_for_every_step(where):
    out = where()
    shown = Terminal(OutputWrapper(out), Clock({Step.DRAWINGS: 100, Step.FIT: 60}, {Step.FIT: Pace(1)}))
    shown.say("Calibrating.")
    shown.begin(Step.DRAWINGS, 100)(50)
    drawn = out.getvalue()
    shown.begin(Step.FIT, 60)
    shown.progress(Progress(1, 2, 3, 30, loss=1.25, accuracy=0.5))
    shown.progress(Progress(1, 2, 30, 30, loss=1.0, accuracy=0.5, epoch_done=True))
    text = out.getvalue()
    assert "Calibrating.\n" in text
    assert "Epoch   1/2  loss 1.0000, accuracy 0.5000\n" in text
    if where is Screen:
        assert f"Drawing pictures for calibration {'█' * 15}{'░' * 15} 50%, " in drawn
        assert re.search(r"Epoch   1/2 █{3}░{27} 10%, about 60 seconds left in all, loss 1.2500", text)
    else:
        assert "█" not in text
        assert "\x1b" not in text
