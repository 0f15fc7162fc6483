"""The filters and orders of a person's digits, shared by pages, API and export.

Every filtered value is copied into the digit's own row (see `classifier.models.triggers`), so each filter is answered
from an index.
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
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Replace
from django.forms import DateInput, NumberInput
from django.http import QueryDict
from django.utils import timezone

from classifier.models import (
    NO_CONFIDENCE,
    NOT_READ,
    NUMBER_AT_MOST,
    Batch,
    Digit,
    DigitQuerySet,
    Drawing,
    ForeignVersion,
    ModelVersion,
    NumberCorrection,
    NumberReading,
    Prediction,
)
from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.errors import InvalidInput

from .corrections import figures_of, plain
from .history import ORDERS

DIGITS = [(digit, str(digit)) for digit in range(10)]
LABELS = [*((str(digit), str(digit)) for digit in range(10)), ("none", "not a digit")]
TRUTHS = [("true", "yes"), ("false", "no")]
# A digit's newest prediction is never superseded.
STATUSES = [("queued", "waiting"), ("done", "read"), ("failed", "failed")]
SORTS = [
    ("newest", "newest first"),
    ("oldest", "oldest first"),
    ("surest", "surest first"),
    ("least_sure", "least sure first"),
    ("digit", "by number"),
]
SHARES = ("min_confidence", "max_confidence")
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)

# What a digit is: the owner's correction, otherwise the label of its batch or sample.
TRUTH = Coalesce("said", "true_label")
KNOWN = Q(said__isnull=False) | Q(true_label__isnull=False)
COMPARED = KNOWN | Q(miscounted=True)  # worded as the condition of an index

Filtered = DigitQuerySet


def _one_of(*values: object) -> dict[str, Any]:
    message = f"Choose one of: {', '.join(map(str, values))}."
    return {"error_messages": {"invalid_choice": message}, "empty_label": "any"}


class ShareFilter(filters.NumberFilter):  # type: ignore[misc]  # django-filter has no annotations
    """A number from 0 to 1."""

    def __init__(self, **options: Any) -> None:
        message = "The confidence is a number from 0 to 1."
        limits = [MinValueValidator(0, message), MaxValueValidator(1, message)]
        widget = NumberInput(attrs={"min": 0, "max": 1, "step": "any"})
        options |= {"validators": limits, "error_messages": {"invalid": message}, "widget": widget}
        super().__init__(field_name="confidence", **options)


class DayFilter(filters.DateFilter):  # type: ignore[misc]
    """A day, written as in ISO 8601."""

    def __init__(self, **options: Any) -> None:
        message = "Write a day as 2026-11-22."
        limits = [MinValueValidator(FIRST_DAY, message), MaxValueValidator(LAST_DAY, message)]
        options |= {"validators": limits, "error_messages": {"invalid": message}, "widget": DateInput({"type": "date"})}
        super().__init__(input_formats=["%Y-%m-%d"], **options)


class NumberFilter(filters.CharFilter):  # type: ignore[misc]
    """A number or a part of it, also with the signs in it, such as 12:30."""

    def __init__(self, **options: Any) -> None:
        message = "Write a number, such as 2048."
        figures = RegexValidator(r"^[^A-Za-z]*[0-9][^A-Za-z]*$", message)
        super().__init__(max_length=NUMBER_AT_MOST, validators=[figures], **options)


class DigitFilter(filters.FilterSet):  # type: ignore[misc]
    """Filters and sorts digits. Its queryset comes from `owned_by`."""

    digit = filters.TypedMultipleChoiceFilter(
        field_name="read",
        coerce=int,
        choices=DIGITS,
        label="Read as",
        error_messages={"invalid_choice": "Choose one of: 0 to 9."},
    )
    number = NumberFilter(method="of_number", label="Number")
    label = filters.ChoiceFilter(method="of_label", choices=LABELS, label="You say", **_one_of("0 to 9", "none"))
    known = filters.ChoiceFilter(method="of_known", choices=LABELS, label="Known to be", **_one_of("0 to 9", "none"))
    verdict = filters.ChoiceFilter(
        choices=Prediction.Verdict.choices, label="Verdict", **_one_of(*Prediction.Verdict.values)
    )
    status = filters.ChoiceFilter(choices=STATUSES, label="State", **_one_of(*(value for value, _ in STATUSES)))
    source = filters.ChoiceFilter(choices=Drawing.Source.choices, label="Source", **_one_of(*Drawing.Source.values))
    corrected = filters.ChoiceFilter(
        method="of_corrected", choices=TRUTHS, label="Corrected", **_one_of("true", "false")
    )
    wrong = filters.ChoiceFilter(method="of_wrong", choices=TRUTHS, label="Read wrongly", **_one_of("true", "false"))
    min_confidence = ShareFilter(lookup_expr="gte", label="Confidence from")
    max_confidence = ShareFilter(method="of_max_confidence", label="Confidence to")
    version = filters.CharFilter(method="of_version", max_length=100, label="Model")
    after = DayFilter(method="of_after", label="From day")
    before_date = DayFilter(method="of_before_date", label="To day")
    batch = filters.UUIDFilter(method="of_batch", label="Batch", error_messages={"invalid": "This is not a batch id."})
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
        if isinstance(data, QueryDict) and "" in (digits := data.getlist("digit")):  # forms send an empty value
            data = data.copy()
            data.setlist("digit", [digit for digit in digits if digit])
        super().__init__(data, *args, **options)

    def filter_queryset(self, queryset: Filtered) -> Filtered:
        digits: Filtered = super().filter_queryset(queryset)
        return digits.order_by(*ORDERS[self.form.cleaned_data["sort"] or "newest"].columns)

    def of_number(self, digits: Filtered, name: str, value: str) -> Filtered:
        """Digits of the drawings whose number, as corrected or else as read, has these figures one after the other.

        Signs count too, except in a number of several digits whose signs are not known.
        """
        text = "".join(plain(value).split())
        figures = figures_of(text)
        candidates = digits.filter(number__contains=figures)  # from the index, whose rows are few then
        if text == figures:
            return candidates
        said = NumberCorrection.objects.filter(drawing=OuterRef("drawing"))
        read = NumberReading.objects.filter(drawing=OuterRef("drawing"))
        spaceless = said.annotate(plain=Replace("text", Value(" "), Value(""))).filter(plain__contains=text)
        matches = Exists(spaceless) | ~Exists(said) & Exists(read.filter(text__contains=text))
        if len(figures) > 1:
            matches |= ~Exists(said) & ~Exists(read)
        return candidates.filter(matches)

    def of_label(self, digits: Filtered, name: str, value: str) -> Filtered:
        return digits.filter(said=NOT_A_DIGIT if value == "none" else int(value))

    def of_known(self, digits: Filtered, name: str, value: str) -> Filtered:
        return digits.filter(KNOWN).annotate(truth=TRUTH).filter(truth=NOT_A_DIGIT if value == "none" else int(value))

    def of_corrected(self, digits: Filtered, name: str, value: str) -> Filtered:
        corrected = Q(said__isnull=False) | Exists(NumberCorrection.objects.filter(drawing=OuterRef("drawing")))
        return digits.filter(corrected if value == "true" else ~corrected)

    def of_wrong(self, digits: Filtered, name: str, value: str) -> Filtered:
        """Digits whose prediction differs from their correction, or without one from their true label.

        And those of numbers that were cut into more or fewer digits than they have. Digits without a prediction, and
        those of which nothing is known, do not count as wrong.
        """
        with_truth = digits.annotate(truth=TRUTH)
        if value == "true":
            return with_truth.filter(COMPARED, Q(miscounted=True) | ~Q(truth=F("read"))).exclude(read=NOT_READ)
        return with_truth.filter(~COMPARED | Q(truth=F("read"), miscounted=False) | Q(read=NOT_READ))

    def of_max_confidence(self, digits: Filtered, name: str, value: float) -> Filtered:
        return digits.filter(confidence__gt=NO_CONFIDENCE, confidence__lte=value)

    def of_version(self, digits: Filtered, name: str, value: str) -> Filtered:
        """By the name of a version, also of an imported one, or by the public id of a version of this site."""
        named = Q(name=value)
        with suppress(ValueError):
            named |= Q(public_id=UUID(value))
        # A statement of its own: comparing each row with a few numbers is faster than with a subquery.
        chosen = Q(version__in=list(ModelVersion.objects.filter(named).order_by().values_list("pk", flat=True)))
        # Imported versions of all people: only a person's own ones have predictions of that person's digits.
        elsewhere = ForeignVersion.objects.filter(name=value).order_by()
        if elsewhere.exists():
            chosen |= Q(foreign_version__in=elsewhere.values("pk"))
        return digits.filter(chosen)

    def of_after(self, digits: Filtered, name: str, value: date) -> Filtered:
        return digits.filter(created__gte=_midnight(value))

    def of_before_date(self, digits: Filtered, name: str, value: date) -> Filtered:
        return digits.filter(created__lt=_midnight(value + timedelta(days=1)))

    def of_batch(self, digits: Filtered, name: str, value: Any) -> Filtered:
        return digits.filter(batch=Subquery(Batch.objects.filter(public_id=value).values("pk")))

    def sorted_by(self, digits: Filtered, name: str, value: str) -> Filtered:
        return digits  # filter_queryset sorts, also without this filter


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def filtered(user: AbstractBaseUser | AnonymousUser, data: QueryDict | Mapping[str, Any]) -> DigitQuerySet:
    """A person's digits, filtered and sorted as a query string asks.

    Raises InvalidInput, with a sentence for people, if a value is invalid.
    """
    digit_filter = DigitFilter(data, Digit.objects.owned_by(user))
    check(digit_filter)
    digits: DigitQuerySet = digit_filter.qs
    return digits


@dataclass(frozen=True)
class Chip:
    """One active filter: its description, and the query string of the page without it."""

    words: str
    without: str


def query(data: QueryDict) -> str:
    """The active filters as a query string: only known names and no empty values, always in the same order."""
    return urlencode(_pairs(data))


def _pairs(data: QueryDict) -> list[tuple[str, str]]:
    pairs = [(name, value) for name in DigitFilter.base_filters for value in dict.fromkeys(data.getlist(name)) if value]
    return [pair for pair in pairs if pair != ("sort", "newest")]


def chooses(data: QueryDict) -> bool:
    """Whether any filter is active; an order is not a filter."""
    return any(name != "sort" for name, _ in _pairs(data))


def chips(user: AbstractBaseUser | AnonymousUser, digit_filter: DigitFilter) -> list[Chip]:
    """The active filters of a valid DigitFilter, without the order."""
    pairs = _pairs(digit_filter.data)
    names = {}
    if wanted := digit_filter.form.cleaned_data["batch"]:  # the last one, if there are several
        batches = Batch.objects.owned_by(user).filter(public_id=wanted).values_list("name", flat=True)
        names = {("batch", digit_filter.data.get("batch")): batches.first()}
    return [
        Chip(
            f"{_label(digit_filter, name)}: {names.get(pair) or _word(digit_filter, name, value)}",
            urlencode([other for other in pairs if other != pair]),
        )
        for pair in pairs
        for name, value in [pair]
        if name != "sort"
    ]


def _label(digit_filter: DigitFilter, name: str) -> str:
    return str(digit_filter.form.fields[name].label)


def percent_of(share: str) -> str:
    """Returns a share as a link has it in per cent, without the sign; other text as it is."""
    try:
        percent = 100 * float(share)
    except ValueError:
        return share
    return f"{percent:.6g}" if 0 <= percent <= 100 else share


def _word(digit_filter: DigitFilter, name: str, value: str) -> str:
    if name in SHARES:
        return f"{percent_of(value)} %"
    choices = dict(getattr(digit_filter.form.fields[name], "choices", ()))
    by_text = {str(key): str(word) for key, word in choices.items()}
    return by_text.get(value, value)


def check(digit_filter: DigitFilter) -> None:
    """Raises InvalidInput with the first invalid value."""
    if not digit_filter.is_valid():
        name, errors = next(iter(digit_filter.errors.items()))
        raise InvalidInput(f"Invalid value for “{name}”. {errors[0]}")
