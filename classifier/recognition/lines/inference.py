"""Running a line reader on LiteRT: the bytes of a model file in, the logits of each frame of a line out."""

import hashlib
import threading
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelFileDamaged
from .alphabet import CLASSES
from .framing import HEIGHT, PLANES, STEP
from .pen_direction import NOWHERE

LOGITS = "logits"


class LineNetwork:
    """A loaded `.tflite` file. Each thread has an interpreter of its own, because threads cannot share one."""

    def __init__(self, content: bytes, sha256: str) -> None:
        """content: the bytes of the file; sha256: their expected hash. Raises ModelFileDamaged."""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ModelFileDamaged("The model file does not match its checksum; it is not loaded.")
        self._content = content
        self._of_thread = threading.local()
        self.logits(np.zeros((HEIGHT, STEP, PLANES), np.uint8))  # rejects a file that cannot read a line

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Loads a trusted file, without an expected checksum. Raises OSError or ModelFileDamaged."""
        return cls.from_bytes(Path(path).read_bytes())

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """As `from_file`, for the bytes of the file."""
        return cls(content, hashlib.sha256(content).hexdigest())

    def logits(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Reads a line. image: shape (32, width, PLANES), see `line_image`.

        Returns the logits of each frame, from left to right, shape (frames, CLASSES).
        """
        if not hasattr(self._of_thread, "interpreter"):
            self._of_thread.interpreter = _Interpreter(self._content)
        interpreter: _Interpreter = self._of_thread.interpreter
        return interpreter.run(to_line_scale(image)[np.newaxis])


def to_line_scale(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The network's input for line images: the same shape; ink from 0 to 1, directions from -1 to 1."""
    scaled = images.astype(np.float32)
    scaled[..., 1:] -= NOWHERE
    scaled /= _FULL
    return scaled


_FULL = np.array([255, 127, 127], np.float32)


class _Interpreter:
    """One thread's LiteRT interpreter, resized when the width of the line changes.

    An interpreter for each width would save less than half a millisecond and take up to 80 MB more.
    """

    def __init__(self, content: bytes) -> None:
        # Inside the function: web processes import neighbours of this module and need no LiteRT (40 MB).
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._lite = Interpreter(model_content=content, num_threads=1)
            signature = self._lite.get_signature_runner("serving_default")
            self._output = signature.get_output_details()[LOGITS]["index"]
            (detail,) = signature.get_input_details().values()
            self._input, self._planes = detail["index"], int(detail["shape"][-1])  # older networks read the ink alone
        except (ValueError, KeyError, RuntimeError) as error:
            raise ModelFileDamaged("The model file cannot be loaded; it is not served.") from error
        self._width = 0

    def run(self, line: NDArray[np.float32]) -> NDArray[np.float32]:
        """line: shape (1, 32, width, PLANES). Raises ModelFileDamaged if the file is no network that reads lines."""
        try:
            if line.shape[2] != self._width:
                self._lite.resize_tensor_input(self._input, (*line.shape[:3], self._planes))
                self._lite.allocate_tensors()
                self._width = line.shape[2]
            self._lite.set_tensor(self._input, np.ascontiguousarray(line[..., : self._planes]))
            self._lite.invoke()
        except (ValueError, RuntimeError) as error:
            raise ModelFileDamaged("The model file holds no network that reads lines; it is not served.") from error
        logits: NDArray[np.float32] = self._lite.get_tensor(self._output)
        if logits.ndim != 3 or logits.shape[2] != CLASSES:
            raise ModelFileDamaged("The network of the model file reads other characters; it is not served.")
        line_logits: NDArray[np.float32] = logits[0]
        return line_logits
