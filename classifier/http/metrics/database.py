"""What the database knows: work that waits, jobs by state, answers of the last minutes, the versions in service."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from classifier.models import Batch, Import, LateReading, ModelVersion, Prediction, Rereading, Retention

RECENT = timedelta(minutes=5)


def read() -> Iterator[Metric]:
    """Raises django.db.DatabaseError or InterfaceError if the database is away."""
    yield from waiting("prediction", Prediction.objects.waiting())
    yield from waiting("late_reading", LateReading.objects.all())
    yield from waiting("batch", Batch.objects.waiting())
    yield from waiting("import", Import.objects.waiting())
    yield from waiting("rereading", Rereading.objects.waiting())
    yield by_state("digitsite_batches", "Batches by state.", Batch.objects.all())
    yield by_state("digitsite_imports", "Imports by state.", Import.objects.all())
    yield by_state("digitsite_rereadings", "Re-readings of a person's digits by state.", Rereading.objects.all())
    yield from _answers()
    yield from _versions()
    yield _removed()


def waiting(kind: str, jobs: "QuerySet[Any]") -> Iterable[Metric]:
    """How many jobs of a kind wait, and for how long the oldest has. Each has `created`."""
    waiting = jobs.order_by().aggregate(number=Count("pk"), oldest=Min("created"))
    number = GaugeMetricFamily("digitsite_jobs_waiting", "Work stored and not begun, by kind.", labels=["kind"])
    number.add_metric([kind], waiting["number"])
    age = GaugeMetricFamily(
        "digitsite_oldest_job_age_seconds",
        "How long the oldest such work has waited.",
        labels=["kind"],
    )
    waited = (timezone.now() - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0
    age.add_metric([kind], max(0, waited))
    return number, age


def by_state(name: str, help_text: str, jobs: "QuerySet[Any]") -> Metric:
    """How many rows of a table are in each of its states."""
    counted = _counts(jobs, "status")
    metric = GaugeMetricFamily(name, help_text, labels=["state"])
    for state in jobs.model.Status.values:
        metric.add_metric([state], counted.get(state, 0))
    return metric


def _counts(rows: "QuerySet[Any]", column: str) -> dict[str, int]:
    groups = rows.order_by().values(column).annotate(number=Count("pk"))
    return {group[column]: group["number"] for group in groups}


def _answers() -> Iterator[Metric]:
    recent = Prediction.objects.filter(created__gte=timezone.now() - RECENT, status=Prediction.Status.DONE)
    counted = _counts(recent, "verdict")
    answers = GaugeMetricFamily(
        "digitsite_answers_recent",
        "Answers stored in the last five minutes, by verdict.",
        labels=["verdict"],
    )
    for verdict in Prediction.Verdict.values:
        answers.add_metric([verdict], counted.get(verdict, 0))
    yield answers
    given_up = Prediction.objects.filter(status=Prediction.Status.FAILED).count()
    yield GaugeMetricFamily("digitsite_predictions_given_up", "Digits that could not be read.", given_up)


def _versions() -> Iterator[Metric]:
    serving = GaugeMetricFamily(
        "digitsite_version_in_service", "1; the labels name the version that serves.", labels=["kind", "version"]
    )
    for kind, name in ModelVersion.objects.filter(is_active=True).order_by("kind").values_list("kind", "name"):
        serving.add_metric([kind, name], 1)
    yield serving
    damaged = GaugeMetricFamily(
        "digitsite_versions_damaged", "Versions whose file is damaged or missing.", labels=["kind"]
    )
    counted = _counts(ModelVersion.objects.exclude(damaged=None), "kind")
    for kind in ModelVersion.Kind.values:
        damaged.add_metric([kind], counted.get(kind, 0))
    yield damaged


def _removed() -> Metric:
    removed = CounterMetricFamily(
        "digitsite_removed_by_age", "Things removed because they were older than the site keeps.", labels=["kind"]
    )
    counted = dict(Retention.objects.values_list("kind", "removed"))
    for kind in Retention.Kind.values:
        removed.add_metric([kind], counted.get(kind, 0))
    return removed
