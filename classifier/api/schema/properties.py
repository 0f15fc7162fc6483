"""Descriptions of properties that have none in their serializer or model, or one for developers."""

from typing import Any

_DIGIT = {
    "id": "Also part of the address.",
    "url": "Its address.",
    "drawing": "Id of its drawing, which may contain several digits.",
    "position": "Its place in the drawing, from the left, from 0.",
    "box": "Left, top, right and bottom in the drawing, in pixels.",
    "source": "How it was sent.",
    "created": "When its drawing was stored.",
    "turned": "Degrees clockwise by which the picture was turned to be read: 0, 90, 180 or 270.",
    "true_label": "The known label of a sample or of a labelled picture.",
    "correction": "The owner's correction.",
    "prediction": "The answer.",
}
_IMPORT = {
    "url": "Its address.",
    "error": "Why the import failed.",
    "digits": "Digits imported.",
    "corrections": "Corrections imported.",
    "originals": "Original files imported.",
}
_REVIEWED = {"review": "Whether staff accept it for training; confirmed if the network read the same."}
DESCRIPTIONS: dict[str, dict[str, str]] = {
    "Batch": {
        "url": "Its address.",
        "name": "The name of the uploaded file.",
        "message": "Why the batch failed, or what is special about it.",
        "one_digit": "Each picture is read as a single digit.",
        "size": "Size of the uploaded file in bytes.",
        "digits": "Digits in these files.",
        "label_problems": "Labels not used and files without one, counted by reason; the results list them.",
        "accuracy": "The share of labelled digits that were read correctly.",
        "confusion": "Counts by label (row, 0 to 9) and by reading (column, 0 to 9, then not a digit).",
        "results": "Addresses of the results: json and csv with all details, table_csv and table_xlsx for people.",
    },
    "Correction": _REVIEWED | {"changed": "When the label was last changed."},
    "Digit": _DIGIT,
    "Import": _IMPORT,
    "ImportDetail": _IMPORT | {"problems": "The first drawings that could not be imported, with the reasons."},
    "Me": {"name": "The name of your account.", "token": "The token of this request; null for a session."},
    "Model": {
        "url": "Its address.",
        "kind": "Whether it reads single digits or lines of characters.",
        "architecture": "The name of the network's architecture.",
        "parameters": "The number of the network's parameters.",
        "in_service": "Whether it answers now. One version of each kind does.",
    },
    "NumberCorrection": _REVIEWED | {"changed": "When the text was last changed."},
    "Prediction": {
        "verdict": "What the network decided; null until it has answered.",
        "reason": "Why the verdict is unsure or not_a_digit, as a stable name for programs.",
        "message": "The reason as a sentence.",
        "digit": "The most probable digit, unless the verdict is not_a_digit.",
        "candidates": "The possible digits, the most probable first.",
        "confidence": "The probability of the most probable digit.",
        "probabilities": "The probabilities of the digits 0 to 9.",
        "model_version": "The name of the model version that answered.",
        "preprocessing_version": "The version of the code that made the network's input.",
        "revision": "The revision of the drawing, from 1.",
        "elapsed_ms": "Time from storing the drawing to the answer; null if both were stored together, as in batches.",
        "inference_ms": "Time that the network took.",
        "finished": "When the answer was stored.",
        "error": "Why there is no answer.",
    },
    "WholeDigit": _DIGIT
    | {
        "number": "The number that all digits of the drawing make; null if one has no answer or is not a digit.",
        "text": "What is written, with the signs among the figures; as yet the figures alone, as in `number`.",
        "number_correction": "What the owner says that the drawing shows as a whole.",
        "digits": "All digits of the drawing, from the left.",
    },
}


def describe_properties(schemas: dict[str, Any]) -> None:
    for component, descriptions in DESCRIPTIONS.items():
        for name, description in descriptions.items():
            schemas[component]["properties"][name]["description"] = description
