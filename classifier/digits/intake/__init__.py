"""Accepting what people send (strokes, picture files, samples) and waiting for its answers.

An accepted drawing is stored with all its digits and their waiting predictions in one transaction, before one
question is sent for all of them. A refused one raises a ClassifierError, and nothing is stored. The functions return
the drawing's leftmost digit; its `siblings` are all of the drawing's digits.
"""

from .answers import wait_for_answer
from .drawings import find_in_sketch, remove_drawing, save_drawing, stored_drawing
from .pictures import accept_picture, decode_unstored, decode_upload
from .previews import Unstored, preview_sketch, read_picture_unstored, read_unstored
from .samples import accept_sample, sample_images

__all__ = [
    "Unstored",
    "accept_picture",
    "accept_sample",
    "decode_unstored",
    "decode_upload",
    "find_in_sketch",
    "preview_sketch",
    "read_picture_unstored",
    "read_unstored",
    "remove_drawing",
    "sample_images",
    "save_drawing",
    "stored_drawing",
    "wait_for_answer",
]
