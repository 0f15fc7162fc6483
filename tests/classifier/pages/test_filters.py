"""Filters and orders have the same names everywhere, and invalid ones get a helpful error."""

import re
from datetime import UTC, datetime

import pytest
from django.http import QueryDict
from django.utils import timezone

from classifier.digits import corrections, history
from classifier.digits.filters import DigitFilter, filtered, query
from classifier.models import Batch, Correction, Digit, Drawing, ForeignVersion, Prediction
from classifier.recognition.errors import InvalidInput
from tests.factories import FORTY_SEVEN, SEVEN, answered, many_digits
from tests.numbers import drawn_number

pytestmark = pytest.mark.postgres
HISTORY = "/history/"
BATCH = "batch=7b2e1c1e-0000-4000-8000-000000000000"
# One row for each digit: what was read, how sure, the verdict, what its owner says, where from, the day.
CAST = {
    "three": (3, 0.9, "digit", None, "draw", 1),
    "eight": (8, 0.99, "digit", 8, "upload", 2),
    "mistaken": (8, 0.6, "unsure", 3, "draw", 3),
    "scribble": (1, 0.4, "not_a_digit", "none", "camera", 4),
    "refused": (5, 0.3, "not_a_digit", 5, "mnist", 5),
    "waiting": (None, None, "", None, "api", 6),
    "failed": (None, None, "", 2, "draw", 7),
}


@pytest.fixture
def cast(owner, model_version):
    """Digits by their names above, the oldest first."""
    digits = dict(zip(CAST, many_digits(owner, len(CAST)), strict=True))
    for name, digit in digits.items():
        label, confidence, verdict, said, source, day = CAST[name]
        created = datetime(2026, 11, day, 12, tzinfo=UTC)
        Drawing.objects.filter(pk=digit.drawing_id).update(source=source, created=created)
        if label is not None:
            answer = answered(model_version, label) | {"confidence": confidence, "verdict": verdict}
            Prediction.objects.filter(digit=digit).update(**answer)
        if said is not None:
            corrections.correct(digit, None if said == "none" else said)
    Prediction.objects.filter(digit=digits["failed"]).update(status="failed")
    return {digit.pk: name for name, digit in digits.items()}


ALL = ["failed", "waiting", "refused", "scribble", "mistaken", "eight", "three"]
CHOSEN = [
    ("", ALL),
    ("digit=3", ["three"]),
    ("digit=3&digit=8", ["mistaken", "eight", "three"]),
    ("digit=5", []),  # refused: it was not read as a 5
    ("label=3", ["mistaken"]),
    ("label=none", ["scribble"]),
    ("source=draw", ["failed", "mistaken", "three"]),
    ("verdict=not_a_digit", ["refused", "scribble"]),
    ("verdict=unsure", ["mistaken"]),
    ("status=done", ["refused", "scribble", "mistaken", "eight", "three"]),
    ("status=queued", ["waiting"]),
    ("status=failed", ["failed"]),
    ("corrected=true", ["failed", "refused", "scribble", "mistaken", "eight"]),
    ("corrected=false", ["waiting", "three"]),
    ("wrong=true", ["refused", "mistaken"]),
    ("wrong=false", ["failed", "waiting", "scribble", "eight", "three"]),
    ("min_confidence=0.9", ["eight", "three"]),
    ("max_confidence=0.4", ["refused", "scribble"]),
    ("min_confidence=0.4&max_confidence=0.9", ["scribble", "mistaken", "three"]),
    ("min_confidence=0", ["refused", "scribble", "mistaken", "eight", "three"]),
    ("version=nobody", []),
    ("version={version}", ["refused", "scribble", "mistaken", "eight", "three"]),
    ("version={public_id}", ["refused", "scribble", "mistaken", "eight", "three"]),
    ("after=2026-11-05", ["failed", "waiting", "refused"]),
    ("before_date=2026-11-02", ["eight", "three"]),
    ("after=2026-11-03&before_date=2026-11-03", ["mistaken"]),
    (BATCH, []),
    ("sort=newest", ALL),
    ("sort=oldest", ALL[::-1]),
    ("sort=surest", ["eight", "three", "mistaken", "scribble", "refused", "failed", "waiting"]),
    ("sort=least_sure", ["waiting", "failed", "refused", "scribble", "mistaken", "three", "eight"]),
    ("sort=digit", ["three", "mistaken", "eight", "refused", "scribble", "failed", "waiting"]),
    ("digit=8&wrong=true&sort=surest", ["mistaken"]),
    ("digit=&label=&sort=&min_confidence=", ALL),
    ("nonsense=1&before=x&page=2", ALL),
]


