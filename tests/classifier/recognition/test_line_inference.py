"""The network that reads lines on LiteRT: any width, in many threads, and the files it refuses."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.inference import Network
from classifier.recognition.lines.alphabet import CLASSES
from classifier.recognition.lines.framing import LONGEST, PLANES
from classifier.recognition.lines.inference import LineNetwork, to_line_scale
from tests.classifier.recognition.test_inference import CONTENT
from tests.line_readers import HERE, SHA256, TFLITE

WIDTHS = (32, 96, LONGEST, 64, 96)


@pytest.fixture(scope="module")
def network():
    return LineNetwork(TFLITE, SHA256)


def line(width):
    return np.random.default_rng(width).integers(0, 256, (32, width, PLANES), np.uint8)


def test_a_line_has_two_frames_each_four_pixels(network):
    for width in WIDTHS:
        logits = network.logits(line(width))
        assert (logits.shape, logits.dtype) == ((width // 2, CLASSES), np.float32)
        assert np.isfinite(logits).all()


def test_order_of_the_widths_changes_no_answer(network):
    alone = {width: LineNetwork(TFLITE, SHA256).logits(line(width)) for width in WIDTHS}
    for width in (*WIDTHS, *reversed(WIDTHS)):
        assert np.array_equal(network.logits(line(width)), alone[width])


def test_answers_stay_when_the_next_line_is_read(network):
    first = network.logits(line(96))
    kept = first.copy()
    network.logits(255 - line(96))
    assert np.array_equal(first, kept)


def test_threads_do_not_mix_up_their_lines(network):
    lines = [line(width) for width in WIDTHS]
    alone = [network.logits(each) for each in lines]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(network.logits, lines * 8))
    assert all(np.array_equal(one, other) for one, other in zip(answers, alone * 8, strict=True))


def test_scale_runs_from_background_to_ink_and_from_left_to_right():
    scaled = to_line_scale(np.array([[[0, 128, 1], [51, 255, 128]]], np.uint8))
    assert (scaled.shape, scaled.dtype) == ((1, 2, 3), np.float32)
    assert scaled == pytest.approx(np.array([[[0, 0, -1], [0.2, 1, 0]]]))


def test_a_network_of_the_ink_alone_is_still_read(network):
    directed = line(96)
    other = directed.copy()
    other[..., 1:] = 255 - other[..., 1:]
    assert np.array_equal(network.logits(directed), network.logits(other))


@pytest.mark.parametrize("content", [b"", b"garbage", CONTENT], ids=["empty", "garbage", "a digit network"])
def test_file_that_reads_no_lines_is_refused(content):
    with pytest.raises(ModelFileDamaged):
        LineNetwork(content, hashlib.sha256(content).hexdigest())


def test_line_reader_is_no_digit_network():
    with pytest.raises(ModelFileDamaged):
        Network(TFLITE, SHA256)


def test_file_that_is_not_the_one_named_is_refused():
    with pytest.raises(ModelFileDamaged, match="checksum"):
        LineNetwork(TFLITE, "0" * 64)


def test_trusted_file_needs_no_checksum(network):
    trusted = LineNetwork.from_file(HERE / "line_reader_model.tflite")
    assert np.array_equal(trusted.logits(line(96)), network.logits(line(96)))
