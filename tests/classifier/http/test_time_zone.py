"""Days and times are those of the operator's zone, far from UTC, on pages, in filters, in the API and in exports."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from classifier.batches.results import results_json
from classifier.models import Batch, Drawing, Prediction
from classifier.pages.history.summary import POINTS, summary
from tests import staff_site
from tests.factories import many_digits
from tests.markup import flat
from training.evaluation.promotion import promote_after_run
from training.runs.lifecycle import log_line

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
# New Zealand is 13 hours ahead of UTC in summer, 12 in winter.
BEFORE_MIDNIGHT = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
AFTER_MIDNIGHT_IN_WINTER = datetime(2026, 6, 30, 12, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def auckland(settings):
    settings.TIME_ZONE = "Pacific/Auckland"


@pytest.fixture
def half_past_midnight(monkeypatch):
    """It is half past midnight on 23 November."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AFTER_MIDNIGHT)


@pytest.fixture
def digits(owner, model_version):
    """One of 30 June, one of 22 November and one of 23 November, each half an hour from midnight."""
    made = many_digits(owner, 3, model_version)
    drawn_at(made, [AFTER_MIDNIGHT_IN_WINTER, BEFORE_MIDNIGHT, AFTER_MIDNIGHT])
    return made


def drawn_at(digits, times):
    for digit, at in zip(digits, times, strict=True):
        Drawing.objects.filter(pk=digit.drawing_id).update(created=at)
        Prediction.objects.filter(digit=digit).update(created=at)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("after=2026-11-23", [2]),
        ("after=2026-11-22&before_date=2026-11-22", [1]),
        ("before_date=2026-11-22", [1, 0]),
        ("after=2026-07-01&before_date=2026-07-01", [0]),
        ("before_date=2026-06-30", []),
    ],
)
def test_a_digit_at_half_past_midnight_is_of_the_new_day(digits, owner_client, query, found):
    page = owner_client.get(f"/history/?{query}")
    assert [row["digit"] for row in page.context["rows"]] == [digits[number] for number in found]
    results = owner_client.get(f"/api/v1/digits/?{query}").json()["results"]
    assert [each["id"] for each in results] == [str(digits[number].public_id) for number in found]
    lines = b"".join(owner_client.get(f"/export/digits.csv?{query}").streaming_content).decode().splitlines()
    assert len(lines) == 1 + len(found)


def test_pages_show_the_operators_time_and_name_the_zone(digits, owner_client):
    assert "23 Nov 2026, 00:30" in flat(owner_client.get("/history/").text)
    page = flat(owner_client.get(f"/digits/{digits[2].public_id}/").text)
    assert "23 November 2026 at 00:30" in page
    assert "Times are in Pacific/Auckland" in page


def test_the_api_and_exports_write_the_operators_time_with_its_offset(digits, owner_client, half_past_midnight):
    address = f"/api/v1/digits/{digits[2].public_id}/"
    assert owner_client.get(address).json()["created"] == "2026-11-23T00:30:00+13:00"
    written = owner_client.get("/export/digits.json")
    assert "-2026-11-23.json" in written.headers["Content-Disposition"]
    document = json.loads(b"".join(written.streaming_content))
    assert document["exported"] == "2026-11-23T00:30:00+13:00"
    assert document["drawings"][0]["created"] == "2026-07-01T00:30:00+12:00"
    table = b"".join(owner_client.get("/export/digits.csv").streaming_content).decode("utf-8-sig")
    created = [row["created"] for row in csv.DictReader(io.StringIO(table))]
    assert created[1:] == ["2026-11-22T23:30:00+13:00", "2026-11-23T00:30:00+13:00"]


def test_the_results_of_a_batch_have_the_operators_time(owner):
    batch = Batch.objects.create(owner=owner, name="class 3", size=1, total=0, position=0)
    Batch.objects.filter(pk=batch.pk).update(created=AFTER_MIDNIGHT)
    batch.refresh_from_db()
    assert json.loads("".join(results_json(batch)))["batch"]["created"] == "2026-11-23T00:30:00+13:00"


def test_the_summary_counts_local_hours_and_days(owner, owner_client, digits, settings, monkeypatch):
    monkeypatch.setattr("classifier.pages.history.summary.KEPT_TIMES", 0)

    def periods():
        (line,) = summary(owner)["times_figure"]["data"]
        return line["x"]

    drawn_at(digits, [BEFORE_MIDNIGHT, AFTER_MIDNIGHT, AFTER_MIDNIGHT + timedelta(hours=1)])
    assert periods() == ["2026-11-22 23:00", "2026-11-23 00:00", "2026-11-23 01:00"]
    assert "From (Pacific/Auckland)" in owner_client.get("/history/summary/").text
    drawn_at(digits, [BEFORE_MIDNIGHT - timedelta(hours=POINTS + 20), BEFORE_MIDNIGHT, AFTER_MIDNIGHT])
    assert periods() == ["2026-11-19", "2026-11-22", "2026-11-23"]
    settings.TIME_ZONE = "Asia/Kathmandu"  # five hours and three quarters ahead
    drawn_at(digits, [datetime(2026, 11, 22, 18, minute, tzinfo=UTC) for minute in (14, 15, 59)])
    assert periods() == ["2026-11-22 23:00", "2026-11-23 00:00"]


def test_the_dashboards_today_begins_at_local_midnight(digits, half_past_midnight):
    figures = staff_site.staff_client().get("/staff/").context
    assert figures["digits"]["today"] == 1
    assert figures["day_rows"][0]["day"].isoformat() == "2026-11-23"


def test_logs_and_sentences_of_a_run_have_the_operators_time(owner, model_version, half_past_midnight, monkeypatch):
    run = staff_site.run(promote_if_passed=True, log=log_line("It starts."))
    assert run.log == "00:30:00  It starts.\n"
    assert str(run) == "first_cnn of 2026-11-23 00:30"
    reasons = []
    monkeypatch.setattr("training.evaluation.promotion._promote", lambda *_, reason, **__: reasons.append(reason))
    promote_after_run(run, model_version, None)
    assert reasons == ["Its training run of 2026-11-23 00:30 NZDT was to promote it unless it is significantly worse."]
    page = flat(staff_site.staff_client().get(f"/staff/runs/{run.public_id}/").text)
    assert "23 November at 00:30" in page
    assert page.count("Times are in Pacific/Auckland") == 2  # beside the log, and below each page
