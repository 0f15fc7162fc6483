"""What people write in a line: numbers, amounts, dates, times, sums.

A text holds characters of the alphabet, OTHER for signs that are read but not named, and spaces.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from classifier.recognition.lines.alphabet import OTHER

Rng = np.random.Generator


def digits(rng: Rng, least: int, most: int) -> str:
    """A row of digits of random length, sometimes with repeated digits or zeros at the end."""
    count = int(rng.integers(least, most + 1))
    row = rng.integers(0, 10, count)
    habit = rng.random()
    if habit < 0.2:  # a round number
        row[int(rng.integers(1, count + 1)) :] = 0
    elif habit < 0.3:  # a digit that is repeated
        at = int(rng.integers(0, count))
        row[at : at + int(rng.integers(2, 4))] = row[at]
    return "".join(map(str, row.tolist()))


def number(rng: Rng) -> str:
    return digits(rng, 1, int(rng.choice([3, 5, 7, 10], p=[0.3, 0.4, 0.2, 0.1])))


def grouped(rng: Rng) -> str:
    """An amount with a mark or a space between thousands."""
    mark = str(rng.choice([".", ",", " "], p=[0.6, 0.25, 0.15]))
    row = digits(rng, 4, 7)
    return f"{int(row if row[0] != '0' else '1' + row):,}".replace(",", mark)


def amount(rng: Rng) -> str:
    """An amount of money, with what people write around it so that nobody adds a digit."""
    text = grouped(rng) if rng.random() < 0.5 else digits(rng, 1, 6)
    if rng.random() < 0.3:
        text += str(rng.choice([".", ","])) + digits(rng, 2, 2)
    before = ["", OTHER, OTHER + " ", "=", "-", "- "]
    after = ["", ".-", ",-", "-", ".", ".--", "=", " -", OTHER, " " + OTHER, "/"]
    text = str(rng.choice(before, p=[0.72, 0.08, 0.08, 0.04, 0.04, 0.04])) + text
    return text + str(rng.choice(after, p=[0.43, 0.14, 0.06, 0.08, 0.12, 0.03, 0.03, 0.03, 0.03, 0.03, 0.02]))


def decimal(rng: Rng) -> str:
    return digits(rng, 1, 3) + str(rng.choice([".", ","])) + digits(rng, 1, 3)


def date(rng: Rng) -> str:
    mark = str(rng.choice([".", "/", "-", ". "], p=[0.35, 0.15, 0.25, 0.25]))
    day, month, year = (str(rng.integers(1, most)) for most in (32, 13, 2100))
    if rng.random() < 0.4:
        day, month = day.zfill(2), month.zfill(2)
    year = year.zfill(4) if rng.random() < 0.5 else year.zfill(4)[2:]
    return mark.join([day, month, year] if rng.random() < 0.75 else [year, month, day])


def time(rng: Rng) -> str:
    return f"{rng.integers(0, 24)}:{rng.integers(0, 60):02}"


def signed(rng: Rng) -> str:
    return str(rng.choice(["-", "+", "- "], p=[0.6, 0.3, 0.1])) + digits(rng, 1, 4)


def percentage(rng: Rng) -> str:
    return (digits(rng, 1, 3) if rng.random() < 0.6 else decimal(rng)) + "%"


def telephone(rng: Rng) -> str:
    mark = str(rng.choice([" ", "-", "/"], p=[0.72, 0.23, 0.05]))
    start = "+" if rng.random() < 0.3 else ""
    return start + mark.join(digits(rng, 2, 3) for _ in range(rng.integers(2, 5)))


def calculation(rng: Rng) -> str:
    sign = str(rng.choice(["+", "-", "=", "/", ":"], p=[0.25, 0.25, 0.25, 0.1, 0.15]))
    text = digits(rng, 1, 3) + sign + digits(rng, 1, 3)
    return text + "=" + digits(rng, 1, 3) if rng.random() < 0.4 else text


KINDS: dict[Callable[[Rng], str], float] = {
    number: 0.5,
    grouped: 0.09,
    amount: 0.17,
    decimal: 0.06,
    date: 0.05,
    time: 0.02,
    signed: 0.03,
    percentage: 0.02,
    telephone: 0.03,
    calculation: 0.03,
}
_MAKERS = list(KINDS)
_SHARES = np.cumsum(list(KINDS.values())) / sum(KINDS.values())


def random_text(rng: Rng) -> str:
    """A text of a kind drawn by its share. The same state of `rng` gives the same text."""
    return _MAKERS[int(np.searchsorted(_SHARES, rng.random(), side="right"))](rng)
