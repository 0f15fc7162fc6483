import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import classifier.models


class Migration(migrations.Migration):
    """The tables as the first twelve migrations, which are gone, made them."""

    initial = True

    replaces = [
        ("classifier", "0001_initial"),
        ("classifier", "0002_corrections_and_activations"),
        ("classifier", "0003_found_by_day"),
        ("classifier", "0004_verdicts_and_numbers"),
        ("classifier", "0005_history"),
        ("classifier", "0006_tokens"),
        ("classifier", "0007_batches"),
        ("classifier", "0008_accounts"),
        ("classifier", "0009_imports"),
        ("classifier", "0010_imported_batches"),
        ("classifier", "0011_found_by_true_label"),
        ("classifier", "0012_indexes"),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=60)),
                (
                    "digest",
                    models.CharField(editable=False, help_text="SHA-256 of the key.", max_length=64, unique=True),
                ),
                ("hint", models.CharField(editable=False, help_text="The key's first characters.", max_length=8)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("last_used", models.DateTimeField(editable=False, null=True)),
                (
                    "scope",
                    models.CharField(
                        choices=[("read", "read only"), ("write", "read and write")], default="write", max_length=5
                    ),
                ),
                ("expires", models.DateTimeField(help_text="When it stops working; empty for never.", null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder", models.CharField(blank=True, max_length=32)),
                ("sign", models.DateTimeField(auto_now_add=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=255)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "waiting"),
                            ("running", "running"),
                            ("done", "done"),
                            ("cancelled", "cancelled"),
                            ("failed", "failed"),
                            ("deleted", "being deleted"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("created", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("started", models.DateTimeField(null=True)),
                ("finished", models.DateTimeField(null=True)),
                ("file", models.FileField(blank=True, max_length=200, upload_to=classifier.models.batch_file)),
                ("size", models.BigIntegerField(help_text="Of the file, in bytes.")),
                (
                    "message",
                    models.CharField(blank=True, help_text="What its owner should know about it.", max_length=300),
                ),
                (
                    "one_digit",
                    models.BooleanField(default=False, help_text="Its owner says that each picture holds one digit."),
                ),
                ("total", models.PositiveIntegerField(help_text="Files to read.")),
                ("read", models.PositiveIntegerField(default=0, help_text="Files with digits.")),
                (
                    "failed",
                    models.PositiveIntegerField(default=0, help_text="Files without digits, or that cannot be read."),
                ),
                ("digits", models.PositiveIntegerField(default=0)),
                ("unsure", models.PositiveIntegerField(default=0, help_text="Digits with the verdict “unsure”.")),
                ("refused", models.PositiveIntegerField(default=0, help_text="Digits with the verdict “not a digit”.")),
                ("labelled", models.PositiveIntegerField(default=0, help_text="Digits with a label.")),
                (
                    "right",
                    models.PositiveIntegerField(default=0, help_text="Labelled digits that were read correctly."),
                ),
                (
                    "confusion",
                    models.JSONField(default=classifier.models.no_confusion, help_text="See no_confusion."),
                ),
                (
                    "position",
                    models.BigIntegerField(
                        help_text="Offset of the next member's entry in the central directory, in bytes."
                    ),
                ),
                (
                    "labels_at",
                    models.BigIntegerField(help_text="Offset of the entry of labels.csv, in bytes.", null=True),
                ),
                (
                    "origin",
                    models.UUIDField(
                        editable=False, help_text="Its public id on the site it was exported from.", null=True
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="batches", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "batches",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ClosedAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="closed", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ForeignVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("architecture", models.CharField(blank=True, max_length=100)),
                ("tflite_sha256", models.CharField(max_length=64)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="foreign_versions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(help_text="SHA-256 of the key.", max_length=64)),
                ("fingerprint", models.CharField(help_text="SHA-256 of the request.", max_length=64)),
                (
                    "drawing_id",
                    models.UUIDField(default=uuid.uuid4, help_text="The public id of its drawing, once it is stored."),
                ),
                ("is_done", models.BooleanField(default=False, help_text="Whether its drawing is stored.")),
                ("created", models.DateTimeField(db_index=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder", models.UUIDField(null=True)),
                ("beat", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "waiting"),
                            ("running", "running"),
                            ("done", "done"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                            ("removing", "being removed"),
                            ("removed", "removed"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                (
                    "file",
                    models.FileField(
                        blank=True,
                        help_text="Kept until it has been imported.",
                        upload_to=classifier.models.import_file,
                    ),
                ),
                ("name", models.CharField(help_text="The name of the uploaded file.", max_length=100)),
                ("size", models.PositiveBigIntegerField(help_text="In bytes.")),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("finished", models.DateTimeField(null=True)),
                ("cancel_asked", models.BooleanField(default=False)),
                ("error", models.CharField(blank=True, max_length=300)),
                (
                    "position",
                    models.PositiveBigIntegerField(default=0, help_text="Bytes of the JSON that have been processed."),
                ),
                (
                    "part",
                    models.CharField(
                        default="drawings", help_text="The list of the JSON that `position` is in.", max_length=10
                    ),
                ),
                (
                    "announced",
                    models.PositiveIntegerField(default=0, help_text="Drawings in the file, as it says itself."),
                ),
                ("seen", models.PositiveIntegerField(default=0, help_text="Drawings processed.")),
                ("brought", models.PositiveIntegerField(default=0, help_text="Drawings imported.")),
                (
                    "known",
                    models.PositiveIntegerField(default=0, help_text="Drawings skipped because they are here already."),
                ),
                ("restored", models.PositiveIntegerField(default=0, help_text="Skipped drawings that were restored.")),
                ("refused", models.PositiveIntegerField(default=0, help_text="Drawings that cannot be imported.")),
                ("batches", models.PositiveIntegerField(default=0, help_text="Batches imported.")),
                ("digits", models.PositiveIntegerField(default=0)),
                ("corrections", models.PositiveIntegerField(default=0)),
                ("originals", models.PositiveIntegerField(default=0)),
                (
                    "remarks",
                    models.PositiveIntegerField(default=0, help_text="Problems in all, including those without a row."),
                ),
                ("unpacked", models.PositiveBigIntegerField(default=0, help_text="Bytes of the JSON read so far.")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="imports", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Drawing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("draw", "drawn here"),
                            ("upload", "uploaded"),
                            ("paste", "pasted"),
                            ("camera", "photographed"),
                            ("mnist", "MNIST test image"),
                            ("generated", "generated digit"),
                            ("batch", "from a batch"),
                            ("api", "sent by a program"),
                        ],
                        max_length=10,
                    ),
                ),
                ("created", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("revision", models.PositiveIntegerField(default=1)),
                (
                    "strokes",
                    models.JSONField(help_text="The path of the pen: strokes of points [x, y, ms].", null=True),
                ),
                ("width", models.PositiveIntegerField(help_text="Of the pad or picture, in pixels.")),
                ("height", models.PositiveIntegerField()),
                ("pen", models.FloatField(help_text="Width of the pen in pixels of the pad.", null=True)),
                ("pointer", models.CharField(blank=True, help_text="mouse, touch or pen", max_length=10)),
                ("original", models.FileField(blank=True, upload_to="originals/%Y/%m/")),
                (
                    "original_format",
                    models.CharField(blank=True, help_text="The format of the file: PNG, JPEG …", max_length=10),
                ),
                ("one_digit", models.BooleanField(default=False, help_text="Its owner says that it is one digit.")),
                (
                    "true_label",
                    models.PositiveSmallIntegerField(
                        help_text="The known label of a sample.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(9)],
                    ),
                ),
                (
                    "sample_index",
                    models.PositiveIntegerField(help_text="The index of a sample in its data set.", null=True),
                ),
                (
                    "deleted",
                    models.DateTimeField(
                        editable=False, help_text="When its owner deleted it; restorable for days.", null=True
                    ),
                ),
                ("member", models.CharField(blank=True, help_text="Its name in the batch's archive.", max_length=255)),
                (
                    "member_at",
                    models.BigIntegerField(
                        help_text="Offset of its entry in the archive's directory, in bytes.", null=True
                    ),
                ),
                (
                    "origin",
                    models.UUIDField(
                        editable=False, help_text="Its public id on the site it was exported from.", null=True
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drawings",
                        to="classifier.batch",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drawings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "brought_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="drawings",
                        to="classifier.import",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.AddField(
            model_name="batch",
            name="brought_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="classifier.import",
            ),
        ),
        migrations.CreateModel(
            name="ImportProblem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "drawing",
                    models.PositiveIntegerField(
                        help_text="The number of the drawing in the file, from 1; empty for a batch.", null=True
                    ),
                ),
                ("sentence", models.CharField(max_length=300)),
                (
                    "taken",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="problems", to="classifier.import"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ModelVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=100, unique=True)),
                ("architecture", models.CharField(max_length=100)),
                ("parameters", models.PositiveIntegerField()),
                ("accuracy", models.FloatField(help_text="Accuracy on the test images, 0 to 1.")),
                ("metadata", models.JSONField(help_text="The metadata file that training wrote.")),
                ("summary", models.TextField(help_text="Keras's summary of the layers.")),
                ("tflite_file", models.FileField(upload_to=classifier.models.version_file)),
                ("keras_file", models.FileField(upload_to=classifier.models.version_file)),
                ("h5_file", models.FileField(upload_to=classifier.models.version_file)),
                ("tflite_sha256", models.CharField(max_length=64, unique=True)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("is_active", models.BooleanField(default=False, editable=False)),
                ("activated", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "ordering": ["-created"],
                "permissions": [
                    ("promote_modelversion", "May put versions into service and roll back"),
                    ("override_gate", "May put a version into service that the gate refused"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True)), fields=("is_active",), name="one_active_model_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Digit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("position", models.PositiveSmallIntegerField(default=0, help_text="From the left, counted from 0.")),
                (
                    "box",
                    models.JSONField(
                        help_text="Left, top, right, bottom in pixels of the drawing; empty: all of it.", null=True
                    ),
                ),
                (
                    "pixels",
                    models.BinaryField(help_text="28×28 bytes by rows, 0 background to 255 ink.", max_length=784),
                ),
                (
                    "hints",
                    models.JSONField(default=dict, help_text="What preprocessing noticed; see FoundDigit.hints."),
                ),
                ("preprocessing_version", models.PositiveSmallIntegerField()),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("draw", "drawn here"),
                            ("upload", "uploaded"),
                            ("paste", "pasted"),
                            ("camera", "photographed"),
                            ("mnist", "MNIST test image"),
                            ("generated", "generated digit"),
                            ("batch", "from a batch"),
                            ("api", "sent by a program"),
                        ],
                        db_default="",
                        default="",
                        editable=False,
                        max_length=10,
                    ),
                ),
                ("created", models.DateTimeField(editable=False, help_text="As of the drawing.", null=True)),
                ("status", models.CharField(db_default="queued", default="queued", editable=False, max_length=10)),
                ("verdict", models.CharField(db_default="", default="", editable=False, max_length=12)),
                (
                    "read",
                    models.PositiveSmallIntegerField(
                        db_default=11,
                        default=11,
                        editable=False,
                        help_text="0 to 9; 10: not a digit; 11: not read (yet).",
                    ),
                ),
                (
                    "confidence",
                    models.FloatField(
                        db_default=-1.0, default=-1.0, editable=False, help_text="0 to 1; -1: not read (yet)."
                    ),
                ),
                (
                    "true_label",
                    models.PositiveSmallIntegerField(editable=False, help_text="As of the drawing.", null=True),
                ),
                (
                    "said",
                    models.PositiveSmallIntegerField(
                        editable=False,
                        help_text="The owner's correction: 0 to 9; 10: not a digit; empty for none.",
                        null=True,
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        help_text="As of the drawing.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="classifier.batch",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        help_text="The drawing's owner; empty while the drawing is deleted.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "drawing",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="digits",
                        to="classifier.drawing",
                    ),
                ),
                (
                    "foreign_version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        help_text="The version whose answer counts, if it is of another site.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="classifier.foreignversion",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        help_text="The version whose answer counts.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="classifier.modelversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Activation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("set-up", "at set-up"),
                            ("promotion", "promoted"),
                            ("rollback", "rolled back"),
                            ("automatic", "promoted by its run"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "by_name",
                    models.CharField(blank=True, help_text="Kept after the account is deleted.", max_length=150),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("reason", models.TextField(blank=True)),
                ("gate", models.JSONField(help_text="The result of the gate.", null=True)),
                (
                    "overridden",
                    models.BooleanField(default=False, help_text="Whether it was put into service against the gate."),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "previous",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="classifier.modelversion",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activations",
                        to="classifier.modelversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Prediction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveIntegerField(help_text="The revision of the drawing that it answers.")),
                ("preprocessing_version", models.PositiveSmallIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "waiting"),
                            ("done", "done"),
                            ("failed", "failed"),
                            ("superseded", "superseded"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("digit", "a digit"), ("unsure", "unsure"), ("not_a_digit", "not a digit")],
                        max_length=12,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="Why the verdict is not “a digit”; see verdict.REASONS.", max_length=30
                    ),
                ),
                (
                    "candidates",
                    models.JSONField(default=list, help_text="The possible digits, the most probable first."),
                ),
                ("label", models.PositiveSmallIntegerField(help_text="The most probable digit.", null=True)),
                ("confidence", models.FloatField(help_text="Of the most probable digit, 0 to 1.", null=True)),
                ("probabilities", models.JSONField(help_text="Of the digits 0 to 9; they add up to 1.", null=True)),
                ("logits", models.JSONField(null=True)),
                ("inference_ms", models.FloatField(help_text="Time that the network took.", null=True)),
                ("created", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "sent",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        editable=False,
                        help_text="When it was last put on the queue.",
                    ),
                ),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(default=1, help_text="How often it was put on the queue."),
                ),
                ("finished", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=200)),
                (
                    "digit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="predictions",
                        to="classifier.digit",
                    ),
                ),
                (
                    "foreign_version",
                    models.ForeignKey(
                        db_index=False,
                        help_text="The version that answered, if it is of another site.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="predictions",
                        to="classifier.foreignversion",
                    ),
                ),
                (
                    "model_version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="predictions",
                        to="classifier.modelversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Rereading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("beat", models.DateTimeField(auto_now_add=True)),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
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
                ("digits", models.PositiveIntegerField(default=0, help_text="Digits of the person when it began.")),
                ("looked_at", models.PositiveIntegerField(default=0, help_text="Digits processed.")),
                ("answered", models.PositiveIntegerField(default=0, help_text="Digits answered.")),
                ("last_digit", models.BigIntegerField(default=0, help_text="The key of the last digit processed.")),
                (
                    "last_created",
                    models.DateTimeField(help_text="When that digit was drawn: the oldest are read first.", null=True),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("finished", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=200)),
                (
                    "model_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rereadings",
                        to="classifier.modelversion",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rereadings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "requested_by",
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
            },
        ),
        migrations.CreateModel(
            name="BatchFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                (
                    "reason",
                    models.CharField(
                        help_text="A stable code; see errors and archives.directory.REASONS.", max_length=30
                    ),
                ),
                ("sentence", models.CharField(max_length=300)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="failures",
                        to="classifier.batch",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["batch", "id"], name="batch_file_in_order")],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "label",
                    models.PositiveSmallIntegerField(
                        help_text="0 to 9; empty for “not a digit”.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(9)],
                    ),
                ),
                ("created", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("changed", models.DateTimeField(auto_now=True)),
                (
                    "review",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("accepted", "accepted"), ("rejected", "rejected")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("reviewed", models.DateTimeField(null=True)),
                (
                    "held_back",
                    models.BooleanField(editable=False, help_text="Used to measure versions, never to train."),
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
                (
                    "digit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="correction", to="classifier.digit"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "permissions": [("review_correction", "May accept and reject corrections")],
                "indexes": [models.Index(fields=["review", "id"], name="correction_by_review")],
            },
        ),
        migrations.AddConstraint(
            model_name="foreignversion",
            constraint=models.UniqueConstraint(
                fields=("owner", "tflite_sha256"), name="one_foreign_version_per_checksum"
            ),
        ),
        migrations.AddConstraint(
            model_name="idempotencykey",
            constraint=models.UniqueConstraint(fields=("owner", "digest"), name="one_request_with_a_key"),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["queued", "running", "removing"])),
                fields=("owner",),
                name="one_import_at_work_per_person",
            ),
        ),
        migrations.AddIndex(
            model_name="drawing",
            index=models.Index(fields=["owner", "-id"], name="drawing_owner_newest"),
        ),
        migrations.AddIndex(
            model_name="drawing",
            index=models.Index(fields=["created"], name="drawing_by_day"),
        ),
        migrations.AddIndex(
            model_name="drawing",
            index=models.Index(
                condition=models.Q(("deleted__isnull", False)),
                fields=["owner", "deleted", "id"],
                name="drawing_deleted",
            ),
        ),
        migrations.AddIndex(
            model_name="drawing",
            index=models.Index(
                condition=models.Q(("batch__isnull", False)), fields=["batch", "id"], name="drawing_of_batch"
            ),
        ),
        migrations.AddIndex(
            model_name="drawing",
            index=models.Index(
                condition=models.Q(("origin__isnull", False)), fields=["owner", "origin"], name="drawing_by_origin"
            ),
        ),
        migrations.AddIndex(
            model_name="drawing",
            index=models.Index(
                condition=models.Q(("brought_by__isnull", False)), fields=["brought_by"], name="drawing_by_import"
            ),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(fields=["owner", "-id"], name="batch_owner_newest"),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(
                condition=models.Q(("status__in", ("queued", "running", "deleted"))),
                fields=["sign"],
                name="batch_at_work",
            ),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(
                condition=models.Q(("origin__isnull", False)), fields=["owner", "origin"], name="batch_by_origin"
            ),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(
                condition=models.Q(("brought_by__isnull", False)), fields=["brought_by"], name="batch_by_import"
            ),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(fields=["owner"], name="digit_owner"),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(
                fields=[
                    "owner",
                    "created",
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
                ],
                name="digit_by_read",
            ),
        ),
        migrations.AddIndex(
            model_name="digit",
            index=models.Index(
                condition=models.Q(("said__isnull", False), ("true_label__isnull", False), _connector="OR"),
                fields=["owner", "created", "id", "said", "true_label", "read", "confidence"],
                name="digit_known",
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
        migrations.AddConstraint(
            model_name="digit",
            constraint=models.UniqueConstraint(fields=("drawing", "position"), name="one_digit_at_a_position"),
        ),
        migrations.AddIndex(
            model_name="prediction",
            index=models.Index(condition=models.Q(("status", "queued")), fields=["sent"], name="prediction_waiting"),
        ),
        migrations.AddIndex(
            model_name="prediction",
            index=models.Index(fields=["created"], name="prediction_by_day"),
        ),
        migrations.AddConstraint(
            model_name="prediction",
            constraint=models.UniqueConstraint(
                fields=("digit", "revision", "model_version"), name="one_prediction_per_version_and_revision"
            ),
        ),
        migrations.AddConstraint(
            model_name="prediction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("foreign_version__isnull", True), ("model_version__isnull", True)),
                fields=("digit", "revision"),
                name="one_unanswered_prediction_per_revision",
            ),
        ),
        migrations.AddConstraint(
            model_name="prediction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("foreign_version__isnull", False)),
                fields=("foreign_version", "digit", "revision"),
                name="one_prediction_per_foreign_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="prediction",
            constraint=models.CheckConstraint(
                condition=models.Q(("model_version__isnull", True), ("foreign_version__isnull", True), _connector="OR"),
                name="prediction_of_one_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="rereading",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["queued", "running"])),
                fields=("owner", "model_version"),
                name="one_unfinished_rereading_per_person_and_version",
            ),
        ),
    ]
