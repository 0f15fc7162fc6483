"""Which request a piece of work belongs to, and which drawing, batch, import or run it is about, by its public id.

The log formatters add this to every line (digitsite.logs). `queue` sends it along with a task, and a process that is
started for one job receives it in its environment. Loads nothing of the site.
"""

import json
import os
import re
import uuid
from contextvars import ContextVar
from typing import Any

VARIABLE = "WORK_TRACE"  # environment variable of a child process: JSON
VALID = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}", re.ASCII)  # of a client or proxy; nothing that could forge a line

Trace = dict[str, str]

_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)
_of_process: Trace = {}


def begin_request(given: str | None) -> str:
    """Begins a request. Returns its id: the one given if it is valid, otherwise a new one."""
    request_id = given if given and VALID.fullmatch(given) else uuid.uuid4().hex
    _trace.set({"request_id": request_id})
    return request_id


def begin(received: Any) -> None:
    """Begins work that was sent with `current()` of another process; anything else counts as none."""
    _trace.set({str(key): str(value) for key, value in received.items()} if isinstance(received, dict) else {})


def about(**ids: object) -> None:
    """Notes what the current work is about, such as about(drawing=drawing.public_id)."""
    _trace.set(current() | {kind: str(public_id) for kind, public_id in ids.items()})


def about_row(row: Any) -> None:
    """Notes that the current work is about a row with a public id."""
    about(**{row._meta.model_name: row.public_id})


def current() -> Trace:
    """The request id, if a request has caused the current work, and what it is about."""
    trace = _trace.get()
    return _of_process if trace is None else trace


def is_about_something() -> bool:
    return any(key != "request_id" for key in current())


def for_child() -> dict[str, str]:
    """The environment variable with which a process of this one continues the current work."""
    return {VARIABLE: json.dumps(current())}


def continue_parents() -> None:
    """Continues the work of the process that has started this one, in all threads."""
    begin(json.loads(os.environ.pop(VARIABLE, "{}")))
    _of_process.update(current())
