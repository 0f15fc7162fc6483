"""Answering a piece of a batch: decoding its members, running the network, and preparing the rows.

Runs in forked processes, so nothing here uses the database.
"""

import atexit
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import islice

import numpy as np
from django.conf import settings

from classifier.archives.directory import Entry
from classifier.archives.labels import Labels, label_of_folder
from classifier.archives.rejections import MemberRejected
from classifier.decoding.client import MemberDecoder, MemberToRead
from classifier.decoding.pictures import Picture
from classifier.decoding.turning import Answered, turned_if_better
from classifier.digits.lines.messages import ReadRow, is_legible
from classifier.digits.lines.reader import ServingReader
from classifier.digits.networks import calibration_of, network_in_service
from classifier.jobs.process_pool import processes
from classifier.models import Batch
from classifier.recognition.errors import ClassifierError
from classifier.recognition.preprocessing.pipeline import FoundDigit
from classifier.recognition.turning import TURNS
from classifier.recognition.verdict import judge_rows

from .outcomes import Member, Outcome
from .places import File, Place

PICTURES_AT_ONCE = 16  # in one run of the network: more are no quicker and take more memory


@cache
def decoder() -> MemberDecoder:
    """This process's own decoding server, which ends with the process."""
    server = MemberDecoder(processes())
    atexit.register(server.stop)
    return server


class PieceReader:
    """Answers pieces of one batch with the version that is in service when it is made."""

    def __init__(self, batch: Batch, path: str, given_labels: Labels | None) -> None:
        """path: of the archive; given_labels: of its labels.csv, if it has one. Raises ModelFileDamaged."""
        self._batch, self._path, self._labels = batch, path, given_labels
        self._version, self._network = network_in_service()
        self._calibration = calibration_of(self._version)
        self._reader = ServingReader.if_any()

    def answer(self, start: Place, end: Place, files: Sequence[File]) -> Outcome:
        """Decodes and answers the files between two places and prepares their rows."""
        outcome = Outcome.of(
            self._batch, self._version, self._reader.line_version if self._reader else None, start, end
        )
        pictures = []
        for member, picture in self._decode(files):
            if isinstance(picture, Picture):
                pictures.append((member, picture))
            else:
                outcome.add_failure(member, picture.code, str(picture))
        answers = iter(self._answers([digit for _, picture in pictures for digit in picture.digits]))
        for member, picture in pictures:
            own = list(islice(answers, len(picture.digits)))
            rows: list[ReadRow] = []
            if not member.one_digit:
                picture, own, rows = self._read_as_number(member, picture, own)
            outcome.add_picture(member, picture, own, rows)
        return outcome

    def _read_as_number(
        self, member: Member, picture: Picture, answers: list[Answered]
    ) -> tuple[Picture, list[Answered], list[ReadRow]]:
        """The picture with its digits as the line reader finds them, or turned if that is plainly better.

        answers: to the digits of segmentation.
        """
        read = self._reader.read(picture.rows, picture.whole) if self._reader and picture.whole else None
        if read is None or not is_legible(read.rows):
            picture, answers = turned_if_better(picture, answers, partial(self._turned, member), self._answers)
        if read is None or picture.turned:
            return picture, answers, []
        return replace(picture, digits=read.digits), read.answers, read.rows

    def _turned(self, member: Member) -> list[Picture]:
        """The turned pictures of a file or page."""
        wanted = [MemberToRead(member.entry.where, False, turn, member.page) for turn in TURNS]
        pictures = decoder().read_members(self._path, wanted, round(settings.PICTURE_MAX_MEGAPIXELS * 1e6))
        return [picture for picture in pictures if isinstance(picture, Picture)]

    def _decode(self, files: Sequence[File]) -> Iterator[tuple[Member, Picture | ClassifierError]]:
        """Each file with its picture, or with the reason why it has no picture."""
        members = [self._member(*file) for file in files]
        pictures = iter(
            decoder().read_members(
                self._path,
                [
                    MemberToRead(each.entry.where, each.one_digit, 0, each.page)
                    for each in members
                    if not each.entry.rejection
                ],
                round(settings.PICTURE_MAX_MEGAPIXELS * 1e6),
            )
        )
        for member in members:
            rejection = member.entry.rejection
            yield member, MemberRejected(rejection) if rejection else next(pictures)

    def _member(self, entry: Entry, page: int | None) -> Member:
        label = self._labels.of(entry.at) if self._labels else label_of_folder(entry.path)
        one_digit = len(label) == 1 or (self._batch.one_digit and not label)
        return Member(entry, page, label, one_digit)

    def _answers(self, digits: Sequence[FoundDigit]) -> list[Answered]:
        """The network's answer to each digit."""
        if not digits:
            return []
        pixels = np.stack([digit.pixels for digit in digits])  # (n, 28, 28)
        parts = range(0, len(digits), PICTURES_AT_ONCE)
        answers = [self._network.answer(pixels[start : start + PICTURES_AT_ONCE]) for start in parts]
        logits = np.concatenate([answer.logits for answer in answers])
        features = np.concatenate([answer.features for answer in answers])
        judgements = judge_rows(logits, features, pixels, [digit.hints for digit in digits], self._calibration)
        inference_ms = sum(answer.elapsed_ms for answer in answers) / len(digits)
        pairs = zip(judgements, logits.tolist(), strict=True)
        return [Answered(judgement, row, inference_ms) for judgement, row in pairs]
