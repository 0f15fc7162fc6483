"""The confidence in the history's form: people write per cent, links and the API a share from 0 to 1."""

import re
from decimal import Decimal

from django.http import QueryDict

from classifier.digits.filters import SHARES, percent_of

WRONG = "Write a confidence in per cent, from 0 to 100, such as 95."
_PERCENT = re.compile(r"\s*(\d{1,3}(?:[.,]\d{1,6})?)\s*%?\s*", re.ASCII)


def field_of(name: str) -> str:
    """Returns the name of the field of the form for a share."""
    return f"{name}_percent"


def with_shares(given: QueryDict) -> tuple[QueryDict, str]:
    """Returns the filters with the percentages of the form as shares, and a sentence if one is invalid."""
    data, wrong = given.copy(), ""
    for name in SHARES:
        if (field := field_of(name)) not in given:
            continue
        del data[field]
        data.pop(name, None)
        text = given.get(field, "").replace("\N{NO-BREAK SPACE}", " ").strip()
        match = _PERCENT.fullmatch(text)
        if match and (share := Decimal(match[1].replace(",", ".")) / 100) <= 1:
            data[name] = f"{share.normalize():f}"
        elif text:
            wrong = WRONG
    return data, wrong


def percentages(given: QueryDict, data: QueryDict) -> dict[str, str]:
    """Returns what the fields show: what was written, or the share of the link in per cent."""
    return {name: given.get(field_of(name)) or percent_of(data.get(name, "")) for name in SHARES}
