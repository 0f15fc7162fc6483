"""What a program sends to have a digit read, and how long it wants to wait for the answer."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from rest_framework.request import Request

from classifier.digits import idempotency, intake
from classifier.errors import NotFound, SeveralPages
from classifier.models import Digit, Drawing
from classifier.recognition.errors import InvalidInput
from classifier.recognition.preprocessing.strokes import Sketch, parse_sketch

LONGEST_WAIT_S = 25.0  # a longer wait would occupy a thread
SKETCH_KEYS = {"strokes", "size", "pen"}
BOOLEANS = {"true": True, "false": False}  # of a multipart field


@dataclass(frozen=True)
class Submission:
    """A drawing or a picture file."""

    content: "Sketch | UploadedFile[bytes]"
    one_digit: bool

    @classmethod
    def of(cls, request: Request) -> "Submission":
        """Reads the multipart field `image`, or the strokes of a pad as JSON. Raises InvalidInput."""
        if request.content_type.startswith("multipart/"):
            file = request.FILES.get("image")
            if file is None:
                raise InvalidInput("Send the picture in a multipart field named image.")
            return cls(file, one_digit_of_form(request))
        data = request.data
        if not isinstance(data, dict) or not data.keys() >= SKETCH_KEYS:
            raise InvalidInput('Send {"strokes": [[[x, y], …], …], "size": [width, height], "pen": width}.')
        return cls(parse_sketch(data["strokes"], data["size"], data["pen"]), _boolean(data.get("one_digit", False)))

    def accept(self, owner: User, drawing_id: UUID | None = None) -> Digit:
        """Stores it and requests its predictions (see `intake`)."""
        if isinstance(self.content, Sketch):
            return intake.save_drawing(
                owner, self.content, source=Drawing.Source.API, one_digit=self.one_digit, drawing_id=drawing_id
            )
        try:
            return intake.accept_picture(
                owner, self.content, Drawing.Source.API, one_digit=self.one_digit, drawing_id=drawing_id
            )
        except SeveralPages as error:
            address = reverse("api:batch-list")
            raise SeveralPages(f"{error} Send it to {address}, which reads each page as a picture.") from None

    def accept_once(self, owner: User, key: str) -> Digit:
        """Stores it, or returns the digit that was stored when it was first sent with this key.

        Raises KeyReused and StillWorking (see `idempotency`), NotFound if the digit has been deleted since, and the
        errors of `accept`.
        """
        row = idempotency.claim(owner, key, self.fingerprint())
        if row.is_done:
            digit = intake.stored_drawing(owner, row.drawing_id)
            if digit is None:
                raise NotFound("The digit sent with this Idempotency-Key has been deleted.")
            return digit
        try:
            digit = self.accept(owner, row.drawing_id)
        except Exception:
            idempotency.release(row)
            raise
        idempotency.settle(row)
        return digit

    def fingerprint(self) -> str:
        """SHA-256 of the content, in hexadecimal: the same for every notation of the same content."""
        digest = hashlib.sha256(f"{self.one_digit}\n".encode())
        if isinstance(self.content, Sketch):
            digest.update(json.dumps(vars(self.content), sort_keys=True).encode())
        else:
            for chunk in self.content.chunks():
                digest.update(chunk)
            self.content.seek(0)
        return digest.hexdigest()


def one_digit_of_form(request: Request) -> bool:
    """The multipart field `one_digit`. Raises InvalidInput."""
    return _boolean(BOOLEANS.get(request.POST.get("one_digit", "false")))


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput("one_digit must be true or false.")
    return value


def preferred_wait(header: str) -> tuple[float, str]:
    """The seconds to wait for an answer, and the value of Preference-Applied ("" for none).

    header: the value of `Prefer` (RFC 7240). `wait=N` waits N whole seconds, at most LONGEST_WAIT_S;
    `respond-async` does not wait. Ignores invalid values, as the RFC asks.
    """
    parts = [part.strip().partition("=") for part in re.split("[,;]", header)]
    preferences = {name.strip().lower(): value.strip().strip('"') for name, _, value in parts}
    wait = preferences.get("wait", "")
    if wait.isascii() and wait.isdigit():
        return min(float(wait), LONGEST_WAIT_S), f"wait={wait}"
    if "respond-async" in preferences:
        return 0.0, "respond-async"
    return settings.ANSWER_WAIT_S, ""
