"""The jobs of training that cross the queue; each calls one plain function. Repeating one does no harm.

What they call is imported inside them, as in classifier.tasks.
"""

from celery import shared_task
from celery.worker import state


def _worker_ends() -> bool:
    return state.should_stop is not None or state.should_terminate is not None


@shared_task(name="training.train")
def train(run_id: int) -> None:
    """On the queue `training`: one run, in a process of its own."""
    from training.runs import processes, reports, requests

    if run := requests.claim_run(run_id):
        processes.oversee(run, should_leave=_worker_ends)
        reports.ask()


@shared_task(name="training.measure_cards")
def measure_cards() -> None:
    """On the queue `training`: what is missing, in a process of its own, which any waiting run goes before."""
    from training.runs import reports

    reports.oversee(should_leave=_worker_ends)


@shared_task(name="training.look_after_runs")
def look_after_runs() -> None:
    """On the queue `inference`, because the training worker is busy for as long as it trains."""
    from training.runs import requests

    requests.fail_silent_runs()
    requests.resend_waiting_runs()
    requests.retrain_if_due()
    requests.say_who_waits()


@shared_task(name="training.measure_unmeasured")
def measure_unmeasured() -> None:
    """On the queue `training`, where nobody waits: it takes seconds."""
    from training.evaluation import promotion

    promotion.measure_unmeasured()
