from django.db import migrations, models


class Migration(migrations.Migration):
    """A run says how much of it is done and how long each step took."""

    dependencies = [
        ("training", "0002_leases"),
    ]

    operations = [
        migrations.AddField(
            model_name="trainingrun",
            name="share",
            field=models.FloatField(default=0, help_text="How much of the run is done, 0 to 1."),
        ),
        migrations.AddField(
            model_name="trainingrun",
            name="step",
            field=models.JSONField(
                default=dict, help_text="The step it is at: name, number, of, share (null if unknown) and seconds_left."
            ),
        ),
        migrations.AddField(
            model_name="trainingrun",
            name="timings",
            field=models.JSONField(
                default=dict,
                help_text="The machine, and the seconds, work and pace of each step; later runs are estimated so.",
            ),
        ),
        migrations.AlterField(
            model_name="trainingrun",
            name="seconds_left",
            field=models.FloatField(help_text="Until the run is done.", null=True),
        ),
    ]
