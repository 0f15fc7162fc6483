"""The settings of a fit, from a recipe."""

from training.networks.architectures import Architecture
from training.networks.fitting import FitSettings
from training.runs.recipe import Recipe


def settings_of(recipe: Recipe, architecture: Architecture) -> FitSettings:
    epochs = recipe.epochs or architecture.expected_epochs
    return FitSettings(
        epochs=epochs,
        schedule_epochs=epochs,
        batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        weight_decay=architecture.weight_decay,
        seed=recipe.seed,
        augmentation=recipe.augmentation,
    )
