"""`make bench`: measures the real site and the yardstick in turn, for one person and for sixteen at once.

Prints a table, and writes all figures as JSON. Targets stand beside the figures; nothing fails by them.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import report, servers
from benchmarks.load import Result
from benchmarks.machine import Guard
from benchmarks.workloads import Workload, site_workloads, yardstick_workload
from tests.services import Site

CROWD = 16
RESULTS = Path(__file__).resolve().parent / "results"


@dataclass
class Measurement:
    """One workload, one number of people, one round."""

    workload: str
    people: int
    round: int
    latencies_ms: list[float]
    seconds: float
    right: int
    unfinished: int
    failures: list[str]
    foreign_cores: float

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds


def main() -> None:
    options = _options()
    servers.install_yardstick()
    # Ctrl-C and SIGTERM both leave through the context managers, which stop what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="digitsite-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        site = Site.prepare(folder / "data", API_RATE="1000000/minute")  # counted, but never reached
        stack.callback(lambda: site.stop())
        figures = measure(site, folder, options, stack)
    path = Path(options.json or RESULTS / time.strftime("%Y-%m-%d-%H%M%S.json"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1))
    print(report.text(figures))
    print(f"All figures: {path}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured in turn")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each single measurement")
    parser.add_argument("--starts", type=int, default=3, help="how often the start is timed")
    parser.add_argument("--json", help="where to write the figures")
    return parser.parse_args()


def measure(site: Site, folder: Path, options: argparse.Namespace, stack: ExitStack) -> dict[str, Any]:
    """Measures everything in order: starts, idle memory, rounds of load, memory after load."""
    say("First start: an empty folder is prepared …")
    site.start()
    people = servers.make_people(site, CROWD)
    site.stop()
    workloads, yardstick = site_workloads(), yardstick_workload()
    site_starts, yardstick_starts = [], []
    for turn in range(options.starts):
        say(f"Start {turn + 1} of {options.starts} …")
        with servers.yardstick_running(folder / "yardstick.log") as (_, port, since):
            yardstick_starts.append(servers.until_first_answer(yardstick, port, people, since))
        site.stop()
        since = servers.start_site(site)
        site_starts.append(servers.until_first_answer(workloads[0], site.port, people, since))
    time.sleep(8)  # until the start has settled
    idle = servers.site_memory(site)
    process, port, since = stack.enter_context(servers.yardstick_running(folder / "yardstick.log"))
    servers.until_first_answer(yardstick, port, people, since)
    yardstick_idle = servers.family_memory_mb(process.pid)
    ports = {workload.name: site.port for workload in workloads} | {yardstick.name: port}
    measured = rounds([yardstick, *workloads], ports, people, options)
    yardstick_loaded = servers.family_memory_mb(process.pid)
    return {
        "when": time.strftime("%Y-%m-%d %H:%M:%S"),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "starts_s": {"site": site_starts, "yardstick": yardstick_starts},
        "memory_mb": {
            "site idle": idle,
            "site after load": servers.site_memory(site),
            "yardstick": {"idle": yardstick_idle, "after load": yardstick_loaded},
        },
        "measurements": [asdict(one) for one in measured],
    }


def rounds(
    workloads: list[Workload], ports: dict[str, int], people: list[dict[str, str]], options: argparse.Namespace
) -> list[Measurement]:
    """Measures each workload for one person and for the crowd, in turn; the first turn only warms up."""
    measured = []
    for turn in range(options.rounds + 1):
        say(f"Round {turn} of {options.rounds} …" if turn else "Warming up …")
        for count in (1, CROWD):
            for workload in workloads:
                guard = Guard()
                result = servers.send(
                    workload.by(ports[workload.name], people[:count], options.seconds if turn else 1.0)
                )
                if turn:
                    measured.append(_measurement(workload, count, turn, result, guard.foreign_cores()))
    return measured


def _measurement(workload: Workload, people: int, turn: int, result: Result, foreign_cores: float) -> Measurement:
    figures = asdict(result)
    return Measurement(workload=workload.name, people=people, round=turn, foreign_cores=foreign_cores, **figures)


say: Callable[[str], None] = lambda words: print(words, file=sys.stderr, flush=True)  # noqa: E731


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
