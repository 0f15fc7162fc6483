"""Memory of processes, and processor time used by other programs during a measurement."""

import os
import threading
import time
from pathlib import Path

import psutil

from tests.services import Site


def family(pid: int) -> list[psutil.Process]:
    """Returns a process and its descendants that are alive."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def pss_mb(process: psutil.Process) -> float:
    """Returns the proportional set size in MB (2**20 bytes): a page that n processes share counts 1/n."""
    return _parts_mb(process, "Pss:")


def pss_without_files_mb(process: psutil.Process) -> float:
    """The same without pages of files, whose shares grow when programs that are not ours end."""
    return _parts_mb(process, "Pss_Anon:", "Pss_Shmem:")


def _parts_mb(process: psutil.Process, *parts: str) -> float:
    try:
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith(parts)) / 1024


class Guard:
    """Counts the cores used since its creation by programs that are not ours, and by the host."""

    def __init__(self) -> None:
        self._start = self._read()

    def foreign_cores(self) -> float:
        elapsed, busy, own = (now - then for now, then in zip(self._read(), self._start, strict=True))
        return max(0.0, (busy - own) / elapsed)

    def _read(self) -> tuple[float, float, float]:
        times = psutil.cpu_times()
        busy = times.user + times.nice + times.system + times.irq + times.softirq + times.steal
        return time.perf_counter(), busy, sum(processor_s(process) for process in family(os.getpid()))


def processor_s(process: psutil.Process) -> float:
    """Returns the processor time of a process and of its ended children."""
    try:
        return float(sum(process.cpu_times()[:4]))
    except psutil.NoSuchProcess:
        return 0.0


class Watched:
    """Memory and processor time of the process that runs a command of manage.py, with its children."""

    def __init__(self, command: str) -> None:
        self._command = command
        self.most_mb = 0.0  # at once, PSS
        self.cpu_s = 0.0

    def watch(self, site: Site, stopped: threading.Event) -> None:
        times: dict[int, float] = {}
        while not stopped.wait(0.1):
            try:
                worker = next((each for each in site.processes() if self._command in each.cmdline()), None)
                if worker is None:
                    continue
                members = family(worker.pid)
                self.most_mb = max(self.most_mb, sum(pss_mb(each) for each in members))
                times |= {each.pid: sum(each.cpu_times()[:2]) for each in members}
                self.cpu_s = sum(times.values())
            except psutil.NoSuchProcess:
                continue
