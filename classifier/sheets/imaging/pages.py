"""Finds which page of a sheet a picture shows, and lays it straight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.recognition.errors import ClassifierError

Grey = NDArray[np.uint8]
LEAST_INLIERS = 25


class PageRefused(ClassifierError):
    """A page belongs to no page of the sheet. The message is the sentence for people.

    code: "blank", "unplaced" (too little is to be seen), "other_form" or "other_sheet" (its code names another one).
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


@dataclass(frozen=True)
class Placed:
    """A page that was found to be one of the sheet."""

    number: int  # of its reference
    copy: int | None  # as the QR code says; None if copies have no number, or the code could not be read
    grey: Grey  # laid straight: the shape of its reference, dark ink on light paper


class Placer:
    """Places pages on the pages of one sheet. Computes what it needs of these once."""

    def __init__(self, references: Sequence[Reference]) -> None:
        self._references = list(references)
        self._detector = cv2.ORB.create(nfeatures=3000)
        self._known = [self._features(each.grey) for each in self._references]

    def place(self, grey: Grey) -> Placed:
        """Finds the page of the sheet that a picture shows.

        grey: (height, width), as received: any size and turn. Raises PageRefused.
        """
        if float(grey.std()) < 1:
            raise PageRefused("blank", "This page is empty.")
        points, descriptors = self._features(grey)
        best: tuple[int, Reference, NDArray[np.float64]] | None = None
        for reference, (known, known_descriptors) in zip(self._references, self._known, strict=True):
            if descriptors is None or known_descriptors is None:
                continue
            matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(descriptors, known_descriptors)
            if len(matches) < LEAST_INLIERS:
                continue
            source = points[[match.queryIdx for match in matches]]
            target = known[[match.trainIdx for match in matches]]
            homography, inliers = cv2.findHomography(source, target, cv2.USAC_MAGSAC, 5.0)
            if homography is not None and (best is None or inliers.sum() > best[0]):
                best = int(inliers.sum()), reference, np.asarray(homography, np.float64)
        if best is None or best[0] < LEAST_INLIERS:
            raise PageRefused("other_form", "This page shows another form. Put it into the stack of its own sheet.")
        _, reference, homography = best
        height, width = reference.grey.shape
        straight = cv2.warpPerspective(grey, homography, (width, height), borderValue=255)
        return Placed(reference.number, None, np.asarray(straight, np.uint8))

    def _features(self, grey: Grey) -> tuple[NDArray[np.float32], NDArray[np.uint8] | None]:
        scale = 1200 / max(grey.shape)
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        points, descriptors = self._detector.detectAndCompute(small, None)
        places = np.array([point.pt for point in points], np.float32).reshape(-1, 2) / np.float32(scale)
        return places, None if descriptors is None else np.asarray(descriptors, np.uint8)
