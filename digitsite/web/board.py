"""What the web processes of one server tell each other: whose requests each answers, who waits, and who has just drawn.

It is memory that they share since the fork, so it costs no round trip. Each process writes to a place of its own and
reads all; two that look at the same moment may both begin a request, which does no harm.
"""

import mmap
import time
from collections.abc import Mapping
from typing import Any

DRAWS_S = 2.0  # after their last request, people count as drawing
PLACES = 16  # for processes at least
LATEST = 2  # different people whose last requests a process notes: one of them is somebody else
HELD = 8  # senders that wait in a process because of their own limit; further ones are not noted


class Board:
    def __init__(self, processes: int, threads: int) -> None:
        self.places = max(PLACES, 2 * processes)  # while the server is restarted, there are twice as many
        self._threads = threads
        self._at_work = _shared("Q", self.places * threads)  # senders
        self._drew = _shared("Q", self.places * LATEST)  # senders
        self._drew_at = _shared("d", self.places * LATEST)  # time.monotonic()
        self._held = _shared("Q", self.places * HELD)  # senders
        self._held_since = _shared("d", self.places * HELD)  # time.monotonic()

    def clear(self, place: int) -> None:
        """Forgets what a process that has ended wrote."""
        place %= self.places
        self._set(self._at_work, place * self._threads, [0] * self._threads)
        self._set(self._drew_at, place * LATEST, [0.0] * LATEST)
        self._set(self._held, place * HELD, [0] * HELD)

    def begins(self, place: int, sender: int) -> None:
        """Notes that a process answers a request of the sender."""
        self._replace(place, 0, sender)

    def ends(self, place: int, sender: int) -> None:
        self._replace(place, sender, 0)

    def at_work(self, sender: int) -> int:
        """How many requests of the sender the processes answer."""
        return self._at_work.tolist().count(sender)

    def draws(self, place: int, sender: int) -> None:
        """Notes that a person draws."""
        first = place % self.places * LATEST
        if self._drew[first] != sender:
            self._drew[first + 1], self._drew_at[first + 1] = self._drew[first], self._drew_at[first]
            self._drew[first] = sender
        self._drew_at[first] = time.monotonic()

    def others_draw(self, sender: int) -> bool:
        since = time.monotonic() - DRAWS_S
        moments = zip(self._drew_at.tolist(), self._drew.tolist(), strict=True)
        return any(moment > since and person != sender for moment, person in moments)

    def holds(self, place: int, senders: Mapping[int, float]) -> None:
        """Notes which senders wait in a process because of their own limit, and since when."""
        first = place % self.places * HELD
        chosen = list(senders.items())[:HELD]
        self._set(self._held_since, first, [since for _, since in chosen])
        self._set(self._held, first, [*(sender for sender, _ in chosen), *[0] * (HELD - len(chosen))])

    def is_before(self, place: int, sender: int, since: float) -> bool:
        """Whether an older request of the sender waits in another process: each of its requests has its turn."""
        own = range(place % self.places * HELD, (place % self.places + 1) * HELD)
        held = enumerate(zip(self._held.tolist(), self._held_since.tolist(), strict=True))
        return any(who == sender and then < since and at not in own for at, (who, then) in held)

    def _replace(self, place: int, old: int, new: int) -> None:
        first = place % self.places * self._threads
        for slot in range(first, first + self._threads):
            if self._at_work[slot] == old:
                self._at_work[slot] = new
                return

    def _set(self, memory: "memoryview[Any]", first: int, values: list[Any]) -> None:
        for number, value in enumerate(values, first):
            memory[number] = value


def _shared(kind: str, count: int) -> "memoryview[Any]":
    """Zeros of eight bytes each."""
    return memoryview(mmap.mmap(-1, count * 8)).cast(kind)  # type: ignore[call-overload, no-any-return]
