"""The dashboard: its counts, its workers, and its few queries."""

import json
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classifier.jobs import replies, workers
from classifier.models import Drawing, Prediction
from classifier.recognition.wording import bounded_percent, percent
from tests import staff_site
from tests.factories import many_digits
from training.pages.dashboard import figures as dashboard

HTMX = {"HX-Request": "true"}


@pytest.fixture
def clerk(db):
    return staff_site.staff_client()


def test_figures_cover_today_and_seven_days(owner, model_version):
    today, recent, long_ago = many_digits(owner, 3, model_version)
    for digit, days in ((recent, 4), (long_ago, 9)):
        Drawing.objects.filter(digits=digit).update(created=timezone.now() - timedelta(days=days))
    staff_site.correct(today, 3)
    figures = dashboard.site_figures()
    assert (figures["digits"]["today"], figures["digits"]["week"]) == (1, 2)
    assert figures["digits"]["share_corrected"] == percent(0.5)
    assert figures["answers"]["mean_confidence"] == bounded_percent(0.91)
    assert sum(figures["digits_figure"]["data"][0]["y"]) == 3


def test_failures_refusals_and_waiting_digits_are_counted(owner, model_version):
    many_digits(owner, 1)
    failed, refused = many_digits(owner, 2, model_version)
    Prediction.objects.filter(digit=failed).update(status="failed")
    Prediction.objects.filter(digit=refused).update(verdict="not_a_digit")
    staff_site.run(status="failed", finished=timezone.now())
    figures = dashboard.site_figures()
    answers = figures["answers"]
    assert (answers["waiting"], answers["failed"], figures["failed_runs"]) == (1, 1, 1)
    assert figures["refusals"] == [{"reason": "Read, but not a digit", "today": 1, "week": 1}]


def test_refusals_are_shown_by_reason_of_today_and_of_seven_days(clerk, redis_server):
    text = clerk.get("/staff/").text
    assert "None known in seven days." in text
    assert "It has been running since" in text
    day = timezone.localdate()
    for back, reason in ((0, "no_ink"), (6, "no_ink"), (7, "no_ink"), (6, "too_large"), (0, "made up")):
        redis_server.hincrby(f"refused:{day - timedelta(days=back)}", reason, 3)
    assert [tuple(row.values()) for row in dashboard.site_figures()["refusals"]] == [
        ("Empty drawing or picture", 3, 6),
        ("Too large", 0, 3),
    ]
    assert "Empty drawing or picture" in clerk.get("/staff/").text


def test_a_new_refusal_is_on_the_dashboard(clerk, owner_client):
    owner_client.post("/pictures/", {"image": SimpleUploadedFile("digit.png", b"")})
    assert "Unreadable picture" in clerk.get("/staff/", headers=HTMX).text


def test_past_days_are_cached_and_today_is_counted_again(owner, model_version, django_assert_max_num_queries):
    recent, _ = many_digits(owner, 2, model_version)
    Drawing.objects.filter(digits=recent).update(created=timezone.now() - timedelta(days=4))
    assert dashboard.site_figures()["digits"]["week"] == 2
    cache.delete(f"staff:day:{timezone.localdate()}")  # after some seconds
    many_digits(owner, 3, model_version)
    with django_assert_max_num_queries(20):
        figures = dashboard.site_figures()
    assert (figures["digits"]["today"], figures["digits"]["week"]) == (4, 5)
    assert sum(figures["digits_figure"]["data"][0]["y"]) == 5


