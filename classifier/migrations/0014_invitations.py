import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("classifier", "0013_sizes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "digest",
                    models.CharField(
                        editable=False, help_text="SHA-256 of the link's secret.", max_length=64, unique=True
                    ),
                ),
                ("note", models.CharField(blank=True, help_text="For whom it is.", max_length=60)),
                (
                    "email",
                    models.EmailField(
                        blank=True,
                        help_text="Where the link was sent; forgotten when it is over.",
                        max_length=254,
                    ),
                ),
                ("uses", models.PositiveIntegerField(help_text="How many people may sign up with it.")),
                (
                    "used",
                    models.PositiveIntegerField(
                        default=0, help_text="How many have; some may have closed their account since."
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("expires", models.DateTimeField(help_text="When it stops working; empty for never.", null=True)),
                ("revoked", models.DateTimeField(help_text="When staff revoked it.", null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(used__lte=models.F("uses")), name="invitation_used_at_most"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Joining",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "invitation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="joinings",
                        to="classifier.invitation",
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="joining",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["pk"]},
        ),
    ]
