import django.utils.timezone
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models.functions import Coalesce


def fill_heartbeats(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Until now a run had two times, of its last sending and of its last sign of life, and no count of attempts."""
    runs = apps.get_model("training", "TrainingRun").objects
    runs.update(heartbeat=Coalesce("heartbeat", "sent"))
    runs.exclude(status="queued").update(attempts=1)


class Migration(migrations.Migration):
    """Training runs get the same columns for their lease as the other jobs."""

    dependencies = [("training", "0001_initial")]

    operations = [
        migrations.RenameField("trainingrun", "last_sign", "heartbeat"),
        migrations.AddField(
            "trainingrun",
            "holder",
            models.UUIDField(editable=False, help_text="The lease of the process that works on it.", null=True),
        ),
        migrations.AddField(
            "trainingrun",
            "attempts",
            models.PositiveSmallIntegerField(
                default=0, editable=False, help_text="Leases since it last made progress."
            ),
        ),
        migrations.RunPython(fill_heartbeats, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "trainingrun",
            "heartbeat",
            models.DateTimeField(
                default=django.utils.timezone.now,
                editable=False,
                help_text="When it was last worked on, or sent if nobody does.",
            ),
        ),
        migrations.RemoveField("trainingrun", "sent"),
    ]
