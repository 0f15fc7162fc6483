"""The tasks: each calls one plain function, and repeating one does no harm.

What loads NumPy (10 MB) is imported when a task runs, because the training worker registers these tasks too.
"""

import gc
from typing import Any

from celery import shared_task
from celery.signals import task_prerun, worker_init, worker_process_init
from django.db import close_old_connections

from classifier.accounts import closing, forgetting, invitations
from classifier.batches import worker as batches
from classifier.digits import deletion, idempotency, orphans
from classifier.jobs import on_demand, room, workers
from classifier.jobs.queue import enqueue
from classifier.retention import removal
from classifier.transfer.importing import jobs as imports


@shared_task(name="classifier.answer_questions")
def answer_questions() -> None:
    from classifier.digits import predictions  # NumPy

    predictions.answer_questions()


@shared_task(name="classifier.predict")
def predict(prediction_ids: list[int]) -> None:
    from classifier.digits import predictions  # NumPy

    predictions.answer_predictions(prediction_ids)


@shared_task(name="classifier.read_lines")
def read_lines(content: dict[str, Any], reply_key: str) -> None:
    from classifier.digits.lines import answering  # NumPy

    answering.answer_lines(content, reply_key)


@shared_task(name="classifier.read_late")
def read_late(late_id: int) -> None:
    from classifier.digits.intake import late  # NumPy

    late.read_late(late_id)


@shared_task(name="classifier.explain")
def explain(packed_pixels: str, reply_key: str, version_name: str) -> None:
    from classifier.digits import predictions  # NumPy

    predictions.answer_explanation(packed_pixels, reply_key, version_name)


@shared_task(name="classifier.resend_lost_predictions")
def resend_lost_predictions() -> None:
    from classifier.digits import predictions  # NumPy
    from classifier.digits.lines.lost import lost_readings

    if lost := predictions.lost_predictions():
        enqueue("classifier.predict", lost)
    for late_id in lost_readings():
        enqueue("classifier.read_late", late_id)


@shared_task(name="classifier.look_after_versions")
def look_after_versions() -> None:
    from classifier.digits import networks, predictions  # LiteRT and NumPy

    networks.look_after_versions()
    predictions.go_on_after_damage()


@shared_task(name="classifier.look_after_disk")
def look_after_disk() -> None:
    room.look_after()
    workers.note_scheduled()


@shared_task(name="classifier.read_again")
def read_again(rereading_id: int, place: int) -> None:
    """Reads one chunk; the next is a task of its own, behind what people have sent in the meantime."""
    from classifier.digits import rereading  # NumPy

    following = rereading.read_some(rereading_id, place)
    if following is not None:
        enqueue("classifier.read_again", rereading_id, following)


@shared_task(name="classifier.go_on_reading_again")
def go_on_reading_again() -> None:
    from classifier.digits import rereading  # NumPy

    for rereading_id, place in rereading.left_behind():
        enqueue("classifier.read_again", rereading_id, place)


@shared_task(name="classifier.remove_orphans")
def remove_orphans() -> None:
    orphans.remove_orphans()


@shared_task(name="classifier.purge_deleted")
def purge_deleted() -> None:
    deletion.purge()


@shared_task(name="classifier.remove_old")
def remove_old() -> None:
    removal.carry_out()


@shared_task(name="classifier.forget_idempotency_keys")
def forget_idempotency_keys() -> None:
    idempotency.forget_old_keys()


@shared_task(name="classifier.carry_on_batch")
def carry_on_batch(batch_id: int) -> None:
    """Reads a batch for some seconds; then the next batch has its turn."""
    from classifier.batches import lifecycle, reading  # NumPy

    with batches.worker.at_work():
        if reading.carry_on(batch_id, should_leave=on_demand.is_leaving):
            lifecycle.send(batch_id)


@shared_task(name="classifier.start_batch_worker")
def start_batch_worker() -> None:
    batches.worker.start()


@shared_task(name="classifier.look_after_batches")
def look_after_batches() -> None:
    batches.look_after()


@shared_task(name="classifier.forget_visits")
def forget_visits() -> None:
    forgetting.forget_ended_sessions()
    forgetting.forget_expired_counts()
    invitations.forget_addresses()


@shared_task(name="classifier.remove_closed_accounts")
def remove_closed_accounts() -> None:
    closing.remove_closed_accounts()


@shared_task(name="classifier.start_import")
def start_import(import_id: int) -> None:
    imports.start_process(import_id)


@shared_task(name="classifier.look_after_imports")
def look_after_imports() -> None:
    imports.look_after()


@worker_init.connect
def prepare_worker(sender: Any, **_: Any) -> None:
    """Loads what an inference worker needs when it starts; processes that it forks share that memory."""
    if "inference" in sender.app.amqp.queues.consume_from:
        from classifier.digits import predictions  # noqa: F401 - LiteRT and NumPy
        from classifier.recognition import inference  # LiteRT and NumPy

        inference.preload()
        gc.collect()
        gc.freeze()  # the collector's marks would copy every shared page into each child
        # Loads the network too, so the first prediction does not wait for it.
        worker_process_init.connect(_warm_up, weak=False)
    if "training" in sender.app.amqp.queues.consume_from:
        workers.start_heartbeat("training")


def _warm_up(**_: Any) -> None:
    from classifier.digits import predictions  # LiteRT and NumPy

    predictions.warm_up()
    workers.start_heartbeat("inference", _serving)


def _serving() -> str:
    from classifier.digits import networks  # LiteRT and NumPy

    close_old_connections()
    return networks.network_in_service()[0].name


@task_prerun.connect
def check_connections(**_: Any) -> None:
    """Drops a database connection that has broken; Celery keeps connections between tasks (see digitsite.celery)."""
    close_old_connections()
