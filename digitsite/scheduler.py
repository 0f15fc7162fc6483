"""The scheduler: `python -m digitsite.scheduler [FILE]`, FILE being where it keeps what it sent last.

Its Celery application sends tasks by name and never runs one. So it reads the settings and leaves the tasks and their
libraries alone, and Celery's command line too, which loads a shell: that spares memory.
"""

import sys

from celery import Celery

app = Celery("digitsite", fixups=[])
app.config_from_object("digitsite.settings", namespace="CELERY")

if __name__ == "__main__":
    app.Beat(schedule=next(iter(sys.argv[1:]), None), loglevel="WARNING", quiet=True).run()
