"""The jobs that cross the queue; each calls one plain function. Repeating one does no harm.

What they call is imported inside them: the training worker knows these jobs too, and needs no NumPy (10 MB).
"""

import gc
from typing import Any

from celery import Task, shared_task
from celery.signals import task_prerun, worker_init, worker_process_init
from django.db import close_old_connections

from classifier.jobs import workers


class TakenTask(Task):  # type: ignore[type-arg]  # Celery's own class takes none
    """A job that nobody acknowledges, see `taken`."""

    Request = "classifier.jobs.unacknowledged:TakenRequest"


@shared_task(name="classifier.predict", base=TakenTask)
def predict(
    prediction_ids: list[int],
    pixels_base64: list[str] | None = None,
    hints: list[dict[str, Any]] | None = None,
) -> None:
    from classifier.digits import predictions

    predictions.answer_predictions(prediction_ids, pixels_base64, hints)


@shared_task(name="classifier.preview", expires=2, base=TakenTask)
def preview(pixels_base64: list[str], word: str, hints: list[dict[str, Any]] | None = None) -> None:
    from classifier.digits import predictions

    predictions.answer_preview(pixels_base64, word, hints)


@shared_task(name="classifier.explain", expires=5)
def explain(packed_pixels: str, word: str, version_name: str) -> None:
    from classifier.digits import predictions

    predictions.answer_explanation(packed_pixels, word, version_name)


@shared_task(name="classifier.resend_lost_predictions")
def resend_lost_predictions() -> None:
    from classifier.digits import predictions

    if lost := predictions.lost_predictions():
        predict.delay(lost)


@shared_task(name="classifier.remove_orphans")
def remove_orphans() -> None:
    from classifier.digits import orphans

    orphans.remove_orphans()


@shared_task(name="classifier.read_again")
def read_again(rereading_id: int, place: int) -> None:
    """One chunk; the next is a job of its own, behind what people have sent meanwhile."""
    from classifier.digits import rereading

    following = rereading.read_some(rereading_id, place)
    if following is not None:
        read_again.delay(rereading_id, following)


@shared_task(name="classifier.go_on_reading_again")
def go_on_reading_again() -> None:
    from classifier.digits import rereading

    for rereading_id, place in rereading.left_behind():
        read_again.delay(rereading_id, place)


@shared_task(name="classifier.purge_deleted")
def purge_deleted() -> None:
    from classifier.digits import deletion

    deletion.purge()


@shared_task(name="classifier.forget_idempotency_keys")
def forget_idempotency_keys() -> None:
    from classifier.digits import idempotency

    idempotency.forget_old_keys()


@shared_task(name="classifier.carry_on_batch", base=TakenTask)
def carry_on_batch(batch_id: int) -> None:
    """On the queue `batches`: some seconds of reading one, then the next one's turn."""
    from classifier.batches import lifecycle, reading, worker

    with worker.at_work():
        if reading.carry_on(batch_id, should_leave=worker.is_leaving):
            lifecycle.send(batch_id)


@shared_task(name="classifier.start_batch_worker", base=TakenTask, expires=10)
def start_batch_worker() -> None:
    """On the queue `inference`: its worker starts the process that works on the queue `batches`."""
    from classifier.batches import worker

    worker.start()


@shared_task(name="classifier.look_after_batches")
def look_after_batches() -> None:
    """On the queue `inference`: whose worker is always there."""
    from classifier.batches import worker

    worker.look_after()


@shared_task(name="classifier.remove_closed_accounts")
def remove_closed_accounts() -> None:
    from classifier.accounts import closing

    closing.remove_closed_accounts()


@shared_task(name="classifier.start_import", base=TakenTask)
def start_import(import_id: int) -> None:
    """On the queue `inference`, whose worker is never busy for long: it starts a process and is done."""
    from classifier.transfer.importing import jobs

    jobs.start_process(import_id)


@shared_task(name="classifier.look_after_imports", base=TakenTask)
def look_after_imports() -> None:
    from classifier.transfer.importing import jobs

    jobs.look_after()


@worker_init.connect
def prepare_worker(sender: Any, **_: Any) -> None:
    """Load what an inference worker needs at its start; a pool that forks then shares it."""
    if "inference" in sender.app.amqp.queues.consume_from:
        from classifier.digits import predictions  # noqa: F401
        from classifier.recognition import inference

        inference.preload()
        gc.collect()
        gc.freeze()  # the collector's marks would copy every shared page into each child
        # The first prediction should not wait for a network to load either.
        worker_process_init.connect(_warm_up, weak=False)
    if "training" in sender.app.amqp.queues.consume_from:
        workers.start("training")


def _warm_up(**_: Any) -> None:
    from classifier.digits import predictions

    predictions.warm_up()
    workers.start("inference", _serving)


def _serving() -> str:
    from classifier.digits import networks

    close_old_connections()
    return networks.network_in_service()[0].name


@task_prerun.connect
def check_connections(**_: Any) -> None:
    """Celery is told to keep database connections (see digitsite.celery); drop one that has broken."""
    close_old_connections()
