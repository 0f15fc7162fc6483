"""`manage.py evaluate --set PATH`: measures labelled pictures or strokes with the code that serves."""

import json
import re
import time
import uuid
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from classifier.digits.lines.reader import Reader as LineReader
from classifier.digits.registry import BUNDLED, BUNDLED_DEFAULTS, read_metadata
from classifier.errors import SiteBusy
from classifier.models import ModelVersion, VersionKind
from classifier.recognition.classes import Verdict
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.kinds import KINDS
from classifier.recognition.lines.calibration import LineCalibration
from classifier.recognition.lines.inference import LineNetwork
from classifier.recognition.preprocessing import pipeline
from classifier.recognition.wording import percent
from training.data import labelled_sets
from training.data.examples import SetUnreadable
from training.evaluation.metrics import report
from training.evaluation.reading import Reader, file_of, preprocess_all, read
from training.evaluation.turns import measure_turns

MISTAKES = 20  # printed at most; the JSON has all
PROGRESS_S = 0.2


class Command(BaseCommand):
    help = f"""Measure a set of labelled digits with the code that serves, and print a table.

{labelled_sets.__doc__}
A refusal counts as wrong; an unsure answer counts by its first choice. For pictures that are
not digits the table shows how many are caught: refused, or marked unsure."""
    requires_system_checks = []  # it needs no pages, and the database only for the site's own versions

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # This --version replaces Django's own; the help keeps the line breaks of the layouts.
        kwargs |= {"conflict_handler": "resolve", "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--set", required=True, metavar="PATH", help="the set, or a name of EVALUATION_SETS")
        parser.add_argument(
            "--version",
            metavar="NAME",
            help="the name or public id of a version of this site, or a folder that a training wrote; "
            "by default the version in service",
        )
        parser.add_argument(
            "--line-version", metavar="NAME", help="the same for the line reader, which reads numbers; none: without it"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures and mistakes to this file")
        parser.add_argument("--limit", type=int, metavar="N", help="read only N examples, evenly spread over the set")
        parser.add_argument(
            "--turns",
            action="store_true",
            help="instead, show each picture upright and turned, and count which are turned back to be read",
        )
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--one-digit", action="store_true", help="each example is one digit and is not segmented")
        how.add_argument("--numbers", action="store_true", help="several digits in a row are a number (the default)")

    def handle(self, **options: Any) -> None:  # Any: argparse's
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        path = Path(settings.EVALUATION_SETS.get(options["set"], options["set"]))
        try:
            reader = find_reader(options["version"])
            line_reader = find_line_reader(options["line_version"], reader)
            labelled = labelled_sets.read_examples(path)
            examples = labelled.spread(options["limit"]).examples
            if options["turns"]:
                self.stdout.write("\n".join(measure_turns(reader, examples).table()))
                return
            started = time.monotonic()
            preprocessed = preprocess_all(examples, one_digit=options["one_digit"], progress=self.show_progress)
            figures = report(read(reader, preprocessed, line_reader))
        except (SetUnreadable, ModelFileDamaged, SiteBusy) as error:
            raise CommandError(str(error)) from error
        figures = {
            "set": str(path),
            "version": reader.name,
            "preprocessing": pipeline.VERSION,
            "one_digit": options["one_digit"],
            "in_the_set": len(labelled.examples),
            "seconds": round(time.monotonic() - started, 1),
        } | figures
        self.stdout.write("\n".join(table(figures)))
        if options["json"]:
            try:
                options["json"].write_text(json.dumps(figures, indent=1) + "\n")
            except OSError as error:
                raise CommandError(f"{options['json']} cannot be written: {error.strerror}.") from error

    _shown = 0.0

    def show_progress(self, done: int, of: int) -> None:
        """Shows a bar in a terminal; it goes to stderr, the table to stdout."""
        if not self.stderr.isatty() or (time.monotonic() - self._shown < PROGRESS_S and done < of):
            return
        self._shown = time.monotonic()
        filled = 30 * done // of
        end = "\r\x1b[K" if done == of else ""
        bar = f"\r\x1b[K{'█' * filled}{'░' * (30 - filled)} {done:,}/{of:,}{end}"
        self.stderr.write(bar, lambda text: text, ending="")
        self.stderr.flush()


def find_reader(name: str | None) -> Reader:
    """Returns the reader of a version, of a trained folder, or of a bundled network.

    name: a version's name or public id, a folder's path, or a bundled network's name. None is the version in service
    or, without a site, the one that a fresh installation serves.
    Raises ModelFileDamaged, CommandError.
    """
    if version := _registered(name, VersionKind.DIGIT):
        return Reader.of(version)
    return Reader.with_file(*_files(name, VersionKind.DIGIT))


def find_line_reader(name: str | None, reader: Reader) -> LineReader | None:
    """Returns a reader of rows, which asks the digit reader too. name: as for `find_reader`, or "none".

    Raises ModelFileDamaged, CommandError.
    """
    if name == "none":
        return None
    if version := _registered(name, VersionKind.LINE):
        content, sha256, metadata = file_of(version), version.tflite_sha256, version.metadata
    else:
        _, content, sha256, metadata = _files(name, VersionKind.LINE)
    calibration = LineCalibration.of(metadata.get("calibration"))
    return LineReader(LineNetwork(content, sha256), reader.network, calibration, reader.calibration)


def _files(name: str | None, kind: VersionKind) -> tuple[str, bytes, str, dict[str, Any]]:
    """The name, network, checksum and metadata of a folder that a training wrote, or of a bundled one."""
    folder = BUNDLED / (name or BUNDLED_DEFAULTS[kind])
    if name and (not re.fullmatch(r"\w+", name) or not folder.is_dir()):
        folder = Path(name)
    if not folder.is_dir():
        raise CommandError(f"There is no version and no folder {name!r}.")
    metadata = read_metadata(folder)
    file = KINDS[kind].tflite
    return folder.name, (folder / file).read_bytes(), metadata["files"][file]["sha256"], metadata


def _registered(name: str | None, kind: VersionKind) -> ModelVersion | None:
    versions = ModelVersion.objects.of_kind(kind)
    try:
        if name is None:
            return versions.active(kind).first()
        if named := versions.filter(name=name).first():
            return named
        return versions.filter(public_id=uuid.UUID(name)).first()
    except ValueError:  # not a public id either
        return None
    except DatabaseError:  # no site was started here yet
        return None


def table(figures: dict[str, Any]) -> list[str]:
    """Returns the lines of the table. figures: those of `report`, with the set, the version and the time."""
    how = "one digit each" if figures["one_digit"] else "several in a row are a number"
    lines = [
        f"{figures['set']}: {figures['images']:,} examples, read by {figures['version']} in {figures['seconds']} s "
        f"(preprocessing {figures['preprocessing']}, {how})"
    ]
    if figures["labelled"]:
        lines += ["", *_of_digits(figures)]
    if numbers := figures.get("numbers"):
        lines += [
            "",
            f"Numbers ({numbers['images']:,})",
            _line("read correctly", percent(numbers["accuracy"], 1)),
            _line("sure", percent(numbers["sure"], 1)),
            *([_line("  of these, correct", percent(numbers["sure_right"], 1))] if numbers["sure"] else []),
            _line("segmented correctly", percent(numbers["cut_rightly"], 1)),
        ]
    if outliers := figures.get("junk"):
        reasons = ", ".join(f"{reason or 'none'} {count:,}" for reason, count in outliers["reasons"].items())
        lines += [
            "",
            f"Not digits ({outliers['images']:,})",
            _line("caught", percent(outliers["caught"], 1)),
            _line("  refused", percent(outliers["refused"], 1)),
            _line("  marked unsure", percent(outliers["unsure"], 1)),
            _line("  reasons", reasons or "–"),
            *_names("Not caught", outliers["missed"]),
        ]
    if figures["errors"]:
        errors = ", ".join(f"{code} {count:,}" for code, count in figures["errors"].items())
        lines += ["", f"Rejected before the network: {errors}"]
    return lines


def _of_digits(figures: dict[str, Any]) -> list[str]:
    lines = [
        f"Digits ({figures['labelled']:,})",
        _line("read correctly", percent(figures["accuracy"], 1)),
        _line("refused", percent(figures["refused"], 1)),
        _line("unsure", percent(figures["unsure"], 1)),
        _line("calibration error", percent(figures["ece"], 1)),
        _line("confidence when wrong", percent(figures["confidence_when_wrong"], 1)),
        "",
        "Read as   " + "".join(f"{digit:>6}" for digit in range(10)) + "  other   right",
    ]
    rows = zip(figures["confusion_matrix"], figures["not_read"], figures["per_digit"], strict=True)
    for digit, (row, not_read, share) in enumerate(rows):
        cells = "".join(f"{count or '·':>6}" for count in row)
        lines.append(f"written {digit} {cells} {not_read or '·':>6} {percent(share, 1):>7}")
    lines += ["", "Confidence      answers   right"]
    for row in figures["reliability"]:
        if row["count"]:
            start, end, right = percent(row["from"], 0), percent(row["to"], 0), percent(row["accuracy"], 1)
            lines.append(f"{start:>5} to {end:>5} {row['count']:8,} {right:>7}")
    return lines + _names("Wrong", figures["mistakes"])


def _names(title: str, rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return []
    lines = ["", f"{title} ({len(rows):,}), the most confident first"]
    for each in rows[:MISTAKES]:
        outcomes = {"error": each["reason"], Verdict.NOT_A_DIGIT: f"refused ({each['reason']})"}
        answer = outcomes.get(each["verdict"], each["read"])
        unsure = ", unsure" if each["verdict"] == Verdict.UNSURE else ""
        label = f"{each['label']} " if each["label"] else ""
        lines.append(f"  {each['name']:32} {label}→ {answer}{unsure}  {percent(each['confidence'], 0)}")
    return lines + ([f"  … and {len(rows) - MISTAKES:,} more"] if len(rows) > MISTAKES else [])


def _line(name: str, value: str) -> str:
    return f"  {name:26} {value}"
