import django.utils.timezone
from django.db import migrations, models

HOLDER = models.UUIDField(editable=False, help_text="The lease of the process that works on it.", null=True)
HEARTBEAT = models.DateTimeField(
    default=django.utils.timezone.now,
    editable=False,
    help_text="When it was last worked on, or sent if nobody does.",
)
ATTEMPTS = models.PositiveSmallIntegerField(default=0, editable=False, help_text="Leases since it last made progress.")


class Migration(migrations.Migration):
    """Batches, imports and re-readings get the same columns for their leases.

    A batch's old lease is dropped, not converted: its process has to stop for the upgrade anyway.
    """

    dependencies = [("classifier", "0001_squashed")]

    operations = [
        migrations.RemoveIndex("batch", "batch_at_work"),
        migrations.RemoveField("batch", "holder"),
        migrations.AddField("batch", "holder", HOLDER),
        migrations.RenameField("batch", "sign", "heartbeat"),
        migrations.AlterField("batch", "heartbeat", HEARTBEAT),
        migrations.AlterField("batch", "attempts", ATTEMPTS),
        migrations.AddIndex(
            "batch",
            models.Index(
                condition=models.Q(("status__in", ("queued", "running", "deleted"))),
                fields=["heartbeat"],
                name="batch_at_work",
            ),
        ),
        migrations.RenameField("import", "beat", "heartbeat"),
        migrations.AlterField("import", "heartbeat", HEARTBEAT),
        migrations.AlterField("import", "holder", HOLDER),
        migrations.AlterField("import", "attempts", ATTEMPTS),
        migrations.RenameField("rereading", "beat", "heartbeat"),
        migrations.AlterField("rereading", "heartbeat", HEARTBEAT),
        migrations.AddField("rereading", "holder", HOLDER),
        migrations.AddField("rereading", "attempts", ATTEMPTS),
    ]
