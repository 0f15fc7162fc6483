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


@shared_task(name="sheets.find_fields")
def find_fields(page_id: int, reply_key: str) -> None:
    from classifier.sheets.describing import offers  # NumPy, which the training worker does not need

    offers.reply_with_offers(page_id, reply_key)
