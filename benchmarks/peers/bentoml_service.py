"""The same network behind BentoML, which answers the pictures that wait at the same time in one run of the network.

It takes the same pictures as the yardstick and frames them by the same steps. It runs in a virtual environment of its
own (`bentoml serve benchmarks.peers.bentoml_service:Digits`), with the Keras file in BENTOML_MODEL.
"""

import os
from typing import Any

import bentoml
import keras
import numpy as np
from PIL.Image import Image

from classifier.recognition.preprocessing.framing import to_network_scale
from classifier.recognition.preprocessing.greyscale import to_grey
from classifier.recognition.preprocessing.pipeline import to_model_input


@bentoml.service(workers=1, traffic={"timeout": 60})
class Digits:
    """One process; the batches are at most as large as the crowd of `make bench` can make them."""

    def __init__(self) -> None:
        self.model = keras.models.load_model(os.environ["BENTOML_MODEL"])

    @bentoml.api(batchable=True, max_batch_size=64, max_latency_ms=2000)
    def predict(self, image: list[Image]) -> list[dict[str, Any]]:
        pixels = np.stack([to_model_input(to_grey(each)) for each in image])
        answers = self.model.predict(to_network_scale(pixels), verbose=0)
        return [{"digit": int(each.argmax()), "probabilities": each.tolist()} for each in answers]
