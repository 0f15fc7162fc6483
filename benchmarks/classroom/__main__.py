"""`python -m benchmarks.classroom`: starts a site, holds the lessons, and prints how long answers took."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from statistics import quantiles

from benchmarks import batches
from benchmarks.people import CSRF
from benchmarks.servers import make_people
from benchmarks.workloads import PAD, PEN, drawn_digits
from tests.environment import BASE_DIR
from tests.services import Site

from .pupils import Figures, Lesson

PICTURES = 20_000  # in a batch: more than are read in a lesson


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom", description=__doc__)
    parser.add_argument("--pupils", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=1, help="how often each is measured, in turn")
    parser.add_argument("--token", action="store_true", help="also with one token that sends all it may")
    parser.add_argument("--token-at-once", default="1", help="the setting; a large number: without this limit")
    parser.add_argument("--batch", action="store_true", help="also while a batch is read")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = Site.prepare(Path(folder) / "data", TOKEN_AT_ONCE=options.token_at_once)
        site.start()
        try:
            measure(site, options, Path(folder) / "digits.zip")
        finally:
            site.stop()


def measure(site: Site, options: argparse.Namespace, archive: Path) -> None:
    people = make_people(site, options.pupils + 1)
    pupils = [{"Cookie": each["cookies"], "X-CSRFToken": CSRF, "HX-Request": "true"} for each in people[:-1]]
    token = people[-1]["token"]
    alone = Lesson(site.port, [digit["strokes"] for digit in drawn_digits()], PAD, PEN, pupils, None, options.seconds)
    lessons = {"alone": alone}
    if options.token:
        lessons["and a program with a token"] = replace(alone, token={"Authorization": f"Token {token}"})
    if options.batch:
        lessons["and a batch"] = alone
        batches.write_archive(archive, PICTURES)
    figures = {name: Figures() for name in lessons}
    hold(replace(alone, seconds=3.0))  # the first answers load what the others share
    for _ in range(options.rounds):
        for name, lesson in lessons.items():
            with batch_being_read(site, token, archive) if name == "and a batch" else nullcontext():
                figures[name].add(hold(lesson))
    print(f"{options.pupils} people draw for {options.rounds} × {options.seconds:g} s on {os.cpu_count()} cores")
    for name, found in figures.items():
        print(f"\n{name}\n{table(found)}")


def hold(lesson: Lesson) -> Figures:
    command = [sys.executable, "-m", "benchmarks.classroom.pupils"]
    done = subprocess.run(
        command, input=json.dumps(asdict(lesson)), stdout=subprocess.PIPE, text=True, check=True, cwd=BASE_DIR
    )
    return Figures(**json.loads(done.stdout))


@contextmanager
def batch_being_read(site: Site, token: str, archive: Path) -> Iterator[None]:
    url = batches.send(site, token, archive)
    yield
    batch = batches.call(site, token, url)
    print(f"The batch is {batch['status']}: {batch['read']:,} of {batch['total']:,} pictures are read.")
    batches.call(site, token, f"{url}cancel/", b"")


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
