"""The process that reads stacks, see `on_demand`. OpenCV, zxing-cpp and LiteRT are loaded in it alone.

Where the web image runs, which has no OpenCV, a container of its own runs `manage.py sheet_worker` all the time.
Functions import the modules that read, in a thread while Celery starts.
"""

import importlib.util
from collections.abc import Callable

from classifier.jobs.on_demand import OnDemandWorker

from . import lifecycle


def start() -> None:
    """Starts the worker from an inference worker, if what it needs is installed here."""
    if importlib.util.find_spec("cv2") is not None:  # without importing it
        worker.start()


def _load() -> None:
    from classifier.recognition import inference  # LiteRT and NumPy, while Celery starts

    from . import reading  # OpenCV

    reading.prepare_to_read()
    inference.preload()


def _carry_on(stack_id: int, should_leave: Callable[[], bool]) -> None:
    from . import reading  # OpenCV

    reading.carry_on(stack_id, should_leave=should_leave)


worker = OnDemandWorker("sheets", "sheet_worker", _load, lifecycle.first_waiting, _carry_on)
