from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

AT_ONCE = 1000


def keep_viewings(apps: Any, schema_editor: Any) -> None:
    """What was recorded of pictures that staff opened becomes part of the audit log."""
    viewings = apps.get_model("classifier", "PictureViewing").objects.order_by("pk").iterator(AT_ONCE)
    entry = apps.get_model("classifier", "AuditEntry")
    entry.objects.bulk_create(
        (
            entry(
                at=each.at,
                act="opened_picture",
                by_id=each.viewer_id,
                about_id=each.owner_id,
                thing="digit",
                public_id=each.digit,
            )
            for each in viewings
        ),
        batch_size=AT_ONCE,
    )


def bring_viewings_back(apps: Any, schema_editor: Any) -> None:
    viewing = apps.get_model("classifier", "PictureViewing")
    opened = apps.get_model("classifier", "AuditEntry").objects.filter(act="opened_picture")
    known = opened.exclude(about=None).exclude(public_id=None).order_by("at", "pk").iterator(AT_ONCE)
    viewing.objects.bulk_create(
        (viewing(at=each.at, viewer_id=each.by_id, owner_id=each.about_id, digit=each.public_id) for each in known),
        batch_size=AT_ONCE,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("classifier", "0014_invitations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "act",
                    models.CharField(
                        help_text="One of Act; without choices, so a new act needs no migration.", max_length=30
                    ),
                ),
                (
                    "thing",
                    models.CharField(
                        blank=True, help_text="What it was done to, without names of people.", max_length=150
                    ),
                ),
                ("public_id", models.UUIDField(help_text="Of that thing. The entry outlives it.", null=True)),
                ("detail", models.TextField(blank=True, help_text="What was changed, or the reason given.")),
                (
                    "about",
                    models.ForeignKey(
                        db_index=False,
                        help_text="Whose things or account it was done to.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        help_text="Who did it; nobody if it was the site itself.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="audit_newest"),
                    models.Index(fields=["by", "-at", "-id"], name="audit_by_person"),
                    models.Index(fields=["about", "-at", "-id"], name="audit_about_person"),
                    models.Index(fields=["act", "-at", "-id"], name="audit_by_act"),
                ],
            },
        ),
        migrations.RunPython(keep_viewings, bring_viewings_back),
        migrations.DeleteModel(name="PictureViewing"),
    ]
