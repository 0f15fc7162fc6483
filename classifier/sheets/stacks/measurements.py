"""What Prometheus is told of stacks."""

from collections.abc import Iterator

from django.db.models import Sum
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from classifier.http.metrics.database import by_state, waiting
from classifier.sheets.models import Stack, StackPage


def read() -> Iterator[Metric]:
    """Raises django.db.DatabaseError or InterfaceError if the database is away."""
    yield from waiting("stack", Stack.objects.waiting())
    yield by_state("digitsite_stacks", "Stacks of sheets by state.", Stack.objects.all())
    counted = Stack.objects.aggregate(pages=Sum("total", default=0))["pages"]
    waiting_pages = StackPage.objects.filter(status=StackPage.Status.WAITING).count()
    pages = GaugeMetricFamily("digitsite_stack_pages", "Pages of stacks, by whether they wait.", labels=["state"])
    pages.add_metric(["waiting"], waiting_pages)
    pages.add_metric(["read"], max(0, counted - waiting_pages))
    yield pages
