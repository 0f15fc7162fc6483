"""The yardstick: the same network behind a minimal server without users, rows or a queue.

It takes the same pictures and frames them by the same steps, so only the path of a request differs. It runs in a
virtual environment of its own (`uvicorn benchmarks.yardstick:app`), with the model file in YARDSTICK_MODEL.
"""

import os
from typing import Any

from ai_edge_litert.interpreter import Interpreter
from fastapi import FastAPI, UploadFile
from PIL import Image

from classifier.recognition.preprocessing.framing import to_network_scale
from classifier.recognition.preprocessing.greyscale import to_grey
from classifier.recognition.preprocessing.pipeline import to_model_input

app = FastAPI()
network = Interpreter(os.environ["YARDSTICK_MODEL"], num_threads=1).get_signature_runner("serving_default")
(network_input,) = network.get_input_details()


@app.post("/predict")
async def predict(image: UploadFile) -> dict[str, Any]:
    pixels = to_model_input(to_grey(Image.open(image.file)))
    probabilities = network(**{network_input: to_network_scale(pixels[None])})["probabilities"][0]
    return {"digit": int(probabilities.argmax()), "probabilities": probabilities.tolist()}
