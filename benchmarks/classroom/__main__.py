"""`python -m benchmarks.classroom`: starts a site, holds the lesson, and prints how long answers took."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from statistics import quantiles

from benchmarks.people import CSRF
from benchmarks.servers import make_people
from benchmarks.workloads import PAD, PEN, drawn_digits
from tests.environment import BASE_DIR
from tests.services import Site

from .pupils import Figures, Lesson


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom", description=__doc__)
    parser.add_argument("--pupils", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--token", action="store_true", help="also one token that sends all it may")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = Site.prepare(Path(folder) / "data")
        site.start()
        try:
            people = make_people(site, options.pupils + 1)
            pupils = [{"Cookie": each["cookies"], "X-CSRFToken": CSRF, "HX-Request": "true"} for each in people[:-1]]
            token = {"Authorization": f"Token {people[-1]['token']}"} if options.token else None
            drawings = [digit["strokes"] for digit in drawn_digits()]
            lesson = Lesson(site.port, drawings, PAD, PEN, pupils, token, 3.0)
            hold(lesson)  # the first answers load what the others share
            lesson.seconds = options.seconds
            figures = hold(lesson)
        finally:
            site.stop()
    print(f"{options.pupils} people draw for {options.seconds:g} s on {os.cpu_count()} cores")
    print(table(figures))


def hold(lesson: Lesson) -> Figures:
    command = [sys.executable, "-m", "benchmarks.classroom.pupils"]
    done = subprocess.run(
        command, input=json.dumps(asdict(lesson)), stdout=subprocess.PIPE, text=True, check=True, cwd=BASE_DIR
    )
    return Figures(**json.loads(done.stdout))


def table(figures: Figures) -> str:
    rows = [f"{'':10} {'answers':>8} {'p50, ms':>8} {'p95, ms':>8}"]
    for name, latencies in (("previews", figures.previews_ms), ("saved", figures.saves_ms)):
        parts = quantiles(latencies, n=20) if len(latencies) > 1 else [float("nan")] * 19
        rows.append(f"{name:10} {len(latencies):8,} {parts[9]:8.0f} {parts[18]:8.0f}")
    rows.append(f"previews not answered in time: {figures.empty}; not asked for yet another time: {figures.skipped}")
    if figures.by_token or figures.refused:
        rows.append(f"the token: {figures.by_token} answers, {figures.refused} times asked to wait")
    return "\n".join([*rows, *figures.failures])


if __name__ == "__main__":
    main()
