"""Accepting a sample: a random labelled test image."""

from functools import cache

from django.contrib.auth.models import User
from django.db import transaction

from classifier.digits.samples import mnist
from classifier.digits.samples.shelf import SampleImages
from classifier.jobs import trace
from classifier.models import Digit, Drawing
from classifier.recognition.preprocessing import framing
from classifier.recognition.preprocessing.pipeline import find_digits

from .storing import Content, store

sample_images = cache(SampleImages)  # one for each folder and process


def accept_sample(owner: User, label: int | None = None) -> Digit:
    """Stores a random test image, of the digit `label` if given, and requests its prediction.

    Its 28×28 pixels pass the same steps as any other picture.
    """
    sample = sample_images(mnist.configured()[0]).take(label)
    drawing = Drawing(
        owner=owner,
        source=Drawing.Source(sample.kind),
        width=framing.SIDE,
        height=framing.SIDE,
        true_label=sample.label,
        sample_index=sample.index,
        one_digit=True,
    )
    trace.about(drawing=drawing.public_id)
    content = Content(find_digits(sample.pixels, one_digit=True))
    with transaction.atomic():
        return store(drawing, content)
