"""Finds which page of a sheet a picture shows, and lays it straight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.recognition.errors import ClassifierError
from classifier.sheets.fields.description import Box
from classifier.sheets.fields.marks import Code

from .candidates import Candidate, Known, Picture, by_outline, paper_in, quads_of, roughly_refined, shifted
from .codes import code_at, code_on
from .features import features_of, matched
from .frames import Matrix, quadrilateral, resized, through, warped
from .ink import long_lines, paper_level, rectangle
from .light import evened, is_uneven
from .refining import refined

Grey = NDArray[np.uint8]
SMALLEST = 400  # px of the longer side
LARGEST = 3600  # px of the longer side; more is not needed to fill a page of REFERENCE_SIDE
BLANK = 0.0004  # share of a page that is dark, at most
DARK = 40  # darkness
TRIED = 2  # guesses of each kind that are refined
BESIDE = 3  # guesses beside which others are tried, if none fits
MANY, SHIFTS = 8, 3  # guesses of each page of the sheet, and shifts of each size, that are tried then
FINER = -0.015, 0.0, 0.015  # added to the sizes that are tried then
PROMISING = 0.1  # correlation of a guess, from which on it is refined in full
ALMOST = 0.2  # correlation by which another page of the sheet may be worse to be refined as well
FITS = 0.45  # least correlation of the printing on a page of the sheet
TILE_FITS = 0.35  # of a part of it
TILES_FIT = 0.7  # share of the parts
WORDS = 0.6  # share of the printed words that must be there
SAME = 6.0  # px: a guess whose corners are so near to those of another leads to the same place
PASSES, STAYS = 4, 3.0  # of refining; px that corners move at the last one
EDGES = 0.9  # share of the fields whose lines must be there
VISIBLE = 0.5  # share of the printing that must be in the picture

OTHER_FORM = (
    "This page matches no page of this sheet. Put it into the stack of its own sheet, or photograph it again: "
    "whole, sharp and from above."
)


class PageRefused(ClassifierError):
    """A page belongs to no page of the sheet. The message is the sentence for people.

    code: "blank", "unplaced" (the picture is too small), "other_form", or "other_sheet" (its code is of another one).
    """

    status = 422
    code = "unplaced"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Reference:
    """An empty page of the sheet."""

    number: int  # from 1
    grey: Grey  # (height, width), upright, longer side REFERENCE_SIDE
    sheet: UUID | None  # the public id of a sheet that this site printed; None of others
    paper: str  # of a printed sheet: "A4" or "Letter"
    fields: tuple[Box, ...] = ()  # what is in them is not compared: the page may have been filled in


def _unit_square() -> NDArray[np.float64]:
    return np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


def _identity() -> Matrix:
    return np.eye(3)


@dataclass(frozen=True)
class Placed:
    """A page that was found to be one of the sheet."""

    number: int  # of its reference
    copy: int | None  # as the QR code says; None if copies have no number, or the code could not be read
    grey: Grey  # laid straight: the shape of its reference, dark ink on light paper
    corners: NDArray[np.float64] = field(default_factory=_unit_square)  # of the picture, as shares of the page, (4, 2)
    homography: Matrix = field(default_factory=_identity)  # from px of `grey` to px of the picture as received

    def shows(self, box: Box) -> bool:
        """Whether a field was in the picture as a whole. Where it was not, `grey` is white."""
        left, top, width, height = box
        outline = self.corners.astype(np.float32)
        points = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
        return all(cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0 for x, y in points)


@dataclass(frozen=True)
class _Found:
    """A place of a page that has been checked."""

    reference: Reference
    known: Known
    homography: Matrix  # from px of the reference to px of the picture, both at level 1
    fit: float  # the higher, the better


class Placer:
    """Places pages on the pages of one sheet. Computes what it needs of these once."""

    def __init__(self, references: Sequence[Reference]) -> None:
        self._references = [(each, Known.of(_without_fields(each), each.fields)) for each in references]
        self._sheet = next((each.sheet for each in references), None)

    def place(self, grey: Grey) -> Placed:
        """Finds the page of the sheet that a picture shows.

        grey: (height, width), as received: any size and turn. Raises PageRefused.
        """
        if max(grey.shape) < SMALLEST:
            raise PageRefused("unplaced", "This picture is too small to be read. Scan the page with at least 150 dpi.")
        received, to_received = resized(grey, LARGEST)
        picture = Picture.of(received)
        if _is_blank(picture):
            raise PageRefused("blank", "This page is empty.")
        found = self._found(picture)
        if found is None and (paper := paper_in(picture)) is not None:  # a small part of it, seen too coarsely
            left, top, right, bottom = paper
            received = received[top:bottom, left:right]
            to_received = to_received @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]])
            picture = Picture.of(received)
            found = self._found(picture)
        code = None
        if self._sheet is not None:
            code = code_on(received) if found is None else self._code(picture, found) or code_on(received)
            if code is not None and code.sheet != self._sheet:
                raise PageRefused("other_sheet", "The code on this page is of another sheet. Put it into its stack.")
        if found is None:
            raise PageRefused("other_form", OTHER_FORM)
        if code is not None and code.page != found.reference.number:
            others = [pair for pair in self._references if pair[0].number == code.page]
            found = self._found(picture, others)
            if found is None:
                raise PageRefused("other_form", OTHER_FORM)
        return _straight(received, picture, found, to_received, code.copy or None if code else None)

    def _code(self, picture: Picture, found: _Found) -> Code | None:
        homography = picture.to_whole @ found.homography @ np.linalg.inv(found.known.to_whole)
        return code_at(picture.grey, homography, found.reference.grey.shape, found.reference.paper)

    def _found(self, picture: Picture, references: Sequence[tuple[Reference, Known]] | None = None) -> _Found | None:
        """Tries guesses, the most reliable first, until one fits."""
        references = self._references if references is None else references
        refused: list[tuple[Reference, NDArray[np.float64]]] = []  # and the corners of guesses that did not fit
        for guesses in self._guesses(picture, references):
            guesses.sort(key=lambda guess: -guess[2].score)
            found: list[_Found] = []
            for reference, known, rough in guesses:
                if rough.score < max(PROMISING, guesses[0][2].score - ALMOST):
                    break
                if any(each.reference is reference for each in found):
                    continue
                corners = through(rough.homography, quadrilateral(known.shape))
                if any(each is reference and np.abs(corners - other).max() < SAME for each, other in refused):
                    continue
                if (checked := _checked(picture, reference, known, rough.homography)) is not None:
                    found.append(checked)
                else:
                    refused.append((reference, corners))
            if found:
                return max(found, key=lambda each: each.fit)
        return None

    def _guesses(
        self, picture: Picture, references: Sequence[tuple[Reference, Known]]
    ) -> Iterator[list[tuple[Reference, Known, Candidate]]]:
        """Guesses of each kind for all references, roughly refined."""
        tried: list[tuple[Reference, Known, Candidate]] = []
        quads = quads_of(picture)
        for quad, sizes in quads:
            places = []
            for reference, known in references:
                best = sorted(by_outline(picture, known, quad, sizes), key=lambda place: -place.score)[:TRIED]
                places += [(reference, known, each, order) for order, each in enumerate(best)]
            places.sort(key=lambda place: (place[3], -place[2].score))  # the best of each reference first
            by_quad = [
                (reference, known, roughly_refined(picture, known, each.homography))
                for reference, known, each, _ in places[: TRIED + 1]
            ]
            yield by_quad
            tried += by_quad
        features = features_of(picture.dark[1])
        by_features = [
            (reference, known, roughly_refined(picture, known, each))
            for reference, known in references
            for each in matched(features, known.features)
        ]
        yield by_features
        tried += by_features
        tried.sort(key=lambda guess: -guess[2].score)
        for reference, known, guess in tried[:BESIDE]:
            yield [(reference, known, each) for each in shifted(picture, known, guess.homography)]
        for quad, sizes in quads[:1]:
            finer = tuple(size + step for size in sizes for step in FINER)
            for reference, known in references:
                many = sorted(by_outline(picture, known, quad, finer, SHIFTS), key=lambda place: -place.score)[:MANY]
                yield [(reference, known, roughly_refined(picture, known, each.homography)) for each in many]


def _without_fields(reference: Reference) -> Grey:
    """The reference with paper in its fields, but for straight lines that run across them."""
    grey = reference.grey.copy()
    for box in reference.fields:
        left, top, right, bottom = rectangle(box, grey.shape)
        inside = grey[top:bottom, left:right]
        paper = paper_level(inside)
        lines = long_lines(np.clip(paper - inside.astype(np.float32), 0, 255).astype(np.uint8))
        inside[~lines] = paper
    return grey


def _is_blank(picture: Picture) -> bool:
    dark = picture.dark[1]
    margin = [max(1, side // 25) for side in dark.shape]  # the edges of paper and of scanners are no writing
    inner = dark[margin[0] : -margin[0], margin[1] : -margin[1]]
    return float((inner > DARK).mean()) < BLANK


def _checked(picture: Picture, reference: Reference, known: Known, guess: Matrix) -> _Found | None:
    """The refined place, if the printing of the reference is really there."""
    homography = _settled(picture, known, guess)
    seen = warped(picture.dark[1], homography, known.shape)
    visible = warped(np.ones_like(picture.dark[1]), homography, known.shape)
    agreement = known.printing.agreement(seen, visible)
    if agreement.visible < VISIBLE or agreement.whole < FITS:
        return None
    if float((agreement.tiles > TILE_FITS).mean()) < TILES_FIT:
        return None
    words = known.words.found(seen, visible)
    edges = known.edges.found(seen, visible)
    if (words is not None and words < WORDS) or (edges is not None and edges < EDGES):
        return None
    return _Found(reference, known, homography, agreement.whole + (words or 0.0))


def _settled(picture: Picture, known: Known, guess: Matrix) -> Matrix:
    """Refines at the fine levels until the corners of the page stay where they are."""
    corners = quadrilateral(known.shape)
    for _ in range(PASSES):
        homography = refined(known.levels[2:], picture.dark, guess)
        moved = np.linalg.norm(through(homography, corners) - through(guess, corners), axis=1)
        guess = homography
        if float(moved.max()) < STAYS:
            break
    return guess


def _straight(received: Grey, picture: Picture, found: _Found, to_received: Matrix, copy: int | None) -> Placed:
    homography = picture.to_whole @ found.homography @ np.linalg.inv(found.known.to_whole)
    height, width = found.reference.grey.shape
    straight = warped(received, homography, (height, width), outside=255)
    corners = through(np.linalg.inv(homography), quadrilateral(received.shape)) + 0.5
    if is_uneven(straight):
        straight = evened(straight)
    return Placed(found.reference.number, copy, straight, corners / [width, height], to_received @ homography)
