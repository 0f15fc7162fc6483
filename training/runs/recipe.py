"""Recipes: what to train, on what and how. The module `execution` carries them out."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from classifier.digits.registry import shown_to_all
from classifier.models import ModelVersion
from training.data.datasets import GENERATED
from training.networks.architectures import ARCHITECTURES

# A network misread each corrected digit, so it teaches more than the many digits that networks read correctly.
CORRECTION_TIMES = 3
DESCRIPTIONS = {
    "architecture": "The network's layers.",
    "mnist": "Learn from MNIST's 60,000 training images.",
    "corrections": "Learn from people's accepted corrections, and from what they decided about boxes of sheets, each "
    f"shown {CORRECTION_TIMES} times in an epoch. A fifth of the corrections is held back for measuring.",
    "generated": "How many digits to learn from that a program drew in the handwriting of many countries, such as "
    "barred 7s. Up to 4,000 ship with the site; more are drawn before the first training with them. "
    "Some networks see a different part of them in each epoch.",
    "boxed": "How many digits in boxes of sheets to learn from. A program fills in forms, and the digits are cut out "
    "as the reader of sheets does, with what is left of the boxes' lines.",
    "junk": "How many scribbles, letters, signs and other pictures to learn from that are not digits. They teach the "
    "network to be unsure.",
    "augmentation": "Vary each image in every epoch: turned, bent, drawn with another pen, blurred or faint.",
    "start_from": "The version whose weights to continue from. Without one the weights start at random.",
    "epochs": "An epoch is one pass over all training images. A twelfth of them is held out for calibration. If empty, "
    "the number is chosen on the held-out images and the network is then fitted on all, which takes twice as long.",
    "batch_size": "How many images the network learns from in one step.",
    "learning_rate": "The largest step size. Steps grow to it at first, then shrink to zero.",
    "seed": "The start of all random choices. The same recipe with the same seed makes the same network.",
}
OF_LINE_READERS = {  # where a setting means something else
    "mnist": "Write half of the lines with MNIST's 60,000 training digits, which people wrote; otherwise with "
    "generated digits.",
    "corrections": "Learn from people's accepted corrections of numbers, and from what they decided about lines of "
    f"sheets, each shown {CORRECTION_TIMES} times in an epoch. A fifth of the corrections is held back.",
    "generated": "How many lines of numbers to learn from that a program writes, on paper of many kinds. They are "
    "drawn before the first training with them.",
    "augmentation": "Vary each line whenever it is shown: higher or lower, fainter or darker, and with noise.",
    "epochs": "An epoch shows every line once. If empty, the number is the one that suits the network.",
}
CHANGED = {"line": OF_LINE_READERS}
# Settings that a kind of network has no use for.
UNUSED: dict[str, tuple[str, ...]] = {"digit": (), "line": ("boxed", "junk")}
SHIPPED = 4_000  # generated digits that come with the site
LIMITS: dict[str, tuple[float, float]] = {
    "generated": (0, 200_000),
    "boxed": (0, 200_000),
    "junk": (0, 50_000),
    "epochs": (1, 500),
    "batch_size": (1, 8192),
    "learning_rate": (1e-6, 1),
    "seed": (0, 2**31 - 1),
}


@dataclass(frozen=True)
class Recipe:
    """What to train and how; see DESCRIPTIONS. Raises ValueError with a sentence if a value is invalid."""

    architecture: str = "first_cnn"
    mnist: bool = True
    corrections: bool = False
    generated: int = 0
    boxed: int = 0
    junk: int = 0  # outliers; stored recipes have this key
    augmentation: bool = False
    start_from: str | None = None  # the public id of a version
    epochs: int | None = None
    batch_size: int = 128
    learning_rate: float = 0.006
    seed: int = 1

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES:
            raise ValueError(
                f"There is no architecture {self.architecture!r}; choose one of {', '.join(ARCHITECTURES)}."
            )
        for name in ("mnist", "corrections", "augmentation"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be true or false.")
        if not (self.mnist or self.corrections or self.generated):
            raise ValueError("Choose something to learn from: MNIST, corrections or generated digits.")
        for name in ("generated", "boxed", "junk", "epochs", "batch_size", "seed"):
            _check_number(name, getattr(self, name), int, optional=name == "epochs")
        _check_number("learning_rate", self.learning_rate, int | float)
        if self.start_from is not None and not _is_public_id(self.start_from):
            raise ValueError("The version to continue from must be given by its public id.")

    @property
    def kind(self) -> str:
        """What the network reads: see `classifier.recognition.kinds`."""
        return ARCHITECTURES[self.architecture].kind

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Recipe:
        """Returns the recipe that `to_json` wrote, with defaults for missing values. Raises ValueError in words."""
        known = {each.name for each in fields(cls)}
        if not isinstance(given, dict):
            raise ValueError("A recipe must be an object with a value for each of its settings.")
        if unknown := sorted(set(given) - known):
            raise ValueError(f"Unknown settings: {', '.join(unknown)}.")
        if isinstance(given.get("generated"), bool):  # the form before the number could be chosen
            given = given | {"generated": SHIPPED if given["generated"] else 0}
        return cls(**given)


def descriptions_for(kind: str) -> dict[str, str]:
    """Returns what the settings mean for a kind of network, without those that it has no use for."""
    described = DESCRIPTIONS | CHANGED.get(kind, {})
    return {name: words for name, words in described.items() if name not in UNUSED[kind]}


def _check_number(name: str, value: object, kind: Any, *, optional: bool = False) -> None:
    if value is None and optional:
        return
    low, high = LIMITS[name]
    # In Python True is an int; NaN compares false with both limits.
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        whole = "a whole number" if kind is int else "a number"
        raise ValueError(f"{name} must be {whole} from {low:,} to {high:,}.")


def _is_public_id(value: object) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


def default_recipe(version: ModelVersion | None) -> Recipe:
    """Returns the recipe of a version with corrections added, continuing from its weights.

    Without a version, or if its architecture no longer exists, it is the first network from scratch.
    """
    if version is None or version.architecture not in ARCHITECTURES:
        return replace(full_recipe(Recipe.architecture), corrections=True)
    architecture = ARCHITECTURES[version.architecture]
    return replace(
        recipe_of(version),
        corrections=True,
        start_from=str(version.public_id),
        epochs=architecture.further_epochs,
        learning_rate=architecture.further_learning_rate,
    )


def suggested_recipe(architecture: str | None = None, start_from: str | None = None) -> Recipe:
    """Returns the default recipe for the choices made so far; unknown choices are ignored.

    start_from: the public id of the version to continue from, or "" for random weights. If only an architecture is
    chosen, the recipe continues from its version in service, or the newest that has served or came with the project.
    """
    versions = ModelVersion.objects.filter(architecture__in=ARCHITECTURES).order_by("-is_active", "-created")
    if start_from and _is_public_id(start_from) and (chosen := versions.filter(public_id=start_from).first()):
        return default_recipe(chosen)
    if architecture in ARCHITECTURES:
        newest = versions.filter(architecture=architecture, pk__in=shown_to_all()).first()
        if start_from == "" or newest is None:
            return replace(full_recipe(architecture), corrections=True)
        return default_recipe(newest)
    return default_recipe(ModelVersion.objects.active().first())


def full_recipe(architecture: str) -> Recipe:
    """Returns the recipe that trains an architecture best, from random weights."""
    network = ARCHITECTURES[architecture]
    return Recipe(
        architecture=architecture,
        generated=network.generated,
        boxed=network.boxed,
        junk=network.outliers,
        augmentation=network.augmentation,
        epochs=network.expected_epochs,
        batch_size=network.batch_size,
        learning_rate=network.learning_rate,
    )


def recipe_of(version: ModelVersion) -> Recipe:
    """Returns the recipe of a version, as far as its metadata says."""
    try:
        return Recipe.from_json(version.metadata["recipe"])
    except (KeyError, ValueError):
        is_generated = version.metadata.get("dataset", {}).get("name") == GENERATED
        return Recipe(architecture=version.architecture, mnist=not is_generated, generated=SHIPPED * is_generated)
