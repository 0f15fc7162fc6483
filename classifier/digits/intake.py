"""Taking in what people send: strokes, picture files, samples.

Whatever is accepted is stored with all its digits and their waiting predictions in one transaction, before
the one job for all of them is sent; what is refused raises one of the app's errors and leaves nothing.
What was taken in is answered for by its leftmost digit, whose `siblings` are all of the drawing's digits.
"""

import base64
import logging
import time
import uuid
from contextlib import suppress
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from classifier.decoding.client import read_picture
from classifier.decoding.picture_files import Picture
from classifier.digits.samples import mnist
from classifier.digits.samples.shelf import SampleImages
from classifier.errors import NotFound, PictureTooLarge, UnreadablePicture
from classifier.jobs import replies
from classifier.jobs.queue import enqueue
from classifier.models import Correction, Digit, Drawing, Prediction
from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing import framing, pipeline
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits, find_digits_in_sketch
from classifier.recognition.preprocessing.strokes import Sketch

from .corrections import wait_again
from .predictions import apply_reply, reply_key

log = logging.getLogger(__name__)

Source = Drawing.Source
sample_images = cache(SampleImages)  # one for each folder and process
BLANK = "There is nothing on the pad yet. Draw a digit from 0 to 9."


def save_drawing(
    owner: User,
    sketch: Sketch,
    *,
    drawing_id: uuid.UUID | None = None,
    revision: int = 1,
    pointer: str = "",
    source: Source = Source.DRAW,
    one_digit: bool = False,
) -> Digit:
    """Store a drawing, or a newer revision of it, and ask what its digits are.

    drawing_id: the client's name for it, so that sending it twice stores it once; revision: counted by the
    client. A revision that is not newer than the stored one changes nothing. one_digit: do not cut it.
    Raises NoInk; NotFound when the drawing is somebody else's.
    """
    found = find_in_sketch(sketch, one_digit)
    content = {
        "strokes": sketch.strokes,
        "width": sketch.width,
        "height": sketch.height,
        "pen": sketch.pen,
        "pointer": pointer,
        "revision": revision,
        "one_digit": one_digit,
        "deleted": None,  # whoever goes on with a drawing wants it back
    }
    new = Drawing(owner=owner, public_id=drawing_id or uuid.uuid4(), source=source, **content)
    if revision == 1 or drawing_id is None:  # new to us, unless it is sent twice: then the name is taken
        with suppress(IntegrityError), transaction.atomic():
            return _store(new, found)
    with transaction.atomic():
        drawing = _locked_drawing(owner, new.public_id)
        if drawing is None:
            try:
                with transaction.atomic():
                    return _store(new, found)
            except IntegrityError:  # another revision of it was stored at the same moment
                drawing = _locked_drawing(owner, new.public_id)
                if drawing is None:
                    raise
        if revision <= drawing.revision:
            return _as_stored(drawing)
        return _store_revision(drawing, content, found)


def stored_drawing(owner: User, drawing_id: uuid.UUID) -> Digit | None:
    """The leftmost digit of a drawing that was taken in earlier, as save_drawing returns it; None if it is gone."""
    drawing = Drawing.objects.owned_by(owner).filter(public_id=drawing_id).first()
    return _as_stored(drawing) if drawing is not None else None


def remove_drawing(owner: User, drawing_id: uuid.UUID, revision: int) -> None:
    """Take a drawing out of the history, as undoing its last stroke does; one that is not there is no error.

    revision: counted by the client, as for save_drawing; one that is not newer changes nothing.
    """
    with transaction.atomic():
        drawing = _locked_drawing(owner, drawing_id)
        if drawing is not None and revision > drawing.revision:
            drawing.delete()


def accept_picture(
    owner: User,
    file: "UploadedFile[bytes]",
    source: Source,
    *,
    one_digit: bool = False,
    drawing_id: uuid.UUID | None = None,
) -> Digit:
    """Store a picture file as it came and ask what its digits are. one_digit: do not cut it.

    drawing_id: the public id that it gets; a random one when not given.

    Raises PictureTooLarge, UnknownPictureFormat, UnreadablePicture, NoInk, SiteBusy.
    """
    picture = decode_upload(file, one_digit=one_digit)
    drawing = Drawing(
        owner=owner,
        public_id=drawing_id or uuid.uuid4(),
        source=source,
        width=picture.width,
        height=picture.height,
        original_format=picture.format,
        one_digit=one_digit,
    )
    file.seek(0)
    # The name is ours: what the sender called it says nothing we can trust.
    drawing.original.save(f"{drawing.public_id}.{picture.format.lower()}", file, save=False)
    try:
        with transaction.atomic():
            return _store(drawing, picture.digits)
    except BaseException:
        if not Drawing.objects.filter(public_id=drawing.public_id).exists():  # what was committed keeps its file
            drawing.original.delete(save=False)
        raise


