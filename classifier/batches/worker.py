"""The process that reads batches, see `on_demand`. It has its own decoding server.

Functions import the modules that read: so NumPy and LiteRT are loaded in a thread while Celery starts.
"""

from collections.abc import Callable

from classifier.jobs.on_demand import OnDemandWorker


def look_after() -> None:
    """Sends late batches again."""
    from . import lifecycle  # NumPy

    for batch_id in lifecycle.late_batches():
        lifecycle.send(batch_id)


def _load() -> None:
    from classifier.recognition import inference  # LiteRT and NumPy, while Celery starts

    from . import reading

    reading.prepare_to_read()
    inference.preload()


def _first_waiting() -> int | None:
    from . import lifecycle  # NumPy

    return lifecycle.first_waiting()


def _carry_on(batch_id: int, should_leave: Callable[[], bool]) -> None:
    from . import reading  # LiteRT and NumPy

    reading.carry_on(batch_id, should_leave=should_leave)


worker = OnDemandWorker("batches", "batch_worker", _load, _first_waiting, _carry_on)