@pytest.mark.parametrize(("asked", "names"), CHOSEN, ids=[asked for asked, _ in CHOSEN])
def test_each_name_chooses_and_sorts(cast, owner, owner_client, model_version, asked, names):
    asked = asked.format(version=model_version.name, public_id=model_version.public_id)
    assert [cast[digit.pk] for digit in filtered(owner, QueryDict(asked))] == names
    rows = owner_client.get(f"{HISTORY}?{asked}").context["rows"]
    assert [cast[row["digit"].pk] for row in rows] == names


def test_known_labels_count_as_incorrect_unless_the_owner_corrected_them(cast, owner, owner_client):
    """The labels of samples and labelled pictures are known; a correction overrides them."""
    known = {"three": 5, "eight": 3, "mistaken": 8, "scribble": 1, "waiting": 4, "failed": 9}
    for pk, name in cast.items():
        Drawing.objects.filter(digits=pk).update(true_label=known.get(name))
    for asked, names in (
        ("wrong=true", ["refused", "mistaken", "three"]),
        ("wrong=false", ["failed", "waiting", "scribble", "eight"]),
        ("known=3", ["mistaken"]),
        ("known=5", ["refused", "three"]),
        ("known=none", ["scribble"]),
        ("known=1", []),  # corrected to be no digit
        ("known=4", ["waiting"]),
    ):
        assert [cast[digit.pk] for digit in filtered(owner, QueryDict(asked))] == names
        rows = owner_client.get(f"{HISTORY}?{asked}").context["rows"]
        assert [cast[row["digit"].pk] for row in rows] == names
    Drawing.objects.filter(digits__source="mnist").update(true_label=2)
    Correction.objects.filter(digit__source="mnist").delete()  # refused, though it is a 2
    assert len(filtered(owner, {"wrong": "true"})) == 3


SENSELESS = [
    "digit=10", "digit=x", "digit=-1", "label=10", "label=None", "source=telegram", "verdict=yes", "status=superseded",
    "corrected=maybe", "known=ten", "wrong=1", "min_confidence=2", "min_confidence=-0.1", "min_confidence=nan",
    "max_confidence=inf", "max_confidence=high", "after=yesterday", "after=2026-13-01", "after=0001-01-01",
    "before_date=9999-12-31", "before_date=22.11.2026", "batch=3", "sort=random", "version=%00", f"version={'x' * 101}",
]  # fmt: skip


@pytest.mark.parametrize("asked", SENSELESS)
def test_meaningless_filters_are_explained(cast, owner, owner_client, asked):
    with pytest.raises(InvalidInput) as refused:
        filtered(owner, QueryDict(asked))
    name = asked.partition("=")[0]
    assert str(refused.value).startswith(f"Invalid value for “{name}”. ")
    response = owner_client.get(f"{HISTORY}?{asked}")
    assert (response.status_code, response.context["rows"]) == (400, [])
    assert response.context["wrong"] == str(refused.value)
    assert response.context["wrong"].split(". ")[1][:10] in response.text
    assert "history__count" not in response.text


PERCENT = [
    ("min_confidence_percent=90", "0.9", ["eight", "three"]),
    ("min_confidence_percent=90+%25", "0.9", ["eight", "three"]),
    ("min_confidence_percent=98,5%25", "0.985", ["eight"]),
    ("min_confidence_percent=0.95", "0.0095", ["refused", "scribble", "mistaken", "eight", "three"]),  # below 1 %
    ("min_confidence_percent=100", "1", []),
]


@pytest.mark.parametrize(("asked", "share", "names"), PERCENT)
def test_the_form_asks_for_confidence_in_per_cent(cast, owner_client, asked, share, names):
    page = owner_client.get(f"{HISTORY}?{asked}")
    assert [cast[row["digit"].pk] for row in page.context["rows"]] == names
    assert page.context["query"] == f"min_confidence={share}"
    assert "0 to 1" not in page.text


