"""Random test images: MNIST's if they are on this machine, or else generated digits."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from classifier.digits.samples import mnist
from classifier.digits.samples.mnist import SHAPES, read_generated
from classifier.digits.samples.shelf import SampleImage, SampleImages


@pytest.fixture
def mnist_files(tmp_path: Path) -> Path:
    """A folder as `prepare_test_images` writes it; each pixel of an image is its label."""
    labels = (np.arange(10_000) % 10).astype(np.uint8)
    np.save(tmp_path / "y_test.npy", labels)
    np.save(tmp_path / "x_test.npy", np.broadcast_to(labels[:, None, None], SHAPES["x_test"]))
    return tmp_path


def test_without_mnist_samples_are_generated(tmp_path: Path) -> None:
    sample = SampleImages(tmp_path).take()
    generated = read_generated()
    assert sample.kind == "generated"
    assert np.array_equal(sample.pixels, generated["x_test"][sample.index])
    assert sample.label == generated["y_test"][sample.index]


@pytest.mark.parametrize("digit", range(10))
def test_sample_is_the_requested_digit(mnist_files: Path, tmp_path_factory: pytest.TempPathFactory, digit: int) -> None:
    for folder in (mnist_files, tmp_path_factory.mktemp("empty")):
        images = SampleImages(folder)
        assert {images.take(digit).label for _ in range(20)} == {digit}


def test_mnist_sample_has_its_index_and_label(mnist_files: Path) -> None:
    sample = SampleImages(mnist_files).take()
    assert (sample.kind, sample.label) == ("mnist", sample.index % 10)
    assert sample.pixels.shape == (28, 28)
    assert (sample.pixels == sample.label).all()


def test_files_written_later_are_used(mnist_files: Path, tmp_path: Path) -> None:
    later = tmp_path / "later"
    images = SampleImages(later)
    assert images.take(3).kind == "generated"
    later.mkdir()
    for name in ("y_test.npy", "x_test.npy"):
        os.link(mnist_files / name, later / name)
    assert images.take(3).kind == "mnist"
    assert images.kind == "mnist"


def test_images_stay_on_disk(mnist_files: Path) -> None:
    images = SampleImages(mnist_files)
    images.take()
    assert images._shelf is not None
    assert isinstance(images._shelf.images, np.memmap)


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY\x01\x00", b"<html>", "short"])
def test_damaged_files_are_ignored_and_not_read_again(
    mnist_files: Path, damage: bytes | str, caplog: pytest.LogCaptureFixture
) -> None:
    path = mnist_files / "x_test.npy"
    if isinstance(damage, bytes):
        path.write_bytes(damage)
    else:
        np.save(path, np.zeros((9_999, 28, 28), np.uint8))
    images = SampleImages(mnist_files)
    assert [images.take().kind for _ in range(3)] == ["generated"] * 3
    assert len(caplog.records) == 1
    assert "cannot be used" in caplog.text


def test_many_threads_take_samples_at_once(mnist_files: Path) -> None:
    images, taken = SampleImages(mnist_files), list[SampleImage]()
    threads = [threading.Thread(target=lambda: taken.extend(images.take(4) for _ in range(50))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(sample.label, sample.kind) for sample in taken} == {(4, "mnist")}
    assert len(taken) == 400


@pytest.mark.skipif(not os.environ.get("MNIST_PATH"), reason="MNIST_PATH is not set: real test images are not tried")
def test_real_test_images_are_used_after_preparing(tmp_path: Path) -> None:
    mnist.prepare_test_images(tmp_path, os.environ["MNIST_PATH"])
    assert SampleImages(tmp_path).take(7).label == 7
