"""Waiting, for a bounded time, until the digits of an accepted drawing are answered."""

import time

from classifier.digits.predictions import apply_reply, reply_key
from classifier.errors import NotFound
from classifier.jobs import replies
from classifier.jobs.watching import ReplyClock
from classifier.models import Digit, Prediction


def wait_for_answer(digit: Digit, timeout_s: float) -> None:
    """Waits at most `timeout_s` until all digits of a drawing are answered, and brings their predictions up to date.

    digit: as save_drawing returns it. Raises NotFound if it has been deleted.
    """
    if timeout_s <= 0:  # a request that does not wait never receives an answer by chance
        return
    waiting = [each for each in digit.siblings if each.prediction is not None and not each.prediction.is_final]
    end, left_s = time.monotonic() + timeout_s, timeout_s
    without_reply = []
    clock, inference_ms = ReplyClock(), 0.0
    for each in waiting:
        prediction = each.current_predictions[0]
        if reply := replies.wait_for(reply_key(prediction.pk), left_s):
            apply_reply(prediction, reply)
            inference_ms += reply["inference_ms"]
        else:
            without_reply.append(each)
        left_s = end - time.monotonic()
    if waiting:
        clock.stop(None if without_reply else inference_ms)
    if without_reply:
        _refresh(digit, without_reply)


def _refresh(digit: Digit, without_reply: list[Digit]) -> None:
    """Reads the predictions of some digits from the database. Removes deleted digits from the siblings.

    The digits of a drawing that a worker has read as a whole meanwhile (see `late`) stay as they are: the next request
    gets the new ones.
    """
    keys = [each.current_predictions[0].pk for each in without_reply]
    stored = Prediction.objects.select_related("model_version").in_bulk(keys)
    for each in without_reply:
        prediction = stored.get(each.current_predictions[0].pk)
        if prediction is not None:
            each.current_predictions = [prediction]
        elif Digit.objects.filter(pk=each.pk).exists():
            continue
        elif each is digit:
            raise NotFound("This digit has just been deleted.")
        else:
            digit.siblings.remove(each)
