"""The tasks of training: each calls one plain function, and repeating one does no harm.

What loads NumPy (10 MB) is imported when a task runs: the training worker only waits most of the time.
"""

from celery import shared_task
from celery.worker import state

from training.evaluation.unmeasured import unmeasured


def _worker_ends() -> bool:
    return state.should_stop is not None or state.should_terminate is not None


@shared_task(name="training.train")
def train(run_id: int) -> None:
    """Carries out one run, in a process of its own."""
    from training.runs import lifecycle, processes, reports  # NumPy

    if run := lifecycle.claim_run(run_id):
        processes.supervise(run, should_stop=_worker_ends)
        reports.request_missing()


@shared_task(name="training.measure_cards")
def measure_cards() -> None:
    """Measures robustness where it is missing, in a process of its own that ends when a run waits."""
    from training.runs import reports  # NumPy

    reports.measure_missing(should_stop=_worker_ends)


@shared_task(name="training.look_after_runs")
def look_after_runs() -> None:
    from training.runs import lifecycle, requests, upkeep  # NumPy

    upkeep.fail_silent_runs()
    upkeep.resend_waiting_runs()
    requests.retrain_if_due()
    lifecycle.describe_waiting()


@shared_task(name="training.measure_unmeasured")
def measure_unmeasured() -> None:
    if not unmeasured().exists():
        return
    from training.evaluation import promotion  # NumPy

    promotion.measure_unmeasured()
