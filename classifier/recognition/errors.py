"""Errors of recognition, each with a sentence for the person who sent the drawing or file."""


class ClassifierError(Exception):
    """The base of all errors of this application. `status` is the HTTP status, `code` a stable name for programs."""

    status = 400
    code = "bad_request"


class InvalidInput(ClassifierError):
    """Strokes, a file or a parameter has the wrong form; the message says what is wrong."""

    code = "malformed"


class NoInk(ClassifierError):
    """Nothing stands out from the background, so there is no digit to read."""

    status = 422
    code = "no_ink"


class ModelFileDamaged(ClassifierError):
    """A model file does not match its checksum or cannot be loaded; it is not served."""

    status = 500
    code = "model_damaged"
