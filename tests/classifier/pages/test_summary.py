"""A person's history in figures: correct counts of their own digits, with links to the counted digits."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from classifier.digits import corrections
from classifier.models import Digit, Drawing, Prediction
from classifier.pages.history.summary import POINTS, summary
from classifier.recognition.wording import percent
from tests.factories import answered, drawn_digit, many_digits
from tests.markup import flat
from tests.numbers import drawn_number

pytestmark = pytest.mark.postgres
SUMMARY = "/history/summary/"


@pytest.fixture(autouse=True)
def _counted_each_time(monkeypatch):
    monkeypatch.setattr("classifier.pages.history.summary.KEPT_TIMES", 0)


@pytest.fixture
def digits(owner, model_version):
    """Digits read as 3, 3, 8 and no digit, and one waiting; two corrected, one of them read incorrectly."""
    digits = many_digits(owner, 5)
    for digit, label, verdict, confidence in zip(
        digits, (3, 3, 8, 8), ("digit", "unsure", "digit", "not_a_digit"), (0.9, 0.5, 0.8, 0.4), strict=False
    ):
        answer = answered(model_version, label) | {"verdict": verdict, "confidence": confidence}
        Prediction.objects.filter(digit=digit).update(**answer)
    for digit, said in zip(digits, (3, 5, None, None), strict=False):
        corrections.correct(digit, said)
    corrections.take_back(digits[2])
    return digits


def drawn_on(digits, times):
    for digit, at in zip(digits, times, strict=True):
        Drawing.objects.filter(pk=digit.drawing_id).update(created=at)


def test_counts_by_digit(owner, digits):
    figures = summary(owner)
    assert [(row["name"], row["count"], row["percent"]) for row in figures["digit_rows"]] == [
        ("3", 2, percent(0.7, 1)),
        ("8", 1, percent(0.8, 1)),
        ("not a digit", 1, percent(0.4, 1)),
        ("not read (yet)", 1, ""),
    ]
    assert (figures["total"], figures["known"], figures["corrected"], figures["confirmed"]) == (5, 3, 3, 2)
    assert figures["counts_figure"]["data"][0]["y"] == [0, 0, 0, 2, 0, 0, 0, 0, 1, 0]


def test_page_says_why_there_is_no_chart_over_time(owner_client, digits):
    drawn_on(digits, [datetime(2026, 11, 29, 7, minute, tzinfo=UTC) for minute in range(5)])
    assert "All your digits are from the same hour." in flat(owner_client.get(SUMMARY).text)


def test_my_confusion_matrix(owner, digits):
    rows = summary(owner)["confusion"]
    filled = {
        (row["name"], column): cell["count"]
        for row in rows
        for column, cell in enumerate(row["cells"])
        if cell["count"]
    }
    assert filled == {("3", 3): 1, ("5", 3): 1, ("–", 10): 1}


@pytest.fixture
def labelled(digits):
    """Three of the digits came with a label: one that is corrected to another one, a right one, and a waiting one."""
    for digit, label in ((digits[1], 3), (digits[2], 8), (digits[4], 7)):
        Drawing.objects.filter(pk=digit.drawing_id).update(true_label=label)
    return digits


def test_labels_of_batches_and_samples_count_as_known(owner, owner_client, labelled):
    figures = summary(owner)
    assert (figures["known"], figures["corrected"], figures["confirmed"]) == (4, 3, 3)
    cells = {row["name"]: [cell["count"] for cell in row["cells"]] for row in figures["confusion"]}
    assert (cells["8"][8], cells["5"][3], sum(cells["3"])) == (1, 1, 1)  # a correction counts before a label
    assert sum(cells["7"]) == 0  # it is not read yet
    assert "For 4 of them it is known what they are (3 you labelled yourself" in flat(owner_client.get(SUMMARY).text)


def test_numbers_are_counted_as_a_whole(owner, owner_client, model_version):
    """47 five times: confirmed, corrected in one digit, to three digits, not at all, and labelled; one is not read."""
    numbers = [drawn_number(owner) for _ in range(7)]
    labelled_as_one = drawn_digit(owner)
    for drawing, label in ((numbers[4].drawing, "47"), (labelled_as_one.drawing, "47")):
        Drawing.objects.filter(pk=drawing.pk).update(true_number=label)
    for prediction in Prediction.objects.exclude(digit__drawing=numbers[5].drawing):
        answer = answered(model_version, 7 if prediction.digit.position else 4)
        Prediction.objects.filter(pk=prediction.pk).update(**answer)
    for number, said in ((numbers[0], "47"), (numbers[1], "48"), (numbers[2], "4.17"), (numbers[5], "47")):
        digits = number.drawing.digits.with_predictions().order_by("position")
        corrections.correct_number([*digits], said)
    corrections.correct(numbers[6], 4)  # of its other digit nothing is known
    assert summary(owner)["numbers"] == {"all": 8, "known": 5, "right": 2}
    page = flat(owner_client.get(SUMMARY).text)
    assert "8 numbers of several digits. For 5 of them it is known what they are; the network read 2" in page


def test_each_number_leads_to_so_many_digits(owner_client, labelled):
    page = flat(owner_client.get(SUMMARY).text)
    links = re.findall(r'<a href="(/history/\?[^"]+)">([^<]+)</a></t[hd]>(?: <td class="number">(\d+)<)?', page)
    assert len(links) == 7
    for address, words, count in links:
        rows = owner_client.get(address.replace("&amp;", "&")).context["rows"]
        assert len(rows) == int(count or words), address


def test_confidence_over_time_by_day_and_by_hour(owner, digits):
    day = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    drawn_on(digits, [day, day + timedelta(hours=1), day + timedelta(hours=1), day + timedelta(hours=2), day])
    (line,) = summary(owner)["times_figure"]["data"]
    assert (line["x"], line["y"]) == (["2026-03-01 09:00", "2026-03-01 10:00", "2026-03-01 11:00"], [0.9, 0.65, 0.4])
    drawn_on(digits, [day, day, day + timedelta(days=3), day + timedelta(days=40), day])
    (line,) = summary(owner)["times_figure"]["data"]
    assert (line["x"], line["y"]) == (["2026-03-01", "2026-03-04", "2026-04-10"], [0.7, 0.8, 0.4])
    drawn_on(digits, [day, day + timedelta(days=1), day + timedelta(days=9), day + timedelta(days=10 * POINTS), day])
    (line,) = summary(owner)["times_figure"]["data"]
    assert line["x"] == ["2026-03-01", "2027-10-22"]


def test_empty_summary_is_explained(owner_client):
    assert "Draw your first digit to see figures here." in owner_client.get(SUMMARY).text


def test_of_others_nothing_is_counted(stranger_client, digits):
    assert stranger_client.get(SUMMARY).context["total"] == 0


def test_what_took_long_to_count_is_kept_for_a_while(owner, digits, monkeypatch):
    monkeypatch.setattr("classifier.pages.history.summary.KEPT_TIMES", 1_000_000)
    summary(owner)
    Digit.objects.all().delete()
    assert summary(owner)["total"] == 5
