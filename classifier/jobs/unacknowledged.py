"""How a worker handles jobs of a queue that is declared `no_ack`: they left the queue when the worker took them."""

from celery.worker.request import Request


class UnacknowledgedRequest(Request):
    """Sends no acknowledgement, because Redis keeps nothing to acknowledge: one round trip less for each answer."""

    def acknowledge(self) -> None:
        self.acknowledged = True
