from django.db import migrations, models


class Migration(migrations.Migration):
    """The pages of files with several: of a batch that was accepted before, all count as counted."""

    dependencies = [("classifier", "0004_picture_viewings")]

    operations = [
        migrations.AddField(
            "batch",
            "page",
            models.PositiveIntegerField(default=0, help_text="Pages of that member that are read already."),
        ),
        migrations.AddField(
            "batch",
            "counted",
            models.BigIntegerField(
                null=True,
                help_text="Offset of the entry from which on pages are not counted yet; null if all are counted.",
            ),
        ),
        migrations.AddField(
            "drawing",
            "page",
            models.PositiveIntegerField(null=True, help_text="Of a file with several pages, from 1; null otherwise."),
        ),
    ]
