"""The memory of each process through a soak: read each minute, shown as a table, and compared at its end.

Shown is the proportional set size; compared is the part of it that is no page of a file, because programs that have
nothing to do with the site share those, and their share counts for ours when they end. Processes are told apart by
their ids. What comes and goes (children that read pictures or batches) is shown and not compared; a program that has
been started again is an error.
"""

import time
from dataclasses import dataclass, field
from statistics import median

import psutil

from benchmarks.machine import pss_mb, pss_without_files_mb
from tests.services import Site

PROGRAMS = ("redis", "inference", "web", "training", "scheduler", "watchdog")
SHORT = ("announcement", "samples")  # programs that end by themselves
GROWTH = 0.10  # of what a process had when it was warm
SMALL_MB = 1.0  # a process may grow by as much in any case
READINGS = 5  # in a minute; their median counts, because a request takes memory for a moment
EVERY_S = 1.0

Key = tuple[int, float]  # id and start of a process


@dataclass
class Memory:
    names: dict[Key, str] = field(default_factory=dict)
    minutes: list[dict[Key, float]] = field(default_factory=list)  # PSS in MB
    own: list[dict[Key, float]] = field(default_factory=list)  # the same without pages of files

    def read(self, site: Site) -> None:
        """Adds a minute."""
        readings: dict[Key, list[tuple[float, float]]] = {}
        for _ in range(READINGS):
            programs = {process.pid: name for name in PROGRAMS + SHORT if (process := site.program(name))}
            for process in site.processes():
                try:
                    key = process.pid, process.create_time()
                    self.names.setdefault(key, _name(process, programs))
                    readings.setdefault(key, []).append((pss_mb(process), pss_without_files_mb(process)))
                except psutil.NoSuchProcess:
                    continue
            time.sleep(EVERY_S)
        complete = {key: found for key, found in readings.items() if len(found) == READINGS}
        self.minutes.append({key: median(pss for pss, _ in found) for key, found in complete.items()})
        self.own.append({key: median(own for _, own in found) for key, found in complete.items()})

    def grown(self, warm: int) -> list[str]:
        """What is wrong: processes that are larger at the end than in the warm minute (an index), or are others now."""
        before, after = self.own[warm], self.own[-1]
        wrong = []
        for key, mb in before.items():
            if self.names[key] not in SHORT and key in after and after[key] > max(mb * (1 + GROWTH), mb + SMALL_MB):
                wrong.append(f"{self.names[key]} has grown from {mb:.1f} to {after[key]:.1f} MB.")
        for name in {self.names[key] for key in before} - set(SHORT):
            ids = [{key for key in minute if self.names[key] == name} for minute in (before, after)]
            if "›" not in name and ids[0] != ids[1]:
                wrong.append(f"{name} was started again.")
        return wrong

    def table(self) -> str:
        """A row for each process, a column for each minute."""
        shown = sorted({key for minute in self.minutes for key in minute}, key=lambda key: (self.names[key], key[1]))
        width = max(len(self.names[key]) for key in shown)
        head = f"{'PSS, MB':{width}} " + " ".join(f"{number:6}" for number in range(len(self.minutes)))
        rows = [
            f"{self.names[key]:{width}} "
            + " ".join(f"{minute[key]:6.1f}" if key in minute else f"{'–':>6}" for minute in self.minutes)
            for key in shown
        ]
        total = f"{'all':{width}} " + " ".join(f"{sum(minute.values()):6.1f}" for minute in self.minutes)
        return "\n".join([head, *rows, total])


def _name(process: psutil.Process, programs: dict[int, str]) -> str:
    if process.pid in programs:
        return programs[process.pid]
    above = [programs[each.pid] for each in process.parents() if each.pid in programs]
    if not above:
        return "supervisor"
    command = process.cmdline()
    if "classifier.decoding" in command:
        depth = sum("classifier.decoding" in each.cmdline() for each in process.parents())
        return "decoder" if depth == 0 else "decoder › child"
    return "web process" if above[0] == "web" else f"{above[0]} › child"
