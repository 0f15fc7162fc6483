"""Who is served next, and who is refused, when more comes than can be done. Plain functions of what waits and runs.

Pages come first, then digits that are stored, previews, and batches and downloads; people before programs, and of
several senders the one with the fewest requests at work. While people draw, a token has few requests at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from .asked import Asked, Kind

PERSON_AT_ONCE = 4  # requests of one person while others draw, in all processes; a pad sends two
OWN_WAITING = 50  # requests of one sender in one process; a page and its pictures are fewer
# How long the oldest request of a kind may have waited before new ones are refused, as a share of BUSY_AFTER_S.
PATIENCE = {Kind.PAGE: 3.0, Kind.ANSWER: 1.0, Kind.PREVIEW: 0.1, Kind.BULK: 2.0}
LONGEST = 4  # times as long, no request waits; a preview is obsolete before


class Refusal(Enum):
    SENDER = "sender"  # has too many requests of its own
    SITE = "site"  # more comes than can be done


@dataclass(frozen=True)
class Turn:
    """A request that waits for a thread."""

    asked: Asked
    since: float  # time.monotonic()


def has_room(kind: Kind, running: Sequence[Kind], threads: int) -> bool:
    """Whether one of a process's threads may take such a request.

    One thread is kept for pages and probes. Downloads, which may take minutes, use at most half of all.
    """
    if len(running) >= threads:
        return False
    if kind <= Kind.PAGE or not running:
        return True
    if kind is Kind.BULK and running.count(Kind.BULK) >= threads // 2:
        return False
    return sum(each > Kind.PAGE for each in running) < threads - 1


def may_run(asked: Asked, at_work: int, others_draw: bool, token_at_once: int) -> bool:
    """at_work: how many requests of the sender all processes answer. others_draw: people, at this time."""
    most = token_at_once if asked.is_program else PERSON_AT_ONCE
    return not (asked.sender and others_draw and at_work >= most)


def order(turn: Turn, running: Mapping[int, int]) -> tuple[int, bool, int, float]:
    """The key by which waiting requests are sorted. running: how many requests of each sender this process answers."""
    asked = turn.asked
    return asked.kind, asked.is_program, running.get(asked.sender, 0), turn.since


def refusal(asked: Asked, waiting: Sequence[Turn], now: float, busy_after_s: float, most: int) -> Refusal | None:
    """Why a request that has just arrived is refused; None if it may wait.

    waiting: the requests of this process that wait, the oldest first. most: as many may wait, and half as many
    again if they are pages, which take little.
    """
    if asked.kind is Kind.PROBE:
        return None
    patience_s = PATIENCE[asked.kind] * busy_after_s
    own = [turn for turn in waiting if asked.sender and turn.asked.sender == asked.sender]
    if len(own) >= OWN_WAITING or (asked.is_program and own and now - own[0].since > patience_s):
        return Refusal.SENDER
    # How long programs wait, because of their own limit, says nothing about the site.
    people = [turn for turn in waiting if turn.asked.kind is asked.kind and not turn.asked.is_program]
    is_late = bool(people) and now - people[0].since > patience_s
    is_full = len(waiting) >= (1.5 * most if asked.kind is Kind.PAGE else most)
    return Refusal.SITE if is_late or is_full else None


def has_waited_in_vain(turn: Turn, now: float, busy_after_s: float) -> bool:
    kind = turn.asked.kind
    if kind is Kind.PROBE:
        return False
    longest = 1 if kind is Kind.PREVIEW else LONGEST
    return now - turn.since > longest * PATIENCE[kind] * busy_after_s
