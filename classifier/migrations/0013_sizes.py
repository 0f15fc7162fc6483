from contextlib import suppress
from typing import Any

from django.db import migrations, models


def measure(apps: Any, schema_editor: Any) -> None:
    """Records the sizes of the files that are stored already; of a missing file the size stays unknown."""
    drawings = apps.get_model("classifier", "Drawing")._base_manager.exclude(original="").only("pk", "original")
    last = 0
    while some := list(drawings.filter(pk__gt=last).order_by("pk")[:500]):
        for drawing in some:
            with suppress(OSError):
                drawing.original_size = drawing.original.size
        drawings.bulk_update(some, ["original_size"])
        last = some[-1].pk


class Migration(migrations.Migration):
    """What the page of people counts: the bytes of a person's pictures, and their numbers."""

    dependencies = [("classifier", "0012_miscounted_numbers")]

    operations = [
        migrations.AddField(
            "drawing",
            "original_size",
            models.PositiveBigIntegerField(editable=False, help_text="Of the file, in bytes.", null=True),
        ),
        migrations.AddIndex(
            "drawing",
            models.Index(
                condition=models.Q(original_size__isnull=False), fields=["owner", "original_size"], name="drawing_sizes"
            ),
        ),
        migrations.AddIndex(
            "digit", models.Index(condition=models.Q(position=1), fields=["owner"], name="number_owner")
        ),
        migrations.RunPython(measure, migrations.RunPython.noop),
    ]
