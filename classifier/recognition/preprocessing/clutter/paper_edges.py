"""Removal of what lies along the border of a photograph: the table beside the paper, a frame."""

import numpy as np
from PIL import Image

from ..arrays import Mask
from ..background import Foreground
from ..masks.components import Components, touches_border
from ..masks.dilation import dilate

EDGE_LENGTH = 0.3  # of the picture's side: more ink along the border than a digit's stroke has
LEAST_SIDE = 0.06  # of the picture's longer side that remaining ink must have
LOOSE_SIDE = 0.08  # of the picture's longer side: ink of that size away from the border is kept


def remove_paper_edges(foreground: Foreground) -> Mask:
    """Returns the strong ink of a photograph without the ink along its border.

    Such ink, its gaps bridged, covers a long stretch of the border, where a cut-off digit covers as much as its
    strokes are wide. Nothing is removed unless something sizeable remains. Returns shape (height, width).
    """
    strong = foreground.strong
    if not foreground.is_photo:
        return strong
    factor = max(1, max(strong.shape) // 160)
    small = np.asarray(Image.fromarray(strong.astype(np.uint8) * 255).reduce(factor)) > 0
    joined = Components.of(dilate(small, 2), small.astype(np.float32))
    along_border = np.zeros(len(joined), bool)
    for inked, labels in ((strong, joined.labels), (strong.T, joined.labels.T)):
        for edge in (0, -1):
            places = np.flatnonzero(inked[edge])
            lengths = np.bincount(labels[edge][places // factor], minlength=len(joined))
            along_border |= lengths >= EDGE_LENGTH * inked.shape[1]
    if not along_border.any():
        return strong
    components = Components.of(strong, foreground.ink)
    rows, columns = np.nonzero(strong)
    first = np.unique(components.labels[rows, columns], return_index=True)[1]  # one pixel of each component
    of_joined = joined.labels[rows[first] // factor, columns[first] // factor]
    loose = ~touches_border(components, 2) & (components.longer_side > LOOSE_SIDE * max(strong.shape))
    removed = along_border[of_joined] & ~loose
    if removed.all() or components.longer_side[~removed].max() < LEAST_SIDE * max(strong.shape):
        return strong
    return components.only(np.flatnonzero(~removed))
