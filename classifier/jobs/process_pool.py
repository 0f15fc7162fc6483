"""A pool of forked processes, each of which may be killed without harm to the others.

Threads would wait for each other's Python. In concurrent.futures and Pebble all processes of a pool share one pipe: a
process that is killed while it writes leaves half a result there, and the pool waits for the rest without end. Here
each process has its own pipe (measured in docs/performance.md).
"""

import gc
import multiprocessing
import os
import signal
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from typing import Generic, ParamSpec, Self, TypeVar

from django.conf import settings

from .parent_death import end_with_parent

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
FORK = multiprocessing.get_context("fork")  # the processes share what this one has loaded


def processes() -> int:
    """The number of pictures read at once: BATCH_PROCESSES, or one for each core this process may use."""
    return settings.BATCH_PROCESSES or len(os.sched_getaffinity(0))


class ProcessPool(Generic[Arguments, Result]):
    """Processes that run one function in turn. A context manager that kills them when it exits.

    work: the function; its result or exception is pickled. It may not use the database, because processes cannot
    share a connection. count: the number of processes.
    """

    def __init__(self, work: Callable[Arguments, Result], count: int) -> None:
        self._work, self._count = work, count
        self._pipes: deque[Connection] = deque()
        self._pending: deque[Connection] = deque()
        self._processes = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as processes:
            for _ in range(self._count):
                ours, theirs = FORK.Pipe()
                self._pipes.append(processes.enter_context(ours))
                with theirs:  # closed here, so the pipe ends when the process does
                    process = FORK.Process(target=self._serve, args=(theirs, os.getpid()), daemon=True)
                    process.start()
                processes.callback(process.join)
                processes.callback(process.kill)
            self._processes = processes.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._processes.close()

    def __len__(self) -> int:
        """The number of results that are not fetched yet."""
        return len(self._pending)

    def submit(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        """Has the next process call the function. Raises OSError if that process has died.

        The arguments have to fit into a pipe, some kilobytes, or this waits for the process.
        """
        pipe = self._pipes[0]
        self._pipes.rotate(-1)
        pipe.send((args, kwargs))
        self._pending.append(pipe)

    def next_result(self, timeout_s: float) -> Result:
        """Returns the result of the earliest call that is not fetched yet, or raises the exception of that call.

        Raises TimeoutError if it takes longer, EOFError or OSError if the process has died.
        """
        pipe = self._pending[0]
        if not pipe.poll(timeout_s):
            raise TimeoutError
        self._pending.popleft()
        result: Result
        error: Exception | None
        result, error = pipe.recv()
        if error is not None:
            raise error
        return result

    def _serve(self, pipe: Connection, parent: int) -> None:
        """In the child: calls the function until killed."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # the parent decides when to stop
        end_with_parent(parent)
        for parents_end in self._pipes:
            parents_end.close()  # so `pipe` ends with the parent on systems without a parent-death signal
        gc.freeze()  # the collector's marks would copy every page shared with the parent
        with suppress(EOFError):
            while True:
                args, kwargs = pipe.recv()
                try:
                    pipe.send((self._work(*args, **kwargs), None))
                except Exception as error:
                    error.add_note(traceback.format_exc())
                    pipe.send((None, error))
