"""Removing everything that an import has imported."""

from django.db import transaction
from django.db.models import OuterRef, Subquery

from classifier.jobs import leases
from classifier.models import Batch, Drawing, ForeignVersion, Import

from .errors import Stopped
from .jobs import Status

DRAWINGS_AT_ONCE = 200


def remove_imported(job: Import) -> None:
    """Removes the drawings and batches of an import, with everything added to them since. Raises Stopped."""
    while True:
        with transaction.atomic():
            if not leases.renew(leases.held(job), attempts=0):
                raise Stopped
            keys = list(Drawing.objects.filter(brought_by=job).values_list("pk", flat=True)[:DRAWINGS_AT_ONCE])
            if not keys:
                _remove_batches(job)
                unused = ForeignVersion.objects.filter(owner=job.owner, predictions=None, number_readings=None)
                unused.delete()
                leases.finish(leases.held(job), Status.REMOVED)
                return
            Drawing.objects.filter(pk__in=keys).delete()


def _remove_batches(job: Import) -> None:
    """Removes the batches of an import and their archives. Those with drawings of another import pass to that one."""
    mine = Batch.objects.filter(brought_by=job)
    mine.filter(drawings=None).delete()
    others = Drawing.objects.filter(batch=OuterRef("pk"), brought_by__isnull=False).order_by("pk")
    mine.update(brought_by=Subquery(others.values("brought_by")[:1]))
