"""The file of the version in service is damaged while the site runs: another one serves, and nothing stays failed."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.faults.test_killed_processes import Person, kill, wait_for_another, wait_until_well
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def readiness(site: Site) -> dict:
    try:
        return json.load(urllib.request.urlopen(f"{site.url}/readyz", timeout=10))
    except urllib.error.HTTPError as error:
        return json.load(error)


def digit_files(site: Site) -> dict[str, Path]:
    """The name and the file of each digit reader, the one in service first."""
    code = (
        "from classifier.models import ModelVersion as V\n"
        "for v in V.objects.of_kind('digit').order_by('-is_active'): print(v.name, v.tflite_file.path)"
    )
    return {name: Path(path) for name, path in map(str.split, site.manage("shell", "-c", code).splitlines()[-2:])}


@pytest.mark.slow
def test_damaged_version_is_replaced_and_what_failed_is_answered_after_the_repair(tmp_path):
    site = Site.prepare(tmp_path)
    site.start(300)
    try:
        person, (first, second) = Person(site, "mia"), digit_files(site).items()
        sound = first[1].read_bytes(), second[1].read_bytes()
        wait_until_well(site)
        flip_a_bit(first[1])
        wait_for_another(site, "inference", kill(site, "inference"))
        wait_until(lambda: person.send("wait=5") == 201, 40, "a digit is answered")
        assert second[0] in json.dumps(person.call("/api/v1/digits/")[1]["results"][0]["prediction"])
        assert any(first[0] in warning for warning in readiness(site)["warnings"])

        flip_a_bit(second[1])
        wait_for_another(site, "inference", kill(site, "inference"))
        assert person.send() == 202
        wait_until(lambda: "damaged" in readiness(site)["checks"]["model"], 60, "the site says so")
        (waiting,) = (digit for digit, status in person.accepted.items() if status != "done")
        later = "Prediction.objects.waiting().update(attempts=12, sent='2020-01-01T00:00Z')"  # after half an hour
        site.manage("shell", "-c", f"from classifier.models import Prediction; {later}")
        wait_until(lambda: person.unanswered() == {waiting: "failed"}, 60, "the digit is given up")
        first[1].write_bytes(sound[0]), second[1].write_bytes(sound[1])
        person.wait_for_all(120)
        wait_until_well(site, 60)
        assert not readiness(site)["warnings"]
    finally:
        site.stop()
