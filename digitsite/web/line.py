"""The requests of one web process that wait for a thread, and those that have one."""

import time
from collections import Counter
from typing import Generic, TypeVar

from django.conf import settings

from . import turns
from .asked import Asked, Kind
from .board import Board
from .turns import Refusal, Turn

Connection = TypeVar("Connection")


class Line(Generic[Connection]):
    """most: requests that may wait."""

    def __init__(self, board: Board, place: int, threads: int, most: int) -> None:
        self._board, self._place, self._threads, self._most = board, place, threads, most
        self.waiting: dict[Connection, Turn] = {}  # the oldest first
        self._running: list[Asked] = []

    def join(self, connection: Connection, asked: Asked) -> Refusal | None:
        """Lets a request wait for its turn, or says why it is refused."""
        if asked.kind in (Kind.ANSWER, Kind.PREVIEW) and not asked.is_program:
            self._board.draws(self._place, asked.sender)
        now = time.monotonic()
        why = None
        if self.waiting:
            waiting = list(self.waiting.values())
            why = turns.refusal(asked, waiting, now, settings.BUSY_AFTER_S, self._most)
        if why is None:
            self.waiting[connection] = Turn(asked, now)
        return why

    def begin_next(self) -> tuple[Connection, Asked] | None:
        """The request that gets a thread now; None if none may. After it, `end` has to be called."""
        kinds, senders = [asked.kind for asked in self._running], Counter(asked.sender for asked in self._running)
        held: dict[int, float] = {}
        for connection, turn in sorted(self.waiting.items(), key=lambda item: turns.order(item[1], senders)):
            if not turns.has_room(turn.asked.kind, kinds, self._threads):
                continue
            if turn.asked.sender and not self._may_run(turn):
                held.setdefault(turn.asked.sender, turn.since)
                continue
            del self.waiting[connection]
            self._running.append(turn.asked)
            self._board.begins(self._place, turn.asked.sender)
            return connection, turn.asked
        self._board.holds(self._place, held)
        return None

    def end(self, asked: Asked) -> None:
        self._running.remove(asked)
        self._board.ends(self._place, asked.sender)

    def give_up(self) -> list[tuple[Connection, Asked]]:
        """Removes and returns those that have waited for too long."""
        now = time.monotonic()
        late = [
            (connection, turn.asked)
            for connection, turn in self.waiting.items()
            if turns.has_waited_in_vain(turn, now, settings.BUSY_AFTER_S)
        ]
        for connection, _ in late:
            del self.waiting[connection]
        return late

    def _may_run(self, turn: Turn) -> bool:
        sender, at_once = turn.asked.sender, settings.TOKEN_AT_ONCE
        others_draw = self._board.others_draw(sender)
        if not turns.may_run(turn.asked, self._board.at_work(sender), others_draw, at_once):
            return False
        return not (others_draw and self._board.is_before(self._place, sender, turn.since))
