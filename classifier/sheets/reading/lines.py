"""Reading a number that is written freely in a field."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.lines.alphabet import OTHER, encode
from classifier.recognition.lines.judging import judge_row
from classifier.recognition.lines.picture_rows import rows_of_ink
from classifier.recognition.lines.reading import LEAST, METHOD, Candidate, RowRead, log_likelihoods, read_row
from classifier.recognition.lines.rows import Row
from classifier.recognition.preprocessing.background import Foreground
from classifier.sheets.fields.description import Field, Rules
from classifier.sheets.fields.rules import is_restricting, pointed

from .choosing import choose
from .ink import FieldInk
from .networks import Networks
from .reads import Read, log_odds

SHARPNESS = 0.6  # of the scores as logarithms of probabilities
SECOND = 2e-3  # probability of the digit network from which another digit is tried
MOST_SECONDS = 6  # other digits that are tried, alone and in pairs
NEAR = 2  # digits in which a value of a list may differ from what is read
NO_MARK = 2.5  # taken from a score if the point is not seen, or other marks are
OTHER_SIGN = 4.0  # for each sign that is no digit
FAR_VALUE = 3.0  # of a value of the list for which the digits were not cut
MOST_COMPARED = 60  # values of a list that the line network weighs
LEAST_WRITING = 0.25  # of the field's height, the longer side of all ink; less is a speck
ELSEWHERE = 0.05  # weight of what nobody has thought of, as a share of the best text's
CLOSE = 0.9


def read_line(field: Field, ink: FieldInk, networks: Networks) -> Read:
    """Reads a field. Its rules choose among what both networks find probable."""
    high = ink.field[3] - ink.field[1]
    rows = rows_inside(ink)
    if not rows:
        reason = "faint" if ink.is_faint else "empty" if field.rules.is_required else ""
        return Read("", 0.0 if reason else ink.emptiness, [], reason, ())
    row = max(rows, key=lambda each: float(each.ink.sum()))
    read = read_row(row, networks.line.logits, networks.answers)
    reading = judge_row(read, networks.line_calibration)
    scores = scores_of(read, field.rules)
    best = max(scores.values())
    weighed = [(text, float(np.exp(SHARPNESS * (score - best)))) for text, score in scores.items()]
    choice = choose(weighed, ELSEWHERE * max(weight for _, weight in weighed), field.rules)
    rules = field.rules
    evidence = (
        *reading.evidence.tolist(),
        log_odds(choice.confidence),
        log_odds(reading.confidence),
        float(choice.text != choice.first),
        float(np.clip(best - scores.get(choice.text, best - 12), 0, 12)),
        float(len(rows) - 1),
        float(is_restricting(rules)),
        float(rules.digits_from == rules.digits_to),
        (row.bottom - row.top) * row.zoom / high,
        ink.peak / 100,
    )
    if not choice.text:
        return Read("", 0.0, choice.alternatives, "unreadable")
    return Read(choice.text, choice.confidence, choice.alternatives, _reason(choice.confidence, read), evidence)


def _reason(confidence: float, read: RowRead) -> str:
    number = read.best.text.number
    if not number or read.best.text.text.count(OTHER) >= len(number):
        return "unreadable"
    if confidence < 0.3:
        return "not_allowed"
    return "close" if confidence < CLOSE else ""


def rows_inside(ink: FieldInk) -> list[Row]:
    """The rows of writing whose middle is inside the field, from top to bottom."""
    if not ink.peak:
        return []
    foreground = Foreground(ink.ink, ink.strong, ink.peak, max(ink.noise, 0.5), is_light=True, is_photo=True)
    high = ink.field[3] - ink.field[1]
    rows = []
    for row in rows_of_ink(foreground):
        middle = row.top_px + (row.top + row.bottom) / 2 * row.zoom
        longer = max(row.ink.shape) * row.zoom / 1.7  # without the room around it
        if ink.field[1] <= middle <= ink.field[3] and longer >= LEAST_WRITING * high and row.bottom > row.top:
            rows.append(row)
    return rows


def value_of(text: str, decimals: int) -> tuple[str, float]:
    """A text of the line reader in the form of `Rules`, and what is taken from its score for what does not fit."""
    kept = text.strip(OTHER + "-=/:.,+%")
    loss = OTHER_SIGN * kept.count(OTHER)
    digits = "".join(character for character in kept if character.isdigit())
    marks = [at for at, character in enumerate(kept) if not character.isdigit() and character != OTHER]
    if not decimals:
        return digits, loss + NO_MARK * bool(marks)
    after = sum(character.isdigit() for character in kept[marks[-1] :]) if marks else -1
    is_pointed = after == decimals and kept[marks[-1]] in ".," and len(digits) > decimals
    return pointed(digits, decimals), loss + (0.0 if is_pointed and len(marks) == 1 else NO_MARK)


def scores_of(read: RowRead, rules: Rules) -> dict[str, float]:
    """The texts that a row may show, in the form of `Rules`, with their scores: logarithms of probabilities."""
    scores: dict[str, float] = {}

    def add(text: str, score: float) -> None:
        value, loss = value_of(text, rules.decimals)
        if value:
            scores[value] = max(scores.get(value, -np.inf), score - loss)

    least = min(each.score for each in read.candidates)
    for candidate in read.candidates:
        add(candidate.text.text, candidate.score)
    for other in read.others:
        add(other.text, min(other.score + METHOD.trust * LEAST / 2, least))
    near = [each for each in read.candidates if each.score >= read.best.score - 4][:2]
    variants = dict(variant for each in near for variant in _variants(each, rules))
    known = {each.text.text for each in read.candidates}
    texts = [text for text in variants if text and text not in known]
    if texts:
        likelihoods = log_likelihoods(read.looks, [tuple(encode(text)) for text in texts]).mean(0).tolist()
        for text, likelihood in zip(texts, likelihoods, strict=True):
            add(text, likelihood + variants[text])
    return scores or {"": 0.0}


def _variants(candidate: Candidate, rules: Rules) -> Iterator[tuple[str, float]]:
    """Texts with other digits in a candidate's places, each with its weighed score of the digit network."""
    text = candidate.text.text
    logs = _logs(candidate)
    own = [float(logs[at, int(character)]) if character.isdigit() else 0.0 for at, character in enumerate(text)]
    base = sum(own)
    seconds = [
        (at, str(digit), float(logs[at, digit]) - own[at])
        for at, character in enumerate(text)
        if character.isdigit()
        for digit in np.flatnonzero(logs[at] >= np.log(SECOND)).tolist()
        if str(digit) != character
    ]
    seconds = sorted(seconds, key=lambda each: -each[2])[:MOST_SECONDS]
    for changes in [*combinations(seconds, 1), *combinations(seconds, 2)]:
        if len({at for at, _, _ in changes}) == len(changes):
            characters = list(text)
            for at, digit, _ in changes:
                characters[at] = digit
            yield "".join(characters), METHOD.trust * (base + sum(gain for _, _, gain in changes))
    yield from _listed(candidate, rules, logs, base)


