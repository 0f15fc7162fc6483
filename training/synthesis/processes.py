"""A pool of processes that share the drawing of pictures."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import TypeVar

PROCESSES = 4  # at most

Job = TypeVar("Job")
Result = TypeVar("Result")


class DrawingStopped(Exception):
    """`should_stop` returned true before everything was drawn."""


def in_processes(
    work: Callable[[Job], Result], jobs: list[Job], should_stop: Callable[[], bool] = lambda: False
) -> Iterator[Result]:
    """Yields `work(job)` for each job, in order, computed in other processes.

    work: a function at the top level of a module. should_stop: called after each result. Raises DrawingStopped.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    # Spawned, not forked: this process may be running TensorFlow, whose threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(PROCESSES, len(jobs), cores), context, initializer=_end_with_parent) as pool:
        for result in pool.map(work, jobs):
            yield result
            if should_stop():
                pool.shutdown(wait=False, cancel_futures=True)
                raise DrawingStopped


def _end_with_parent() -> None:
    """Ends a drawing process when its parent ends."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
