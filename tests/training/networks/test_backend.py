"""Training on a processor without AVX ends with a sentence, before TensorFlow is imported."""

import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from tests.runs import a_run, carry_out
from training.management.commands import ablate, train
from training.networks import backend
from training.networks.backend import ProcessorUnsuitable, has_avx, prepare_tensorflow
from training.runs import execution

WITHOUT, WITH = "fpu sse sse2 sse4_2", "fpu sse sse2 avx avx2"
SENTENCE = "Training needs a processor with AVX, which TensorFlow requires; this one has none."


@pytest.fixture
def linux(monkeypatch, tmp_path):
    """Pretends to be an x86-64 Linux with these flags."""

    def pretend(flags: str) -> None:
        cpuinfo = tmp_path / "cpuinfo"
        cpuinfo.write_text(f"processor\t: 0\nvendor_id\t: x\nflags\t\t: {flags}\nbugs\t\t: avx\n")
        monkeypatch.setattr(backend, "CPUINFO", cpuinfo)
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(platform, "machine", lambda: "x86_64")

    return pretend


@pytest.fixture
def without_avx(linux, monkeypatch):
    """A processor without AVX, where training must not read or draw any images."""
    linux(WITHOUT)

    def too_late(*_, **__):
        raise AssertionError("the processor must be checked first")

    for module in (train, ablate, execution):
        monkeypatch.setattr(module, "training_data", too_late)


def test_linux_names_its_flags(linux):
    linux(WITH)
    assert has_avx()
    prepare_tensorflow()
    linux(WITHOUT)
    assert not has_avx()
    with pytest.raises(ProcessorUnsuitable, match=SENTENCE):
        prepare_tensorflow()


@pytest.mark.parametrize(("features", "expected"), [("FPU SSE4.2 AVX1.0", True), ("FPU SSE4.2", False)])
def test_macos_names_its_features(monkeypatch, linux, features, expected):
    linux(WITH)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(stdout=features + "\n"))
    assert has_avx() is expected


def test_arm_needs_no_avx(monkeypatch, linux):
    linux(WITHOUT)
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert has_avx()


@pytest.mark.parametrize("reason", ["missing", "empty"])
def test_unknown_flags_do_not_prevent_training(monkeypatch, linux, tmp_path, reason):
    linux("")
    if reason == "missing":
        monkeypatch.setattr(backend, "CPUINFO", tmp_path / "nowhere")
    assert has_avx()


@pytest.mark.parametrize("command", ["train", "ablate", "ablate_lines"])
def test_commands_refuse_with_the_sentence(without_avx, command):
    with pytest.raises(CommandError, match=SENTENCE):
        call_command(command)


@pytest.mark.django_db
def test_run_fails_with_the_sentence(without_avx):
    run = a_run("running")
    carry_out(run)
    run.refresh_from_db()
    assert run.status == "failed"
    assert run.error.startswith(SENTENCE)
    assert "Recognition works without it." in run.error
