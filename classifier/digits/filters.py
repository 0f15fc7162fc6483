"""The names by which digits are chosen and sorted, the same in pages, API and export.

All that is asked of is copied into the digit's own row (see `copies`), so each of these is answered from an index.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import django_filters as filters
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import F, Q, Subquery
from django.db.models.functions import Coalesce
from django.forms import DateInput, NumberInput
from django.http import QueryDict
from django.utils import timezone

from classifier.models import (
    NO_CONFIDENCE,
    NOT_READ,
    Batch,
    Digit,
    DigitQuerySet,
    Drawing,
    ForeignVersion,
    ModelVersion,
    Prediction,
)
from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.errors import InvalidInput

from .history import ORDERS

DIGITS = [(digit, str(digit)) for digit in range(10)]
LABELS = [*((str(digit), str(digit)) for digit in range(10)), ("none", "not a digit")]
TRUTHS = [("true", "yes"), ("false", "no")]
# `superseded` and `running` are no state that a digit's newest answer stays in.
STATUSES = [("queued", "waiting"), ("done", "read"), ("failed", "failed")]
SORTS = [
    ("newest", "newest first"),
    ("oldest", "oldest first"),
    ("surest", "surest first"),
    ("least_sure", "least sure first"),
    ("digit", "by digit, 0 to 9"),
]
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)

Filtered = DigitQuerySet


def _one_of(*words: object) -> dict[str, Any]:
    said = {"invalid_choice": f"It is one of: {', '.join(map(str, words))}."}
    return {"error_messages": said, "empty_label": "any"}


class ShareFilter(filters.NumberFilter):  # type: ignore[misc]  # django-filter has no annotations
    """A number from 0 to 1. (django-filter's own limit is far above.)"""

    def __init__(self, **options: Any) -> None:
        said = "The confidence is a number from 0 to 1."
        limits = [MinValueValidator(0, said), MaxValueValidator(1, said)]
        widget = NumberInput(attrs={"min": 0, "max": 1, "step": "any"})
        options |= {"validators": limits, "error_messages": {"invalid": said}, "widget": widget}
        super().__init__(field_name="confidence", **options)


class DayFilter(filters.DateFilter):  # type: ignore[misc]
    """A day, as ISO 8601 writes it."""

    def __init__(self, **options: Any) -> None:
        said = "A day is written as 2026-11-22."
        limits = [MinValueValidator(FIRST_DAY, said), MaxValueValidator(LAST_DAY, said)]
        options |= {"validators": limits, "error_messages": {"invalid": said}, "widget": DateInput({"type": "date"})}
        super().__init__(input_formats=["%Y-%m-%d"], **options)


class DigitFilter(filters.FilterSet):  # type: ignore[misc]
    """Over digits that came through `owned_by`."""

    digit = filters.TypedMultipleChoiceFilter(
        field_name="read",
        coerce=int,
        choices=DIGITS,
        label="Read as",
        error_messages={"invalid_choice": "It is one of: 0 to 9."},
    )
    label = filters.ChoiceFilter(method="of_label", choices=LABELS, label="You say", **_one_of("0 to 9", "none"))
    verdict = filters.ChoiceFilter(
        choices=Prediction.Verdict.choices, label="Verdict", **_one_of(*Prediction.Verdict.values)
    )
    status = filters.ChoiceFilter(choices=STATUSES, label="State", **_one_of(*(value for value, _ in STATUSES)))
    source = filters.ChoiceFilter(choices=Drawing.Source.choices, label="Where from", **_one_of(*Drawing.Source.values))
    corrected = filters.ChoiceFilter(
        method="of_corrected", choices=TRUTHS, label="Corrected", **_one_of("true", "false")
    )
    wrong = filters.ChoiceFilter(method="of_wrong", choices=TRUTHS, label="Read wrongly", **_one_of("true", "false"))
    min_confidence = ShareFilter(lookup_expr="gte", label="Confidence from")
    max_confidence = ShareFilter(method="of_max_confidence", label="Confidence to")
    version = filters.CharFilter(method="of_version", max_length=100, label="Model")
    after = DayFilter(method="of_after", label="From day")
    before_date = DayFilter(method="of_before_date", label="To day")
    batch = filters.UUIDFilter(method="of_batch", label="Batch", error_messages={"invalid": "This is no batch's id."})
    sort = filters.ChoiceFilter(
        method="sorted_by",
        choices=SORTS,
        label="Order",
        **_one_of(*(name for name, _ in SORTS)) | {"empty_label": None},
    )

    class Meta:
        model = Digit
        fields: list[str] = []

    def __init__(self, data: QueryDict | Mapping[str, Any] | None = None, *args: Any, **options: Any) -> None:
        if isinstance(data, QueryDict) and "" in (digits := data.getlist("digit")):  # as a form leaves it
            data = data.copy()
            data.setlist("digit", [digit for digit in digits if digit])
        super().__init__(data, *args, **options)

    def filter_queryset(self, queryset: Filtered) -> Filtered:
        found: Filtered = super().filter_queryset(queryset)
        return found.order_by(*ORDERS[self.form.cleaned_data["sort"] or "newest"].columns)

    def of_label(self, digits: Filtered, name: str, value: str) -> Filtered:
        return digits.filter(said=NOT_A_DIGIT if value == "none" else int(value))

    def of_corrected(self, digits: Filtered, name: str, value: str) -> Filtered:
        return digits.filter(said__isnull=value == "false")

    def of_wrong(self, digits: Filtered, name: str, value: str) -> Filtered:
        """Read as something else than its owner says it is, or than it is known to be where its owner says nothing.

        What was not read was not read wrongly, nor was what nobody knows.
        """
        known = Q(said__isnull=False) | Q(true_label__isnull=False)  # in the words of an index's condition
        with_truth = digits.annotate(truth=Coalesce("said", "true_label"))
        if value == "true":
            return with_truth.filter(known).exclude(truth=F("read")).exclude(read=NOT_READ)
        return with_truth.filter(~known | Q(truth=F("read")) | Q(read=NOT_READ))

    def of_max_confidence(self, digits: Filtered, name: str, value: float) -> Filtered:
        return digits.filter(confidence__gt=NO_CONFIDENCE, confidence__lte=value)

    def of_version(self, digits: Filtered, name: str, value: str) -> Filtered:
        """By name, of versions that came with an import too, or by the public id of one that is here."""
        named = Q(name=value)
        with suppress(ValueError):
            named |= Q(public_id=UUID(value))
        # Asked for first, not in the same statement: a few numbers are compared quicker for each row than a list.
        found = Q(version__in=list(ModelVersion.objects.filter(named).order_by().values_list("pk", flat=True)))
        # Everybody's of that name, however many: none but a person's own has answered that person's digits.
        elsewhere = ForeignVersion.objects.filter(name=value).order_by()
        if elsewhere.exists():
            found |= Q(foreign_version__in=elsewhere.values("pk"))
        return digits.filter(found)

    def of_after(self, digits: Filtered, name: str, value: date) -> Filtered:
        return digits.filter(created__gte=_midnight(value))

    def of_before_date(self, digits: Filtered, name: str, value: date) -> Filtered:
        return digits.filter(created__lt=_midnight(value + timedelta(days=1)))

    def of_batch(self, digits: Filtered, name: str, value: Any) -> Filtered:
        return digits.filter(batch=Subquery(Batch.objects.filter(public_id=value).values("pk")))

    def sorted_by(self, digits: Filtered, name: str, value: str) -> Filtered:
        return digits  # at the end, whether it is given or not: see filter_queryset


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def filtered(user: AbstractBaseUser | AnonymousUser, data: QueryDict | Mapping[str, Any]) -> DigitQuerySet:
    """A person's digits as the address asks for them, in its order.

    Raises InvalidInput, with a sentence for people, when a value makes no sense.
    """
    found = DigitFilter(data, Digit.objects.owned_by(user))
    check(found)
    digits: DigitQuerySet = found.qs
    return digits


@dataclass(frozen=True)
class Chip:
    """One filter in force: its words, and the query of the same page without it."""

    words: str
    without: str


def query(data: QueryDict) -> str:
    """The filters in force as an address has them: known names alone, none empty, always in the same order."""
    return urlencode(_pairs(data))


def _pairs(data: QueryDict) -> list[tuple[str, str]]:
    pairs = [(name, value) for name in DigitFilter.base_filters for value in dict.fromkeys(data.getlist(name)) if value]
    return [pair for pair in pairs if pair != ("sort", "newest")]


def chooses(data: QueryDict) -> bool:
    """Whether any filter is in force; an order chooses none."""
    return any(name != "sort" for name, _ in _pairs(data))


def chips(user: AbstractBaseUser | AnonymousUser, found: DigitFilter) -> list[Chip]:
    """The filters in force of a person's filter that is valid; the order is none."""
    pairs = _pairs(found.data)
    words = {}
    if wanted := found.form.cleaned_data["batch"]:  # the last, of several
        named = Batch.objects.owned_by(user).filter(public_id=wanted).values_list("name", flat=True)
        words = {("batch", found.data.get("batch")): named.first()}
    return [
        Chip(
            f"{_label(found, name)}: {words.get(pair) or _word(found, name, value)}",
            urlencode([one for one in pairs if one != pair]),
        )
        for pair in pairs
        for name, value in [pair]
        if name != "sort"
    ]


def _label(found: DigitFilter, name: str) -> str:
    return str(found.form.fields[name].label)


def _word(found: DigitFilter, name: str, value: str) -> str:
    choices = dict(getattr(found.form.fields[name], "choices", ()))
    by_text = {str(key): str(word) for key, word in choices.items()}
    return by_text.get(value, value)


def check(found: DigitFilter) -> None:
    """Raises InvalidInput with the first thing that is wrong with a filter's values."""
    if not found.is_valid():
        name, errors = next(iter(found.errors.items()))
        raise InvalidInput(f"“{name}” cannot be used like this. {errors[0]}")
