"""`manage.py doctor` on real installations: sound, hanging, empty, and with settings that cannot be read."""

import json
import subprocess
import sys

import psutil
import pytest

from classifier.jobs import signs_of_life
from tests.environment import BASE_DIR
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(600)]


def doctor(site: Site, *options: str, **variables: str) -> tuple[int, str]:
    """Returns the exit code and what the command says."""
    result = subprocess.run(
        [sys.executable, "manage.py", "doctor", *options],
        cwd=BASE_DIR, env=site.environment | variables, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert "Traceback" not in result.stdout + result.stderr
    return result.returncode, result.stdout + result.stderr


def test_sound_site_has_nothing_wrong(breakable_site):
    code, text = doctor(breakable_site)
    assert (code, text.splitlines()[-1]) == (0, "Nothing is wrong."), text
    assert f"A request to {breakable_site.url} arrives as it should (http, no proxies)." in text


def test_worker_that_hangs_and_settings_that_do_not_fit_are_named(breakable_site):
    worker = breakable_site.program("inference")
    watchdog = breakable_site.program("watchdog")
    assert isinstance(worker, psutil.Process)
    assert isinstance(watchdog, psutil.Process)
    watchdog.suspend()
    worker.suspend()
    try:
        wait_until(lambda: signs_of_life.silent(breakable_site.data_dir / "run" / "alive"), 60, "the worker is silent")
        code, text = doctor(
            breakable_site, "--json", SITE_URL=breakable_site.url, TRUSTED_PROXIES="1", ALLOWED_HOSTS="other.example"
        )
    finally:
        worker.resume()
        watchdog.resume()
    found = json.loads(text)
    sentences = "\n".join(each["sentence"] for each in found["findings"] if each["state"] == "wrong")
    assert (code, found["ok"]) == (1, False)
    assert f"The process inference ({worker.pid}) hangs: " in sentences
    assert "No inference worker is alive, so no digit is answered." in sentences
    assert "arrives through no proxies (by X-Forwarded-For), but TRUSTED_PROXIES is 1" in sentences
    assert "ALLOWED_HOSTS does not have 127.0.0.1, the host of SITE_URL" in sentences


def test_installation_that_was_never_started(tmp_path):
    code, text = doctor(Site.prepare(tmp_path / "new"))
    assert code == 1
    for sentence in (
        "Migrations are missing in the database: ",
        "Redis does not answer at unix://",
        "The scheduler does not run",
        "The model files were not checked, because the database does not answer as expected.",
    ):
        assert sentence in text
    assert "→ Start the site (`make run`), which starts it." in text


def test_damaged_database_is_named(tmp_path):
    site = Site.prepare(tmp_path)
    (tmp_path / "digitsite.sqlite3").write_bytes(b"not a database" * 1000)
    code, text = doctor(site)
    assert code == 1
    assert "file is not a database" in text


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"DEBUG": "perhaps"}, 'The settings cannot be used: Environment variable "DEBUG" invalid'),
        ({"DATABASE_URL": "oracle9://x"}, "The settings cannot be used: "),
        ({"DATA_DIR": "/dev/null/data"}, "The settings cannot be used: /dev/null/data: Not a directory."),
    ],
)
def test_settings_that_cannot_be_read_are_named(tmp_path, variables, sentence):
    code, text = doctor(Site.prepare(tmp_path), "--json", **variables)
    assert code == 1
    (finding,) = json.loads(text)["findings"]
    assert sentence in finding["sentence"]
    assert ".env" in finding["remedy"]
