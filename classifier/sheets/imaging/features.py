"""Finds a page in a picture by small parts of its printing, wherever it is and however it is turned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Matrix = NDArray[np.float64]  # (3, 3)
COUNT = 1500
RATIO = 0.88  # a match is kept if the second best is so much worse
NEAR = 4.0  # px within which matches agree on a homography
ROUGHLY = 25.0  # px within which they agree on a turn and a size alone, which a tilted page has not quite
LEAST = 10  # matches that agree


@dataclass(frozen=True)
class Features:
    """Parts of a picture that are found again."""

    points: NDArray[np.float32]  # (n, 2), px
    descriptors: NDArray[np.uint8]  # (n, 32)


def features_of(dark: Grey) -> Features:
    """The features of a picture. dark: its darkness, (height, width), about 1,000 px high."""
    detector = cv2.ORB.create(nfeatures=COUNT, scaleFactor=1.3, nlevels=5, fastThreshold=12)
    found, descriptors = detector.detectAndCompute(dark, None)
    points = np.array([each.pt for each in found], np.float32).reshape(-1, 2)
    return Features(points, np.asarray(descriptors if len(found) else np.empty((0, 32)), np.uint8))


def matched(page: Features, reference: Features) -> Iterator[Matrix]:
    """Homographies from px of the reference to px of the page on which many matches agree."""
    if min(len(page.points), len(reference.points)) < LEAST:
        return
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(reference.descriptors, page.descriptors, k=2)
    good = [first for first, second in pairs if first.distance < RATIO * second.distance]
    known = reference.points[[each.queryIdx for each in good]]
    seen = page.points[[each.trainIdx for each in good]]
    if len(good) < LEAST:
        return
    turn, agree = cv2.estimateAffinePartial2D(
        known, seen, method=cv2.RANSAC, ransacReprojThreshold=ROUGHLY, maxIters=2000
    )
    if turn is None or int(agree.sum()) < LEAST:
        return
    yield np.vstack([turn, [0, 0, 1]]).astype(np.float64)
    kept = agree[:, 0].astype(bool)
    homography, agree = cv2.findHomography(
        known[kept], seen[kept], cv2.USAC_MAGSAC, NEAR, maxIters=2000, confidence=0.999
    )
    if homography is not None and int(agree.sum()) >= LEAST:
        yield np.asarray(homography, np.float64)
