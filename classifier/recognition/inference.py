"""Running a network on LiteRT, TensorFlow's serving runtime: the bytes of a model file in, arrays out."""

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .errors import ModelFileDamaged
from .preprocessing.framing import SIDE, to_network_scale

OUTPUTS = ("probabilities", "logits", "features")


@dataclass(frozen=True)
class Answer:
    """The outputs of a network for n pictures."""

    probabilities: NDArray[np.float32]  # (n, 10), each row adds up to 1
    logits: NDArray[np.float32]  # (n, 10)
    features: NDArray[np.float32]  # (n, k), the last hidden layer
    elapsed_ms: float  # of the network alone


class Network:
    """A loaded `.tflite` file. Each thread has an interpreter of its own, because threads cannot share one."""

    def __init__(self, content: bytes, sha256: str) -> None:
        """content: the bytes of the file; sha256: their expected hash. Raises ModelFileDamaged."""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ModelFileDamaged("The model file does not match its checksum; it is not loaded.")
        self._content = content
        self._of_thread = threading.local()
        self.answer(np.zeros((1, SIDE, SIDE), np.uint8))  # rejects a file that cannot answer

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Loads a trusted file, without an expected checksum. Raises OSError or ModelFileDamaged."""
        content = Path(path).read_bytes()
        return cls(content, hashlib.sha256(content).hexdigest())

    def answer(self, pixels: NDArray[np.uint8]) -> Answer:
        """pixels: shape (n, 28, 28), 0 background to 255 ink."""
        if not hasattr(self._of_thread, "interpreter"):
            self._of_thread.interpreter = _Interpreter(self._content)
        interpreter: _Interpreter = self._of_thread.interpreter
        return interpreter.run(to_network_scale(pixels))


class _Interpreter:
    """One thread's LiteRT interpreter, resized when the number of pictures changes."""

    def __init__(self, content: bytes) -> None:
        # Inside the function: web processes import neighbours of this module and need no LiteRT (40 MB).
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._lite = Interpreter(model_content=content, num_threads=1)
            signature = self._lite.get_signature_runner("serving_default")
            self._outputs = {name: signature.get_output_details()[name]["index"] for name in OUTPUTS}
            (self._input,) = (detail["index"] for detail in signature.get_input_details().values())
        except (ValueError, KeyError, RuntimeError) as error:
            raise ModelFileDamaged("The model file cannot be loaded; it is not served.") from error
        self._rows = 0

    def run(self, batch: NDArray[np.float32]) -> Answer:
        if len(batch) != self._rows:
            self._lite.resize_tensor_input(self._input, batch.shape)
            self._lite.allocate_tensors()
            self._rows = len(batch)
        start = time.perf_counter()
        self._lite.set_tensor(self._input, batch)
        self._lite.invoke()
        outputs = {name: self._lite.get_tensor(index) for name, index in self._outputs.items()}
        return Answer(**outputs, elapsed_ms=(time.perf_counter() - start) * 1e3)


def preload() -> None:
    """Loads the runtime's library, so processes forked from this one share it."""
    import ai_edge_litert.interpreter  # noqa: F401 - inside the function, as above


def ranked(probabilities: Sequence[float]) -> list[tuple[int, float]]:
    """(digit, probability) pairs, the most probable first; of equal ones the smaller digit first."""
    return sorted(enumerate(probabilities), key=lambda pair: (-pair[1], pair[0]))
