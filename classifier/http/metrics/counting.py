"""What the web processes count while they answer. Counting takes some microseconds and asks nobody.

The processes of one server share a folder of memory-mapped files (`PROMETHEUS_MULTIPROC_DIR`, made by
digitsite.web.counts), and any of them can tell the sums: this is the library's way for several processes. Each process
has a place in it, a small number, that its successor takes over together with the counts. Without that folder, as in
tests and with `runserver`, a process counts by itself.
"""

import os
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, Summary, multiprocess, values

from classifier.jobs import watching

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
STAGES = ("decoding", "segmentation", "worker", "network", "lines", "whole")
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
PREVIEWS = {"classifier:drawing-preview", "classifier:preview-try"}
PAGES = {
    "drawing-save",
    "drawing-try",
    "picture-upload",
    "picture-try",
    "sample-take",
    "drawing-preview",
    "preview-try",
}
# The views and statuses that answer with what was read.
ANSWERS = {*((f"classifier:{page}", 200) for page in PAGES), ("api:digit-list", 201)}
SHED_KINDS, SHED_REASONS = ("page", "answer", "preview", "bulk"), ("sender", "site")
OUTCOMES = {200: "answered", 204: "dropped", 429: "refused", 503: "refused"}

_place = "master"  # in the files' names


def take_place(place: str) -> None:
    """From now on, this process counts in the files of this place. Called in a new process before it answers."""
    global _place
    _place = place
    BREAKERS_OPEN.set(0)
    _begin_at_zero()


def leave_place(place: str) -> None:
    """Forgets the present state of a process that has ended; its counts stay."""
    multiprocess.mark_process_dead(place)  # type: ignore[no-untyped-call]  # the library has no annotation here


if FOLDER in os.environ:
    values.ValueClass = values.MultiProcessValue(lambda: _place)  # type: ignore[no-untyped-call]  # as below

_own = CollectorRegistry()
REQUESTS = Counter("digitsite_requests", "Requests by view and status.", ["view", "status"], registry=_own)
REQUEST_SECONDS = Summary(
    "digitsite_request_seconds",
    "Time to answer requests, by view.",
    ["view"],
    registry=_own,
)
STAGE_SECONDS = Histogram(
    "digitsite_answer_seconds",
    "Time that the stages of an answer take. decoding, segmentation: in the web process. worker: from the question to "
    "the reply. network, lines: of that, in the network or the line reader. whole: the request.",
    ["stage"],
    buckets=SECONDS,
    registry=_own,
)
NO_REPLY = Counter("digitsite_replies_missed", "Waits for a worker that ended without its reply.", registry=_own)
PREVIEWS_SEEN = Counter(
    "digitsite_previews",
    "Previews of unfinished drawings. dropped: without an answer in time, or without ink. refused: too busy.",
    ["outcome"],
    registry=_own,
)
SHED = Counter(
    "digitsite_requests_shed",
    "Requests refused, or previews dropped, without a thread. reason: sender, which has too many of its own; or site.",
    ["kind", "reason"],
    registry=_own,
)
BREAKERS_OPEN = Gauge(
    "digitsite_broker_breakers_open",
    "Web processes that do without Redis at the moment.",
    multiprocess_mode="livesum",
    registry=_own,
)
BREAKERS_OPENED = Counter(
    "digitsite_broker_breaker_opened", "How often a web process began to do without Redis.", registry=_own
)


def _begin_at_zero() -> None:
    """A series that begins at 0 shows its first event as an increase. Made before the fork, it would be copied."""
    for stage in STAGES:
        STAGE_SECONDS.labels(stage)
    for outcome in OUTCOMES.values():
        PREVIEWS_SEEN.labels(outcome)
    for kind in SHED_KINDS:
        for reason in SHED_REASONS:
            SHED.labels(kind, reason)


if FOLDER not in os.environ:
    _begin_at_zero()


class _Counting(watching.Watcher):
    def stage_took(self, stage: str, seconds: float) -> None:
        STAGE_SECONDS.labels(stage).observe(seconds)

    def no_reply(self) -> None:
        NO_REPLY.inc()

    def redis_is_away(self, is_away: bool) -> None:
        BREAKERS_OPEN.set(is_away)
        if is_away:
            BREAKERS_OPENED.inc()


watching.watch(_Counting())


def count_request(view: str, status: int, seconds: float) -> None:
    """Counts an answered request. view: its URL name, or in brackets what answered instead of a view."""
    REQUESTS.labels(view, status).inc()
    REQUEST_SECONDS.labels(view).observe(seconds)
    if (view, status) in ANSWERS:
        STAGE_SECONDS.labels("whole").observe(seconds)
    if view in PREVIEWS and status in OUTCOMES:
        PREVIEWS_SEEN.labels(OUTCOMES[status]).inc()


def count_shed(kind: str, reason: str, status: int) -> None:
    """Counts a request that the web server answers itself because more comes than can be done."""
    SHED.labels(kind, reason).inc()
    REQUESTS.labels("(web server)", status).inc()
    if kind == "preview":
        PREVIEWS_SEEN.labels("dropped").inc()


def collect() -> Iterable[Metric]:
    """What all processes of this server have counted."""
    if FOLDER not in os.environ:
        return _own.collect()
    shared: Iterable[Metric] = multiprocess.MultiProcessCollector(None).collect()  # type: ignore[no-untyped-call]
    return shared
