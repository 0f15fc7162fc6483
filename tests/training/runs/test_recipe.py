"""Recipes: valid values, defaults, and the images they ask for."""

import json
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from classifier.models import ModelVersion
from classifier.recognition.classes import NOT_A_DIGIT
from training.data.datasets import Dataset, TrainingSplit, hold_out
from training.data.sources import generated_dataset
from training.networks import fitting
from training.networks.architectures import ARCHITECTURES
from training.networks.fitting import FitSettings, fit
from training.networks.material import gather
from training.runs import data
from training.runs.callbacks import Callbacks, TrainingStopped
from training.runs.data import training_data
from training.runs.kinds.settings import settings_of
from training.runs.recipe import CORRECTION_TIMES, DESCRIPTIONS, Recipe, default_recipe, recipe_of
from training.runs.timing import amounts
from training.synthesis import drawing
from training.synthesis.steps import Advance, Step

SOME_ID = "6f9f3c56-8a55-4d1c-9c1c-3f6a9f0f7c11"


def test_each_setting_has_a_line_that_says_what_it_means() -> None:
    assert list(DESCRIPTIONS) == list(Recipe().to_json())
    assert all(line.endswith(".") and "\n" not in line for line in DESCRIPTIONS.values())


def test_a_recipe_survives_json() -> None:
    given = Recipe("deeper_cnn", True, True, 500, 70, 50, True, SOME_ID, 7, 64, 0.001, 42)
    assert Recipe.from_json(json.loads(json.dumps(given.to_json()))) == given
    assert Recipe.from_json({}) == Recipe()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"architecture": "third"}, "There is no architecture 'third'; choose one of first_cnn"),
        ({"architecture": None}, "There is no architecture None"),
        ({"mnist": "yes"}, "mnist must be true or false"),
        ({"augmentation": 1}, "augmentation must be true or false"),
        ({"generated": -1}, "generated must be a whole number from 0 to 200,000"),
        ({"generated": 10**6}, "generated must be a whole number from 0 to 200,000"),
        ({"boxed": 200_001}, "boxed must be a whole number from 0 to 200,000"),
        ({"mnist": False, "boxed": 100}, "something to learn from"),
        ({"junk": True}, "junk must be a whole number from 0 to 50,000"),
        ({"mnist": False, "junk": 100}, "something to learn from"),
        ({"mnist": False}, "something to learn from"),
        ({"epochs": 0}, "epochs must be a whole number from 1 to 500"),
        ({"epochs": 1.5}, "epochs must be a whole number"),
        ({"epochs": True}, "epochs must be a whole number"),
        ({"epochs": "3"}, "epochs must be a whole number"),
        ({"batch_size": 0}, "batch_size must be a whole number from 1 to 8,192"),
        ({"batch_size": None}, "batch_size must be a whole number"),
        ({"learning_rate": 0}, "learning_rate must be a number"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number"),
        ({"learning_rate": float("inf")}, "learning_rate must be a number"),
        ({"learning_rate": "0.1"}, "learning_rate must be a number"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"seed": 2**31}, "seed must be a whole number"),
        ({"start_from": "first_cnn"}, "by its public id"),
        ({"start_from": 5}, "by its public id"),
        ({"start_from": SOME_ID.upper()}, "by its public id"),
        ({"momentum": 0.9, "warmth": 1}, "Unknown settings: momentum, warmth"),
    ],
)
def test_an_invalid_recipe_is_refused_with_a_sentence(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Recipe.from_json(given)


@pytest.mark.parametrize("given", [None, [], "first_cnn", 3])
def test_a_recipe_must_be_an_object(given: Any) -> None:
    with pytest.raises(ValueError, match="must be an object"):
        Recipe.from_json(given)


def a_version(metadata: dict[str, Any], architecture: str = "first_cnn") -> ModelVersion:
    return ModelVersion(public_id=SOME_ID, architecture=architecture, metadata=metadata)


def test_the_default_continues_the_version_in_service_by_its_own_recipe() -> None:
    made_by = Recipe("deeper_cnn", generated=60_000, junk=9_000, augmentation=True, epochs=40, batch_size=64, seed=3)
    version = a_version({"recipe": made_by.to_json()}, "deeper_cnn")
    recipe, network = default_recipe(version), ARCHITECTURES["deeper_cnn"]
    assert (recipe.architecture, recipe.start_from) == ("deeper_cnn", SOME_ID)
    assert (recipe.mnist, recipe.generated, recipe.junk) == (True, 60_000, 9_000)
    assert (recipe.augmentation, recipe.corrections) == (True, True)
    assert (recipe.batch_size, recipe.seed) == (64, 3)
    assert (recipe.epochs, recipe.learning_rate) == (network.further_epochs, network.further_learning_rate)


def test_continuing_repeatedly_keeps_the_recipe() -> None:
    first = default_recipe(a_version({}))
    assert default_recipe(a_version({"recipe": first.to_json()})) == first


@pytest.mark.parametrize(("dataset", "parts"), [("MNIST", (True, 0)), ("generated digits", (False, 4_000))])
def test_a_version_without_a_recipe_gets_one_from_its_data(dataset: str, parts: tuple[bool, int]) -> None:
    recipe = recipe_of(a_version({"dataset": {"name": dataset}}))
    assert (recipe.mnist, recipe.generated) == parts


@pytest.mark.parametrize(("said", "meant"), [(True, 4_000), (False, 0)])
def test_a_recipe_with_a_yes_or_no_for_generated_digits_is_understood(said: bool, meant: int) -> None:
    assert Recipe.from_json({"generated": said}).generated == meant


def test_an_outdated_recipe_is_ignored() -> None:
    assert recipe_of(a_version({"recipe": {"architecture": "first_cnn", "momentum": 1}})) == Recipe()


@pytest.mark.parametrize("version", [None, SimpleNamespace(architecture="gone")], ids=["no version", "unknown network"])
def test_without_a_network_to_continue_the_default_starts_from_random_weights(version: Any) -> None:
    recipe = default_recipe(version)
    assert (recipe.architecture, recipe.start_from, recipe.corrections) == ("first_cnn", None, True)
    assert recipe.epochs


@pytest.fixture
def corrected(monkeypatch: pytest.MonkeyPatch) -> tuple[np.ndarray, np.ndarray]:
    """Forty corrections, the first of which is a test image of the generated digits."""
    images = np.random.default_rng(1).integers(0, 256, (40, 28, 28)).astype(np.uint8)
    images[0] = generated_dataset().x_test[5]
    labels = (np.arange(40) % 10).astype(np.uint8)
    monkeypatch.setattr(data, "read_corrections", lambda _: (images, labels))
    monkeypatch.setattr(data, "digits_of_sheets", lambda: (images[:0], labels[:0]))
    monkeypatch.setattr(data, "mnist_dataset", lambda progress: generated_dataset().shortened(30, 1000))
    return images, labels


def described_sources(dataset: Dataset) -> list[tuple[str, int, int]]:
    return [(each.name, each.images, each.times) for each in dataset.sources]


def test_corrections_come_last_and_without_test_images(corrected: Any) -> None:
    images, labels = corrected
    data = training_data(Recipe(corrections=True))
    assert described_sources(data)[1:] == [("corrections", 39, CORRECTION_TIMES)]
    assert np.array_equal(data.x_train[-39:], images[1:])
    assert np.array_equal(data.y_train[-39:], labels[1:])
    seen, seen_labels, _ = data.training_split()
    assert len(seen) == len(seen_labels) == 30 + 39 * CORRECTION_TIMES


@pytest.mark.parametrize(
    ("asked", "names", "images"),
    [
        ({}, [], 30),
        ({"generated": 4_000}, ["generated digits", "generated digits"], 4030),  # generated digits replace MNIST here
        ({"generated": 25}, ["generated digits", "generated digits"], 55),
        ({"junk": 6}, ["generated digits", "junk"], 36),
        ({"boxed": 8, "junk": 6}, ["generated digits", "digits in boxes", "junk"], 44),
        ({"mnist": False, "boxed": 8, "generated": 20}, ["generated digits"] * 2 + ["digits in boxes"], 28),
        ({"mnist": False, "generated": 4_000}, ["generated digits", "generated digits"], 4000),
        ({"mnist": False, "corrections": True}, ["generated digits", "corrections"], 39),
        (
            {"mnist": False, "generated": 4_000, "corrections": True},
            ["generated digits", "generated digits", "corrections"],
            4039,
        ),
    ],
)
def test_a_recipe_gets_the_images_it_asks_for(
    corrected: Any, asked: dict[str, Any], names: list[str], images: int
) -> None:
    data = training_data(Recipe(**asked))
    assert [each.name for each in data.sources] == names
    assert len(data.x_train) == len(data.y_train) == images
    assert len(data.x_test) == 1000


@pytest.mark.parametrize(("count", "is_enough"), [(0, False), (20, False), (21, True)])
def test_corrections_alone_must_be_enough(
    corrected: Any, monkeypatch: pytest.MonkeyPatch, count: int, is_enough: bool
) -> None:
    images, labels = corrected
    monkeypatch.setattr(data, "read_corrections", lambda _: (images[:count], labels[:count]))
    if is_enough:
        assert len(training_data(Recipe(mnist=False, corrections=True)).x_train) == 20  # one is a test image
    else:
        with pytest.raises(ValueError, match="at least 20 are needed"):
            training_data(Recipe(mnist=False, corrections=True))
    assert len(training_data(Recipe(corrections=True)).x_train) >= 30


@pytest.fixture
def few_ship(corrected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "generated_dataset", lambda: generated_dataset().shortened(10, 1000))


def test_more_generated_digits_than_ship_depend_on_the_seed(few_ship: None) -> None:
    one, same, other = (training_data(Recipe(generated=20, seed=seed)).x_train[30:] for seed in (1, 1, 2))
    assert len(one) == 20
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("count", "turns", "needed"), [(45_000, 3, 45_000), (45_000, 1, 15_000), (45_100, 2, 31_000), (9_000, 1, 9_000)]
)
def test_few_epochs_need_fewer_pictures(count: int, turns: int, needed: int) -> None:
    assert data.needed(count, turns, 3, more_than=4_000) == needed


