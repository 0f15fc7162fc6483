"""Reading MNIST: finding its file, fetching it within bounds, and checking the arrays it holds.

The web process never holds the whole set: it reads single test images from small files that
`prepare_test_images` sets out once (see the module `sample_images`). No Keras here; numpy and urllib do.
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
# Of the arrays' bytes, row by row: the file around them differs from one distribution to the next.
SHA256 = {
    "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}
GENERATED_FILE = Path(__file__).resolve().parents[2] / "data" / "generated_digits.npz"
HEADER_ROOM = 1024  # bytes of an .npy file that are not the array

WHAT_TO_DO = (
    "Download mnist.npz on a machine that can (the file that keras.datasets.mnist uses), "
    "and set MNIST_PATH to where it lies."
)

Arrays = dict[str, NDArray[np.uint8]]


def configured() -> tuple[Path, str]:
    """The folder where this installation keeps MNIST, and the file it was told to use ("" for none)."""
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
    """The named arrays of MNIST: from `given`, else Keras's copy, else `folder`, else fetched into `folder`.

    Images have shape (n, 28, 28), uint8, 0 ground to 255 ink; labels (n,), uint8, 0 to 9.
    A given file is the only one looked at. fetch: whether the network may be asked; progress: called with
    bytes so far and in all (None when the server does not say).
    Raises MnistUnavailable with what was wrong and what to do.
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
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetching-") as beside:
        draft = Path(beside) / "mnist.npz"
        try:
            download(address, draft, progress=progress, limits=limits or Limits())
        except OSError as error:
            raise MnistUnavailable(f"MNIST could not be fetched: {error}. {WHAT_TO_DO}") from error
        read_mnist(draft)
        draft.replace(own)
    return read_mnist(own, names)


def read_mnist(path: str | Path, names: Iterable[str] = TRAIN + TEST) -> Arrays:
    """Read and verify arrays of one mnist.npz. Raises MnistUnavailable."""
    try:
        # Sizes first: what a file claims to hold is not unpacked blindly.
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
        with np.load(path, allow_pickle=False) as file:
            arrays = {}
            for name in names:
                if sizes.get(f"{name}.npy", 0) > np.prod(SHAPES[name]) + HEADER_ROOM:
                    raise ValueError(f"{name} is larger than MNIST's")
                arrays[name] = file[name]
    except FileNotFoundError:
        raise MnistUnavailable(f"There is no file {path}. {WHAT_TO_DO}") from None
    # What numpy, zipfile and zlib raise for files that are cut, changed or something else altogether.
    except (
        OSError,
        ValueError,
        KeyError,
        EOFError,
        RuntimeError,
        MemoryError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise MnistUnavailable(f"{path} cannot be read as mnist.npz ({error}). {WHAT_TO_DO}") from error
    for name, array in arrays.items():
        if problem := array_problem(name, array):
            raise MnistUnavailable(f"{path} does not hold MNIST: {problem}. {WHAT_TO_DO}")
    return arrays


def array_problem(name: str, array: NDArray[np.generic]) -> str:
    """What is wrong with one of MNIST's arrays; "" when it is the original, bit by bit."""
    if array.shape != SHAPES[name]:
        return f"{name} has shape {array.shape} in place of {SHAPES[name]}"
    if array.dtype != np.uint8:
        return f"{name} is {array.dtype} in place of uint8"
    if name.startswith("y_") and array.max() > 9:
        return f"{name} has labels beyond 9"
    if hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest() != SHA256[name]:
        return f"{name} differs from the original"
    return ""


def read_generated() -> Arrays:
    """The stroke-drawn digits that ship with the project, under MNIST's names; smaller, and not MNIST."""
    with np.load(GENERATED_FILE, allow_pickle=False) as file:
        return {name: file[name] for name in TRAIN + TEST}


def prepare_test_images(
    folder: Path, given: str | Path = "", *, fetch: bool = False, progress: Progress | None = None
) -> None:
    """Set MNIST's test images out in `folder` as x_test.npy and y_test.npy, which can be read one by one.

    Does nothing when they are there and whole. Arguments and errors as of `load_mnist`.
    """
    if all(_is_set_out(folder, name) for name in TEST):
        return
    arrays = load_mnist(folder, given, names=TEST, fetch=fetch, progress=progress)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("y_test", "x_test"):  # the images come last: whoever sees them finds the labels
        with tempfile.NamedTemporaryFile(dir=folder, prefix=name, delete=False) as draft:
            np.save(draft, arrays[name], allow_pickle=False)
        os.chmod(draft.name, 0o644)
        os.replace(draft.name, folder / f"{name}.npy")


def _is_set_out(folder: Path, name: str) -> bool:
    try:
        return not array_problem(name, np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError):
        return False
