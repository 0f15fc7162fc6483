"""Which versions nobody has measured. Loads no NumPy: the training worker asks every few minutes, mostly in vain."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from classifier.models import ModelVersion

MEASURED_ELSEWHERE_MIN = 30  # minutes in which a new version is measured by its run or at the start of the site


def unmeasured() -> QuerySet[ModelVersion]:
    long_ago = timezone.now() - timedelta(minutes=MEASURED_ELSEWHERE_MIN)
    return ModelVersion.objects.filter(measurement=None, created__lt=long_ago)
