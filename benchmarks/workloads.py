"""The workloads that are measured: the requests of each, and what its finished answer looks like."""

import gzip
import io
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from PIL import Image

from benchmarks.load import PLACE_OF_ID, Job
from benchmarks.people import CSRF
from classifier.recognition.preprocessing.strokes import parse_sketch, render

STROKES = Path(__file__).resolve().parent.parent / "classifier/data/generated_strokes.json.gz"
DIGITS = 64
PAD, PEN = (280, 280), 18
LONG = 5  # digits of a number
LONG_PAD, LONG_PEN = (840, 280), 10
BOUNDARY = "a-line-between-two-parts"
PAGE_ANSWER = r'data-state="done"[^>]* data-label="(\d)"'
JSON_ANSWER = r'"status":"done".*?"digit":(\d)'
NUMBER_ANSWER = r'"number":"(\d+)"'
OTHER_ANSWER = r'"digit":\s*(\d)'


@dataclass(frozen=True)
class Workload:
    """One kind of request, complete except for port, people and duration."""

    name: str
    job: Job
    has_session: bool = False
    has_token: bool = False

    def by(self, port: int, people: list[dict[str, str]], seconds: float) -> Job:
        """A job that sends these requests; people: as benchmarks.people makes them."""
        return replace(self.job, port=port, people=[self._headers(person) for person in people], seconds=seconds)

    def _headers(self, person: dict[str, str]) -> dict[str, str]:
        if self.has_token:
            return {"Authorization": f"Token {person['token']}"}
        if not self.has_session:
            return {}
        return {"Cookie": person["cookies"], "X-CSRFToken": CSRF, "HX-Request": "true"}


def drawn_digits() -> list[dict[str, Any]]:
    """Digits as drawn on the pad: {"label": 7, "strokes": [[[x, y, ms], …], …]}."""
    digits: list[dict[str, Any]] = json.loads(gzip.decompress(STROKES.read_bytes()))[:DIGITS]
    for digit in digits:  # a pointer reports its place about every 8 ms
        digit["strokes"] = [
            [[x, y, 8 * moment] for moment, (x, y, *_) in enumerate(stroke)] for stroke in digit["strokes"]
        ]
    return digits


def picture(digit: dict[str, Any]) -> bytes:
    """The drawing as a browser's canvas saves it: an opaque RGBA PNG, black on white."""
    ink = render(parse_sketch(digit["strokes"], PAD, PEN))
    file = io.BytesIO()
    Image.fromarray(255 - ink).convert("RGBA").save(file, "PNG")
    return file.getvalue()


def site_workloads() -> list[Workload]:
    digits = drawn_digits()
    pad = [_pad_form(digit) for digit in digits]
    form = "application/x-www-form-urlencoded"
    upload, kind = [multipart(picture(digit), source="upload") for digit in digits], multipart_type()
    api = [json.dumps({"strokes": digit["strokes"], "size": PAD, "pen": PEN}).encode() for digit in digits]
    return [
        Workload("pad (POST /drawings/)", _job("/drawings/", form, pad, digits, PAGE_ANSWER), has_session=True),
        Workload("picture (POST /pictures/)", _job("/pictures/", kind, upload, digits, PAGE_ANSWER), has_session=True),
        Workload(
            "API (POST /api/v1/digits/)",
            replace(_job("/api/v1/digits/", "application/json", api, digits, JSON_ANSWER), status=201),
            has_token=True,
        ),
    ]


def number_workload() -> Workload:
    """Numbers of five digits, drawn side by side and sent to the API."""
    digits = drawn_digits()
    bodies, labels = [], []
    for first in range(len(digits)):
        chosen = [digits[(first + place) % len(digits)] for place in range(LONG)]
        strokes = [
            [[x * 0.5 + 20 + 160 * place, y * 0.5 + 70, ms] for x, y, ms in stroke]
            for place, digit in enumerate(chosen)
            for stroke in digit["strokes"]
        ]
        bodies.append(json.dumps({"strokes": strokes, "size": LONG_PAD, "pen": LONG_PEN}).encode())
        labels.append({"label": int("".join(str(digit["label"]) for digit in chosen))})
    job = _job("/api/v1/digits/", "application/json", bodies, labels, NUMBER_ANSWER)
    return Workload("API, a number of five digits", replace(job, status=201), has_token=True)


def other_workload(name: str) -> Workload:
    """The pictures for another server, which answers at /predict."""
    digits = drawn_digits()
    bodies = [multipart(picture(digit)) for digit in digits]
    return Workload(f"{name} (POST /predict)", _job("/predict", multipart_type(), bodies, digits, OTHER_ANSWER))


def _pad_form(digit: dict[str, Any]) -> bytes:
    fields = {"drawing": PLACE_OF_ID.decode(), "revision": 1, "strokes": json.dumps(digit["strokes"])}
    return urlencode(fields | {"width": PAD[0], "height": PAD[1], "pen": PEN, "pointer": "mouse"}).encode()


def multipart_type() -> str:
    return f"multipart/form-data; boundary={BOUNDARY}"


def multipart(png: bytes, **fields: str) -> bytes:
    body = io.BytesIO()
    for name, value in fields.items():
        body.write(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    head = 'Content-Disposition: form-data; name="image"; filename="digit.png"\r\nContent-Type: image/png'
    body.write(f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + png + f"\r\n--{BOUNDARY}--\r\n".encode())
    return body.getvalue()


def _job(path: str, kind: str, bodies: list[bytes], digits: list[dict[str, Any]], finished: str) -> Job:
    labels = [digit["label"] for digit in digits]
    return Job(0, path, kind, [body.decode("latin-1") for body in bodies], labels, [], 200, finished, 0.0)
