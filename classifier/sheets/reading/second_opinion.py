"""What the line network says about the digits of a field of boxes, set side by side as one number.

It has learnt other pictures in another way than the digit network, so where both agree an error is far less likely.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.lines import ctc
from classifier.recognition.lines.alphabet import encode
from classifier.recognition.lines.framing import HEIGHT, MARGIN, PLANES, STEP
from classifier.recognition.lines.inference import LineNetwork
from classifier.recognition.lines.pen_direction import NOWHERE
from classifier.recognition.preprocessing.found_digit import FoundDigit
from classifier.recognition.preprocessing.framing import SIDE, ink_box

GAP = 6  # px between two digits, which are up to 20 px high
FEWEST = -30.0  # natural logarithm below which a text counts as impossible


def row_image(digits: Sequence[FoundDigit]) -> NDArray[np.uint8]:
    """The digits as one line of writing, (32, width, PLANES), see `line_image`."""
    crops = [digit.pixels[:, slice(*ink_box(digit.pixels)[::2])] for digit in digits]
    width = 2 * MARGIN + sum(crop.shape[1] + GAP for crop in crops) - GAP
    image = np.full((HEIGHT, -(-width // STEP) * STEP, PLANES), NOWHERE, np.uint8)
    image[..., 0] = 0
    left, top = MARGIN, (HEIGHT - SIDE) // 2
    for crop in crops:
        image[top : top + SIDE, left : left + crop.shape[1], 0] = crop
        left += crop.shape[1] + GAP
    return image


def log_chances(digits: Sequence[FoundDigit], texts: Sequence[str], network: LineNetwork) -> NDArray[np.float64]:
    """The natural logarithm of how probable each text of digits is for the line network, (texts,)."""
    frames = ctc.Frames.of(network.logits(row_image(digits)))
    return np.maximum(ctc.log_likelihoods(frames, [tuple(encode(text)) for text in texts]), FEWEST)
