"""How any picture or sketch becomes the 28×28 input of the network, framed as MNIST's digits are.

These are the functions that training, workers, pages and API share. They are pure: arrays in, values out.
"""

from .found_digit import FoundDigit
from .picture_digits import SOFT_EDGE, find_digits, to_model_input
from .sketch_digits import find_digits_in_sketch, sketch_to_model_input

VERSION = 3  # stored with each prediction; increases whenever a step changes the result

__all__ = [
    "SOFT_EDGE",
    "VERSION",
    "FoundDigit",
    "find_digits",
    "find_digits_in_sketch",
    "sketch_to_model_input",
    "to_model_input",
]
