"""`python -m benchmarks.soak [--minutes 30] [--people 16]`: prints the memory of each process, and whether it grew.

Exits with 1 if a request failed, an error was logged, or a process grew or was started again.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.machine import Guard
from benchmarks.servers import make_people
from tests.environment import BASE_DIR
from tests.services import Site

from .memory import Memory
from .visitors import Day, Outcome

WARM = 5  # the minute with which the last one is compared; in a short run, the middle
MINUTE_S = 60.0
ERROR = re.compile(r"^.* (?:ERROR|CRITICAL) .*$", re.MULTILINE)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--people", type=int, default=16)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digitsite-soak-") as folder:
        site = Site.prepare(Path(folder) / "data")
        site.start()
        try:
            return soak(site, options.minutes, options.people)
        finally:
            site.stop()


def soak(site: Site, minutes: int, people: int) -> int:
    """Returns 1 if anything erred or grew, and prints what."""
    memory, guard = Memory(), Guard()
    day = Day(site.port, make_people(site, people), minutes * MINUTE_S)
    command = [sys.executable, "-m", "benchmarks.soak.visitors"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=BASE_DIR) as visitors:
        assert visitors.stdin is not None
        visitors.stdin.write(json.dumps(asdict(day)))
        visitors.stdin.close()
        visitors.stdin = None  # `communicate` would flush it
        begun = time.monotonic()
        for minute in range(minutes):
            # Each minute is read near its end, the last one while people still work.
            time.sleep(max(0.0, begun + (minute + 1) * MINUTE_S - 10 - time.monotonic()))
            memory.read(site)
            print(f"Minute {minute}: {sum(memory.minutes[-1].values()):.0f} MB", file=sys.stderr, flush=True)
        outcome = Outcome(**json.loads(visitors.communicate()[0]))
    return report(
        memory, outcome, logged_errors(site), WARM if minutes > WARM + 1 else minutes // 2, guard.foreign_cores()
    )


def logged_errors(site: Site) -> list[str]:
    files = [site.terminal, *sorted((site.data_dir / "logs").glob("*.log"))]
    return [f"{file.name}: {line}" for file in files for line in ERROR.findall(file.read_text(errors="replace"))]


def report(memory: Memory, outcome: Outcome, logged: list[str], warm: int, foreign_cores: float) -> int:
    print(memory.table())
    counts = ", ".join(f"{number:,} × {kind}" for kind, number in sorted(outcome.answers.items()))
    print(f"\nAnswers: {counts}; {outcome.late:,} came late. Others used {foreign_cores:.1f} cores meanwhile.")
    wrong = [f"{outcome.failed} requests failed."] if outcome.failed else []
    wrong += [*outcome.failures, *logged[:20], *memory.grown(warm)]
    print("\n".join(wrong) or f"No error, and no process is more than 10 % larger than in minute {warm}.")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
