"""Model versions: only complete and undamaged ones are registered, and every process uses the one in service."""

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from classifier.digits import networks
from classifier.digits.networks import network_in_service
from classifier.digits.registry import BUNDLED, activate, register_bundled, register_version
from classifier.models import Activation, ModelVersion, VersionKind
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.kinds import KINDS
from classifier.recognition.lines.calibration import LineCalibration

H5, KERAS, TFLITE = (f"mnist_cnn_model.{suffix}" for suffix in ("h5", "keras", "tflite"))


@pytest.fixture
def bundle(tmp_path):
    """A copy of the bundled network's folder, for tests that damage it."""
    return shutil.copytree(BUNDLED / "first_cnn", tmp_path / "copy")


def rewritten(bundle, change):
    """Changes the metadata of a folder."""
    path = bundle / "metadata.json"
    metadata = json.loads(path.read_text())
    change(metadata)
    path.write_text(json.dumps(metadata))


@pytest.fixture
def other(bundle, model_version):
    """A second version: the same network in a file with one more byte at its end."""
    content = (bundle / TFLITE).read_bytes() + b"\0"
    (bundle / TFLITE).write_bytes(content)
    files = {TFLITE: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}}
    rewritten(bundle, lambda metadata: metadata["files"].update(files))
    return register_version(bundle, "another")


def test_bundled_networks_are_registered_and_the_better_is_in_service(db):
    versions = register_bundled()
    assert {version.architecture for version in versions} == {"first_cnn", "deeper_cnn", "line_reader"}
    version = ModelVersion.objects.active().get()
    assert version in versions
    assert (version.architecture, version.parameters) == ("deeper_cnn", 330_966)
    assert 0.9 < version.accuracy <= 1
    assert "330,966" in version.summary
    for file in (version.tflite_file, version.keras_file, version.h5_file):
        assert file.size > 10_000
    assert ModelVersion.objects.active(VersionKind.LINE).get().architecture == "line_reader"


def test_registering_twice_stores_one_version(bundle, model_version):
    assert [register_version(bundle), register_version(bundle, "another name")] == [model_version] * 2
    for _ in range(2):
        call_command("register_bundled", verbosity=0)
    assert ModelVersion.objects.count() == len(list(BUNDLED.glob("*/metadata.json"))) == 3


def test_a_new_release_brings_the_calibration_of_its_networks(db):
    (line_reader,) = [version for version in register_bundled() if version.kind == VersionKind.LINE]
    sound = line_reader.metadata["calibration"]
    ModelVersion.objects.filter(pk=line_reader.pk).update(metadata=line_reader.metadata | {"calibration": None})
    register_bundled()
    line_reader.refresh_from_db()
    assert line_reader.metadata["calibration"] == sound
    assert LineCalibration.of(sound) is not None


def test_registering_leaves_the_version_in_service(other, model_version):
    register_bundled()
    assert (other.is_active, ModelVersion.objects.active().get()) == (False, model_version)


def without(name):
    return lambda bundle: (bundle / name).unlink()


def with_byte_changed(name):
    def spoil(bundle):
        content = bytearray((bundle / name).read_bytes())
        content[len(content) // 2] ^= 1
        (bundle / name).write_bytes(content)

    return spoil


def metadata_without(*keys):
    def drop(metadata):
        for key in keys[:-1]:
            metadata = metadata[key]
        del metadata[keys[-1]]

    return lambda bundle: rewritten(bundle, drop)


def metadata_with(**changed):
    return lambda bundle: rewritten(bundle, lambda metadata: metadata.update(changed))


def correctly_signed_garbage(bundle):
    (bundle / TFLITE).write_bytes(b"garbage")
    files = {TFLITE: {"sha256": hashlib.sha256(b"garbage").hexdigest(), "bytes": 7}}
    rewritten(bundle, lambda metadata: metadata["files"].update(files))


NEEDED = ("format", "name", "architecture", "parameters", "files", "evaluation")
SPOILT = {
    **{f"no {name}": without(name) for name in (H5, KERAS, TFLITE, "metadata.json", "summary.txt")},
    **{f"{name} changed": with_byte_changed(name) for name in (H5, KERAS, TFLITE)},
    **{
        f"no {key}": metadata_without(key)
        for key in ("format", "name", "architecture", "parameters", "files", "evaluation")
    },
    "no accuracy": metadata_without("evaluation", "accuracy"),
    **{f"{name} unsigned": metadata_without("files", name) for name in (H5, KERAS, TFLITE)},
    "a checksum missing": metadata_without("files", TFLITE, "sha256"),
    "another format": metadata_with(format=2),
    "an unknown kind": metadata_with(kind="word"),
    "another kind": metadata_with(kind="line"),
    "files in a list": metadata_with(files=[TFLITE]),
    "files outside": metadata_with(files={"../../../../etc/passwd": {"sha256": "0" * 64}}),
    "metadata that is a list": lambda bundle: (bundle / "metadata.json").write_text("[]"),
    "metadata cut short": lambda bundle: (bundle / "metadata.json").write_text('{"format": 1,'),
    "a network that is garbage": correctly_signed_garbage,
}


@pytest.mark.parametrize("name", SPOILT)
@pytest.mark.django_db
def test_damaged_folder_is_refused_and_nothing_is_registered(bundle, name):
    SPOILT[name](bundle)
    with pytest.raises(ModelFileDamaged):
        register_version(bundle)
    assert ModelVersion.objects.count() == 0


def test_complete_copy_is_registered(bundle, db):
    assert register_version(bundle).name.startswith("first")


def test_missing_folder_is_refused(tmp_path, db):
    with pytest.raises(ModelFileDamaged):
        register_version(tmp_path / "nowhere")


def test_exactly_one_version_is_in_service(model_version, other):
    for version in (other, model_version, other, other):
        activate(version, kind=Activation.Kind.PROMOTION)
        assert ModelVersion.objects.active().get() == version
    assert ModelVersion.objects.active().get().activated is not None


@pytest.mark.postgres
def test_database_refuses_a_second_version_in_service(model_version, other):
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.update(is_active=True)
    assert ModelVersion.objects.active().count() == 1


def test_new_version_in_service_is_used_from_the_next_call(model_version, other):
    assert network_in_service()[0] == model_version
    activate(other, kind=Activation.Kind.PROMOTION)
    version, network = network_in_service()
    assert version == other
    assert network.answer(np.zeros((1, 28, 28), np.uint8)).probabilities.shape == (1, 10)


def test_network_is_loaded_once(model_version, monkeypatch):
    monkeypatch.setattr(networks, "_networks", networks._Networks())
    assert network_in_service()[1] is network_in_service()[1]


def test_few_networks_stay_in_memory(model_version, monkeypatch):
    loaded = networks._Networks()
    takes_any_file = replace(KINDS["digit"], load=lambda content, checksum: checksum)
    monkeypatch.setitem(KINDS, "digit", takes_any_file)
    for number in range(7):
        model_version.tflite_sha256 = str(number)
        assert loaded.get(model_version) == str(number)
    assert list(loaded._loaded) == ["3", "4", "5", "6"]


def test_network_whose_file_was_changed_is_not_used(model_version, monkeypatch):
    monkeypatch.setattr(networks, "_networks", networks._Networks())
    path = model_version.tflite_file.path
    with open(path, "r+b") as file:
        file.write(b"x")
    with pytest.raises(ModelFileDamaged, match="checksum"):
        network_in_service()
