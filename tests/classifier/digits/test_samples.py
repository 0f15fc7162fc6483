"""Samples on the pad: the requested digit, its true label, and a note if it is generated."""

import numpy as np
import pytest

from classifier.digits import intake
from classifier.digits.samples.mnist import SHAPES, read_generated
from classifier.models import Drawing
from tests.classifier.recognition.test_preprocessing import nearest_shift

TAKE = "/samples/"


@pytest.fixture
def take(owner_client):
    return lambda **form: owner_client.post(TAKE, form, headers={"HX-Request": "true"})


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    """A data folder without MNIST, unless a test writes it."""
    settings.DATA_DIR = tmp_path


@pytest.fixture
def mnist_images(tmp_path):
    """Arrays in the shape of MNIST's test images; their content does not matter."""
    generated = read_generated()["x_test"][0]
    (tmp_path / "mnist").mkdir()
    np.save(tmp_path / "mnist" / "x_test.npy", np.tile(generated, (SHAPES["x_test"][0], 1, 1)))
    np.save(tmp_path / "mnist" / "y_test.npy", (np.arange(10_000) % 10).astype(np.uint8))


def test_generated_samples_have_a_note(take, owner):
    answer = take().context["answer"]
    drawing = Drawing.objects.get()
    assert (drawing.owner, drawing.source, drawing.sample_index is not None) == (owner, "generated", True)
    assert (answer.true_label, "generated digit" in answer.source_note) == (drawing.true_label, True)


def test_mnist_samples_have_no_note(take, mnist_images):
    answer = take().context["answer"]
    assert (Drawing.objects.get().source, answer.source_note) == ("mnist", "")


@pytest.mark.parametrize("digit", range(10))
def test_sample_is_the_requested_digit(take, digit):
    assert take(digit=digit).context["answer"].true_label == digit
    assert Drawing.objects.get().true_label == digit


def test_sample_is_the_image_of_its_index(take):
    take(digit="")
    drawing = Drawing.objects.get()
    original = read_generated()["x_test"][drawing.sample_index]
    stored = np.frombuffer(drawing.digits.get().pixels, np.uint8).reshape(28, 28)
    assert nearest_shift(stored, original) <= 1


@pytest.mark.parametrize("digit", ["10", "-1", "x", "1.5", "٣٣"])
def test_invalid_digit_is_refused(take, digit):
    assert take(digit=digit).status_code == 400
    assert Drawing.objects.count() == 0


def test_samples_differ(take):
    for _ in range(6):
        take()
    assert len(set(Drawing.objects.values_list("sample_index", flat=True))) > 1


@pytest.mark.parametrize(("kind", "note"), [("generated", "generated digit"), ("mnist", "")])
def test_home_names_the_kind_of_samples(owner_client, request, kind, note):
    if kind == "mnist":
        request.getfixturevalue("mnist_images")
    samples = owner_client.get("/").context["samples"]
    assert samples["kind"] == kind
    assert note in samples["note"]


def test_visitor_must_sign_in(client, db):
    assert client.post(TAKE).url == f"/account/login/?next={TAKE}"
    assert Drawing.objects.count() == 0


def test_sample_is_answered_by_the_real_worker(take, inference_worker):
    answer = take(digit=4).context["answer"]
    assert (answer.state, answer.true_label) == ("done", 4)


def test_folders_do_not_share_their_images(tmp_path, mnist_images):
    assert intake.sample_images(tmp_path / "mnist").kind == "mnist"
    assert intake.sample_images(tmp_path / "elsewhere").kind == "generated"
