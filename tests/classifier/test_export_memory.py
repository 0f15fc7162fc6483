"""An account of many drawings is exported, and imported, in as much memory as one of few."""

import json
import os
import subprocess
import sys

import pytest
from django.core.files.base import ContentFile

from classifier.models import Correction, Digit, Drawing, Import
from tests.belongings import drawing
from tests.conftest import database_url
from tests.environment import BASE_DIR
from tests.factories import many_digits

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

MEASURE = """
import sys, django
django.setup()
from django.contrib.auth.models import User
from classifier import exporting
from classifier.models import Digit
me = User.objects.get(username=sys.argv[1])
mine = Digit.objects.owned_by(me)
size = 0
files = (exporting.as_json(me, mine), exporting.as_csv(me, mine), exporting.as_npz(mine), exporting.as_zip(me, mine))
for pieces in files:
    size += sum(map(len, pieces))
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(size, peak / 1024)
"""
READ = """
import sys, django
django.setup()
from classifier import importing
from classifier.models import Import
taken = importing.run(Import.objects.get(name=sys.argv[1]).public_id)
assert taken.status == "done", taken.error
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(taken.brought, peak / 1024)
"""


def measured(program: str, word: str) -> tuple[int, float]:
    """What the program counted, and the most memory that it had (MB)."""
    environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    run = subprocess.run(
        [sys.executable, "-c", program, word], cwd=BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-2000:]
    count, peak = run.stdout.split()[-2:]
    return int(count), float(peak)


def fill(person, version, count: int) -> None:
    """Drawings of which half are corrected and a tenth are files."""
    for _ in range(max(1, count // 5000)):
        digits = many_digits(person, min(count, 5000), version)
        Correction.objects.bulk_create(
            Correction(digit=digit, label=at % 10, held_back=False) for at, digit in enumerate(digits[::2])
        )
        keys = [digit.drawing_id for digit in digits[::10]]
        Drawing.objects.filter(pk__in=keys).update(original="originals/one.png", original_format="PNG")


@pytest.fixture
def one_file():
    storage = Drawing.original.field.storage
    storage.save("originals/one.png", ContentFile(b"x" * 500))
    yield
    storage.delete("originals/one.png")


@pytest.mark.parametrize("many", [3000, pytest.param(100_000, marks=[pytest.mark.slow, pytest.mark.timeout(3000)])])
def test_many_are_exported_in_the_memory_of_few(many, owner, stranger, model_version, one_file):
    fill(owner, model_version, 100)
    fill(stranger, model_version, many)
    few_bytes, few_mb = measured(MEASURE, "owner")
    many_bytes, many_mb = measured(MEASURE, "stranger")
    print(f"100: {few_bytes:,} bytes, {few_mb:.0f} MB; {many:,}: {many_bytes:,} bytes, {many_mb:.0f} MB")  # noqa: T201
    assert many_bytes > many // 100 * few_bytes / 2
    assert many_mb < few_mb + 15


@pytest.mark.parametrize("many", [3000, pytest.param(100_000, marks=[pytest.mark.slow, pytest.mark.timeout(3000)])])
def test_many_are_imported_in_the_memory_of_few(many, owner, stranger, tmp_path):
    peaks = []
    for person, count in ((owner, 100), (stranger, many)):
        lines = b",\n".join(json.dumps(drawing()).encode() for _ in range(count))
        models = '[{"name": "theirs", "architecture": "", "sha256": "' + "a" * 64 + '"}]'
        head = f'{{"schema": "digitsite-export", "version": 1, "models": {models}, "drawings": ['.encode()
        taken = Import(owner=person, name=person.username, size=1)
        taken.file.save("x.json", ContentFile(head + lines + b"]}"), save=False)
        taken.save()
        found, peak = measured(READ, person.username)
        assert found == count
        peaks.append(peak)
    assert Digit.objects.owned_by(stranger).count() == many
    print(f"100: {peaks[0]:.0f} MB; {many:,}: {peaks[1]:.0f} MB")  # noqa: T201
    assert peaks[1] < peaks[0] + 25
