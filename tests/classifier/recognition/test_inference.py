"""LiteRT: a network's answers, in any batch and in many threads, and the files it refuses."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from classifier.digits.registry import BUNDLED
from classifier.digits.samples.mnist import read_generated
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.inference import Network, ranked
from classifier.recognition.preprocessing.pipeline import to_model_input
from tests.factories import seven

FOLDER = BUNDLED / "first_cnn"
CONTENT = (FOLDER / "mnist_cnn_model.tflite").read_bytes()
SHA256 = json.loads((FOLDER / "metadata.json").read_text())["files"]["mnist_cnn_model.tflite"]["sha256"]


@pytest.fixture(scope="module")
def network():
    return Network(CONTENT, SHA256)


def test_a_drawn_seven_is_a_seven(network):
    answer = network.answer(to_model_input(seven())[np.newaxis])
    assert (answer.probabilities.shape, answer.logits.shape, answer.features.shape) == ((1, 10), (1, 10), (1, 100))
    assert answer.probabilities[0].argmax() == 7
    assert answer.probabilities.sum() == pytest.approx(1, abs=1e-5)
    shares = np.exp(answer.logits - answer.logits.max())
    assert np.allclose(shares / shares.sum(), answer.probabilities, atol=1e-5)


def test_batches_of_any_size_give_the_same_numbers(network):
    images = read_generated()["x_test"][:20]
    alone = np.concatenate([network.answer(image[np.newaxis]).probabilities for image in images])
    for size in (20, 7, 1, 13):
        assert np.allclose(network.answer(images[:size]).probabilities, alone[:size], atol=1e-5)


def test_threads_do_not_mix_up_their_answers(network):
    images = read_generated()["x_test"][:32]
    alone = [network.answer(image[np.newaxis]).probabilities for image in images]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda image: network.answer(image[np.newaxis]).probabilities, [*images] * 8))
    assert all(np.array_equal(one, other) for one, other in zip(answers, alone * 8, strict=True))


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"TFL3" * 10, bytes(10_000)], ids=["empty", "garbage", "TFL3", "zeros"]
)
def test_file_that_is_not_a_network_is_refused(content):
    with pytest.raises(ModelFileDamaged):
        Network(content, hashlib.sha256(content).hexdigest())


def test_file_that_is_not_the_one_named_is_refused():
    with pytest.raises(ModelFileDamaged, match="checksum"):
        Network(CONTENT, "0" * 64)


@pytest.mark.parametrize(
    ("probabilities", "order"),
    [([0.1] * 10, list(range(10))), ([0, 0.5, 0, 0.5], [1, 3, 0, 2]), ([0.2, 0.3, 0.5], [2, 1, 0])],
)
def test_digits_are_ranked_by_probability_equals_by_digit(probabilities, order):
    assert [digit for digit, _ in ranked(probabilities)] == order