def test_few_epochs_show_the_first_pictures_of_many_and_hold_out_the_same(
    corrected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "generated_dataset", lambda: generated_dataset().shortened(0, 10))
    monkeypatch.setattr(data, "SHIPPED", 10)
    for module in (data, drawing):
        monkeypatch.setattr(module, "PART", 20)
    recipe = Recipe(architecture="deeper_cnn", generated=120, augmentation=True, seed=3)
    few, many = (training_data(replace(recipe, epochs=epochs)) for epochs in (1, 3))
    assert [(s.images, s.period, s.out_of) for s in few.sources[1:]] == [(40, 1, 120)]
    assert [(s.images, s.period, s.out_of) for s in many.sources[1:]] == [(120, 3, None)]
    assert np.array_equal(few.x_train, many.x_train[: len(few.x_train)])
    (fitted, *_), (held, _) = hold_out(few, 3)
    (_, (held_of_many, _)) = hold_out(many, 3)
    assert not {image.tobytes() for image in fitted} & {image.tobytes() for image in held_of_many}
    assert {image.tobytes() for image in held} <= {image.tobytes() for image in held_of_many}


def test_outliers_are_labelled_as_not_a_digit(corrected: Any) -> None:
    assert training_data(Recipe(junk=6)).y_train[-6:].tolist() == [NOT_A_DIGIT] * 6