def test_the_form_and_the_chips_show_per_cent(cast, owner_client):
    asked = {"min_confidence": "0.4", "max_confidence_percent": "99.5"}
    page = owner_client.get(HISTORY, asked)
    assert [chip["words"] for chip in page.context["chips"]] == ["Confidence from: 40 %", "Confidence to: 99.5 %"]
    shown = re.findall(r'name="(m.._confidence_percent)"[^>]*value="([^"]*)"', page.text)
    assert shown == [("min_confidence_percent", "40"), ("max_confidence_percent", "99.5")]
    assert page.context["query"] == "min_confidence=0.4&max_confidence=0.995"


def test_links_with_a_share_keep_working_and_the_api_takes_only_shares(cast, owner_client):
    linked = owner_client.get(f"{HISTORY}?min_confidence=0.9")
    assert [cast[row["digit"].pk] for row in linked.context["rows"]] == ["eight", "three"]
    assert len(owner_client.get("/api/v1/digits/?min_confidence=0.9").json()["results"]) == 2
    assert owner_client.get("/api/v1/digits/?min_confidence=90").status_code == 400


@pytest.mark.parametrize("written", ["101", "-1", "sure", "9 5", "1e1", "95 % %", "²"])
def test_a_senseless_percentage_is_explained_and_stays_in_the_form(cast, owner_client, written):
    page = owner_client.get(HISTORY, {"max_confidence_percent": written})
    assert (page.status_code, page.context["rows"]) == (400, [])
    assert page.context["wrong"] == "Write a confidence in per cent, from 0 to 100, such as 95."
    assert page.context["percent"]["max_confidence"] == written
    assert owner_client.get(HISTORY, {"max_confidence_percent": ""}).status_code == 200


def test_version_that_came_with_an_import_is_found_by_its_name(cast, owner, owner_client, stranger, model_version):
    waiting = Digit.objects.get(pk=next(pk for pk, name in cast.items() if name == "waiting"))
    mine, beside, theirs = (
        ForeignVersion.objects.create(owner=who, name=name, tflite_sha256=name * 4)
        for who, name in ((owner, "elsewhere"), (owner, "asked later"), (stranger, "secret"))
    )
    Prediction.objects.filter(digit=waiting).update(**answered(None, 4), foreign_version=mine)
    Prediction.objects.create(
        digit=waiting, revision=1, preprocessing_version=1, **answered(None, 5), foreign_version=beside
    )
    page = owner_client.get(f"{HISTORY}?version=elsewhere")
    assert [row["digit"] for row in page.context["rows"]] == [waiting]
    assert page.context["versions"] == sorted([model_version.name, "asked later", "elsewhere"])
    results = owner_client.get("/api/v1/digits/?version=elsewhere").json()["results"]
    assert [result["id"] for result in results] == [str(waiting.public_id)]
    assert not filtered(owner, {"version": "asked later"})  # its answer is not the one that counts
    assert not filtered(owner, {"version": theirs.name})


def test_digits_of_a_batch_are_found_by_it(cast, owner, owner_client, stranger_client):
    batch, other = (Batch.objects.create(owner=owner, name=name, size=1, total=1, position=0) for name in ("a", "b"))
    Drawing.objects.filter(source="draw").update(batch=batch)
    Drawing.objects.filter(source="upload").update(batch=other)
    asked = f"batch={batch.public_id}"
    page = owner_client.get(f"{HISTORY}?{asked}&sort=surest")
    assert [cast[row["digit"].pk] for row in page.context["rows"]] == ["three", "mistaken", "failed"]
    assert [chip["words"] for chip in page.context["chips"]] == ["Batch: a"]
    results = owner_client.get(f"/api/v1/digits/?{asked}&wrong=true").json()["results"]
    exported = owner_client.get(f"/export/digits.json?{asked}&wrong=true").getvalue().decode()
    assert [result["id"] in exported for result in results] == [True]
    assert exported.count('"position"') == 1
    several = owner_client.get(f"{HISTORY}?batch=x&batch={other.public_id}&{asked}").context["chips"]
    assert [chip["words"] for chip in several] == ["Batch: x", f"Batch: {other.public_id}", "Batch: a"]
    theirs = stranger_client.get(f"{HISTORY}?{asked}").context
    assert (theirs["rows"], theirs["chips"][0]["words"]) == ([], f"Batch: {batch.public_id}")


def test_errors_are_also_there_for_programs_by_their_fields(owner):
    filters = DigitFilter(QueryDict("digit=12&sort=newest"), Digit.objects.owned_by(owner))
    assert (filters.is_valid(), list(filters.errors)) == (False, ["digit"])


