"""The environment of a test run: its own folder, and none of the operator's settings."""

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
# Provided by the machine and used by tests; all other variables of .env.example are the operator's.
KEPT = {"MNIST_PATH"}
# Switches all ways of signing in on. Nobody answers as the provider.
WAYS_IN = {
    "SECOND_FACTORS": "totp,passkey",
    "OPENID_SERVER": "https://provider.invalid",
    "OPENID_NAME": "School account",
    "OPENID_CLIENT_ID": "digitsite",
}


def documented_variables() -> list[str]:
    """The names in `.env.example`, in order, including those that are commented out."""
    return re.findall(r"^#? ?([A-Z][A-Z0-9_]*)=", (BASE_DIR / ".env.example").read_text(), re.MULTILINE)


def clean_environment() -> dict[str, str]:
    """This process's environment without the site's settings, so the defaults apply."""
    # Playwright's tests set the last one, which a deployed site must not have.
    ours = {*documented_variables(), "DJANGO_SETTINGS_MODULE", "ENV_FILE", "DJANGO_ALLOW_ASYNC_UNSAFE"} - KEPT
    return {name: value for name, value in os.environ.items() if name not in ours} | {"ENV_FILE": os.devnull}


def isolate() -> Path:
    """Gives this process (each worker of pytest-xdist is one) an empty DATA_DIR, which is deleted at its end."""
    data_dir = Path(tempfile.mkdtemp(prefix="digitsite-tests-"))
    atexit.register(shutil.rmtree, data_dir, ignore_errors=True)
    environment = clean_environment()
    environment["DATA_DIR"] = str(data_dir)
    environment["SECRET_KEY"] = "only for tests"
    environment["ANSWER_WAIT_S"] = "0"  # no worker answers, except in tests with `inference_worker`
    environment |= WAYS_IN  # test_loaded_modules looks at a site without them
    os.environ.clear()
    os.environ.update(environment)
    (data_dir / "run").mkdir()
    (data_dir / "static").mkdir()
    return data_dir
