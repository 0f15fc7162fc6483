from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("classifier", "0002_leases"),
    ]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="label_problems",
            field=models.JSONField(
                default=dict, help_text="Counts of labels that were not used and of files without one, by code."
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="numbers",
            field=models.PositiveIntegerField(
                default=0, help_text="Pictures labelled with a number of several digits, compared as a whole."
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="numbers_right",
            field=models.PositiveIntegerField(default=0, help_text="Those of which every digit was read correctly."),
        ),
        migrations.AddField(
            model_name="drawing",
            name="true_number",
            field=models.CharField(
                blank=True, help_text="The known number, of several digits, of a picture in a batch.", max_length=12
            ),
        ),
        migrations.AddField(
            model_name="drawing",
            name="turned",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Degrees by which the upright picture was turned clockwise to be read: 0, 90, 180 or 270.",
            ),
        ),
        migrations.AlterField(
            model_name="batchfile",
            name="reason",
            field=models.CharField(
                help_text="A stable code; see errors, archives.rejections and archives.labels.", max_length=30
            ),
        ),
    ]