def decode_upload(file: "UploadedFile[bytes]", *, one_digit: bool = False) -> Picture:
    """Read an uploaded file within this site's limits. Raises as accept_picture does."""
    limit = settings.UPLOAD_MAX_MB * 2**20
    if (file.size or 0) > limit:
        raise PictureTooLarge(
            f"This file has {(file.size or 0) / 2**20:.0f} MB; at most {settings.UPLOAD_MAX_MB} MB can be sent. "
            "Make the picture smaller, or crop it to the digit."
        )
    if not file.size:
        raise UnreadablePicture("This file is empty. Choose a picture of a digit.")
    return read_picture(file.read(), round(settings.PICTURE_MAX_MEGAPIXELS * 1e6), one_digit=one_digit)


def accept_sample(owner: User, label: int | None = None) -> Digit:
    """Store a random test image, of one digit if asked for, and ask for its prediction.

    Its 28×28 pixels pass the same steps as any other picture.
    """
    sample = sample_images(mnist.configured()[0]).take(label)
    drawing = Drawing(
        owner=owner,
        source=Source(sample.kind),
        width=framing.SIDE,
        height=framing.SIDE,
        true_label=sample.label,
        sample_index=sample.index,
        one_digit=True,
    )
    found = find_digits(sample.pixels, one_digit=True)
    with transaction.atomic():
        return _store(drawing, found)


def preview_sketch(sketch: Sketch, timeout_s: float, *, one_digit: bool = False) -> list[dict[str, Any]] | None:
    """What the network makes of strokes that are still being drawn; stores nothing.

    Returns for each digit, from the left, what predictions.answer_preview tells of it, with `pixels` (what the
    network was given), `model_version` and `inference_ms`; None when no worker answered in time. Raises NoInk.
    """
    found = find_in_sketch(sketch, one_digit)
    word = replies.new_reply_key()
    pixels = [_base64(each.pixels.tobytes()) for each in found]
    if not enqueue("classifier.preview", pixels, word, [each.hints for each in found], expires_s=2):
        return None
    answer = replies.wait_for(word, timeout_s)
    if not answer:
        return None
    shared = {name: answer[name] for name in ("model_version", "inference_ms")}
    return [{**said, **shared, "pixels": each.pixels} for said, each in zip(answer["digits"], found, strict=True)]


def find_in_sketch(sketch: Sketch, one_digit: bool = False) -> list[FoundDigit]:
    """A sketch's digits from left to right. Raises NoInk for a blank one."""
    if not sketch.strokes:
        raise NoInk(BLANK)
    try:
        return find_digits_in_sketch(sketch, one_digit=one_digit)
    except NoInk:
        raise NoInk(BLANK) from None


def wait_for_answer(digit: Digit, timeout_s: float) -> None:
    """Wait until all digits of a drawing just taken in are answered, at most `timeout_s`, and read them again."""
    waiting = [each for each in digit.siblings if each.prediction is not None and not each.prediction.is_final]
    if timeout_s <= 0:  # who will not wait gets no answer by chance
        return
    end, left_s = time.monotonic() + timeout_s, timeout_s
    untold = []
    for each in waiting:
        prediction = each.current_predictions[0]
        if word := replies.wait_for(reply_key(prediction.pk), left_s):
            apply_reply(prediction, word)
        else:
            untold.append(each)
        left_s = end - time.monotonic()
    if untold:
        _read_again(digit, untold)


def _read_again(digit: Digit, untold: list[Digit]) -> None:
    """Bring those up to date of whom no word came; what has been removed meanwhile is none of the siblings."""
    keys = [each.current_predictions[0].pk for each in untold]
    answered = Prediction.objects.select_related("model_version").in_bulk(keys)
    for each in untold:
        now = answered.get(each.current_predictions[0].pk)
        if now is not None:
            each.current_predictions = [now]
        elif each is digit:
            raise NotFound("This digit has been deleted meanwhile.")
        else:
            digit.siblings.remove(each)


def _locked_drawing(owner: User, drawing_id: uuid.UUID) -> Drawing | None:
    drawing = Drawing.objects.select_for_update().filter(public_id=drawing_id).first()
    if drawing is not None and (drawing.owner_id != owner.pk or drawing.strokes is None):
        raise NotFound("There is no such drawing.")
    return drawing


