"""Work shared with forked copies of this process, of whom each may be killed.

Threads would wait for each other's Python. concurrent.futures has one pipe for all its processes: one of them killed
while it writes leaves half an answer there, and whoever waits for the rest waits for ever. Here each has its own.
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

from .parent_death import end_with_parent

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
FORK = multiprocessing.get_context("fork")


class ProcessPool(Generic[Asked, Answer]):
    """Processes that do pieces of work, each in its turn; a context manager, at whose end they are killed.

    work: called there with what was asked; what it returns or raises is pickled. It may not use the database: a
    connection is not to be shared. count: of processes.
    """

    def __init__(self, work: Callable[Asked, Answer], count: int) -> None:
        self._work, self._count = work, count
        self._pipes: deque[Connection] = deque()
        self._waiting: deque[Connection] = deque()
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as ends:
            for _ in range(self._count):
                ours, theirs = FORK.Pipe()
                self._pipes.append(ends.enter_context(ours))
                with theirs:  # closed here, so that the pipe ends when the helper does
                    process = FORK.Process(target=self._help, args=(theirs, os.getpid()), daemon=True)
                    process.start()
                ends.callback(process.join)
                ends.callback(process.kill)
            self._ends = ends.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def __len__(self) -> int:
        """How many answers are to be taken."""
        return len(self._waiting)

    def ask(self, *args: Asked.args, **kwargs: Asked.kwargs) -> None:
        """Have a piece done by the next helper. Small ones: a pipe takes some kilobytes. Raises OSError if it died."""
        pipe = self._pipes[0]
        self._pipes.rotate(-1)
        pipe.send((args, kwargs))
        self._waiting.append(pipe)

    def answer(self, timeout_s: float) -> Answer:
        """Take the answer to the piece that was asked for first, or raise what came of it.

        Raises TimeoutError when it is not there in time, EOFError or OSError when the helper died.
        """
        pipe = self._waiting[0]
        if not pipe.poll(timeout_s):
            raise TimeoutError
        self._waiting.popleft()
        answer: Answer
        error: Exception | None
        answer, error = pipe.recv()
        if error is not None:
            raise error
        return answer

    def _help(self, pipe: Connection, parent: int) -> None:
        """In the child: do what comes in until killed."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # its parent says when it has enough
        end_with_parent(parent)
        for theirs in self._pipes:
            theirs.close()  # so that ours ends with its parent, where the kernel cannot be told
        gc.freeze()  # the collector's marks would copy every page that it shares with its parent
        with suppress(EOFError):
            while True:
                args, kwargs = pipe.recv()
                try:
                    pipe.send((self._work(*args, **kwargs), None))
                except Exception as error:
                    error.add_note(traceback.format_exc())
                    pipe.send((None, error))
