"""How a worker treats a job that left its queue when it was taken (the queue is declared `no_ack`)."""

from celery.worker.request import Request


class TakenRequest(Request):
    """Not acknowledged: Celery would ask Redis to forget what it never kept, a round trip for each answer."""

    def acknowledge(self) -> None:
        self.acknowledged = True
