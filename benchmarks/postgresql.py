"""What a digit costs PostgreSQL: processor time, statements, bytes of rows and of its log (WAL).

`python -m benchmarks.postgresql [--people 8] [--seconds 20]` runs the site on a private server, has people draw on the
pad, send pictures and open their history, and divides what the server has used by the number of digits or pages. What
the site asks it while nobody works is subtracted.
"""

import argparse
import json
import shutil
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.machine import Guard
from benchmarks.servers import make_people, send
from benchmarks.workloads import site_workloads
from tests import services
from tests.services import PostgresServer, Site

WORKLOADS = ("pad (POST /drawings/)", "picture (POST /pictures/)")
PAGES = 300  # and previews
SETTLING_S = 20  # after the start, in which the site measures its version
QUIET_S = 15  # of watching a site that nobody uses
FIGURES = """
SELECT json_build_object(
    'digits', (SELECT count(*) FROM classifier_digit),
    'calls', (SELECT sum(calls) FROM pg_stat_statements),
    'commits', (SELECT sum(xact_commit) FROM pg_stat_database WHERE datname = current_database()),
    'wal', pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'))
"""
SIZES = """
SELECT sum(pg_table_size(oid)), sum(pg_indexes_size(oid))
FROM pg_class WHERE relkind = 'r' AND relname LIKE 'classifier_%'
"""


@dataclass
class Reading:
    """What the server has used since its start."""

    at: float  # time.perf_counter()
    processor_s: float
    digits: int
    calls: int
    commits: int
    wal: int  # bytes

    @classmethod
    def of(cls, server: PostgresServer) -> "Reading":
        now, used = time.perf_counter(), _processor_s(server)
        found = json.loads(server.query(FIGURES))
        return cls(now, used, found["digits"], found["calls"], found["commits"], int(found["wal"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each workload")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="digitsite-bench-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        careful = {"fsync": "on", "full_page_writes": "on", "shared_preload_libraries": "pg_stat_statements"}
        server = stack.enter_context(services.postgres_server(**careful))
        server.query("CREATE EXTENSION pg_stat_statements")
        site = Site.prepare(folder / "site", DATABASE_URL=server.url(), API_RATE="", TRY_RATE="")
        site.start(300)
        stack.callback(site.stop)
        people = make_people(site, options.people)
        time.sleep(SETTLING_S)
        _report(site, server, people, options.seconds)


def _report(site: Site, server: PostgresServer, people: list[dict[str, str]], seconds: float) -> None:
    quiet = _quiet(server)
    heads = ["digits", "a second", "processor", "statements", "commits", "rows", "indexes", "WAL", "others used"]
    print(f"\n{'':>26} " + " ".join(f"{head:>11}" for head in heads))
    for workload in site_workloads():
        if workload.name in WORKLOADS:
            sizes = _sizes(server)
            guard, before = Guard(), Reading.of(server)
            result = send(workload.by(site.port, people, seconds))
            assert not result.failures, result.failures
            after, grown = Reading.of(server), [now - then for now, then in zip(_sizes(server), sizes, strict=True)]
            _print_row(workload.name, before, after, after.digits - before.digits, quiet, guard, grown)
    pad = site_workloads()[0].by(site.port, people, 0.0)
    for name, path, form in (
        ("preview of a drawing", "/drawings/preview/", pad.bodies[0].encode("latin-1")),
        ("history (GET /history/)", "/history/", None),
    ):
        guard, before = Guard(), Reading.of(server)
        for number in range(PAGES):
            headers = pad.people[number % len(people)] | ({"Content-Type": pad.content_type} if form else {})
            request = urllib.request.Request(site.url + path, form, headers)  # noqa: S310 - the site's own address
            urllib.request.urlopen(request).read()  # noqa: S310
        _print_row(name, before, Reading.of(server), PAGES, quiet, guard, [0, 0])
    print(f"Without people: {quiet[0] * 1e3:.1f} ms of processor time and {quiet[1]:.1f} statements a second.")
    print("Processor time is of PostgreSQL's processes; bytes are for each digit.")


def _quiet(server: PostgresServer) -> tuple[float, float]:
    """The processor time and the statements of a second in which nobody uses the site."""
    before = Reading.of(server)
    time.sleep(QUIET_S)
    after = Reading.of(server)
    elapsed = after.at - before.at
    return (after.processor_s - before.processor_s) / elapsed, (after.calls - before.calls) / elapsed


def _sizes(server: PostgresServer) -> list[int]:
    """The bytes of tables and of their indexes, without room that earlier versions of rows have left."""
    server.query("VACUUM FULL")
    return [int(size) for size in server.query(SIZES).split("|")]


def _print_row(
    name: str,
    before: Reading,
    after: Reading,
    count: int,
    quiet: tuple[float, float],
    guard: Guard,
    grown: list[int],
) -> None:
    """grown: bytes of tables and indexes."""
    elapsed = after.at - before.at
    processor_ms = (after.processor_s - before.processor_s - quiet[0] * elapsed) / count * 1e3
    calls = (after.calls - before.calls - quiet[1] * elapsed) / count
    commits = (after.commits - before.commits) / count
    sizes = [each / count for each in (*grown, after.wal - before.wal)]
    figures = [f"{count}", f"{count / elapsed:.0f}", f"{processor_ms:.2f} ms", f"{calls:.1f}", f"{commits:.1f}"]
    figures += [f"{size:.0f}" for size in sizes] + [f"{guard.foreign_cores():.2f} cores"]
    print(f"{name:>26} " + " ".join(f"{figure:>11}" for figure in figures), flush=True)


def _processor_s(server: PostgresServer) -> float:
    """Of the server, its processes, and those that have ended."""
    assert server.process is not None
    top = psutil.Process(server.process.pid)
    used = sum(top.cpu_times()[:4])
    for process in top.children(recursive=True):
        used += sum(process.cpu_times()[:2])
    return float(used)


if __name__ == "__main__":
    main()
