"""The tasks of sheets: each calls one plain function, and repeating one does no harm."""

from celery import shared_task

from classifier.sheets.webhooks import attempts, sender


@shared_task(name="sheets.announce")
def announce(stack_id: int) -> None:
    attempts.announce(stack_id)
    sender.start()


@shared_task(name="sheets.send_webhooks")
def send_webhooks() -> None:
    attempts.announce_forgotten()
    sender.start()