def test_what_a_stranger_has_is_never_chosen(cast, stranger):
    assert not filtered(stranger, QueryDict("digit=3"))


def test_address_has_known_names_alone_in_one_order():
    given = QueryDict("sort=newest&source=draw&digit=8&digit=3&digit=8&label=&before=x&nonsense=1")
    assert query(given) == "digit=8&digit=3&source=draw"


def test_chips_name_active_filters_and_remove_them(cast, owner_client):
    chips = owner_client.get(f"{HISTORY}?digit=3&digit=8&source=draw&sort=surest&before=x").context["chips"]
    assert [(chip["words"], chip["url"].partition("?")[2]) for chip in chips] == [
        ("Read as: 3", "digit=8&source=draw&sort=surest"),
        ("Read as: 8", "digit=3&source=draw&sort=surest"),
        ("Source: drawn here", "digit=3&digit=8&sort=surest"),
    ]


@pytest.mark.parametrize("sort", history.ORDERS)
@pytest.mark.parametrize("few", [0, 1000])
def test_pages_of_each_order_hold_every_digit_once(owner, model_version, monkeypatch, sort, few):
    """Many digits have the same confidence and label; checks both ways to find a page."""
    monkeypatch.setattr(history, "FEW", few)
    digits = many_digits(owner, 60, model_version)
    for number, digit in enumerate(digits):
        answer = {"label": number % 3, "confidence": (number % 4) / 4}
        Prediction.objects.filter(digit=digit).update(**answer)
    wanted = [digit.pk for digit in filtered(owner, {"sort": sort})]
    seen, last = [], None
    while True:
        page = history.page_of(filtered(owner, {"sort": sort}), history.ORDERS[sort], last, 7, filtered=True)
        seen += [digit.pk for digit in page.digits]
        if not page.next_before:
            break
        last = history.place(owner, page.next_before)
    assert seen == wanted
    assert len(set(seen)) == 60


@pytest.mark.parametrize("sort", history.ENTRY_ORDERS)
@pytest.mark.parametrize("few", [0, 1000])
def test_pages_of_each_order_hold_every_entry_once(owner, model_version, monkeypatch, sort, few):
    """Numbers and digits, many with the same confidence and number and of the same moment."""
    monkeypatch.setattr(history, "FEW", few)
    for number in range(30):
        drawn_number(owner, FORTY_SEVEN if number % 3 else SEVEN)
    for number, prediction in enumerate(Prediction.objects.order_by("pk")):
        answer = answered(model_version, number % 3) | {"confidence": (number % 4) / 4}
        Prediction.objects.filter(pk=prediction.pk).update(**answer)
    Drawing.objects.filter(pk__gt=Drawing.objects.order_by("pk")[9].pk).update(created=timezone.now())
    order = history.ENTRY_ORDERS[sort]
    digits = Digit.objects.owned_by(owner).exclude(read=2)  # of some numbers only one digit matches
    wanted = list(dict.fromkeys(digits.order_by(*order.columns).values_list("drawing_id", flat=True)))
    seen, last = [], None
    while True:
        page = history.entries(digits, order, last, 7, filtered=True)
        seen += [digit.drawing_id for digit in page.digits]
        assert all(len(digit.siblings) == digit.drawing.digits.count() for digit in page.digits)
        if not page.next_before:
            break
        last = history.place(owner, page.next_before)
    assert seen == wanted
    assert len(set(seen)) == len(seen) > 20


@pytest.mark.parametrize(
    "asked",
    [
        "digit=7",
        "number=7",
        "corrected=true",
        "sort=digit",
        "sort=surest&source=draw",
        "wrong=true",
        "version=x",
        BATCH,
    ],
)
def test_statements_do_not_grow_with_the_digits(
    owner_client, owner, model_version, asked, django_assert_max_num_queries
):
    many_digits(owner, 130, model_version)
    batch = Batch.objects.create(owner=owner, public_id=BATCH[6:], name="a", size=1, total=1, position=0)
    Drawing.objects.update(batch=batch)
    Digit.objects.owned_by(owner).update(said=3)
    first = owner_client.get(f"{HISTORY}?{asked}")
    with django_assert_max_num_queries(10):
        owner_client.get(first.context["next_url"] or HISTORY)
