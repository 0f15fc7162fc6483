"""Work that outlives a request: tasks are enqueued by name, leased by one process at a time, and answered by replies.

`queue` sends tasks, `questions` what a worker answers together, `leases` has the verbs of a durable job (see
classifier.models.jobs), `replies` carries answers to waiting requests, `workers` has the heartbeats of worker
processes, `celery_worker` runs one. The rest is about processes and their parents.
"""
