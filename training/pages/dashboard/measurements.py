"""What the database knows of training, for Prometheus."""

from collections.abc import Iterator

from django.db.models import Max
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from classifier.http.metrics.database import by_state, waiting
from classifier.models import Correction, NumberCorrection
from training.models import TrainingRun


def read() -> Iterator[Metric]:
    """Raises django.db.DatabaseError or InterfaceError if the database is away."""
    yield from waiting("training_run", TrainingRun.objects.waiting())
    yield by_state("digitsite_training_runs", "Training runs by state.", TrainingRun.objects.all())
    done = TrainingRun.objects.filter(status=TrainingRun.Status.DONE).aggregate(last=Max("finished"))["last"]
    if done:
        yield GaugeMetricFamily(
            "digitsite_training_last_success_timestamp_seconds", "When the last run succeeded.", done.timestamp()
        )
    to_review = Correction.objects.waiting().count() + NumberCorrection.objects.waiting().count()
    yield GaugeMetricFamily("digitsite_corrections_waiting", "Corrections that staff have yet to review.", to_review)
