"""A process ends when its parent dies."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from classifier.jobs import parent_death
from tests.environment import BASE_DIR
from tests.services import wait_until

CHILD = """
import os, signal, time
from classifier.jobs.parent_death import end_with_parent
end_with_parent(os.getppid(), signal.{how})
print(flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_process_ends_with_its_parent(how):
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD.format(how=how)!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, cwd=BASE_DIR) as process:
        assert process.stdout is not None
        assert process.stdout.read(1)  # the child has asked for the signal
        (child,) = psutil.Process(process.pid).children()
        process.kill()
        wait_until(lambda: not child.is_running() or child.status() == "zombie", 5, "the child ended too")


def test_process_whose_parent_has_died_already_exits(monkeypatch):
    monkeypatch.setattr(sys, "platform", "another")  # or the kernel would end the tests with their parent
    with pytest.raises(SystemExit):
        parent_death.end_with_parent(os.getppid() + 1, signal.SIGTERM)


def test_module_loads_nothing_of_the_site():
    code = "import sys, classifier.jobs.parent_death\n"
    code += "print(*sorted(name for name in sys.modules if name.startswith(('cl', 'dj'))))"
    run = subprocess.run([sys.executable, "-S", "-c", code], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["classifier", "classifier.jobs", "classifier.jobs.parent_death"]
