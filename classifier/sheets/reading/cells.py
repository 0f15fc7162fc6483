"""The digits in the boxes of a field, framed for the digit network; no digit where a box is empty."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.recognition.preprocessing.found_digit import FoundDigit
from classifier.recognition.preprocessing.picture_digits import frame_crop

from .ink import FieldInk

Mask = NDArray[np.bool_]

# Lengths are shares of a box's height unless they say otherwise.
OUTSIDE = 0.5  # share of a component outside the field from which it belongs to a neighbour
OVER = 0.3  # how far a digit may reach out of the field; what reaches further is joined with a digit above or below
CUT = 0.05  # how far out it is cut then
INSIDE = 0.35  # how much of it is in the field at least if it is joined with a digit of the field
REACH = 0.38  # of a box's width: how far a digit may reach into the box beside it
LEAST_DIGIT = 0.22  # the longer side of a digit; less is a speck
LEAST_PART = 0.1  # the longer side of a part of a digit that is apart from the rest
RIM, THIN = 0.09, 0.07  # what lies within RIM of a box's edge and is no thicker than THIN is left of the frame
BRIDGE = 9  # px: the widest gap that the removed frame leaves in a stroke
SOFT = np.ones((5, 5), np.uint8)  # about strong ink there may be weaker ink
FAINT = 24.0  # grey levels of the usual ink, below which it may be dirt
HINTS = {"is_sketch": False, "is_photo": True, "shapes": 1, "others": 0, "lines": 0, "touches_edge": False}


@dataclass(frozen=True)
class Cell:
    """What is in one box."""

    digit: FoundDigit | None  # None if the box is empty
    is_faint: bool = False  # whether what is there may be dirt
    is_cut: bool = False  # whether ink had to be divided between this box and its neighbour


def cells_of(ink: FieldInk, count: int) -> list[Cell]:
    """The boxes of a field, from the left. count: how many there are, of equal width."""
    left, top, right, bottom = ink.field
    if not ink.peak:
        return [Cell(None)] * count
    high = bottom - top
    edges = np.linspace(left, right, count + 1)
    joined = _bridged(ink.strong, edges, ink.field, high)
    number, of_pixel, of_component, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    labels, stats = np.where(ink.strong, of_pixel, 0), np.asarray(of_component, np.int32)
    columns = np.clip(np.searchsorted(edges, np.arange(labels.shape[1]) + 0.5) - 1, 0, count - 1)
    in_box = np.bincount((labels * count + columns).ravel(), minlength=number * count).reshape(number, count)
    in_field = np.s_[max(0, round(top)) : round(bottom), max(0, round(left)) : round(right)]
    inside = np.bincount(labels[in_field].ravel(), minlength=number)
    area = in_box.sum(1)
    wide, tall = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    longer, shorter = np.maximum(wide, tall), np.minimum(wide, tall)
    kept = (longer >= max(3, LEAST_PART * high)) & (area >= 6)
    kept &= ~_is_rim(stats, edges, ink.field, high, shorter)
    upper, lower = stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_TOP] + tall
    is_over, is_under = upper < top - OVER * high, lower > bottom + OVER * high
    is_tall_inside = np.minimum(lower, bottom) - np.maximum(upper, top) >= INSIDE * high
    kept &= np.where(is_over | is_under, is_tall_inside, inside >= (1 - OUTSIDE) * area)
    kept[0] = False
    owner = in_box.argmax(1)
    is_whole = _is_whole(stats, owner, edges)
    found = np.where(kept & is_whole, owner, -1)[labels]  # the box of each pixel, -1 for none
    is_divided = kept & ~is_whole
    if is_divided.any():
        divided = is_divided[labels]
        found[divided] = np.broadcast_to(columns, labels.shape)[divided]
    row = np.arange(labels.shape[0])[:, None]
    found[is_over[labels] & (row < top - CUT * high) | is_under[labels] & (row >= bottom + CUT * high)] = -1
    cut = {box for each in np.flatnonzero(is_divided) for box in np.flatnonzero(in_box[each]).tolist()}
    return [_cell(ink, found, box, high, box in cut) for box in range(count)]


def _is_whole(stats: NDArray[np.int32], owner: NDArray[np.intp], edges: NDArray[np.float64]) -> Mask:
    """Which components are one digit: they reach not far into the boxes beside the one that has most of them."""
    first, last = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH]
    reach = REACH * (edges[1] - edges[0])
    return np.asarray((first >= edges[owner] - reach) & (last <= edges[owner + 1] + reach))


def _bridged(
    strong: Mask, edges: NDArray[np.float64], field: tuple[float, float, float, float], high: float
) -> NDArray[np.uint8]:
    """Strong ink with its gaps closed where the frame was removed."""
    mask = strong.astype(np.uint8)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (BRIDGE, BRIDGE)))
    near = max(4.0, RIM * high)
    columns, rows = np.arange(mask.shape[1]), np.arange(mask.shape[0])
    in_columns = (np.abs(np.subtract.outer(columns, edges)) <= near).any(axis=1)
    in_rows = (np.abs(np.subtract.outer(rows, np.array(field[1::2]))) <= near).any(axis=1)
    at_edge = np.logical_or.outer(in_rows, in_columns)
    return np.where(at_edge, closed, mask).astype(np.uint8)


def _is_rim(
    stats: NDArray[np.int32],
    edges: NDArray[np.float64],
    field: tuple[float, float, float, float],
    high: float,
    shorter: NDArray[np.int32],
) -> Mask:
    """Which components are left of the printed frame: thin, and along an edge of a box."""
    first, last = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH]
    upper, lower = stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT]
    rim = max(3.0, RIM * high)
    along = ((first[:, None] > edges - rim) & (last[:, None] < edges + rim)).any(1)
    for edge in (field[1], field[3]):
        along |= (upper > edge - rim) & (lower < edge + rim)
    return np.asarray(along & (shorter <= max(3.0, THIN * high)))


def _cell(ink: FieldInk, found: NDArray[np.intp], box: int, high: float, is_cut: bool) -> Cell:
    mask = found == box
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows) or max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 < LEAST_DIGIT * high:
        return Cell(None, is_faint=bool(len(rows)))
    upper, lower = max(0, rows[0] - 2), rows[-1] + 3
    first, last = max(0, columns[0] - 2), columns[-1] + 3
    part = np.s_[upper:lower, first:last]
    near = cv2.dilate(mask[part].astype(np.uint8), SOFT).astype(bool)
    near &= (found[part] < 0) & ~ink.strong[part] | mask[part]
    own = ink.ink[part] * near
    usual = float(np.percentile(ink.ink[part][mask[part]], 75))
    levels = np.minimum(np.where(own > 2 * ink.noise, own, 0) * np.float32(255 / usual), 255).astype(np.float32)
    digit = frame_crop(levels, (int(first), int(upper), int(last), int(lower)), {**HINTS, "contrast": usual / 255})
    return Cell(digit, is_faint=usual < FAINT, is_cut=is_cut)
