"""Evens out the light on a page."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
REDUCED = 8  # the paper is found in a picture so many times smaller
WIDEST = 9  # px of the smaller picture: what is printed or written is narrower, a shadow is wider
THICK = 9  # px: what is darker than EDGE and thicker, at the edge of a picture, is what lies around the paper
EDGE = 90  # darkness
UNEVEN = 16  # grey levels between the lightest and the darkest paper of a page, from which on it is evened out


def darkness(page: Grey) -> Grey:
    """How much darker than the paper around it each px is: 0 paper, 255 black. page: (height, width)."""
    return np.asarray(255 - evened(page), np.uint8)


def without_edges(dark: Grey) -> Grey:
    """Darkness without the dark strips that a scanner shows beside the paper, about 100 dpi."""
    thick = cv2.morphologyEx((dark > EDGE).astype(np.uint8), cv2.MORPH_OPEN, np.ones((THICK, THICK), np.uint8))
    _, labels = cv2.connectedComponents(thick)
    outer = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    strips = np.isin(labels, np.unique(outer[outer > 0])).astype(np.uint8)
    return np.where(cv2.dilate(strips, np.ones((THICK, THICK), np.uint8)) > 0, np.uint8(0), dark)


def evened(page: Grey) -> Grey:
    """The same page on white paper: shadows and the fall of light are taken out."""
    height, width = page.shape
    around = cv2.resize(np.maximum(_paper(page), 1), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(page, around, scale=255), np.uint8)


def is_uneven(page: Grey) -> bool:
    """Whether the paper is not equally light everywhere, as on a photograph."""
    low, high = np.percentile(_paper(page), (3, 97))
    return bool(high - low > UNEVEN or high < 200)


def _paper(page: Grey) -> Grey:
    """The paper without what is on it, REDUCED times smaller."""
    height, width = page.shape
    small = cv2.resize(page, (max(1, width // REDUCED), max(1, height // REDUCED)), interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((WIDEST, WIDEST), np.uint8))
    return np.asarray(cv2.GaussianBlur(paper, (0, 0), WIDEST / 3), np.uint8)
