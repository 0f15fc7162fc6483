"""How honest the answers are, through the live site: `python -m benchmarks.honesty [--set PATH …] [--network FOLDER]`.

Starts a site in a temporary folder and sends outliers of every kind of `training.synthesis.outliers` and
`benchmarks.unseen_outliers`: drawn ones to the pad's endpoint and as pictures to the upload's, the others to the
upload's. Also sends blanks, and labelled sets of digits in the layouts that `manage.py evaluate` reads. Prints the
shares of each kind that were refused, marked unsure and read as a digit, the share that was answered as a number of
several digits, sure or unsure, and the accuracy on each set.
"""

import argparse
import http.client
import io
import json
import re
import shutil
import signal
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import local
from typing import Any
from urllib.parse import urlencode

import numpy as np
from PIL import Image

from benchmarks import servers
from benchmarks.people import CSRF
from benchmarks.unseen_outliers import Made, draw_unseen
from benchmarks.workloads import BOUNDARY, multipart
from classifier.recognition.preprocessing.strokes import Sketch, render
from tests.services import Site
from training.data.examples import Example, Strokes
from training.data.labelled_sets import read_examples
from training.evaluation.metrics import ERROR, Reading, report
from training.synthesis.outliers import kinds, paper

AT_ONCE = 4
TIMEOUT_S = 20.0
LOOKALIKE = "lookalike"
ONE_DIGIT = "two digits"  # the group that is sent as one digit; others may be cut into several
VERDICTS = ("digit", "unsure", "not_a_digit")  # the worst last
OF_NUMBERS = {"number": "digit", "unsure": "unsure"}  # verdicts on a number, as on a digit
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Sample:
    """A request and what it contains."""

    origin: str  # trained, held back, unseen, blank, or the path of a set
    group: str
    kind: str
    label: str  # the digits written there; empty: none
    path: str
    content_type: str
    body: bytes

    @property
    def endpoint(self) -> str:
        return "pad" if self.path == "/drawings/" else "upload"


