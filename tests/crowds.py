"""Threads that do something again and again while a test does something else."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def at_work(work: Callable[[int], None], count: int) -> Iterator[None]:
    """Calls work(number) again and again in each of `count` threads until the block ends."""
    ended = threading.Event()

    def again(number: int) -> None:
        while not ended.is_set():
            work(number)

    threads = [threading.Thread(target=again, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
