"""Finding, checking and downloading MNIST, with a small set and its own checksums instead of the real one."""

import hashlib
import io
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from classifier.digits.samples import mnist
from classifier.digits.samples.download import Limits, download
from classifier.errors import MnistUnavailable

QUICK = Limits(connect_s=0.4, silence_s=0.4, total_s=1.0, size_bytes=200_000)
Set = dict[str, np.ndarray]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Set:
    """A small MNIST of 60 and 20 images, which the module accepts as the original."""
    rng = np.random.default_rng(0)
    arrays = {
        "x_train": rng.integers(0, 256, (60, 28, 28), np.uint8),
        "y_train": np.arange(60, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (20, 28, 28), np.uint8),
        "y_test": np.arange(20, dtype=np.uint8) % 10,
    }
    monkeypatch.setattr(mnist, "SHAPES", {name: array.shape for name, array in arrays.items()})
    monkeypatch.setattr(
        mnist, "SHA256", {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in arrays.items()}
    )
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return arrays


def written(path: Path, arrays: Set) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy's stub takes the names for its own
    return path


def as_bytes(arrays: Set) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def test_given_file_comes_first(small: Set, tmp_path: Path) -> None:
    given = written(tmp_path / "given.npz", small)
    written(mnist.keras_file(), {"x_train": np.zeros(1)})
    assert np.array_equal(mnist.load_mnist(tmp_path / "own", given)["x_train"], small["x_train"])


def test_missing_given_file_is_an_error(small: Set, tmp_path: Path) -> None:
    written(mnist.keras_file(), small)
    with pytest.raises(MnistUnavailable, match=r"no file .*given\.npz.*MNIST_PATH"):
        mnist.load_mnist(tmp_path / "own", tmp_path / "given.npz", fetch=True)


def test_keras_copy_is_found_by_keras_home(small: Set, tmp_path: Path) -> None:
    assert written(mnist.keras_file(), small) == tmp_path / "keras" / "datasets" / "mnist.npz"
    assert len(mnist.load_mnist(tmp_path / "own")["y_test"]) == 20


def test_keras_copy_is_found_in_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert mnist.keras_file() == Path("/home/somebody/.keras/datasets/mnist.npz")


def test_downloaded_copy_is_used_if_the_keras_copy_is_damaged(small: Set, tmp_path: Path) -> None:
    written(mnist.keras_file(), small).write_bytes(b"PK")
    written(tmp_path / "own" / "mnist.npz", small)
    assert len(mnist.load_mnist(tmp_path / "own")["y_test"]) == 20


def test_nothing_is_downloaded_by_default(small: Set, tmp_path: Path, serve: Callable[..., str]) -> None:
    with pytest.raises(MnistUnavailable, match=r"not on this machine\. .*MNIST_PATH"):
        mnist.load_mnist(tmp_path / "own", address=serve(as_bytes(small)))


def test_only_named_arrays_are_read(small: Set, tmp_path: Path) -> None:
    given = written(tmp_path / "given.npz", small)
    assert set(mnist.load_mnist(tmp_path, given, names=mnist.TEST)) == {"x_test", "y_test"}


def test_settings_name_folder_and_file(settings: object, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.MNIST_PATH = tmp_path, "given.npz"  # type: ignore[attr-defined]
    assert mnist.configured() == (tmp_path / "mnist", "given.npz")


def changed(arrays: Set, name: str, change: Callable[[np.ndarray], np.ndarray]) -> Set:
    return arrays | {name: change(arrays[name].copy())}


def one_pixel_off(images: np.ndarray) -> np.ndarray:
    images[7, 3, 3] ^= 1
    return images


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("x_train", one_pixel_off, "x_train differs from the original"),
        ("x_test", lambda images: images[:-1], "x_test has shape"),
        ("x_train", lambda images: images.reshape(60, 784), "x_train has shape"),
        ("y_test", lambda labels: labels[::-1], "y_test differs from the original"),
        ("y_train", lambda labels: labels + 1, "y_train has labels beyond 9"),
        ("y_train", lambda labels: labels.astype(np.int8), "y_train is int8 instead of uint8"),
        ("x_train", lambda images: np.zeros((600, 28, 28), np.uint8), "x_train is larger than MNIST's"),
        ("y_test", lambda labels: np.array(["seven"] * 20, object), "cannot be read"),  # would need pickle
    ],
)
def test_wrong_arrays_are_refused_with_the_reason(
    small: Set, tmp_path: Path, name: str, change: Callable[[np.ndarray], np.ndarray], reason: str
) -> None:
    given = written(tmp_path / "given.npz", changed(small, name, change))
    with pytest.raises(MnistUnavailable, match=reason) as error:
        mnist.load_mnist(tmp_path, given)
    assert "set MNIST_PATH" in str(error.value)


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "flipped", "array", "folder", "unlabelled"])
def test_damaged_files_are_refused(small: Set, tmp_path: Path, damage: str) -> None:
    given = written(tmp_path / "given.npz", small)
    whole = given.read_bytes()
    if damage == "folder":
        given.unlink()
        given.mkdir()
    elif damage == "array":
        with given.open("wb") as file:
            np.save(file, small["x_train"])
    elif damage == "unlabelled":
        written(given, {"x_train": small["x_train"]})
    else:
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes(255 - byte for byte in whole[middle : middle + 50]) + whole[middle + 50 :]
        given.write_bytes({"cut": whole[:-2000], "empty": b"", "text": b"<html>not found</html>"}.get(damage, flipped))
    with pytest.raises(MnistUnavailable):
        mnist.load_mnist(tmp_path, given)


