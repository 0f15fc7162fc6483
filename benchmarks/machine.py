"""What the machine did meanwhile: memory of processes, and processor time that others took."""

import os
import time
from pathlib import Path

import psutil


def family(pid: int) -> list[psutil.Process]:
    """A process and all below it, as far as they still live."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def pss_mb(process: psutil.Process) -> float:
    """Proportional set size: a page that n processes share counts as one n-th. MB of 2**20 bytes; 0 when gone."""
    try:
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024


class Guard:
    """Counts the cores that others used since it was made: programs that are not ours, and the host."""

    def __init__(self) -> None:
        self._start = self._read()

    def foreign_cores(self) -> float:
        elapsed, busy, own = (now - then for now, then in zip(self._read(), self._start, strict=True))
        return max(0.0, (busy - own) / elapsed)

    def _read(self) -> tuple[float, float, float]:
        times = psutil.cpu_times()
        busy = times.user + times.nice + times.system + times.irq + times.softirq + times.steal
        return time.perf_counter(), busy, sum(_cpu_s(process) for process in family(os.getpid()))


def _cpu_s(process: psutil.Process) -> float:
    """Processor time of a process and of its children that have ended."""
    try:
        return float(sum(process.cpu_times()[:4]))
    except psutil.NoSuchProcess:
        return 0.0
