import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FILTERED = ["verdict", "status", "said", "true_label", "version", "foreign_version", "source"]


class Migration(migrations.Migration):
    dependencies = [
        ("classifier", "0010_imported_batches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="digit", name="digit_newest"),
        migrations.RemoveIndex(model_name="digit", name="digit_surest"),
        migrations.RemoveIndex(model_name="digit", name="digit_by_read"),
        migrations.AddField(
            model_name="digit",
            name="foreign_version",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                help_text="Who gave it, where that version is not here.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="classifier.foreignversion",
            ),
        ),
        migrations.AddField(
            model_name="digit",
            name="true_label",
            field=models.PositiveSmallIntegerField(editable=False, help_text="The drawing's.", null=True),
        ),
        migrations.AddField(
            model_name="digit",
            name="batch",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                help_text="The drawing's.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="classifier.batch",
            ),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(fields=["owner", "created", "id", "read", "confidence", *FILTERED], name="digit_newest"),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(fields=["owner", "confidence", "id", "read", "created", *FILTERED], name="digit_surest"),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(
                fields=["owner", "read", "-id", "confidence", "created", *FILTERED], name="digit_by_read"
            ),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(
                condition=models.Q(("batch__isnull", False)),
                fields=["owner", "batch", "created", "id", "read", "confidence", "verdict", "said", "true_label"],
                name="digit_of_batch",
            ),
        ),
    ]
