"""Reading a field of boxes, one digit in each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.lines.inference import LineNetwork
from classifier.recognition.preprocessing.found_digit import FoundDigit
from classifier.sheets.fields.description import Field

from .cells import Cell
from .choosing import choose, texts_of_cells
from .ink import FieldInk
from .reads import Read, log_odds
from .second_opinion import log_chances

NO_DIGIT = 0.5  # probability from which a box holds no digit
COMPARED = 24  # texts that the line network weighs
TRUST = 0.5  # weight of its logarithms beside the digit network's
CLOSE = 0.9  # confidence below which another number is nearly as probable

EVIDENCE = (
    "posterior of both networks",
    "posterior of the digit network",
    "chance for the line network",
    "changed by the line network",
    "least probable digit",
    "oddest digit",
    "changed by the rules",
    "boxes with ink of a neighbour",
    "faint boxes",
    "empty boxes",
    "boxes",
    "contrast",
    "smallest digit",
    "widest stroke",
)


def read_boxes(
    field: Field, ink: FieldInk, cells: list[Cell], chances: NDArray[np.float64], network: LineNetwork
) -> Read:
    """Reads a field. chances: of the digits in its cells, those that are not empty, (n, 11)."""
    rules = field.rules
    filled = [number for number, cell in enumerate(cells) if cell.digit]
    if not filled:
        doubt = any(cell.is_faint for cell in cells) or ink.is_faint
        reason = "faint" if doubt else "empty" if rules.is_required else ""
        return Read("", 0.0 if reason else ink.emptiness, [], reason, ())
    weighed, rest = texts_of_cells(chances, rules.decimals, rules)
    digits = [cell.digit for cell in cells if cell.digit]
    single = choose(weighed, rest, rules)
    second = _second(digits, weighed, network)
    choice = choose([(text, weight * second.get(text, second[""])) for text, weight in weighed], rest, rules)
    has_gap = filled[-1] - filled[0] + 1 > len(filled)
    certain, odd = chances[:, :10].max(1), chances[:, 10]
    sides = [max(digit.box[2] - digit.box[0], digit.box[3] - digit.box[1]) for digit in digits]
    high = ink.field[3] - ink.field[1]
    evidence = (
        log_odds(choice.confidence),
        log_odds(single.confidence),
        float(np.log(second.get(choice.text, second[""]))),
        float(choice.text != single.text),
        log_odds(float(certain.min())),
        log_odds(float(odd.max())),
        float(choice.text != choice.first),
        float(sum(cell.is_cut for cell in cells)),
        float(sum(cell.is_faint for cell in cells)),
        float(len(cells) - len(filled)),
        float(len(cells)),
        ink.peak / 100,
        min(sides) / high,
        max(float(digit.hints["stroke_width"]) for digit in digits),
    )
    reason = _reason(field, choice.confidence, has_gap, len(filled), odd, any(cell.is_cut for cell in cells))
    confidence = 0.0 if has_gap or not choice.confidence else choice.confidence
    return Read(choice.text, confidence, choice.alternatives, reason, evidence)


def _second(digits: list[FoundDigit], weighed: list[tuple[str, float]], network: LineNetwork) -> dict[str, float]:
    """What the weights of the most probable texts are multiplied by; under "" that of all others."""
    texts = [text for text, _ in sorted(weighed, key=lambda pair: -pair[1])[:COMPARED]]
    logs = log_chances(digits, [text.replace(".", "") for text in texts], network)
    shares = np.exp(TRUST * (logs - logs.max()))
    shares /= shares.sum()
    return {"": float(shares.min()), **dict(zip(texts, shares.tolist(), strict=True))}


def _reason(field: Field, confidence: float, has_gap: bool, filled: int, odd: NDArray[np.float64], is_cut: bool) -> str:
    rules = field.rules
    if has_gap:
        return "gap"
    if odd.max() >= NO_DIGIT:
        return "crossed_out" if is_cut else "unreadable"
    if filled < rules.digits_from:
        return "too_few"
    if filled > rules.digits_to:
        return "too_many"
    if confidence < 0.5:
        return "not_allowed"
    return "close" if confidence < CLOSE else ""
