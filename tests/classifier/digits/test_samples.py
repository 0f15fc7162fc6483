"""A random test image: of the digit asked for, with its true label, and honest about where it comes from."""

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
    """No MNIST here, unless a test sets it out."""
    settings.DATA_DIR = tmp_path


@pytest.fixture
def mnist_images(tmp_path):
    """Arrays that have MNIST's shape, set out as MNIST is; its content matters to none of these tests."""
    generated = read_generated()["x_test"][0]
    (tmp_path / "mnist").mkdir()
    np.save(tmp_path / "mnist" / "x_test.npy", np.tile(generated, (SHAPES["x_test"][0], 1, 1)))
    np.save(tmp_path / "mnist" / "y_test.npy", (np.arange(10_000) % 10).astype(np.uint8))


def test_without_mnist_generated_digits_are_offered_and_said_to_be(take, owner):
    answer = take().context["answer"]
    drawing = Drawing.objects.get()
    assert (drawing.owner, drawing.source, drawing.sample_index is not None) == (owner, "generated", True)
    assert (answer.true_label, "generated digit" in answer.source_note) == (drawing.true_label, True)


def test_with_mnist_its_images_are_offered_without_a_note(take, mnist_images):
    answer = take().context["answer"]
    assert (Drawing.objects.get().source, answer.source_note) == ("mnist", "")


@pytest.mark.parametrize("digit", range(10))
def test_digit_asked_for_is_given(take, digit):
    assert take(digit=digit).context["answer"].true_label == digit
    assert Drawing.objects.get().true_label == digit


def test_sample_is_the_image_of_its_index(take):
    take(digit="")
    drawing = Drawing.objects.get()
    original = read_generated()["x_test"][drawing.sample_index]
    stored = np.frombuffer(drawing.digits.get().pixels, np.uint8).reshape(28, 28)
    assert nearest_shift(stored, original) <= 1


@pytest.mark.parametrize("digit", ["10", "-1", "x", "1.5", "٣٣"])
def test_digit_that_is_none_is_refused(take, digit):
    assert take(digit=digit).status_code == 400
    assert Drawing.objects.count() == 0


def test_samples_differ(take):
    for _ in range(6):
        take()
    assert len(set(Drawing.objects.values_list("sample_index", flat=True))) > 1


@pytest.mark.parametrize(("kind", "note"), [("generated", "generated digit"), ("mnist", "")])
def test_home_says_which_samples_there_are(owner_client, request, kind, note):
    if kind == "mnist":
        request.getfixturevalue("mnist_images")
    samples = owner_client.get("/").context["samples"]
    assert samples["kind"] == kind
    assert note in samples["note"]


def test_visitor_takes_none(client, db):
    assert client.post(TAKE).url == f"/account/login/?next={TAKE}"
    assert Drawing.objects.count() == 0


def test_sample_is_answered_by_the_real_worker(take, inference_worker):
    answer = take(digit=4).context["answer"]
    assert (answer.state, answer.true_label) == ("done", 4)


def test_folders_do_not_share_their_images(tmp_path, mnist_images):
    assert intake.sample_images(tmp_path / "mnist").kind == "mnist"
    assert intake.sample_images(tmp_path / "elsewhere").kind == "generated"
