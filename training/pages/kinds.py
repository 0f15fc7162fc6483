"""How the staff's pages name each kind of version, and which figures they show of it."""

from dataclasses import dataclass

from classifier.models import VersionKind


@dataclass(frozen=True)
class Shown:
    """A kind of version on the staff's pages."""

    title: str
    one: str
    reads: str
    test_images: str  # on which the first figure is measured
    trained_on: str  # how the name begins of the images that a training measures this figure on
    sets: dict[str, str]  # measured sets with their titles; the first one has the first figure
    columns: dict[str, str]  # of the list of versions: the heading of each figure, and its place in the measurement
    parts: str  # what the accuracy is divided by
    part: str


SHOWN = {
    VersionKind.DIGIT: Shown(
        title="Digit readers",
        one="digit reader",
        reads="digits",
        test_images="MNIST test images",
        trained_on="MNIST",
        sets={
            "mnist": "MNIST test images",
            "strokes": "Generated strokes",
            "corrections": "Held-back corrections",
        },
        columns={"MNIST": "mnist__accuracy", "Strokes": "strokes__accuracy"},
        parts="Accuracy by digit",
        part="Digit",
    ),
    VersionKind.LINE: Shown(
        title="Line readers",
        one="line reader",
        reads="numbers",
        test_images="held-out lines",
        trained_on="",
        sets={"lines": "Held-out lines"},
        columns={"Lines": "lines__accuracy", "Characters": "lines__characters"},
        parts="Accuracy by kind of line",
        part="Lines",
    ),
}


def shown(kind: str) -> Shown:
    return SHOWN[VersionKind(kind)]
