"""A pool of processes that share the drawing of pictures."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import wait as wait_for
from multiprocessing.connection import wait
from multiprocessing.sharedctypes import Synchronized
from typing import TypeVar

from .steps import Advance, not_counted

PROCESSES = 4  # at most
LOOK_EVERY_S = 0.5  # at how many pictures are done

_done: Synchronized[int] | None = None  # pictures done by all processes of the pool that this process belongs to

Job = TypeVar("Job")
Result = TypeVar("Result")


class DrawingStopped(Exception):
    """`should_stop` returned true before everything was drawn."""


def count_one() -> None:
    """Counts a picture as done; called by `work`. Outside a pool nobody counts."""
    if _done is not None:
        with _done.get_lock():
            _done.value += 1


def in_processes(
    work: Callable[[Job], Result],
    jobs: list[Job],
    should_stop: Callable[[], bool] = lambda: False,
    advance: Advance = not_counted,
) -> Iterator[Result]:
    """Yields `work(job)` for each job, in order, computed in other processes, or in this one if there is one job.

    work: a function at the top level of a module. should_stop: called twice a second, unless there is one job.
    advance: receives as often how many pictures `count_one` has counted. Raises DrawingStopped.
    """
    if len(jobs) == 1:
        yield work(jobs[0])
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    # Spawned, not forked: this process may be running TensorFlow, whose threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    done = context.Value("L", 0)
    with ProcessPoolExecutor(min(PROCESSES, len(jobs), cores), context, _begin_process, (done,)) as pool:
        for future in [pool.submit(work, job) for job in jobs]:
            while not wait_for([future], LOOK_EVERY_S).done:
                advance(done.value)
                if should_stop():
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise DrawingStopped
            advance(done.value)
            yield future.result()
            if should_stop():
                pool.shutdown(wait=False, cancel_futures=True)
                raise DrawingStopped


def _begin_process(done: Synchronized[int]) -> None:
    """Takes over the counter, and ends this process when its parent ends."""
    global _done
    _done = done
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