def main() -> None:
    options = _options()
    # SIGTERM leaves through the context managers too, which stop the site.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    samples = [*no_digits(options.each, options.seed), *blanks()]
    for path in options.set:
        samples += of_set(path)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="digitsite-honesty-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        site = Site.prepare(folder / "data", API_RATE="")  # one person sends everything
        stack.callback(site.stop)
        site.start()
        if options.network:
            put_into_service(site, options.network)
            site.stop()  # workers may remember the version with an older calibration
            site.start()
        person = servers.make_people(site, 1)[0]
        readings = send(samples, site.port, person)
        in_service = site.manage("shell", "--no-imports", "-c", IN_SERVICE).strip()
    shown = figures(samples, readings) | {"in_service": in_service, "when": time.strftime("%Y-%m-%d")}
    if options.json:
        options.json.write_text(json.dumps(shown, indent=1) + "\n")
    print("\n".join(table(shown)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, action="append", default=[], help="a labelled set of digits")
    parser.add_argument(
        "--network", type=Path, help="a folder written by a training run; by default the bundled network"
    )
    parser.add_argument("--each", type=int, default=30, help="outliers of each kind")
    parser.add_argument("--seed", type=int, default=1, help="seed of the outliers")
    parser.add_argument("--json", type=Path, help="file for all figures")
    return parser.parse_args()


def no_digits(each: int, seed: int) -> Iterator[Sample]:
    """`each` outliers of every kind; each drawn one is sent to the pad and as a picture."""
    rng = np.random.default_rng((seed, 7))
    for number, kind in enumerate(kinds.KINDS.values()):
        for at, made in enumerate(kinds.draw_outliers_of(kind.name, each, (seed, number))):
            yield from for_endpoints(
                "held back" if kind.is_held_back else "trained", kind.group, kind.name, made, at, rng
            )
    for at, (kind_, made) in enumerate(draw_unseen(each, seed)):
        yield from for_endpoints("unseen", kind_.group, kind_.name, made, at, rng)


def for_endpoints(
    origin: str, group: str, kind: str, made: Made, at: int, rng: np.random.Generator
) -> Iterator[Sample]:
    """at: an odd number makes the picture a JPEG, and that of a drawing a photograph of ink on paper."""
    about = (origin, group, kind, "")
    one_digit = group == ONE_DIGIT
    if isinstance(made, Sketch):
        yield of_strokes(about, Strokes(made.strokes, [made.width, made.height], made.pen), one_digit)
        ink = render(made)
        made = 255 - ink
        if at % 2:
            left, top, right, bottom = Image.fromarray(ink).getbbox() or (0, 0, made.shape[1], made.shape[0])
            made = paper.on_paper(ink[top:bottom, left:right], rng)
    yield of_picture(about, Image.fromarray(made), "JPEG" if at % 2 else "PNG", one_digit)


def blanks() -> Iterator[Sample]:
    about = ("blank", "blank", "blank", "")
    yield of_strokes(about, Strokes([], [280, 280], 18))
    grain = np.random.default_rng(1).normal(0, 1.5, (240, 180))
    empty: list[tuple[str, int | tuple[int, ...]]] = [("L", 255), ("L", 0), ("L", 120), ("RGB", (200, 30, 30))]
    for mode, colour in [*empty, ("RGBA", (0, 0, 0, 0))]:
        yield of_picture(about, Image.new(mode, (280, 280), colour), "PNG")
    for light in (90, 160, 245):
        yield of_picture(about, Image.fromarray(np.clip(light + grain, 0, 255).astype(np.uint8)), "JPEG")


def of_set(path: Path) -> Iterator[Sample]:
    for each in read_examples(path).examples:
        about = (str(path), "set", path.name, each.label)
        yield of_strokes(about, each.content) if isinstance(each.content, Strokes) else _of_file(about, each)


def _of_file(about: tuple[str, str, str, str], example: Example) -> Sample:
    if isinstance(example.content, Path):
        return Sample(*about, "/pictures/", MULTIPART, multipart(example.content.read_bytes(), source="upload"))
    assert isinstance(example.content, np.ndarray)
    return of_picture(about, Image.fromarray(example.content), "PNG")


def of_strokes(about: tuple[str, str, str, str], strokes: Strokes, one_digit: bool = False) -> Sample:
    fields = {"drawing": uuid.uuid4(), "revision": 1, "strokes": json.dumps(strokes.strokes), "pen": strokes.pen}
    fields |= {"width": strokes.size[0], "height": strokes.size[1], "pointer": "pen", "one_digit": WORDS[one_digit]}
    return Sample(*about, "/drawings/", FORM, urlencode(fields).encode())


def of_picture(about: tuple[str, str, str, str], image: Image.Image, kind: str, one_digit: bool = False) -> Sample:
    file = io.BytesIO()
    image.save(file, kind, **({"quality": 88} if kind == "JPEG" else {}))
    body = multipart(file.getvalue(), source="upload", one_digit=WORDS[one_digit])
    return Sample(*about, "/pictures/", MULTIPART, body)


WORDS = {True: "true", False: "false"}
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


IN_SERVICE = "from classifier.models import ModelVersion as m; print(m.objects.active().get())"


def put_into_service(site: Site, folder: Path) -> None:
    """Puts a network into service; a registered one receives the folder's metadata."""
    code = (
        "from pathlib import Path; from classifier.models import Activation; from classifier.digits import registry\n"
        f"folder = Path({str(folder.resolve())!r})\n"
        "version = registry.register_version(folder)\n"
        "version.metadata = registry.read_metadata(folder)\n"
        "version.save()\n"
        "registry.activate(version, kind=Activation.Kind.SET_UP)"
    )
    site.manage("shell", "--no-imports", "-c", code)


def send(samples: Iterable[Sample], port: int, person: dict[str, str]) -> list[Reading]:
    """The site's readings, in the order of the samples. person: from benchmarks.people."""
    mine = local()

    def read_one(sample: Sample) -> Reading:
        if not hasattr(mine, "connection"):
            mine.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        return ask_site(sample, mine.connection, person)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(read_one, samples))


def ask_site(sample: Sample, connection: http.client.HTTPConnection, person: dict[str, str]) -> Reading:
    headers = {"Cookie": person["cookies"], "X-CSRFToken": CSRF, "HX-Request": "true"}
    connection.request("POST", sample.path, sample.body, headers | {"Content-Type": sample.content_type})
    response = connection.getresponse()
    page = response.read().decode()
    if response.status >= 500:
        raise RuntimeError(f"{sample.kind}: {response.status}")
    # Any digit of a number leads to all of them in the API.
    match = re.search(r'data-digit="([0-9a-f-]{36})"', page) or re.search(r"/digits/([0-9a-f-]{36})/", page)
    if match is None:
        return Reading(sample.kind, sample.label, ERROR, reason=str(response.status))
    end = time.monotonic() + TIMEOUT_S
    while time.monotonic() < end:
        connection.request("GET", f"/api/v1/digits/{match[1]}/", headers={"Authorization": f"Token {person['token']}"})
        body = json.loads(connection.getresponse().read())
        if all(each["prediction"]["status"] == "done" for each in body["digits"]):
            return reading(sample, [each["prediction"] for each in body["digits"]], body["reading"])
        time.sleep(0.05)
    raise TimeoutError(f"{sample.kind}: no answer within {TIMEOUT_S:g} s")


