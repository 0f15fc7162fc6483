"""Errors of requests. The message of each is the sentence that the person reads."""

from classifier.recognition.errors import ClassifierError


class PictureTooLarge(ClassifierError):
    """A picture has too many pixels, or takes too much memory to decode."""

    status = 413
    code = "too_large"


class UnknownPictureFormat(ClassifierError):
    """A file has none of the supported picture formats."""

    status = 415
    code = "unsupported_format"


class UnreadablePicture(ClassifierError):
    """A picture file is damaged, or decoding it failed or took too long."""

    status = 422
    code = "unreadable"


class SeveralPages(ClassifierError):
    """A file has several pages, where one picture is expected."""

    status = 422
    code = "several_pages"


class SiteBusy(ClassifierError):
    """A part of the site is unavailable; the same request can succeed later."""

    status = 503
    code = "busy"


class TooManyRequests(ClassifierError):
    """An address has sent too many requests. `retry_after_s` says when the next one is answered."""

    status = 429
    code = "rate_limited"

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StorageAway(OSError):
    """The storage of files on another machine does not answer, or refuses to. Says nothing about a file."""


class MnistUnavailable(ClassifierError):
    """MNIST is not installed and cannot be downloaded. The message says what to do."""

    status = 503
    code = "mnist_unavailable"


class NotFound(ClassifierError):
    """The person has no such object."""

    status = 404
    code = "not_found"


class NotReadYet(ClassifierError):
    """There is no answer that its owner could confirm."""

    status = 409
    code = "not_read"


class KeyReused(ClassifierError):
    """An Idempotency-Key was used before with another request."""

    status = 422
    code = "idempotency_key_reused"


class StillWorking(ClassifierError):
    """The request with the same Idempotency-Key is still in progress."""

    status = 409
    code = "in_progress"


class ArchiveRejected(ClassifierError):
    """An archive cannot be used at all; `code` says why."""

    def __init__(self, message: str, code: str, status: int = 422) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class TooManyBatches(ClassifierError):
    """A person has too many batches in progress."""

    status = 429
    code = "too_many_batches"


class LastAdministrator(ClassifierError):
    """The only administrator cannot close their account."""

    status = 409
    code = "last_administrator"


class InvitationOver(ClassifierError):
    """An invitation is used up, expired or revoked."""

    status = 410
    code = "invitation_over"


class MayNotManage(ClassifierError):
    """A member of staff may not do this to another person's account."""

    status = 403
    code = "may_not_manage"


class OwnAccount(ClassifierError):
    """Staff cannot disable themselves or change their own rights."""

    status = 409
    code = "own_account"


class ImportRejected(ClassifierError):
    """A file cannot be imported, or not beyond some place in it."""

    status = 422
    code = "import_refused"


class ImportAtWork(ClassifierError):
    """A person has another import in progress."""

    status = 409
    code = "import_at_work"