def _logs(candidate: Candidate) -> NDArray[np.float64]:
    """The logarithms of the digit network's probabilities in each place of a text, (n, 10); 0 for a mark."""
    logs = np.zeros((len(candidate.characters), 10))
    for at, character in enumerate(candidate.characters):
        if character.answer:
            logs[at] = np.maximum(np.log(np.maximum(character.answer.judgement.probabilities, 1e-9)), LEAST)
    return logs


def _listed(candidate: Candidate, rules: Rules, logs: NDArray[np.float64], base: float) -> Iterator[tuple[str, float]]:
    """The values of a list that are like a candidate, or all of a short list."""
    text = candidate.text.text
    places = [at for at, character in enumerate(text) if character.isdigit()]
    digits = "".join(text[at] for at in places)
    compared = 0
    for value in rules.allowed:
        wanted = value.replace(".", "")
        if len(wanted) == len(digits):
            differ = sum(own != other for own, other in zip(digits, wanted, strict=True))
            if differ > NEAR and len(rules.allowed) > MOST_COMPARED:
                continue
            characters = list(text)
            for at, digit in zip(places, wanted, strict=True):
                characters[at] = digit
            gained = sum(float(logs[at, int(digit)]) for at, digit in zip(places, wanted, strict=True))
            yield "".join(characters), METHOD.trust * gained
        elif abs(len(wanted) - len(digits)) == 1 and _is_shortened(wanted, digits):
            compared += 1
            if compared <= MOST_COMPARED:
                yield value, METHOD.trust * base - FAR_VALUE


def _is_shortened(first: str, second: str) -> bool:
    """Whether one text is the other without one digit."""
    longer, shorter = sorted((first, second), key=len, reverse=True)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
