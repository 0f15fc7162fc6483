"""Rectangles on a page that look like fields. The worker that reads sheets finds them, because it has OpenCV."""

import io
from typing import Any

import numpy as np
from PIL import Image

from classifier.errors import NotFound, SiteBusy
from classifier.jobs import replies
from classifier.jobs.queue import enqueue
from classifier.sheets.models import Sheet, SheetPage
from classifier.sheets.stacks.lifecycle import call_worker

WAIT_S = 15.0  # the worker may have to start first
_LATE = "No fields were found in time. Draw them by hand, or try again in a minute."


def find_offers(sheet: Sheet, number: int) -> list[dict[str, Any]]:
    """The offers on a page of a sheet, each with box, kind, cells and rows. Raises NotFound or SiteBusy."""
    page = sheet.pages.filter(number=number).first()
    if page is None:
        raise NotFound("There is no such page.")
    key = replies.new_reply_key()
    is_sent = enqueue("sheets.find_fields", page.pk, key, expires_s=WAIT_S) and call_worker()
    reply = replies.wait_for(key, WAIT_S) if is_sent else None
    if reply is None:
        raise SiteBusy(_LATE)
    offers: list[dict[str, Any]] = reply["offers"]
    return offers


def reply_with_offers(page_id: int, reply_key: str) -> None:
    """Finds the offers on a page, in the worker, and replies with them."""
    from classifier.sheets.imaging.offers import offers  # needs OpenCV, which web processes must not load

    page = SheetPage.objects.filter(pk=page_id).first()
    if page is None:
        return
    with page.file.open("rb") as file:
        grey = np.asarray(Image.open(io.BytesIO(file.read())).convert("L"))
    found = [
        {
            "box": [round(float(share), 5) for share in each.box],
            "kind": each.kind,
            "cells": each.cells,
            "rows": each.rows,
        }
        for each in offers(grey)
    ]
    replies.send(reply_key, {"offers": found})
