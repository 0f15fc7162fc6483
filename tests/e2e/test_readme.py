"""The API examples of the README work, with another address and a real key."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from tests.environment import BASE_DIR

README = (BASE_DIR / "README.md").read_text()
PYTHON = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
CURL = "\n".join(re.findall(r"^    (TOKEN=.*|curl .*|     -d .*)$", README, re.MULTILINE))


@pytest.fixture(scope="module")
def filled_in(live_site):
    """Puts the address and a key of a live site into an example."""
    token = live_site.create_user("reader")

    def put(text):
        text = text.replace("http://127.0.0.1:8000", live_site.url)
        return text.replace("YOUR_KEY", token).replace("TOKEN=...", f"TOKEN={token}")

    return put


def test_curl_example_sends_a_seven_in_three_lines(filled_in):
    assert len(CURL.splitlines()) == 3
    if not shutil.which("curl"):
        pytest.skip("curl is not installed (Debian: apt-get install curl)")
    done = subprocess.run(["bash", "-c", filled_in(CURL)], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout)["prediction"]["digit"] == 7, done.stderr


def test_python_example_sends_a_seven_in_ten_lines(filled_in):
    assert len([line for line in PYTHON.splitlines() if line]) <= 10
    done = subprocess.run([sys.executable, "-c", filled_in(PYTHON)], capture_output=True, text=True, timeout=60)
    assert done.stdout.split()[0] == "7", done.stderr