def _store(drawing: Drawing, found: list[FoundDigit]) -> Digit:
    """A new drawing, its digits and their waiting predictions; the job is sent when they are committed."""
    drawing.save(force_insert=True)
    return _ask(drawing, Digit.objects.bulk_create(_new_digits(drawing, found)))


def _new_digits(drawing: Drawing, found: list[FoundDigit], first: int = 0) -> list[Digit]:
    """Unsaved digits for those found from position `first` on."""
    return [_put(Digit(drawing=drawing, position=at), each) for at, each in enumerate(found) if at >= first]


def _put(digit: Digit, found: FoundDigit) -> Digit:
    digit.pixels, digit.box, digit.hints = found.pixels.tobytes(), list(found.box), found.hints
    digit.preprocessing_version = pipeline.VERSION
    return digit


def _as_stored(drawing: Drawing) -> Digit:
    """The drawing's leftmost digit with its siblings, each with what it has been answered for this revision."""
    digits = list(drawing.digits.order_by("position"))
    answers = Prediction.objects.filter(digit__in=digits, revision=drawing.revision).select_related("model_version")
    answers = answers.order_by("pk")  # the first counts
    for digit in digits:
        digit.drawing = drawing
        digit.current_predictions = [answer for answer in answers if answer.digit_id == digit.pk]
    return _together(digits)


def _store_revision(drawing: Drawing, content: dict[str, Any], found: list[FoundDigit]) -> Digit:
    """A newer revision's strokes, pixels and waiting predictions; the older ones' predictions are superseded.

    Digits are matched by their position, so they stay what they are when one is added at the right. Those that
    are too many go, with what was said of them.
    """
    digits = list(drawing.digits.order_by("position"))
    older = Prediction.objects.filter(digit__in=digits).exclude(status=Prediction.Status.SUPERSEDED)
    waited_for = list(older.waiting().values_list("pk", flat=True))
    older.update(status=Prediction.Status.SUPERSEDED)
    transaction.on_commit(lambda: _release(waited_for), robust=True)
    kept, surplus = digits[: len(found)], digits[len(found) :]
    _look_at_corrections(kept, found)
    # Only now: the order in which rows are locked, see classifier.models.triggers.
    for name, value in content.items():
        setattr(drawing, name, value)
    drawing.save(update_fields=[*content])
    for digit, each in zip(kept, found, strict=False):
        digit.drawing = drawing
        _put(digit, each).save(update_fields=["pixels", "box", "hints", "preprocessing_version"])
    for digit in surplus:
        digit.delete()
    if len(found) > len(kept):
        kept += Digit.objects.bulk_create(_new_digits(drawing, found, first=len(kept)))
    return _ask(drawing, kept)


def _look_at_corrections(digits: list[Digit], found: list[FoundDigit]) -> None:
    """What was reviewed was another picture. What was said of a digit that stood elsewhere is said of none now."""
    for correction in Correction.objects.filter(digit__in=digits):
        position = next(at for at, digit in enumerate(digits) if digit.pk == correction.digit_id)
        if _stands_elsewhere(digits[position].box, found[position].box):
            correction.delete()
        else:
            wait_again(correction)


def _stands_elsewhere(old: list[int] | None, new: tuple[int, int, int, int]) -> bool:
    """Whether two boxes have no column of pixels in common: a digit was put in at the left of the other."""
    return old is not None and (old[2] <= new[0] or new[2] <= old[0])


def _ask(drawing: Drawing, digits: list[Digit]) -> Digit:
    """Waiting predictions for the drawing's digits, and one job for all; returns the leftmost."""
    predictions = Prediction.objects.bulk_create(
        Prediction(digit=digit, revision=drawing.revision, preprocessing_version=digit.preprocessing_version)
        for digit in digits
    )
    for digit, prediction in zip(digits, predictions, strict=True):
        digit.current_predictions = [prediction]
    keys = [prediction.pk for prediction in predictions]
    pixels, hints = [_base64(digit.pixels) for digit in digits], [digit.hints for digit in digits]
    transaction.on_commit(lambda: enqueue("classifier.predict", keys, pixels, hints), robust=True)
    return _together(digits)


def _together(digits: list[Digit]) -> Digit:
    """Have each of a drawing's digits know all of them; returns the leftmost."""
    for digit in digits:
        digit.siblings = digits
    return digits[0]


def _base64(pixels: bytes | memoryview) -> str:
    return base64.b64encode(pixels).decode()


def _release(prediction_ids: list[int]) -> None:
    """Tell those who still wait for superseded predictions to look."""
    for pk in prediction_ids:
        replies.tell(reply_key(pk), {})
