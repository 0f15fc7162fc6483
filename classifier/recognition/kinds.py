"""What each kind of network must provide: the name of its model files, and how a file is loaded and checked.

To add a kind, add it here, to `VersionKind` and to `training.kinds`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .calibration import Calibration
from .errors import ModelFileDamaged
from .inference import Network
from .lines.calibration import LineCalibration
from .lines.evidence import NAMES
from .lines.inference import LineNetwork
from .preprocessing.framing import SIDE
from .verdict import judge

AnyNetwork = Network | LineNetwork


@dataclass(frozen=True)
class NetworkKind:
    """A kind of network."""

    stem: str  # of the names of its model files
    load: Callable[[bytes, str], AnyNetwork]  # takes a .tflite file and its checksum; raises ModelFileDamaged
    try_out: Callable[[Any, dict[str, Any]], None]  # takes the loaded network and its metadata; raises ModelFileDamaged

    @property
    def tflite(self) -> str:
        return f"{self.stem}.tflite"


def _try_digit_network(network: Network, metadata: dict[str, Any]) -> None:
    """Raises ModelFileDamaged if the calibration cannot read the network's outputs."""
    blank = np.zeros((1, SIDE, SIDE), np.uint8)
    answer = network.answer(blank)
    try:
        judge(answer.logits[0], answer.features[0], blank[0], {}, Calibration.of(metadata.get("calibration")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileDamaged(f"The model's calibration does not fit it: {error}") from error


def _try_line_network(network: LineNetwork, metadata: dict[str, Any]) -> None:
    """Raises ModelFileDamaged if the calibration cannot judge the evidence; loading has read an empty line."""
    nothing = np.zeros(len(NAMES))
    try:
        if calibration := LineCalibration.of(metadata.get("calibration")):
            calibration.is_right.of(nothing)
            calibration.is_number.of(nothing)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileDamaged(f"The model's calibration does not fit it: {error}") from error


KINDS = {
    "digit": NetworkKind("mnist_cnn_model", Network, _try_digit_network),
    "line": NetworkKind("line_reader_model", LineNetwork, _try_line_network),
}
