"""Errors of recognition, each with a sentence for the person whose drawing or file caused it."""


class ClassifierError(Exception):
    """Base of this app's errors. `status` is the HTTP answer, `code` a stable name for programs."""

    status = 400
    code = "bad_request"


class MalformedRequest(ClassifierError):
    code = "malformed"


class NoInk(ClassifierError):
    """Nothing stands out from the ground: there is no digit to read."""

    status = 422
    code = "no_ink"


class ModelFileDamaged(ClassifierError):
    """A model file does not match its checksum or cannot be loaded; it is not served."""

    status = 500
    code = "model_damaged"
