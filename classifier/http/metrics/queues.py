"""What Redis knows: queues, workers and when the scheduler's work was last done."""

import time
from collections import Counter
from collections.abc import Iterator

from django.conf import settings
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from classifier.jobs import workers


def read() -> Iterator[Metric]:
    """Raises redis.RedisError if Redis is away."""
    names = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    length = GaugeMetricFamily("digitsite_queue_length", "Jobs that no worker has taken yet.", labels=["queue"])
    for name in names:
        length.add_metric([name], workers.queue_length(name))
    yield length
    age = GaugeMetricFamily(
        "digitsite_queue_age_seconds", "Since the oldest of these jobs was sent; 0 without any.", labels=["queue"]
    )
    for name in names:
        sent = workers.oldest_sent(name)
        age.add_metric([name], max(0.0, time.time() - sent) if sent else 0.0)
    yield age
    heartbeats = workers.workers_alive()
    alive = Counter({name: 0 for name in names if name != "batches"})  # its process lives only while there are any
    alive.update(str(heartbeat["queue"]) for heartbeat in heartbeats)
    count = GaugeMetricFamily("digitsite_workers", "Workers that have just sent a heartbeat.", labels=["queue"])
    for queue, number in alive.items():
        count.add_metric([queue], number)
    yield count
    serving = GaugeMetricFamily(
        "digitsite_workers_serving", "Inference workers by the digit reader they serve.", labels=["version"]
    )
    served = Counter(str(heartbeat["serves"]) for heartbeat in heartbeats if heartbeat["serves"])
    for version, number in served.items():
        serving.add_metric([version], number)
    yield serving
    since = workers.last_scheduled()
    if since is not None:
        yield GaugeMetricFamily(
            "digitsite_scheduled_work_age_seconds",
            "Since an inference worker last did what the scheduler sends every five seconds.",
            max(0.0, time.time() - since),
        )
