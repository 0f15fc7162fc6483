"""Removing what is too old, killed many times with SIGKILL, removes all of it in the end and counts each thing once."""

import json
import random
import re
import signal
from functools import partial
from pathlib import Path

import pytest

from tests.backups import Installation
from tests.services import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(1800)]
ORIGINALS, YOUNG = 300, 3
FILL = f"""
from datetime import timedelta
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone
from classifier.models import Drawing, Retention
owner, now = User.objects.create_user("owner"), timezone.now()
for number in range({ORIGINALS + YOUNG}):
    drawing = Drawing(owner=owner, source="upload", width=9, height=9, original_format="PNG")
    drawing.created = now - timedelta(days=40 if number < {ORIGINALS} else 1)
    drawing.original.save(f"{{drawing.public_id}}.png", ContentFile(b"x"), save=False)
    drawing.save()
Retention.objects.create(kind="originals", days=30, starts=now)
"""
REMOVE = """
from classifier.retention import removal
removal.STEP, removal.PAUSE_S = 4, 0.1
removal.carry_out()
"""
TELL = """
import json
from classifier.models import AuditEntry, Drawing, Retention
known = Retention.objects.get(kind="originals")
names = [*Drawing.objects.exclude(original="").values_list("original", flat=True)]
print(json.dumps([known.removed, known.recorded, names, [*AuditEntry.objects.values_list("detail", flat=True)]]))
"""


class OneThatKeepsForThirtyDays(Installation):
    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"KEEP_ORIGINALS_DAYS": "30"}


def has_at_most(site: Installation, files: int) -> bool:
    return len(list((site.data_dir / "media").rglob("*.png"))) <= files


def test_killed_removal_goes_on_and_counts_each_original_once(tmp_path: Path) -> None:
    site, chance = OneThatKeepsForThirtyDays(tmp_path), random.Random(7)
    site.manage("migrate", "--verbosity", "0")
    shell = ("shell", "--no-imports", "-c")
    site.manage(*shell, FILL)
    assert len(site.files()) == ORIGINALS + YOUNG
    for _ in range(6):
        process, goal = site.popen(*shell, REMOVE), len(site.files()) - chance.randint(1, 20)
        wait_until(partial(has_at_most, site, goal), 300, "some files are removed", every_s=0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert len(site.files()) > YOUNG
    site.manage(*shell, REMOVE)
    removed, recorded, names, details = json.loads(site.manage(*shell, TELL).splitlines()[-1])
    assert (removed, recorded, len(names)) == (ORIGINALS, ORIGINALS, YOUNG)
    assert set(site.files()) == set(names)
    assert sum(int(number) for text in details for number in re.findall(r"^(\d+) originals", text)) == ORIGINALS
