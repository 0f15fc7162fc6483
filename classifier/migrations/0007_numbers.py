import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("classifier", "0006_kinds_of_versions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NumberCorrection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("changed", models.DateTimeField(auto_now=True)),
                (
                    "review",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("accepted", "accepted"),
                            ("rejected", "rejected"),
                            ("confirmed", "confirmed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("reviewed", models.DateTimeField(null=True)),
                (
                    "held_back",
                    models.BooleanField(editable=False, help_text="Used to measure versions, never to train."),
                ),
                ("text", models.CharField(help_text="Such as 2048, 3.5 or 12:30.", max_length=32)),
                ("number", models.CharField(editable=False, help_text="Its figures alone.", max_length=32)),
                (
                    "drawing",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="number_correction",
                        to="classifier.drawing",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["review", "id"], name="number_by_review")],
            },
        ),
        migrations.RemoveIndex(
            model_name="digit",
            name="digit_newest",
        ),
        migrations.RemoveIndex(
            model_name="digit",
            name="digit_surest",
        ),
        migrations.RemoveIndex(
            model_name="digit",
            name="digit_by_read",
        ),
        migrations.RemoveIndex(
            model_name="digit",
            name="digit_known",
        ),
        migrations.RemoveIndex(
            model_name="digit",
            name="digit_of_batch",
        ),
        migrations.AddField(
            model_name="digit",
            name="number",
            field=models.CharField(
                db_default="",
                default="",
                editable=False,
                help_text="Its figures as the owner says or else as read, with - for what is not a digit; empty until read.",
                max_length=100,
            ),
        ),
        migrations.AddField(
            model_name="digit",
            name="sureness",
            field=models.FloatField(
                db_default=-1.0, default=-1.0, editable=False, help_text="Of its least sure digit."
            ),
        ),
        migrations.AddField(
            model_name="digit",
            name="value",
            field=models.FloatField(
                db_default=2e300, default=2e300, editable=False, help_text="The number as read, to sort by."
            ),
        ),
        migrations.AlterField(
            model_name="correction",
            name="review",
            field=models.CharField(
                choices=[
                    ("waiting", "waiting"),
                    ("accepted", "accepted"),
                    ("rejected", "rejected"),
                    ("confirmed", "confirmed"),
                ],
                default="waiting",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="digit",
            name="true_label",
            field=models.PositiveSmallIntegerField(
                editable=False,
                help_text="As of the drawing, or the figure at this place of its known number.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(
                fields=[
                    "owner",
                    "created",
                    "drawing",
                    "id",
                    "read",
                    "confidence",
                    "verdict",
                    "status",
                    "said",
                    "true_label",
                    "version",
                    "foreign_version",
                    "source",
                    "number",
                ],
                name="digit_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(
                fields=[
                    "owner",
                    "confidence",
                    "id",
                    "read",
                    "created",
                    "verdict",
                    "status",
                    "said",
                    "true_label",
                    "version",
                    "foreign_version",
                    "source",
                    "number",
                ],
                name="digit_surest",
            ),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(
                fields=[
                    "owner",
                    "read",
                    "-id",
                    "confidence",
                    "created",
                    "verdict",
                    "status",
                    "said",
                    "true_label",
                    "version",
                    "foreign_version",
                    "source",
                    "number",
                ],
                name="digit_by_read",
            ),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(
                fields=[
                    "owner",
                    "sureness",
                    "drawing",
                    "read",
                    "confidence",
                    "created",
                    "verdict",
                    "status",
                    "said",
                    "true_label",
                    "version",
                    "foreign_version",
                    "source",
                    "number",
                ],
                name="entry_surest",
            ),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(
                fields=[
                    "owner",
                    "value",
                    "-drawing",
                    "read",
                    "confidence",
                    "created",
                    "verdict",
                    "status",
                    "said",
                    "true_label",
                    "version",
                    "foreign_version",
                    "source",
                    "number",
                ],
                name="entry_by_number",
            ),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(
                condition=models.Q(("said__isnull", False), ("true_label__isnull", False), _connector="OR"),
                fields=["owner", "created", "drawing", "id", "said", "true_label", "read", "confidence"],
                name="digit_known",
            ),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(
                condition=models.Q(("batch__isnull", False)),
                fields=[
                    "owner",
                    "batch",
                    "created",
                    "drawing",
                    "id",
                    "read",
                    "confidence",
                    "verdict",
                    "said",
                    "true_label",
                    "number",
                ],
                name="digit_of_batch",
            ),
        ),
        migrations.AddField(
            model_name="correction",
            name="number",
            field=models.ForeignKey(
                help_text="The correction of the whole number from which it follows.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="parts",
                to="classifier.numbercorrection",
            ),
        ),
    ]
