"""The figures of a run as a table for people."""

from collections.abc import Iterable
from statistics import median, quantiles
from typing import Any

BUSY_CORES = 0.3  # used by other processes; above this, a measurement counts as disturbed
INFERENCE = "inference"


def text(figures: dict[str, Any]) -> str:
    """Returns the whole report. figures: as benchmarks.run writes them."""
    measured = figures["measurements"]
    yardstick = measured[0]["workload"]
    workloads = list(dict.fromkeys(one["workload"] for one in measured))
    lines = [f"\n{figures['when']}, {figures['cores']} cores", _noise(figures), ""]
    for people in dict.fromkeys(one["people"] for one in measured):
        lines += [f"{people} at once" if people > 1 else "One person", _HEAD]
        lines += [
            _row(workload, _of(measured, workload, people), _of(measured, yardstick, people)) for workload in workloads
        ]
        lines.append("")
    lines.append("p50 and p95: of all rounds together. × yardstick: median of the rounds [lowest–highest].")
    lines.append("Processor: user and system time of all processes of the server, for each answer.")
    lines.append("Yardstick: FastAPI and LiteRT in one process, same pictures and framing; no rows, no people.")
    lines.append("Aimed at: p50 at most 5 × the yardstick; at least 100 answers/s for 16 at once on 4 cores.\n")
    lines += [*_starts(figures["starts_s"]), "", *_memory(figures["memory_mb"])]
    return "\n".join(lines)


_HEAD = f"{'':30} {'p50 ms':>8} {'p95 ms':>8}   {'p50 × yardstick':<22} {'answers/s':<24} {'processor ms':<20} "
_HEAD += f"{'answers':>7} {'right':>7}"


def _of(measured: list[dict[str, Any]], workload: str, people: int) -> list[dict[str, Any]]:
    return [one for one in measured if (one["workload"], one["people"]) == (workload, people)]


def _row(workload: str, rounds: list[dict[str, Any]], yardstick: list[dict[str, Any]]) -> str:
    latencies = [value for one in rounds for value in one["latencies_ms"]]
    failures = [failure for one in rounds for failure in one["failures"]]
    if len(latencies) < 2:
        return f"{workload:30} no answers: {failures[:1]}"
    pairs = [(one, other) for one, other in zip(rounds, yardstick, strict=True) if one["latencies_ms"]]
    ratio = spread((median(one["latencies_ms"]) / median(other["latencies_ms"]) for one, other in pairs), 1)
    rate = spread((len(one["latencies_ms"]) / one["seconds"] for one in rounds), 0)
    processor = spread((1000 * one["processor_s"] / len(one["latencies_ms"]) for one, _ in pairs), 1)
    right = sum(one["right"] for one in rounds) / len(latencies)
    row = f"{workload:30} {median(latencies):8.1f} {quantiles(latencies, n=20)[-1]:8.1f}   {ratio:<22} {rate:<24} "
    row += f"{processor:<20} "
    row += f"{len(latencies):7} {right:7.1%}"
    if unfinished := sum(one["unfinished"] for one in rounds):
        row += f"   {unfinished} NOT FINISHED IN TIME"
    return row + (f"   {len(failures)} FAILED: {failures[0][:100]}" if failures else "")


def spread(values: Iterable[float], digits: int) -> str:
    """Median [lowest–highest]."""
    ordered = sorted(values)
    return f"{median(ordered):.{digits}f} [{ordered[0]:.{digits}f}–{ordered[-1]:.{digits}f}]"


def _noise(figures: dict[str, Any]) -> str:
    foreign = [one["foreign_cores"] for one in figures["measurements"]]
    disturbed = sum(value > BUSY_CORES for value in foreign)
    load = figures["load_average"][1]
    words = f"Others used {spread(foreign, 1)} cores meanwhile; load average of 5 minutes {load:.1f}."
    if disturbed:
        words += (
            f"\nTHE MACHINE WAS BUSY: in {disturbed} of {len(foreign)} measurements others used more than "
            f"{BUSY_CORES} cores. Trust the ratios, not the milliseconds."
        )
    return words


def _starts(starts: dict[str, list[float]]) -> list[str]:
    return [
        "From start to the first answer (installed, its folder prepared)",
        f"  site       {spread(starts['site'], 1)} s   (aimed at: at most 8)",
        f"  yardstick  {spread(starts['yardstick'], 1)} s",
    ]


def _memory(memory: dict[str, Any]) -> list[str]:
    idle, loaded = memory["site idle"], memory["site after load"]
    lines = [f"{'Memory (PSS, MB)':30} {'idle':>8} {'after load':>11}"]
    for name in sorted({*idle, *loaded}):
        cells = (f"{memory[name]:.1f}" if name in memory else "–" for memory in (idle, loaded))
        lines.append("  {:28} {:>8} {:>11}".format(name, *cells))
    totals = (sum(memory.values()) for memory in (idle, loaded))
    lines.append("{:30} {:8.1f} {:11.1f}   (aimed at: at most 500)".format("all", *totals))
    of_inference = (sum(mb for name, mb in memory.items() if name.startswith(INFERENCE)) for memory in (idle, loaded))
    lines.append(
        "{:30} {:8.1f} {:11.1f}   (aimed at: at most 150 idle)".format("inference with children", *of_inference)
    )
    lines += [f"{name:30} {mb['idle']:8.1f} {mb['after load']:11.1f}" for name, mb in memory["others"].items()]
    return lines