def reading(sample: Sample, predictions: list[dict[str, Any]], number: dict[str, Any] | None) -> Reading:
    """One reading for a drawing: that of its number, else of all its digits, with the verdict of the worst.

    number: the line reader's, as in the API.
    """
    if number and number["verdict"] in OF_NUMBERS:
        rows = [row for row in number["rows"] if row["verdict"] in OF_NUMBERS]
        return Reading(
            sample.kind,
            sample.label,
            OF_NUMBERS[number["verdict"]],
            read=" ".join(row["number"] for row in rows),
            confidence=number["confidence"],
            reason=rows[0]["reason"] or "",
        )
    worst = max(predictions, key=lambda each: VERDICTS.index(each["verdict"]))
    return Reading(
        sample.kind,
        sample.label,
        worst["verdict"],
        read="".join("?" if each["digit"] is None else str(each["digit"]) for each in predictions),
        confidence=float(np.prod([each["confidence"] for each in predictions])),
        reason=worst["reason"] or "",
    )


def figures(samples: list[Sample], readings: list[Reading]) -> dict[str, Any]:
    """Shares, 0 to 1: `kinds` for each kind and endpoint, `whole` for each origin, `sets` for each set."""
    kinds: dict[tuple[str, ...], list[Reading]] = {}
    whole: dict[str, list[Reading]] = {}
    sets: dict[str, list[Reading]] = {}
    for sample, answer in zip(samples, readings, strict=True):
        if sample.label or sample.group == "set":
            sets.setdefault(sample.origin, []).append(answer)
            continue
        kinds.setdefault((sample.origin, sample.group, sample.kind, sample.endpoint), []).append(answer)
        whole.setdefault(LOOKALIKE if sample.group == LOOKALIKE else sample.origin, []).append(answer)
    names = ("origin", "group", "kind", "endpoint")
    return {
        "kinds": [dict(zip(names, key, strict=True)) | _shares(rows) for key, rows in kinds.items()],
        "whole": {name: _shares(rows) for name, rows in whole.items()},
        "sets": {Path(name).name: report(rows) for name, rows in sets.items()},
    }


def _shares(readings: list[Reading]) -> dict[str, float]:
    shares = report(readings)["junk"]
    numbers = [each for each in readings if each.verdict in OF_NUMBERS.values() and len(each.read) > 1]
    return {name: shares[name] for name in ("images", "refused", "unsure", "caught")} | {
        "numbers": len(numbers) / len(readings)
    }


def table(shown: dict[str, Any]) -> list[str]:
    lines = [f"{shown['in_service']}, {shown['when']}", ""]
    lines.append(f"{'No digits':56} {'sent':>5} {'refused':>8} {'unsure':>7} {'a digit':>8} {'a number':>9}")
    for row in shown["kinds"]:
        lines.append(_row(f"{row['origin']:10} {row['group']:11} {row['kind']:27} {row['endpoint']}", row))
    lines.append("")
    lines += [_row(f"all: {name}", row) for name, row in shown["whole"].items()]
    if shown["sets"]:
        lines += ["", f"{'Digits':36} {'sent':>6} {'right':>7} {'refused':>8} {'unsure':>7} {'ECE':>6}"]
    for name, row in shown["sets"].items():
        cells = (row["accuracy"], row["refused"], row["unsure"], row["ece"] or 0.0)
        right, refused, unsure, ece = (f"{share:.2%}" for share in cells)
        lines.append(f"{name:36} {row['labelled']:6,} {right:>7} {refused:>8} {unsure:>7} {ece:>6}")
    return lines


def _row(name: str, row: dict[str, float]) -> str:
    cells = [f"{share:.0%}" for share in (row["refused"], row["unsure"], 1 - row["caught"])]
    number = f"{row['numbers']:.0%}"
    return f"{name:56} {row['images']:5} {cells[0]:>8} {cells[1]:>7} {cells[2]:>8} {number:>9}"


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
