"""What is logged where, in the form of logging.config.dictConfig.

The standard library writes the lines: structlog took 4 MB more in each process, and twice as long for a line
(docs/performance.md).
"""

from typing import Any

FORMATS = {"lines": "digitsite.logs.formats.LineFormatter", "json": "digitsite.logs.formats.JsonFormatter"}


def configuration(format_name: str, level: int, *, warnings_to_stdout: bool) -> dict[str, Any]:
    """format_name: a key of FORMATS, for what goes to standard error.

    warnings_to_stdout: whether the operator reads standard output while standard error goes to files.
    """
    handlers: dict[str, Any] = {"stderr": {"class": "logging.StreamHandler", "formatter": format_name}}
    if warnings_to_stdout:
        handlers["terminal"] = {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "lines",
            "level": "WARNING",
            "filters": ["grave"],
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {name: {"()": path} for name, path in FORMATS.items()},
        "filters": {"grave": {"()": "digitsite.logs.formats.Grave"}},
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.db.backends": {"level": "INFO"},  # with DEBUG=true it would log the values of every query
            # These would repeat the lines of `classifier.jobs.celery_worker`, and have the arguments of each task.
            "celery.pool": {"level": "INFO"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }
