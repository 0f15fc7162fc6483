"""Taking in what people send: strokes, picture files, samples.

Whatever is accepted is stored with its waiting prediction in one transaction, before the job is sent;
what is refused raises one of the app's errors and leaves nothing.
"""

import base64
import logging
import uuid
from contextlib import suppress
from functools import cache

import numpy as np
from celery import Task
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from numpy.typing import NDArray

from . import messages, mnist, preprocessing, tasks
from .corrections import wait_again
from .decoding import Picture, read_picture
from .errors import NoInk, NotFound, PictureTooLarge, UnreadablePicture
from .models import Correction, Digit, Drawing, Prediction
from .predictions import take_word, word_for
from .preprocessing import sketch_to_model_input
from .sample_images import SampleImages
from .strokes import Sketch, render

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
) -> Digit:
    """Store a drawing, or a newer revision of it, and ask for its prediction.

    drawing_id: the client's name for it, so that sending it twice stores it once; revision: counted by the
    client. A revision that is not newer than the stored one changes nothing.
    Raises NoInk; NotFound when the drawing is somebody else's.
    """
    pixels = sketch_pixels(sketch)
    content = {
        "strokes": sketch.strokes,
        "width": sketch.width,
        "height": sketch.height,
        "pen": sketch.pen,
        "pointer": pointer,
        "revision": revision,
    }
    new = Drawing(owner=owner, public_id=drawing_id or uuid.uuid4(), source=source, **content)
    if revision == 1 or drawing_id is None:  # new to us, unless it is sent twice: then the name is taken
        with suppress(IntegrityError), transaction.atomic():
            return _store(new, pixels)
    with transaction.atomic():
        drawing = _locked_drawing(owner, new.public_id)
        if drawing is None:
            try:
                with transaction.atomic():
                    return _store(new, pixels)
            except IntegrityError:  # another revision of it was stored at the same moment
                drawing = _locked_drawing(owner, new.public_id)
                if drawing is None:
                    raise
        digit = drawing.digits.get(position=0)
        if revision <= drawing.revision:
            digit.drawing = drawing
            digit.current_predictions = list(digit.predictions.filter(revision=drawing.revision))
            return digit
        for name, value in content.items():
            setattr(drawing, name, value)
        drawing.save(update_fields=[*content])
        return _store_revision(drawing, digit, pixels)


def remove_drawing(owner: User, drawing_id: uuid.UUID, revision: int) -> None:
    """Take a drawing out of the history, as undoing its last stroke does; one that is not there is no error.

    revision: counted by the client, as for save_drawing; one that is not newer changes nothing.
    """
    with transaction.atomic():
        drawing = _locked_drawing(owner, drawing_id)
        if drawing is not None and revision > drawing.revision:
            drawing.delete()


def accept_picture(owner: User, file: "UploadedFile[bytes]", source: Source) -> Digit:
    """Store a picture file as it came and ask for its prediction.

    Raises PictureTooLarge, UnknownPictureFormat, UnreadablePicture, NoInk, SiteBusy.
    """
    picture = decode_upload(file)
    drawing = Drawing(
        owner=owner, source=source, width=picture.width, height=picture.height, original_format=picture.format
    )
    file.seek(0)
    # The name is ours: what the sender called it says nothing we can trust.
    drawing.original.save(f"{drawing.public_id}.{picture.format.lower()}", file, save=False)
    try:
        with transaction.atomic():
            return _store(drawing, picture.pixels)
    except BaseException:
        if not Drawing.objects.filter(public_id=drawing.public_id).exists():  # what was committed keeps its file
            drawing.original.delete(save=False)
        raise


def decode_upload(file: "UploadedFile[bytes]") -> Picture:
    """Read an uploaded file within this site's limits. Raises as accept_picture does."""
    limit = settings.UPLOAD_MAX_MB * 2**20
    if (file.size or 0) > limit:
        raise PictureTooLarge(
            f"This file has {(file.size or 0) / 2**20:.0f} MB; at most {settings.UPLOAD_MAX_MB} MB can be sent. "
            "Make the picture smaller, or crop it to the digit."
        )
    if not file.size:
        raise UnreadablePicture("This file is empty. Choose a picture of a digit.")
    return read_picture(file.read(), round(settings.PICTURE_MAX_MEGAPIXELS * 1e6))


def accept_sample(owner: User, label: int | None = None) -> Digit:
    """Store a random test image, of one digit if asked for, and ask for its prediction.

    Its 28×28 pixels pass the same steps as any other picture.
    """
    sample = sample_images(mnist.configured()[0]).take(label)
    drawing = Drawing(
        owner=owner,
        source=Source(sample.kind),
        width=preprocessing.SIDE,
        height=preprocessing.SIDE,
        true_label=sample.label,
        sample_index=sample.index,
    )
    pixels = preprocessing.to_model_input(sample.pixels)
    with transaction.atomic():
        return _store(drawing, pixels)


def preview_sketch(sketch: Sketch, timeout_s: float) -> dict[str, object] | None:
    """What the network makes of strokes that are still being drawn; stores nothing.

    Returns probabilities, model_version, inference_ms and the pixels given to the network; None when
    no worker answered in time. Raises NoInk.
    """
    pixels = sketch_pixels(sketch)
    word = messages.new_word()
    if not _send(tasks.preview, base64.b64encode(pixels.tobytes()).decode(), word):
        return None
    answer = messages.wait_for(word, timeout_s)
    return {**answer, "pixels": pixels} if answer else None


def sketch_pixels(sketch: Sketch) -> NDArray[np.uint8]:
    """The network's input for a sketch. Raises NoInk for a blank one."""
    if not sketch.strokes:
        raise NoInk(BLANK)
    try:
        return sketch_to_model_input(render(sketch))
    except NoInk:
        raise NoInk(BLANK) from None


def wait_for_answer(digit: Digit, timeout_s: float) -> None:
    """Wait until the digit's current prediction is answered, at most `timeout_s`, and read it again."""
    prediction = digit.prediction
    if prediction is None or prediction.is_final or timeout_s <= 0:  # who will not wait gets no answer by chance
        return
    if word := messages.wait_for(word_for(prediction.pk), timeout_s):
        take_word(prediction, word)
        return
    answered = Prediction.objects.select_related("model_version").filter(pk=prediction.pk).first()
    if answered is None:
        raise NotFound("This digit has been deleted meanwhile.")
    digit.current_predictions = [answered]


def _locked_drawing(owner: User, drawing_id: uuid.UUID) -> Drawing | None:
    drawing = Drawing.objects.select_for_update().filter(public_id=drawing_id).first()
    if drawing is not None and (drawing.owner_id != owner.pk or drawing.strokes is None):
        raise NotFound("There is no such drawing.")
    return drawing


def _store(drawing: Drawing, pixels: NDArray[np.uint8]) -> Digit:
    """A new drawing, its digit and the waiting prediction; the job is sent when they are committed."""
    drawing.save(force_insert=True)
    digit = Digit.objects.create(drawing=drawing, pixels=pixels.tobytes(), preprocessing_version=preprocessing.VERSION)
    return _ask(digit)


def _store_revision(drawing: Drawing, digit: Digit, pixels: NDArray[np.uint8]) -> Digit:
    """A newer revision's pixels and waiting prediction; the older ones' predictions are superseded."""
    digit.drawing, digit.pixels, digit.preprocessing_version = drawing, pixels.tobytes(), preprocessing.VERSION
    digit.save(update_fields=["pixels", "preprocessing_version"])
    older = digit.predictions.exclude(status=Prediction.Status.SUPERSEDED)
    waited_for = list(older.waiting().values_list("pk", flat=True))
    older.update(status=Prediction.Status.SUPERSEDED)
    transaction.on_commit(lambda: _release(waited_for), robust=True)
    if correction := Correction.objects.filter(digit=digit).first():
        wait_again(correction)  # what was reviewed was another picture
    return _ask(digit)


def _ask(digit: Digit) -> Digit:
    prediction = Prediction.objects.create(
        digit=digit, revision=digit.drawing.revision, preprocessing_version=digit.preprocessing_version
    )
    digit.current_predictions = [prediction]
    pixels = base64.b64encode(digit.pixels).decode()
    transaction.on_commit(lambda: _send(tasks.predict, [prediction.pk], [pixels]), robust=True)
    return digit


def _release(prediction_ids: list[int]) -> None:
    """Tell those who still wait for superseded predictions to look."""
    for pk in prediction_ids:
        messages.tell(word_for(pk), {})


def _send(task: "Task[..., None]", *arguments: object) -> bool:
    """Put a job on the queue. Without a broker the rows wait, and the scheduler sends them again."""
    try:
        task.apply_async(arguments)
    except tasks.QUEUE_ERRORS as error:
        log.warning("The queue cannot be reached, %s waits: %s", task.name, error)
        return False
    return True
