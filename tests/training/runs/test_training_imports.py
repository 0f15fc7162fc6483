"""TensorFlow takes seconds and half a gigabyte: nothing may load it but the process that trains."""

import os
import subprocess
import sys

PROGRAM = """
import importlib, pkgutil, sys
import django
django.setup()
import training
names = [module.name for module in pkgutil.walk_packages(training.__path__, "training.")]
for name in names:
    importlib.import_module(name)
assert "training.management.commands.train" in names, names
heavy = sorted({"tensorflow", "keras", "h5py"} & set(sys.modules))
assert not heavy, heavy
"""


def test_importing_training_does_not_load_tensorflow() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
