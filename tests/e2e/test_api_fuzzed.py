"""schemathesis sends the real site valid and invalid requests, which it derives from the API's description.

No answer may be a server error (5xx) or differ from the description. Two checks are excluded: a valid request may be
rejected (an empty drawing), and an invalid page size may count as the default.
"""

import os
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.environment import BASE_DIR

EXCLUDED = "positive_data_acceptance,negative_data_rejection"
SCHEMATHESIS = str(Path(sys.executable).parent / "schemathesis")


def fuzz(site, token, *options):
    command = [SCHEMATHESIS, "run", f"{site.url}/api/schema/", "--header", f"Authorization: Token {token}"]
    command += ["--exclude-checks", EXCLUDED, "--workers", "2", "--no-color", "--generation-database", "none"]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.e2e.fuzz_hooks", "PYTHONPATH": str(BASE_DIR)}
    done = subprocess.run([*command, *options], capture_output=True, text=True, cwd=site.data_dir, env=environment)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def token(live_site, request):
    return live_site.create_user(request.node.name)


def errors_logged(site):
    return [
        line
        for log in (site.data_dir / "logs").glob("web*.log")
        for line in log.read_text().splitlines()
        if "ERROR" in line
    ]


def test_long_query_reaches_the_api(live_site, token):
    connection = HTTPConnection("127.0.0.1", live_site.port, timeout=30)
    path = f"/api/v1/digits/?cursor={'a' * 7_500}"
    connection.request("GET", path, headers={"Authorization": f"Token {token}"})
    answer = connection.getresponse()
    assert answer.status in (200, 400, 404)
    assert answer.headers["Content-Type"].startswith(("application/json", "application/problem+json"))
    connection.close()


@pytest.mark.slow
def test_short_run_finds_nothing(live_site, token):
    before = errors_logged(live_site)
    report = fuzz(live_site, token, "--max-examples", "3", "--seed", "5")
    assert "Tested: 67" in report
    assert errors_logged(live_site) == before


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_long_run_finds_nothing(live_site, token):
    fuzz(live_site, token, "--max-examples", "100")
