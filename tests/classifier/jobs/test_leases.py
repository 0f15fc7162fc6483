"""One process at a time holds a job, a job that nobody continues is sent again once, and in the end it is given up."""

from datetime import timedelta

import pytest
from django.utils import timezone

from classifier.jobs import leases
from classifier.models import Import, Rereading
from classifier.models.jobs import Backoff
from training.models import TrainingRun

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


@pytest.fixture
def jobs(owner):
    Import.objects.create(owner=owner, name="x", size=1)
    return Import.objects.unfinished()


def age(seconds, **changed):
    now = timezone.now()
    Import.objects.update(heartbeat=now - timedelta(seconds=seconds), **changed)


def test_second_claim_gets_nothing(jobs):
    job = leases.claim(jobs, error="claimed")
    assert (job.status, job.attempts, job.error) == ("running", 1, "claimed")
    assert job.holder
    assert leases.claim(jobs) is None


def test_expired_lease_is_claimed_by_another_and_the_first_holder_can_do_nothing_more(jobs):
    first = leases.claim(jobs)
    age(Import.policy.lease_s + 1)
    second = leases.claim(jobs)
    assert (second.pk, second.attempts) == (first.pk, 2)
    for verb in (leases.renew, leases.release, lambda held: leases.finish(held, "done")):
        assert not verb(leases.held(first))
    assert leases.finish(leases.held(second), "done", seen=4)
    row = Import.objects.get()
    assert (row.status, row.holder, row.seen, row.is_final) == ("done", None, 4, True)
    assert row.finished
    assert not leases.renew(leases.held(second))


def test_heartbeat_keeps_the_lease_and_release_ends_it(jobs):
    job = leases.claim(jobs)
    age(Import.policy.lease_s - 1)
    assert leases.renew(leases.held(job), seen=2)
    assert timezone.now() - Import.objects.get().heartbeat < timedelta(seconds=1)
    assert leases.take_overdue(jobs) == ([], [])
    assert leases.release(leases.held(job))
    again = leases.claim(jobs)
    assert (again.pk, again.attempts, again.seen, again.status) == (job.pk, 2, 2, "running")


def test_claim_keeps_a_status_other_than_queued(jobs):
    jobs.update(status="removing")
    assert leases.claim(jobs).status == "removing"


def test_overdue_job_is_taken_by_one_scheduler(jobs):
    age(Import.policy.backoff.first_s + 1)
    (job,), given_up = leases.take_overdue(jobs)
    assert (job.holder, given_up) == (None, [])
    assert leases.take_overdue(jobs) == ([], [])


def test_two_schedulers_that_look_at_the_same_moment_send_a_job_once(jobs, monkeypatch):
    age(Import.policy.backoff.first_s + 1)
    both = []

    def other_first(self, now):
        if not both:
            both.append(None)
            both.append(leases.take_overdue(jobs))
        return True

    monkeypatch.setattr(Import, "is_overdue", other_first)
    mine = leases.take_overdue(jobs)
    assert [len(sent) for sent, _ in (mine, both[1])] == [0, 1]


def test_holder_loses_its_lease_to_the_scheduler(jobs):
    job = leases.claim(jobs)
    age(Import.policy.lease_s + 1)
    assert leases.take_overdue(jobs) == ([job], [])
    assert not leases.renew(leases.held(job))


def test_job_without_attempts_left_is_not_claimed_but_given_up(jobs):
    age(60, attempts=Import.policy.attempts)
    assert leases.claim(jobs) is None
    sent, (hopeless,) = leases.take_overdue(jobs)
    assert sent == []
    assert leases.finish(leases.held(hopeless), "failed", error="no progress")
    assert Import.objects.get().is_final


def test_only_unfinished_jobs_are_looked_at(jobs):
    age(60, status="done")
    assert leases.take_overdue(jobs) == ([], [])
    assert leases.claim(jobs) is None


def test_run_is_claimed_once_in_its_life():
    assert TrainingRun.policy.attempts == 1
    run = TrainingRun.objects.create(recipe={})
    job = leases.claim(TrainingRun.objects.unfinished())
    TrainingRun.objects.update(heartbeat=timezone.now() - timedelta(seconds=TrainingRun.policy.lease_s + 1))
    assert leases.claim(TrainingRun.objects.unfinished()) is None
    assert leases.take_overdue(TrainingRun.objects.running()) == ([], [job])
    assert run == job


@pytest.mark.parametrize(
    ("waited_s", "pause_s"), [(0, 5), (5, 5), (6, 6), (12, 12), (30, 30), (31, 30), (86_400, 30), (-3, 5)]
)
def test_pause_grows_with_the_time_waited_within_its_limits(waited_s, pause_s):
    assert Backoff(first_s=5, most_s=30).pause(waited_s) == timedelta(seconds=pause_s)


def test_rereading_without_progress_fails_in_the_end(owner, model_version):
    from classifier.digits import rereading

    Rereading.objects.create(owner=owner, model_version=model_version)
    hours_ago = timezone.now() - timedelta(hours=1)
    Rereading.objects.update(attempts=Rereading.policy.attempts, heartbeat=hours_ago)
    assert rereading.left_behind() == []
    assert Rereading.objects.values_list("status", "error").get() == ("failed", rereading.GAVE_UP)
