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
from benchmarks.machine import Guard, family, processor_s
from benchmarks.servers import BENTOML, YARDSTICK
from benchmarks.workloads import Workload, number_workload, other_workload, site_workloads
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
    processor_s: float  # of all processes of the server
    foreign_cores: float

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds


@dataclass(frozen=True)
class Target:
    """A workload and the server that receives it."""

    workload: Workload
    port: int
    pid: int  # of the server's first process

    def processor_s(self) -> float:
        """The processor time that the server's processes have used."""
        return sum(processor_s(process) for process in family(self.pid))


def main() -> None:
    options = _options()
    for other in (YARDSTICK, BENTOML) if options.peers else (YARDSTICK,):
        other.install()
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
    parser.add_argument("--peers", action="store_true", help="measure BentoML with adaptive batching too")
    parser.add_argument("--json", help="where to write the figures")
    return parser.parse_args()


def measure(site: Site, folder: Path, options: argparse.Namespace, stack: ExitStack) -> dict[str, Any]:
    """Measures everything in order: starts, idle memory, rounds of load, memory after load."""
    say("First start: an empty folder is prepared …")
    site.start()
    people = servers.make_people(site, CROWD)
    site.stop()
    workloads, yardstick = [*site_workloads(), number_workload()], other_workload(YARDSTICK.name)
    site_starts, yardstick_starts = [], []
    for turn in range(options.starts):
        say(f"Start {turn + 1} of {options.starts} …")
        with YARDSTICK.running(folder / "yardstick.log") as (_, port, since):
            yardstick_starts.append(servers.until_first_answer(yardstick, port, people, since))
        site.stop()
        since = servers.start_site(site)
        site_starts.append(servers.until_first_answer(workloads[0], site.port, people, since))
    time.sleep(8)  # until the start has settled
    idle = servers.site_memory(site)
    site_targets = [Target(workload, site.port, site.process.pid) for workload in workloads if site.process]
    others = [(YARDSTICK, yardstick)]
    if options.peers:
        others.append((BENTOML, other_workload(BENTOML.name)))
    targets, memory = [], {}
    for other, workload in others:
        process, port, since = stack.enter_context(other.running(folder / f"{other.name}.log"))
        servers.until_first_answer(workload, port, people, since)
        memory[other.name] = {"idle": servers.family_memory_mb(process.pid)}
        targets.append(Target(workload, port, process.pid))
    measured = rounds([targets[0], *site_targets, *targets[1:]], people, options)
    for (other, _), target in zip(others, targets, strict=True):
        memory[other.name]["after load"] = servers.family_memory_mb(target.pid)
    return {
        "when": time.strftime("%Y-%m-%d %H:%M:%S"),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "starts_s": {"site": site_starts, "yardstick": yardstick_starts},
        "memory_mb": {"site idle": idle, "site after load": servers.site_memory(site), "others": memory},
        "measurements": [asdict(one) for one in measured],
    }


def rounds(targets: list[Target], people: list[dict[str, str]], options: argparse.Namespace) -> list[Measurement]:
    """Measures each workload for one person and for the crowd, in turn; the first turn only warms up."""
    measured = []
    for turn in range(options.rounds + 1):
        say(f"Round {turn} of {options.rounds} …" if turn else "Warming up …")
        for count in (1, CROWD):
            for target in targets:
                one = _measurement(target, people[:count], turn, options.seconds if turn else 1.0)
                if turn:
                    measured.append(one)
    return measured


def _measurement(target: Target, people: list[dict[str, str]], turn: int, seconds: float) -> Measurement:
    guard, used_s = Guard(), target.processor_s()
    result = servers.send(target.workload.by(target.port, people, seconds))
    return Measurement(
        workload=target.workload.name,
        people=len(people),
        round=turn,
        processor_s=target.processor_s() - used_s,
        foreign_cores=guard.foreign_cores(),
        **asdict(result),
    )


say: Callable[[str], None] = lambda words: print(words, file=sys.stderr, flush=True)  # noqa: E731


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
