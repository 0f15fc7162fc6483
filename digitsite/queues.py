"""The queues, which task runs on which, and what the scheduler sends when.

Celery's configuration takes these from the settings. A task that is named nowhere here runs on `inference`.
"""

from datetime import timedelta
from typing import Any

from kombu import Queue

DEFAULT = "inference"
# no_ack: a worker takes a prediction off the queue for good. One that it cannot answer is found in the database again,
# and keeping count of unacknowledged messages in Redis would cost more than answering them.
QUEUES = [
    Queue("inference", no_ack=True),
    Queue("training"),
    Queue("batches", no_ack=True),
    Queue("sheets", no_ack=True),
]

ROUTES = {
    "training.look_after_runs": {"queue": "inference"},  # the training worker is busy for as long as it trains
    "training.*": {"queue": "training"},
    "classifier.carry_on_batch": {"queue": "batches"},  # read by a process that lives only while there are batches
    "sheets.carry_on": {"queue": "sheets"},  # the same for stacks of sheets
    "sheets.find_fields": {"queue": "sheets"},
    # These may take long, and nobody waits for them.
    "classifier.remove_orphans": {"queue": "training"},
    "classifier.purge_deleted": {"queue": "training"},
    "classifier.remove_old": {"queue": "training"},
    "classifier.remove_closed_accounts": {"queue": "training"},
    "sheets.remove": {"queue": "training"},
}


def _every(task: str, interval: timedelta) -> dict[str, Any]:
    """A job that expires when its successor is sent, so that none pile up while a worker is away."""
    return {"task": task, "schedule": interval, "options": {"expires": interval.total_seconds()}}


SCHEDULE = {
    "resend lost predictions": _every("classifier.resend_lost_predictions", timedelta(seconds=5)),
    "resend late batches": _every("classifier.look_after_batches", timedelta(seconds=5)),
    "resend late stacks": _every("sheets.look_after", timedelta(seconds=5)),
    "resend late imports": _every("classifier.look_after_imports", timedelta(seconds=10)),
    "resend late re-readings": _every("classifier.go_on_reading_again", timedelta(seconds=10)),
    "end silent training runs, resend waiting ones": _every("training.look_after_runs", timedelta(seconds=10)),
    "measure unmeasured versions": _every("training.measure_unmeasured", timedelta(minutes=5)),
    "look after the disk": _every("classifier.look_after_disk", timedelta(seconds=5)),
    "check the versions in service": _every("classifier.look_after_versions", timedelta(seconds=30)),
    "send webhooks again": _every("sheets.send_webhooks", timedelta(minutes=1)),
    "remove closed accounts": _every("classifier.remove_closed_accounts", timedelta(minutes=1)),
    "remove digits deleted days ago": _every("classifier.purge_deleted", timedelta(hours=1)),
    "remove sheets and stacks that are due": _every("sheets.remove", timedelta(hours=1)),
    "remove what is older than the site keeps": _every("classifier.remove_old", timedelta(minutes=10)),
    "remove files without a row": _every("classifier.remove_orphans", timedelta(hours=1)),
    "forget ended sessions and expired counts": _every("classifier.forget_visits", timedelta(hours=1)),
    "remove old idempotency keys": _every("classifier.forget_idempotency_keys", timedelta(hours=1)),
}

# Settings of Celery that are the same for every installation.
CELERY: dict[str, Any] = {
    "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
    "CELERY_BROKER_CONNECTION_MAX_RETRIES": None,
    "CELERY_TASK_PUBLISH_RETRY": False,
    "CELERY_TASK_IGNORE_RESULT": True,
    "CELERY_TASK_DEFAULT_QUEUE": DEFAULT,
    "CELERY_TASK_ROUTES": ROUTES,
    "CELERY_TASK_SERIALIZER": "json",
    "CELERY_ACCEPT_CONTENT": ["json"],
    "CELERY_WORKER_HIJACK_ROOT_LOGGER": False,
    # Otherwise an error of the log itself (its reader is gone) is logged again and can block a worker.
    "CELERY_WORKER_REDIRECT_STDOUTS": False,
    "CELERY_WORKER_SEND_TASK_EVENTS": False,
    "CELERY_WORKER_ENABLE_REMOTE_CONTROL": False,
    "CELERY_TIMEZONE": "UTC",
    "CELERY_BEAT_SCHEDULE": SCHEDULE,
}
