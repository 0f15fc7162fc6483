"""What this machine knows: room on the disk, and the signs of life of the processes that run here."""

from collections.abc import Iterator

from django.conf import settings
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from classifier.jobs import room, signs_of_life


def read() -> Iterator[Metric]:
    """Raises OSError if the disk cannot be asked."""
    yield GaugeMetricFamily("digitsite_disk_free_bytes", "Room on the disk of DATA_DIR.", room.free_bytes())
    yield GaugeMetricFamily("digitsite_disk_size_bytes", "Size of the disk of DATA_DIR.", room.size_bytes())
    yield GaugeMetricFamily(
        "digitsite_disk_full",
        "1 while less than DISK_RESERVE_MB is left; large uploads and batches wait.",
        room.is_full(),
    )
    processes = GaugeMetricFamily(
        "digitsite_processes_alive", "Workers and scheduler that run on this machine.", labels=["process"]
    )
    silent = GaugeMetricFamily(
        "digitsite_process_silent_seconds", "Since the last sign of life of such a process.", labels=["process"]
    )
    for name, seconds in sorted(signs_of_life.last_signs(settings.SIGNS_OF_LIFE).items()):
        processes.add_metric([name], len(seconds))
        silent.add_metric([name], max(seconds))
    yield from (processes, silent)
