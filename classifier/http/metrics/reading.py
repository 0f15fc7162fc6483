"""What is read when Prometheus asks: from the database, Redis and the machine. A part that is away is left out.

A database that hangs does not even answer that it is away. So it is read by a thread, with a connection of its own, for
which a scrape waits only some seconds; until that thread is back, later scrapes do without the database.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils.module_loading import import_string
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis import RedisError

from . import READERS, counting, machine, queues

WAITS_S = 4.0  # Prometheus waits for ten seconds
AWAY = (DatabaseError, InterfaceError, RedisError, OSError)

Read = Callable[[], Iterable[Metric]]

log = logging.getLogger(__name__)


class Figures(Collector):
    """All figures of the site, read anew each time."""

    def collect(self) -> Iterator[Metric]:
        yield from counting.collect()
        code = GaugeMetricFamily("digitsite_build", "1; the label names the version of the code.", labels=["version"])
        code.add_metric([settings.VERSION], 1)
        up = GaugeMetricFamily("digitsite_part_up", "Whether this part of the site could be read.", labels=["part"])
        read: dict[str, Metric] = {}
        parts: dict[str, Read] = {"database": in_time, "redis": queues.read, "disk": machine.read}
        for part, read_part in parts.items():
            up.add_metric([part], _add(read, part, read_part))
        yield from (code, up, *read.values())


def _add(read: dict[str, Metric], part: str, read_part: Read) -> bool:
    """Adds the figures of a part by name. Returns False, and adds nothing, if it is away."""
    try:
        metrics = list(read_part())
    except AWAY as error:
        log.info("Figures are told without the %s: %s", part, error)
        return False
    for metric in metrics:  # two apps may have samples of one name
        known = read.setdefault(metric.name, metric)
        if known is not metric:
            known.samples += metric.samples
    return True


_reading = threading.Lock()


def in_time() -> list[Metric]:
    """Reads the database in a thread. Raises TimeoutError if that takes too long, and what the database raises."""
    if not _reading.acquire(timeout=WAITS_S):
        raise TimeoutError("an earlier scrape still waits for it")
    done: list[list[Metric] | Exception] = []
    thread = threading.Thread(target=_read_database, args=(done,), name="metrics", daemon=True)
    thread.start()
    thread.join(WAITS_S)
    if not done:
        raise TimeoutError(f"no answer within {WAITS_S:g} s")
    result = done[0]
    if isinstance(result, Exception):
        raise result
    return result


def _read_database(done: list[list[Metric] | Exception]) -> None:
    try:
        done.append([metric for name in READERS for metric in import_string(name)()])
    except Exception as error:  # for the thread that waits
        done.append(error)
    finally:
        connection.close()
        _reading.release()
