"""The most probable text that the rules of a field allow, and how probable it is among all that could be written."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import Rules
from classifier.sheets.fields.rules import fits, pointed

SLIPS = 0.02  # share of the writers who write what the rules do not allow
MOST_TRIED = 400  # texts, the most probable first
ENOUGH = 0.9999  # share of all texts after which the rest is not looked at
MOST_ALTERNATIVES = 3


@dataclass(frozen=True)
class Choice:
    """What is read in a field."""

    text: str
    confidence: float  # posterior probability
    alternatives: list[str]  # the most probable first
    first: str  # the most probable text if there were no rules


def choose(weighed: Sequence[tuple[str, float]], rest: float, rules: Rules) -> Choice:
    """Chooses among texts.

    weighed: texts in the form of `Rules` with their weights, those that the rules exclude among them; rest: the weight
    of everything else that could be written.
    """
    weights: dict[str, float] = {}
    for text, weight in weighed:
        weights[text] = weights.get(text, 0.0) + weight
    allowed = {text: weight for text, weight in weights.items() if fits(text, rules)}
    excluded = sum(weights.values()) - sum(allowed.values())
    order = sorted(allowed, key=lambda text: -allowed[text])
    first = max(weights, key=lambda text: weights[text], default="")
    if not order:
        return Choice(first, 0.0, [], first)
    total = sum(allowed.values()) + SLIPS * excluded + rest
    return Choice(order[0], allowed[order[0]] / total if total else 0.0, order[1 : 1 + MOST_ALTERNATIVES], first)


def texts_of_cells(chances: NDArray[np.float64], decimals: int, rules: Rules) -> tuple[list[tuple[str, float]], float]:
    """The texts that digits beside each other may be, with their weights, and the weight of all others.

    chances: (n, 11), see `Networks.chances`; n is at least 1.
    """
    if rules.allowed:
        count = len(chances)
        logs = np.log(np.maximum(chances[:, :10], 1e-12))
        listed = [text for text in rules.allowed if len(text.replace(".", "")) == count]
        if listed:
            codes = np.frombuffer("".join(text.replace(".", "") for text in listed).encode(), np.uint8) - ord("0")
            scores = logs[np.arange(count), codes.reshape(-1, count)].sum(1)
            best = np.argsort(-scores)[:MOST_TRIED]
            found = [(listed[number], float(np.exp(scores[number]))) for number in best.tolist()]
        else:
            found = []
        top = pointed("".join(map(str, chances[:, :10].argmax(1).tolist())), decimals)
        if top not in rules.allowed_set:
            found.append((top, float(chances[:, :10].max(1).prod())))
        return found, float(1 - (1 - chances[:, 10]).prod())
    found, mass = [], 0.0
    for digits, weight in _descending(chances[:, :10]):
        found.append((pointed(digits, decimals), weight))
        mass += weight
        if mass >= ENOUGH or len(found) >= MOST_TRIED:
            break
    return found, max(0.0, 1 - mass)


def _descending(chances: NDArray[np.float64]) -> Iterator[tuple[str, float]]:
    """All texts of n digits with their probabilities, the most probable first. chances: (n, 10)."""
    order = np.argsort(-chances, axis=1)
    sorted_chances = np.take_along_axis(chances, order, 1)
    count = len(chances)
    start = (0,) * count
    heap = [(-float(sorted_chances[:, 0].prod()), start)]
    seen = {start}
    while heap:
        weight, ranks = heapq.heappop(heap)
        yield "".join(str(order[place, rank]) for place, rank in enumerate(ranks)), -weight
        for place in range(count):
            if ranks[place] == 9:
                continue
            following = (*ranks[:place], ranks[place] + 1, *ranks[place + 1 :])
            if following in seen:
                continue
            seen.add(following)
            weight = float(np.prod([sorted_chances[at, rank] for at, rank in enumerate(following)]))
            heapq.heappush(heap, (-weight, following))
