"""The two formats of log lines: for people, and JSON for programs.

The code logs no picture, password, session key or token. Errors of libraries may quote what they were given, and paths
of reset links are tokens, so what looks like one of these is removed from every line as well.
"""

import json
import logging
import re
from datetime import datetime
from typing import Any

from classifier.jobs import trace

SECRETS = [
    # Links for a new password, a confirmed address or an invitation: they work for everybody who has one.
    (re.compile(r"(/(?:password/reset/key|confirm-email|invitation)/)[^/\s\"'<>?]+"), r"\1…"),
    (re.compile(r"(?i)\b(token|bearer|basic)(\s+)[\w.~+/=-]{16,}"), r"\1\2…"),
    (re.compile(r"(?i)\b((?:sessionid|csrftoken|messages)_\w+=)[^;,\s\"']+"), r"\1…"),
    (re.compile(r"(?i)\b(\w*(?:password|passwd|secret)\w*[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s&,;]+)"), r"\1…"),
    (re.compile(r"(://[^/@\s:]*:)[^@\s/]+@"), r"\1…@"),  # the password in the address of a server
    (re.compile(r"\bb'(?:\\.|[^'\\]){32,}'|\bb\"(?:\\.|[^\"\\]){32,}\""), "b'…'"),
]
LONG = 200  # characters
PICTURES = [
    (re.compile(rf"[A-Za-z0-9+/=_-]{{{LONG},}}"), "…"),  # in base64
    (re.compile(rf"[\d\s.,\[\]()-]{{{LONG},}}"), " … "),  # in numbers
]
UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")


def without_secrets(text: str) -> str:
    for pattern, replacement in SECRETS + PICTURES if len(text) >= LONG else SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _message(record: logging.LogRecord) -> str:
    """In one line: what a client has sent must not begin another one."""
    return UNPRINTABLE.sub(lambda match: f"\\x{ord(match[0]):02x}", without_secrets(record.getMessage()))


class LineFormatter(logging.Formatter):
    """`2026-11-29 13:22:36,123 WARNING classifier.jobs.queue Message (request_id=… drawing=…)`, then a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {_message(record)}"
        if work := trace.current():
            line += f" ({' '.join(f'{key}={value}' for key, value in work.items())})"
        if record.exc_info:
            line += f"\n{without_secrets(self.formatException(record.exc_info))}"
        return line


class JsonFormatter(logging.Formatter):
    """One JSON object in a line: time, level, logger, process, message, then the ids, and a traceback if any."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": _message(record),
            **trace.current(),
        }
        if record.exc_info:
            entry["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


class Grave(logging.Filter):
    """Lets lines pass that an operator should see at once; not that a page was not found."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.name != "django.request" or record.levelno >= logging.ERROR
