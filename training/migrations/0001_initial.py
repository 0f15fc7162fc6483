import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("classifier", "0001_squashed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Measurement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now=True)),
                (
                    "figures",
                    models.JSONField(
                        help_text="By set (mnist, strokes, corrections): accuracy, per digit, confusion, calibration, mistakes."
                    ),
                ),
                (
                    "mnist_answers",
                    models.BinaryField(help_text="The answer to each MNIST test image; empty without MNIST."),
                ),
                (
                    "stroke_answers",
                    models.BinaryField(help_text="The answer to each image of the bundled generated set."),
                ),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="measurement",
                        to="classifier.modelversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TrainingRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "recipe",
                    models.JSONField(
                        help_text="What to train, on which data and how; see training.runs.recipe.Recipe."
                    ),
                ),
                (
                    "promote_if_passed",
                    models.BooleanField(default=False, help_text="Promote the version if it passes the gate."),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "waiting"),
                            ("running", "running"),
                            ("done", "done"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("sent", models.DateTimeField(auto_now_add=True)),
                ("started", models.DateTimeField(null=True)),
                ("finished", models.DateTimeField(null=True)),
                (
                    "last_sign",
                    models.DateTimeField(null=True),
                ),
                ("cancel_asked", models.BooleanField(default=False)),
                ("stage", models.CharField(blank=True, help_text="What it is doing, in a sentence.", max_length=200)),
                ("epoch", models.PositiveIntegerField(default=0)),
                ("epochs", models.PositiveIntegerField(default=0)),
                ("batch", models.PositiveIntegerField(default=0)),
                ("batches", models.PositiveIntegerField(default=0)),
                ("seconds_left", models.FloatField(null=True)),
                ("log", models.TextField(blank=True)),
                ("error", models.TextField(blank=True, help_text="Why it failed, in a sentence.")),
                (
                    "requested_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="training_runs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.OneToOneField(
                        blank=True,
                        help_text="What it made.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="training_run",
                        to="classifier.modelversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="RunPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stage",
                    models.PositiveSmallIntegerField(default=0, help_text="Which fit of the run, from 0."),
                ),
                ("at", models.FloatField(help_text="Epochs trained, with fractions.")),
                ("loss", models.FloatField()),
                ("accuracy", models.FloatField()),
                ("val_loss", models.FloatField(null=True)),
                ("val_accuracy", models.FloatField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="points", to="training.trainingrun"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="trainingrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "running")), fields=("status",), name="one_running_training_run"
            ),
        ),
    ]
