"""What can go wrong with a person's input, each with the sentence that person reads."""

from classifier.recognition.errors import ClassifierError


class PictureTooLarge(ClassifierError):
    status = 413
    code = "too_large"


class UnknownPictureFormat(ClassifierError):
    status = 415
    code = "unsupported_format"


class UnreadablePicture(ClassifierError):
    status = 422
    code = "unreadable"


class SiteBusy(ClassifierError):
    """Something of ours is away for the moment; the same request may succeed later."""

    status = 503
    code = "busy"


class MnistUnavailable(ClassifierError):
    """MNIST is not here and cannot be fetched; the message says what to do."""

    status = 503
    code = "mnist_unavailable"


class NotFound(ClassifierError):
    """There is no such thing for this person."""

    status = 404
    code = "not_found"


class KeyReused(ClassifierError):
    """An Idempotency-Key came again with another request."""

    status = 422
    code = "idempotency_key_reused"


class StillWorking(ClassifierError):
    """The request with the same Idempotency-Key is not finished."""

    status = 409
    code = "in_progress"


class ArchiveRefused(ClassifierError):
    """Nothing of an archive can be taken in; `code` says why."""

    def __init__(self, message: str, code: str, status: int = 422) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class TooManyBatches(ClassifierError):
    status = 429
    code = "too_many_batches"


class LastAdministrator(ClassifierError):
    """Without this account nobody could look after the site."""

    status = 409
    code = "last_administrator"


class ImportRefused(ClassifierError):
    """A file cannot be imported, as a whole or from some place on."""

    status = 422
    code = "import_refused"


class ImportAtWork(ClassifierError):
    status = 409
    code = "import_at_work"
