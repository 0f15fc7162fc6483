"""Runs all checks and shows what they find."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from digitsite import __version__
from digitsite.logs.formats import without_secrets

from .findings import Finding, not_checked

Check = Callable[[], Iterator[Finding]]
Findings = list[tuple[str, Finding]]


def all_checks() -> list[tuple[str, Check]]:
    """In the order in which an operator mends things. They need Django's settings, so they are imported here."""
    from . import clock, database, files, folders, mail, models, proxy, redis, settings, workers

    return [
        ("settings", settings.check),
        ("permissions", folders.check_permissions),
        ("disk", folders.check_disk),
        ("database", database.check),
        ("files", files.check),
        ("redis", redis.check),
        ("clock", clock.check),
        ("workers", workers.check),
        ("models", models.check),
        ("mail", mail.check),
        ("proxy", proxy.check),
    ]


def examine(checks: list[tuple[str, Check]]) -> Findings:
    """What the checks find. One that fails says so; the others go on."""
    findings: Findings = []
    for name, check in checks:
        try:
            for finding in check():
                findings.append((name, finding))
        except Exception as error:  # of any kind: the operator gets a sentence, and the other checks go on
            why = without_secrets(" ".join(str(error).split()))
            findings.append((name, not_checked(f"This could not be checked: {why} ({type(error).__name__}).")))
    return findings


def is_well(findings: Findings) -> bool:
    return all(finding.state in ("ok", "note") for _, finding in findings)


def as_json(findings: Findings) -> str:
    rows: list[dict[str, Any]] = [
        {"check": name, "state": finding.state, "sentence": finding.sentence, "remedy": finding.remedy}
        for name, finding in findings
    ]
    return json.dumps({"ok": is_well(findings), "version": __version__, "findings": rows}, indent=2, ensure_ascii=False)


def as_text(findings: Findings) -> str:
    lines = []
    for name, finding in findings:
        state = finding.state.upper() if finding.state == "wrong" else finding.state
        lines.append(f"{name:<12} {state:<12} {finding.sentence}")
        if finding.remedy and finding.state != "ok":
            lines.append(f"{'':<25} → {finding.remedy}")
    count = sum(finding.state in ("wrong", "not checked") for _, finding in findings)
    need = "1 thing needs" if count == 1 else f"{count} things need"
    lines.append(f"{need} attention." if count else "Nothing is wrong.")
    return "\n".join(lines)