def test_stopping_while_drawing_returns_nothing(few_ship: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "PART", 30)
    with pytest.raises(TrainingStopped):
        training_data(Recipe(generated=60, seed=7), callbacks=Callbacks(should_stop=lambda: True))


def shown_in(split: TrainingSplit, settings: FitSettings) -> float:
    """How many images a fit begins to count."""
    counted: list[float] = []

    def begin(images: float) -> Advance:
        counted.append(images)
        raise StopFitting

    with pytest.raises(StopFitting):
        fit(ARCHITECTURES["first_cnn"], split.images, split.labels, settings, periods=split.periods, begin=begin)
    return counted[0]


class StopFitting(Exception):
    pass


@pytest.mark.parametrize(
    "asked",
    [
        {"epochs": 2, "generated": 12, "boxed": 15, "junk": 9, "corrections": True, "augmentation": True},
        {"epochs": 2, "generated": 5},
        {"epochs": None, "architecture": "deeper_cnn", "generated": 30, "boxed": 30, "junk": 30, "augmentation": True},
    ],
)
def test_the_work_of_a_recipe_is_known_before_it_is_carried_out(
    few_ship: None, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]
) -> None:
    """The estimate of a run counts its steps in the units in which the run then counts them."""
    begun: dict[Step, float] = {}

    def begin(step: Step, work: float) -> Advance:
        begun[step] = work
        return lambda done: None

    for module in (amounts, data):
        monkeypatch.setattr(module, "SHIPPED", 10)
    monkeypatch.setattr(amounts, "MNIST_IMAGES", 30)
    monkeypatch.setattr(amounts, "HELD_OUT", 2.5)
    monkeypatch.setattr(drawing, "FEWEST_DRAWN", 6)
    monkeypatch.setattr(fitting, "make_repeatable", lambda _: None)  # it loads TensorFlow
    recipe = Recipe(**asked)
    expected = amounts.work_of(recipe, corrections=39)
    dataset = training_data(recipe, callbacks=Callbacks(begin=begin))
    settings = settings_of(recipe, ARCHITECTURES[recipe.architecture])
    whole, (fitted, held) = dataset.training_split(), hold_out(dataset, recipe.seed)
    begun[Step.FIT] = shown_in(fitted if recipe.epochs else whole, settings)
    if not recipe.epochs:
        begun[Step.TRIAL] = shown_in(fitted, settings)
    drawn = drawing.draw_for_calibration(len(held[0]), recipe.seed, begin=partial(begin, Step.DRAWINGS))
    gather(held, drawn, recipe.seed, partial(begin, Step.PHOTOGRAPHS))
    for step, work in begun.items():
        assert expected.get(step, 0) == pytest.approx(work, rel=0.1), step


def test_accepted_decisions_about_fields_of_sheets_are_a_source_of_their_own(corrected: Any, monkeypatch) -> None:
    images, labels = generated_dataset().x_train[:4], generated_dataset().y_train[:4]
    monkeypatch.setattr(data, "digits_of_sheets", lambda: (images, labels))
    dataset = training_data(Recipe(corrections=True))
    source = dataset.sources[-1]
    assert (source.name, source.images, source.times) == ("fields of sheets", 4, data.CORRECTION_TIMES)
    assert dataset.y_train[-4:].tolist() == labels.tolist()
    assert dataset.corrections == sum(each.images for each in dataset.sources[-2:])
    assert "fields of sheets" not in [each.name for each in training_data(Recipe(corrections=False)).sources]
