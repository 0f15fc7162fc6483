"""Memory of exports and imports: as much for many drawings as for few."""

import io
import json
import os
import subprocess
import sys
import uuid
import zipfile

import numpy as np
import pytest
from django.core.files.base import ContentFile

from classifier.models import Batch, BatchFile, Correction, Digit, Drawing, Import
from tests.conftest import database_url
from tests.environment import BASE_DIR
from tests.exports import document, drawing
from tests.factories import many_digits

LARGE = 64 * 2**20  # bytes of the archive of a large account
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

MEASURE = """
import sys, django
django.setup()
from django.contrib.auth.models import User
from classifier.transfer.exporting import archives, arrays, documents, tables
from classifier.models import Digit
for name in sys.argv[1:]:
    me = User.objects.get(username=name)
    mine = Digit.objects.owned_by(me)
    made = documents.as_json(me, mine), tables.as_csv(me, mine), arrays.as_npz(mine), archives.as_zip(me, mine)
    size = sum(len(piece) for pieces in made for piece in pieces)
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(size, peak / 1024)
"""
READ = """
import sys, django
django.setup()
from classifier.transfer.importing import importer
from classifier.models import Import
for name in sys.argv[1:]:
    job = importer.run(Import.objects.get(name=name).public_id)
    assert job.status == "done", job.error
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(job.brought, peak / 1024)
"""


def measured(program: str, *words: str) -> list[tuple[int, float]]:
    """What the program counted for each word, and its peak memory until then in MB."""
    environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    environment["BATCH_MAX_FILES"] = "200000"
    run = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-2000:]
    counted = run.stdout.split()[-2 * len(words) :]
    return [(int(count), float(peak)) for count, peak in zip(counted[::2], counted[1::2], strict=True)]


def fill(person, version, count: int) -> None:
    """Adds drawings, half of them corrected and a tenth with an original, and a batch with as many unread files."""
    batch = Batch.objects.create(owner=person, name="x.zip", size=1, total=count, failed=count, position=0)
    batch.file.save("", ContentFile(bytes(LARGE if count > 100 else 100)))
    unread = {"name": "x.png", "reason": "no_ink", "sentence": "There is nothing on it."}
    for _ in range(max(1, count // 5000)):
        BatchFile.objects.bulk_create(BatchFile(batch=batch, **unread) for _ in range(min(count, 5000)))
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
def test_many_drawings_are_exported_in_as_much_memory_as_few(many, owner, stranger, model_version, one_file):
    fill(owner, model_version, 100)
    fill(stranger, model_version, many)
    (few_bytes, few_mb), (many_bytes, many_mb) = measured(MEASURE, "owner", "stranger")
    print(f"100: {few_bytes:,} bytes, {few_mb:.0f} MB; {many:,}: {many_bytes:,} bytes, {many_mb:.0f} MB")  # noqa: T201
    assert many_bytes > many // 100 * few_bytes / 2
    assert many_mb < few_mb + 15


@pytest.mark.slow
@pytest.mark.parametrize("many", [3000, pytest.param(100_000, marks=[pytest.mark.slow, pytest.mark.timeout(3000)])])
def test_many_drawings_are_imported_in_as_much_memory_as_few(many, owner, stranger, tmp_path):
    for person, count in ((owner, 100), (stranger, many)):
        job = Import(owner=person, name=person.username, size=1)
        job.file.save("x.zip", ContentFile(export_of_a_batch(count, LARGE if count > 100 else 100)), save=False)
        job.save()
    (few, few_mb), (exported_many, many_mb) = measured(READ, "owner", "stranger")
    assert (few, exported_many) == (100, many)
    assert Digit.objects.owned_by(stranger).count() == many
    batch = Batch.objects.owned_by(stranger).get()
    assert (batch.failures.count(), batch.drawings.exclude(member_at=None).count()) == (many, many)
    print(f"100: {few_mb:.0f} MB; {many:,}: {many_mb:.0f} MB")  # noqa: T201
    assert many_mb < few_mb + 25


def export_of_a_batch(count: int, size: int) -> bytes:
    """An export of `count` drawings and unread files, in a batch whose archive has a file of `size` bytes."""
    archive, name, moment = io.BytesIO(), str(uuid.uuid4()), "2026-01-02T03:04:05Z"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("large.png", np.random.default_rng(1).bytes(size))
        for number in range(count):
            made.writestr(f"{number}.png", b"x")
    counts = dict.fromkeys(("read", "failed", "digits"), count) | {"total": 2 * count}
    counts |= dict.fromkeys(("unsure", "refused", "labelled", "right"), 0)
    batch = {"id": name, "origin": None, "name": "x.zip", "status": "done", "message": "", "created": moment}
    batch |= {"started": moment, "finished": moment, "one_digit": False, "size": 1, "confusion": [[0] * 11] * 10}
    batch |= counts | {"archive": {"name": f"batches/{name}.zip", "bytes": len(archive.getvalue())}}
    given = {"source": "batch", "strokes": None, "pen": None, "pointer": "", "batch": name}
    drawings = (
        drawing(**given, member={"name": f"{number}.png", "at": None, "format": "PNG"}) for number in range(count)
    )
    unread = [{"batch": name, "member": "x.png", "reason": "no_ink", "sentence": "There is nothing on it."}] * count
    export = io.BytesIO()
    with zipfile.ZipFile(export, "w") as made:
        made.writestr("digits.json", json.dumps(document(*drawings, batches=[batch], unread=unread)))
        made.writestr(f"batches/{name}.zip", archive.getvalue())
    return export.getvalue()
