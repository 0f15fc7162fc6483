"""MNIST: finding its file, downloading it within limits, and checking its arrays. Does not need Keras.

A web process never loads the whole set: it reads single test images from two files that `prepare_test_images` writes
once, see the module `shelf`.
"""

import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from classifier.errors import MnistUnavailable

from .download import Limits, Progress, download

# The address that keras.datasets.mnist fetches from.
ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"

TRAIN = ("x_train", "y_train")
TEST = ("x_test", "y_test")
SHAPES = {"x_train": (60_000, 28, 28), "y_train": (60_000,), "x_test": (10_000, 28, 28), "y_test": (10_000,)}
# Of the arrays' bytes, row by row: the files of different distributions differ.
SHA256 = {
    "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}
GENERATED_FILE = Path(__file__).resolve().parents[2] / "data" / "generated_digits.npz"
# Raised by NumPy, zipfile and zlib for files that are cut, changed or something else.
UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    RuntimeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)
HEADER_ROOM = 1024  # bytes of an .npy file beside the array

WHAT_TO_DO = (
    "Download mnist.npz on a machine that can (the file that keras.datasets.mnist uses), "
    "and set MNIST_PATH to its path."
)

Arrays = dict[str, NDArray[np.uint8]]


def configured() -> tuple[Path, str]:
    """The folder where this installation keeps MNIST, and the configured file ("" for none)."""
    return Path(settings.DATA_DIR) / "mnist", settings.MNIST_PATH


def keras_file() -> Path:
    """Where keras.datasets.mnist keeps its copy."""
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    return Path(home) / "datasets" / "mnist.npz"


def load_mnist(
    folder: Path,
    given: str | Path = "",
    *,
    names: Iterable[str] = TRAIN + TEST,
    fetch: bool = False,
    progress: Progress | None = None,
    address: str = ADDRESS,
    limits: Limits | None = None,
) -> Arrays:
    """Returns the named arrays of MNIST: from `given`, or else Keras's copy, `folder`, or a download into `folder`.

    Images have shape (n, 28, 28), uint8, 0 background to 255 ink; labels (n,), uint8, 0 to 9.
    given: if set, the only file that is read. fetch: whether to download. progress: called with the bytes so far and
    the total (None if the server does not tell).
    Raises MnistUnavailable with what is wrong and what to do.
    """
    names = tuple(names)
    if given:
        return read_mnist(given, names)
    own = folder / "mnist.npz"
    damaged = []
    for path in (keras_file(), own):
        if path.exists():
            try:
                return read_mnist(path, names)
            except MnistUnavailable as error:
                damaged.append(str(error))
    if not fetch:
        raise MnistUnavailable(" ".join(damaged) or f"MNIST is not on this machine. {WHAT_TO_DO}")
    _fetch(own, address, limits or Limits(), progress)
    return read_mnist(own, names)


def _fetch(path: Path, address: str, limits: Limits, progress: Progress | None) -> None:
    """Downloads MNIST to `path`, once it is complete and verified. Raises MnistUnavailable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="fetching-") as folder:
        draft = Path(folder) / path.name
        try:
            download(address, draft, progress=progress, limits=limits)
        except OSError as error:
            raise MnistUnavailable(f"MNIST could not be downloaded: {error}. {WHAT_TO_DO}") from error
        read_mnist(draft)
        draft.replace(path)


def read_mnist(path: str | Path, names: Iterable[str] = TRAIN + TEST) -> Arrays:
    """Reads and verifies arrays of an mnist.npz. Raises MnistUnavailable."""
    try:
        arrays = _read(path, names)
    except FileNotFoundError:
        raise MnistUnavailable(f"There is no file {path}. {WHAT_TO_DO}") from None
    except UNREADABLE as error:
        raise MnistUnavailable(f"{path} cannot be read as mnist.npz ({error}). {WHAT_TO_DO}") from error
    for name, array in arrays.items():
        if problem := array_problem(name, array):
            raise MnistUnavailable(f"{path} does not hold MNIST: {problem}. {WHAT_TO_DO}")
    return arrays


def _read(path: str | Path, names: Iterable[str]) -> Arrays:
    # Sizes first, so no array is unpacked that is larger than MNIST's.
    with zipfile.ZipFile(path) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    with np.load(path, allow_pickle=False) as file:
        arrays = {}
        for name in names:
            if sizes.get(f"{name}.npy", 0) > np.prod(SHAPES[name]) + HEADER_ROOM:
                raise ValueError(f"{name} is larger than MNIST's")
            arrays[name] = file[name]
        return arrays


def array_problem(name: str, array: NDArray[np.generic]) -> str:
    """What is wrong with one of MNIST's arrays; "" if it is identical to the original."""
    if array.shape != SHAPES[name]:
        return f"{name} has shape {array.shape} instead of {SHAPES[name]}"
    if array.dtype != np.uint8:
        return f"{name} is {array.dtype} instead of uint8"
    if name.startswith("y_") and array.max() > 9:
        return f"{name} has labels beyond 9"
    if hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest() != SHA256[name]:
        return f"{name} differs from the original"
    return ""


def read_generated() -> Arrays:
    """The generated digits that ship with the project, under the names of MNIST's arrays; a smaller set."""
    with np.load(GENERATED_FILE, allow_pickle=False) as file:
        return {name: file[name] for name in TRAIN + TEST}


def prepare_test_images(
    folder: Path, given: str | Path = "", *, fetch: bool = False, progress: Progress | None = None
) -> None:
    """Writes MNIST's test images to `folder` as x_test.npy and y_test.npy, from which single images can be read.

    Does nothing if the files are complete. Arguments and errors: see `load_mnist`.
    """
    if all(_is_complete(folder, name) for name in TEST):
        return
    arrays = load_mnist(folder, given, names=TEST, fetch=fetch, progress=progress)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("y_test", "x_test"):  # the images last: a process that finds them finds the labels too
        with tempfile.NamedTemporaryFile(dir=folder, prefix=name, delete=False) as draft:
            np.save(draft, arrays[name], allow_pickle=False)
        os.chmod(draft.name, 0o644)
        os.replace(draft.name, folder / f"{name}.npy")


def _is_complete(folder: Path, name: str) -> bool:
    try:
        return not array_problem(name, np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError):
        return False
