"""The soak finds what it is for: processes that grow or are started again, failed requests, errors in logs."""

import pytest

from benchmarks.soak.__main__ import ERROR, report
from benchmarks.soak.memory import Memory
from benchmarks.soak.visitors import Outcome

WEB, CHILD, REDIS, NEW_WEB = (1, 0.0), (2, 0.0), (3, 0.0), (4, 60.0)
SAMPLES = (5, 0.0)


def memory(*minutes: dict[tuple[int, float], float]) -> Memory:
    names = {WEB: "web process", CHILD: "decoder › child", REDIS: "redis", NEW_WEB: "web process"} | {
        SAMPLES: "samples"
    }
    found = [{REDIS: 4.0, **minute} for minute in minutes]
    return Memory(names, found, found)


@pytest.mark.parametrize(
    ("last", "wrong"),
    [
        ({WEB: 87.9, CHILD: 30.0, SAMPLES: 99.0}, []),
        ({WEB: 88.1, CHILD: 30.0}, ["web process has grown from 80.0 to 88.1 MB."]),
        ({WEB: 70.0}, []),  # the child has ended
        ({WEB: 80.0, CHILD: 33.5}, ["decoder › child has grown from 30.0 to 33.5 MB."]),
        ({NEW_WEB: 60.0}, ["web process was started again."]),
        ({WEB: 80.0, REDIS: 4.9}, []),  # less than a megabyte
        ({WEB: 80.0, REDIS: 5.1}, ["redis has grown from 4.0 to 5.1 MB."]),
    ],
)
def test_growth_and_restarts_are_named(last, wrong):
    assert memory({WEB: 20.0}, {WEB: 80.0, CHILD: 30.0, SAMPLES: 60.0}, last).grown(warm=1) == wrong


@pytest.mark.parametrize(
    ("outcome", "logged", "says"),
    [
        (Outcome(answers={"drawing": 9}), [], "No error, and no process is more than 10 % larger than in minute 1."),
        (Outcome(failed=1, failures=["history: 500 Oh"]), [], "1 requests failed.\nhistory: 500 Oh"),
        (Outcome(), ["web.log: ERROR"], "web.log: ERROR"),
    ],
)
def test_report_fails_for_every_error(outcome, logged, says, capsys):
    steady = memory({WEB: 20.0}, {WEB: 80.0, CHILD: 30.0}, {WEB: 81.0})
    assert report(steady, outcome, logged, 1, 0.0) == (says.startswith("No error") is False)
    text = capsys.readouterr().out
    assert says in text
    assert "decoder › child      –   30.0      –" in text


def test_answers_are_judged_by_their_status():
    outcome = Outcome()
    assert outcome.count("preview", 204, b"")
    assert not outcome.count("history", 503, b"<html><style>p {}</style><p>Many people are\n drawing</p>")
    assert (outcome.answers, outcome.late, outcome.failed) == ({"preview": 1}, 1, 1)
    assert outcome.failures == ["history: 503  Many people are drawing "]


def test_errors_in_logs_are_found():
    log = "2026-11-29 13:48:35,102 INFO a.b Fine\n2026-11-29 13:48:35,102 ERROR a.b Not fine\nTraceback\n"
    assert ERROR.findall(log) == ["2026-11-29 13:48:35,102 ERROR a.b Not fine"]
