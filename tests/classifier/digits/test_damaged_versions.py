"""A version whose file is damaged: set aside and named, another one serves, and what failed is sent again."""

from pathlib import Path

import pytest
from django.utils import timezone

from classifier.digits import networks, predictions, registry
from classifier.http import health
from classifier.models import Activation, ModelVersion, Prediction
from classifier.recognition.errors import ModelFileDamaged
from tests.factories import drawn_digit
from tests.line_readers import registered_line_reader

LINE = ModelVersion.Kind.LINE


@pytest.fixture(autouse=True)
def _nothing_loaded(monkeypatch):
    """As in a worker that has just started."""
    monkeypatch.setattr(networks, "_networks", networks._Networks())


@pytest.fixture
def better(model_version):
    """Another version, which has replaced the first one."""
    version = registry.register_version(registry.BUNDLED / "deeper_cnn")
    registry.activate(version, kind=Activation.Kind.PROMOTION)
    yield version
    registry.remove_files(version)


def flip_a_bit(version: ModelVersion) -> Path:
    path = Path(version.tflite_file.path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return path


@pytest.fixture
def restore():
    """restore(): writes files back that a test damages; done at its end too."""
    kept: dict[Path, bytes] = {}

    def keep(version: ModelVersion) -> Path:
        path = Path(version.tflite_file.path)
        kept[path] = path.read_bytes()
        return path

    def write() -> None:
        for path, content in kept.items():
            path.write_bytes(content)

    write.keep = keep
    yield write
    write()


def test_last_good_version_serves_and_the_damaged_one_is_named(model_version, better, restore, caplog):
    restore.keep(better)
    flip_a_bit(better)
    version, network = networks.network_in_service()
    assert (version, network) == (model_version, networks.network_of(model_version))
    better.refresh_from_db()
    assert not better.is_active
    assert better.damaged
    taken_over = Activation.objects.first()
    assert (taken_over.version, taken_over.previous, taken_over.kind) == (model_version, better, "damage")
    assert better.name in taken_over.reason
    assert f"{better} is set aside" in caplog.text
    assert health.readiness()["model"] == "ok"
    (warning,) = [each for each in health.warnings() if better.name in each]
    assert "Restore its file" in warning


@pytest.mark.parametrize("content", [b"", b"not a network", b"\0" * 4096, None])
def test_any_damage_has_another_version_serve(model_version, better, restore, content):
    path = restore.keep(better)
    path.unlink() if content is None else path.write_bytes(content)
    assert networks.network_in_service()[0] == model_version


def test_damage_is_found_before_a_worker_starts(model_version, better, restore):
    networks.network_in_service()  # this worker has it in memory
    restore.keep(better).unlink()
    networks.look_after_versions()
    assert registry.version_in_service() == model_version


def test_storage_that_does_not_answer_says_nothing_about_a_version(better, monkeypatch):
    def fail(*_):
        raise PermissionError("the folder belongs to another user")

    monkeypatch.setattr(networks._Networks, "get", fail)
    with pytest.raises(ModelFileDamaged):
        networks.network_in_service()
    better.refresh_from_db()
    assert better.is_active
    assert better.damaged is None


def test_without_another_version_predictions_wait_and_are_answered_after_the_repair(model_version, owner, restore):
    restore.keep(model_version)
    flip_a_bit(model_version)
    given_up = drawn_digit(owner).predictions.get()
    Prediction.objects.update(status="failed", attempts=predictions.ATTEMPTS, finished=timezone.now())
    networks.look_after_versions()
    predictions.go_on_after_damage()
    given_up.refresh_from_db()
    assert given_up.status == "failed"
    model_version.refresh_from_db()
    assert model_version.is_active
    assert health.readiness()["model"] != "ok"
    restore()
    networks.look_after_versions()
    predictions.go_on_after_damage()
    assert health.readiness()["model"] == "ok"
    (pk,) = predictions.lost_predictions()
    assert predictions.answer_predictions([pk]) == 1


def test_damaged_line_reader_leaves_numbers_to_segmentation(model_version, tmp_path, restore):
    reader = registered_line_reader(tmp_path)
    registry.activate(reader, kind=Activation.Kind.PROMOTION)
    restore.keep(reader)
    flip_a_bit(reader)
    with pytest.raises(ModelFileDamaged):
        networks.line_network_in_service()
    assert registry.version_in_service(LINE) is None
    assert networks.network_in_service()[0] == model_version
    restore()
    networks.look_after_versions()
    assert registry.version_in_service(LINE) == reader


def test_prediction_that_always_fails_is_given_up_in_the_end_unless_staff_ask_again(model_version, owner, staff_client):
    drawn_digit(owner)
    Prediction.objects.update(
        status="failed", attempts=predictions.SERIES * predictions.ATTEMPTS, finished=timezone.now()
    )
    predictions.go_on_after_damage()
    assert predictions.lost_predictions() == []
    assert "Sent again: 1 digit " in staff_client.post("/staff/answers/again/", follow=True).text
    assert len(predictions.lost_predictions()) == 1


def test_page_of_versions_names_the_damaged_one(better, restore, staff_client):
    restore.keep(better)
    flip_a_bit(better)
    networks.look_after_versions()
    assert "file damaged" in staff_client.get("/staff/versions/").text
    assert "Restore the file from a backup" in staff_client.get(f"/staff/versions/{better.public_id}/").text