@pytest.mark.skipif(not os.environ.get("MNIST_PATH"), reason="MNIST_PATH is not set: the real file is not checked")
def test_real_file_is_accepted(tmp_path: Path) -> None:
    arrays = mnist.load_mnist(tmp_path, os.environ["MNIST_PATH"])
    assert [arrays[name].shape for name in ("x_train", "y_test")] == [(60_000, 28, 28), (10_000,)]


def test_generated_digits_have_the_layout_of_mnist() -> None:
    arrays = mnist.read_generated()
    for name, array in arrays.items():
        assert array.dtype == np.uint8
        assert array.shape[1:] == mnist.SHAPES[name][1:]
    assert sorted(set(arrays["y_train"].tolist())) == list(range(10))
    assert mnist.GENERATED_FILE.stat().st_size < 1_500_000


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """serve(body, length=…, pause_s=…, status=…) returns the address of a server that sends it byte by byte."""
    servers: list[ThreadingHTTPServer] = []

    def start(body: bytes, length: int | None = -1, pause_s: float = 0, status: int = 200) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                if length is not None:
                    self.send_header("Content-Length", str(len(body) if length == -1 else length))
                self.end_headers()
                try:
                    for part in [body[:1]] * 100 if pause_s else [body]:
                        self.wfile.write(part)
                        time.sleep(pause_s)
                except OSError:
                    pass  # the client gave up, as it should

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/mnist.npz"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_downloaded_file_is_checked_stored_and_reused(small: Set, tmp_path: Path, serve: Callable[..., str]) -> None:
    body, heard = as_bytes(small), []
    address = serve(body)
    arrays = mnist.load_mnist(
        tmp_path / "own", fetch=True, address=address, progress=lambda *so_far: heard.append(so_far)
    )
    assert np.array_equal(arrays["x_test"], small["x_test"])
    assert heard[-1] == (len(body), len(body))
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["mnist.npz"]
    assert len(mnist.load_mnist(tmp_path / "own", address="http://127.0.0.1:1/")["x_test"]) == 20


def test_wrong_download_is_not_stored(small: Set, tmp_path: Path, serve: Callable[..., str]) -> None:
    address = serve(as_bytes(changed(small, "x_train", one_pixel_off)))
    with pytest.raises(MnistUnavailable, match="differs from the original"):
        mnist.load_mnist(tmp_path / "own", fetch=True, address=address, limits=QUICK)
    assert list((tmp_path / "own").iterdir()) == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"body": b"x" * 300_000}, "larger than 200,000 bytes"),
        ({"body": b"x" * 300_000, "length": None}, "larger than 200,000 bytes"),
        ({"body": b"x" * 100, "length": 5_000}, "broke after 100 of 5,000 bytes"),
        ({"body": b"x", "length": None, "pause_s": 0.05}, "longer than 1 s"),
        ({"body": b"x", "length": None, "pause_s": 0.6}, "timed out"),
        ({"body": b"", "status": 404}, "404"),
    ],
    ids=["too large and says so", "too large and does not", "cut", "too slow", "silent", "not there"],
)
def test_bad_server_is_given_up_quickly(
    small: Set, tmp_path: Path, serve: Callable[..., str], answer: dict[str, object], reason: str
) -> None:
    started = time.monotonic()
    with pytest.raises(MnistUnavailable, match=rf"could not be downloaded: .*{reason}.*set MNIST_PATH"):
        mnist.load_mnist(tmp_path / "own", fetch=True, address=serve(**answer), limits=QUICK)
    assert time.monotonic() - started < 10
    assert list((tmp_path / "own").iterdir()) == []


def test_connecting_gives_up_if_no_server_answers(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        # Its queue is full: the kernel leaves further callers waiting.
        with socket.create_connection(address), pytest.raises(OSError, match=r"no connection within 0\.4 s|timed out"):
            download(f"http://{address[0]}:{address[1]}/", tmp_path / "file", limits=QUICK)


def test_connecting_gives_up_if_the_name_lookup_is_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def slow_lookup(*_: object, **__: object) -> None:
        asked.set()
        time.sleep(1.5)
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", slow_lookup)
    with pytest.raises(OSError, match=r"no connection within 0\.4 s"):
        download("http://mnist.invalid/", tmp_path / "file", limits=QUICK)
    assert asked.is_set()


def test_default_limits() -> None:
    limits = Limits()
    assert limits.connect_s == 3
    assert limits.size_bytes <= 20_000_000
    assert limits.total_s <= 600


def test_test_images_are_written_to_be_read_one_by_one(small: Set, tmp_path: Path) -> None:
    given, folder = written(tmp_path / "given.npz", small), tmp_path / "own"
    mnist.prepare_test_images(folder, given)
    assert sorted(path.name for path in folder.iterdir()) == ["x_test.npy", "y_test.npy"]
    assert np.array_equal(np.load(folder / "x_test.npy", mmap_mode="r"), small["x_test"])


def test_preparing_again_reads_nothing(small: Set, tmp_path: Path) -> None:
    given = written(tmp_path / "given.npz", small)
    mnist.prepare_test_images(tmp_path / "own", given)
    given.unlink()
    mnist.prepare_test_images(tmp_path / "own", given)


def test_damaged_test_images_are_written_again(small: Set, tmp_path: Path) -> None:
    given, folder = written(tmp_path / "given.npz", small), tmp_path / "own"
    mnist.prepare_test_images(folder, given)
    (folder / "x_test.npy").write_bytes(b"\x93NUMPY")
    mnist.prepare_test_images(folder, given)
    assert np.array_equal(np.load(folder / "x_test.npy"), small["x_test"])
