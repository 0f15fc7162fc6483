"""Preparing a process for TensorFlow, before anything imports it."""

from __future__ import annotations

import logging
import os
import platform
import subprocess
import sys
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
X86 = {"x86_64", "amd64", "i386", "i686"}


class ProcessorUnsuitable(ValueError):
    """The processor lacks the AVX instructions: importing TensorFlow would end the process."""


def prepare_tensorflow() -> None:
    """Checks the processor, and hides what TensorFlow prints while it starts, except errors.

    Raises ProcessorUnsuitable.
    """
    if not has_avx():
        raise ProcessorUnsuitable(
            "Training needs a processor with AVX, which TensorFlow requires; this one has none. "
            "Recognition works without it."
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


def load_tensorflow() -> None:
    """Imports TensorFlow, which takes seconds."""
    import keras  # noqa: F401 - only the process that trains loads TensorFlow
    import tensorflow as tf  # noqa: F401


def has_avx() -> bool:
    """Whether TensorFlow can run: True on ARM, which needs no AVX, and where the flags cannot be read."""
    if platform.machine().lower() not in X86:
        return True
    flags = _flags()
    return not flags or not flags.isdisjoint({"avx", "avx1.0"})  # Linux, macOS


def _flags() -> set[str]:
    """The flags of an x86 processor in lower case; empty if they cannot be read."""
    try:
        if sys.platform == "darwin":
            command = ["sysctl", "-n", "machdep.cpu.features"]
            text = subprocess.run(command, capture_output=True, check=True, text=True, timeout=10).stdout
        else:
            lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
            text = next((line.partition(":")[2] for line in lines if line.startswith("flags")), "")
    except (OSError, subprocess.SubprocessError):
        return set()
    return set(text.lower().split())