def test_a_slow_count_is_cached_longer(db, monkeypatch):
    kept = []
    monkeypatch.setattr(dashboard.cache, "set", lambda name, content, seconds: kept.append(seconds))
    clock = iter([0, 0.01, 0, 3])
    monkeypatch.setattr(dashboard, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    for _ in range(2):
        assert dashboard._cached("staff:some", lambda: 7, 4) == 7
    assert kept == [4, 150]


@pytest.mark.postgres
def test_a_days_figures_are_found_by_index(owner, model_version, django_assert_num_queries):
    """Only the rows of the day are read."""
    many_digits(owner, 2000, model_version)
    Drawing.objects.update(created=timezone.now() - timedelta(days=90))
    Prediction.objects.update(created=timezone.now() - timedelta(days=90))
    many_digits(owner, 3, model_version)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as queries:
        assert dashboard._day(timezone.localdate())["digits"] == 3
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    for query, index in zip(queries, ("drawing_by_day", "prediction_by_day"), strict=True):
        with connection.cursor() as cursor:
            cursor.execute(f"{explain} {query['sql']}")
            plan = "\n".join(str(row) for row in cursor.fetchall())
        assert index in plan, plan
        whole = re.findall(r"(?:SCAN|Seq Scan on) classifier_(drawing|digit|prediction)", plan)
        assert whole == [], plan


def test_an_empty_site_is_shown(clerk):
    text = clerk.get("/staff/").text
    assert "No version is in service" in text
    assert "No worker is running" in text
    assert "No training runs yet" in text


def test_workers_are_listed_with_what_they_serve(clerk, model_version):
    workers.announce("inference@here:7", {"queue": "inference", "serves": "first-7", "since": 0}, 10)
    text = clerk.get("/staff/").text
    assert "first-7" in text
    assert "inference@here:7" in text
    assert "changing soon" in text  # another one is in service


def test_a_silent_worker_is_forgotten(redis_server):
    workers.announce("inference@here:7", {"queue": "inference", "serves": "", "since": 0}, 1)
    assert redis_server.ttl("worker:inference@here:7") == 1
    redis_server.delete("worker:inference@here:7")
    assert workers.workers_alive() == []


def test_a_worker_sends_heartbeats(redis_server, monkeypatch):
    class Enough(BaseException):
        pass

    def stop(_):
        raise Enough

    monkeypatch.setattr("classifier.jobs.workers.time.sleep", stop)
    with pytest.raises(Enough):
        workers._beat("inference@here:8", "inference", lambda: "first-8")
    said = json.loads(redis_server.get("worker:inference@here:8"))
    assert (said["queue"], said["serves"]) == ("inference", "first-8")


def test_queue_lengths_come_from_redis(clerk, redis_server):
    redis_server.rpush("training", "a", "b")
    assert dashboard.site_figures()["traffic"]["queues"] == {"inference": 0, "training": 2}
    redis_server.delete("training")


def test_without_redis_the_rest_of_the_page_is_shown(clerk, settings, monkeypatch):
    def away(*_):
        raise replies.redis.RedisError

    monkeypatch.setattr("training.pages.dashboard.figures.queue_length", away)
    response = clerk.get("/staff/")
    assert response.status_code == 200
    assert "Redis cannot be reached" in response.text


def test_the_page_polls_its_fragment(clerk):
    page, fragment = clerk.get("/staff/"), clerk.get("/staff/", headers=HTMX)
    assert "<!DOCTYPE" in page.text
    assert fragment.text.lstrip().startswith('<div id="figures"')
    assert 'hx-trigger="every 5s"' in fragment.text
    assert "HX-Request" in page.headers["Vary"]


def test_more_rows_cost_no_more_queries(clerk, owner, model_version, django_assert_max_num_queries):
    for _ in range(8):
        staff_site.run(owner, status="done", finished=timezone.now())
    many_digits(owner, 30, model_version)
    clerk.get("/staff/")
    with django_assert_max_num_queries(22):
        clerk.get("/staff/")


def test_only_staff_who_may_train_see_the_button(clerk):
    assert "Retrain" not in clerk.get("/staff/").text
    assert "Retrain" in staff_site.staff_client("training.add_trainingrun").get("/staff/").text


def test_the_administration_leads_to_it(staff_client):
    assert 'href="/staff/"' in staff_client.get("/admin/").text


def test_the_menu_leads_staff_to_it_and_nobody_else(clerk, owner_client):
    assert 'href="/staff/"' in clerk.get("/model/").text
    assert 'href="/staff/"' not in owner_client.get("/model/").text
