"""`make sbom` lists every pinned library, and `make audit` says when it cannot look them up."""

import json
import os
import re
import subprocess
import sys

from tests.environment import BASE_DIR

REQUIREMENTS = BASE_DIR / "requirements"


def test_bill_of_materials_names_every_library_with_its_version_and_no_registry():
    command = [sys.executable, "requirements/sbom.py", "requirements/local.txt"]
    printed = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=True)
    assert printed.stderr == ""
    bill = json.loads(printed.stdout)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    pinned = re.findall(r"(?m)^([^\[=\s]+)(?:\[.*?\])?==(\S+)", (REQUIREMENTS / "local.txt").read_text())
    assert {(each["name"], each["version"]) for each in bill["components"]} == {*pinned}
    assert ("django", next(version for name, version in pinned if name == "django")) in {*pinned}
    assert all(each["purl"] == f"pkg:pypi/{each['name']}@{each['version']}" for each in bill["components"])
    assert re.findall(r"https?://[^\"]+", printed.stdout) == ["http://cyclonedx.org/schema/bom-1.6.schema.json"]


def test_audit_says_when_the_database_cannot_be_reached():
    nowhere = os.environ | {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}
    command = [str(REQUIREMENTS / "audit.sh"), sys.executable]
    answer = subprocess.run(command, cwd=BASE_DIR, env=nowhere, capture_output=True, text=True)
    assert answer.returncode == 0
    assert "cannot be reached" in answer.stdout
