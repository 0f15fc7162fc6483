"""The example in the package's README, run as it is printed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from classifier.digits.registry import BUNDLED
from tests.environment import BASE_DIR
from tests.factories import picture

README = BASE_DIR / "classifier" / "recognition" / "README.md"


def test_the_example_reads_a_png(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    shutil.copy(BUNDLED / "deeper_cnn" / "mnist_cnn_model.tflite", tmp_path)
    (tmp_path / "digit.png").write_bytes(picture())
    environment = {"PYTHONPATH": str(BASE_DIR), "PATH": ""}
    run = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout == "7\n"


def test_the_example_loads_neither_django_nor_other_packages_of_ours() -> None:
    (example,) = re.findall(r"```python\n(.*?)\n\n", README.read_text(), re.DOTALL)  # its imports
    code = example + "\nimport sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    names = {name for name in loaded.stdout.split() if not name.startswith("classifier.recognition")}
    assert not names & {"django", "celery", "redis", "digitsite", "training"}
    assert {name for name in names if name.startswith("classifier")} == {"classifier"}
