"""The tasks of sheets: each calls one plain function, and repeating one does no harm."""

from celery import shared_task

from classifier.jobs import on_demand
from classifier.sheets.stacks import lifecycle, removal, worker
from classifier.sheets.webhooks import attempts, sender


@shared_task(name="sheets.carry_on")
def carry_on(stack_id: int) -> None:
    """Reads a stack for some seconds; then the next stack has its turn."""
    from classifier.sheets.stacks import reading  # OpenCV and LiteRT

    with worker.worker.at_work():
        if reading.carry_on(stack_id, should_leave=on_demand.is_leaving):
            lifecycle.send(stack_id)


@shared_task(name="sheets.start_worker")
def start_worker() -> None:
    worker.start()


@shared_task(name="sheets.look_after")
def look_after() -> None:
    lifecycle.look_after()


@shared_task(name="sheets.remove")
def remove() -> None:
    removal.remove_due()


@shared_task(name="sheets.announce")
def announce(stack_id: int) -> None:
    attempts.announce(stack_id)
    sender.start()


@shared_task(name="sheets.send_webhooks")
def send_webhooks() -> None:
    attempts.announce_forgotten()
    sender.start()


@shared_task(name="sheets.find_fields")
def find_fields(page_id: int, reply_key: str) -> None:
    from classifier.sheets.describing import offers  # NumPy, which the training worker does not need

    with worker.worker.at_work():
        offers.reply_with_offers(page_id, reply_key)
