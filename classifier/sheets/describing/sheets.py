"""Sheets from making to deleting."""

import io
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image

from classifier.digits.deletion import UNDO_DAYS
from classifier.errors import NotFound
from classifier.recognition.errors import ClassifierError, InvalidInput
from classifier.sheets.fields.description import Description
from classifier.sheets.fields.marks import PAPERS
from classifier.sheets.imaging import REFERENCE_SIDE
from classifier.sheets.models import Sheet, SheetPage
from classifier.sheets.printing.pictures import pictures
from classifier.sheets.printing.placing import check_text, place

NAME_AT_MOST = 100  # characters


class SheetChanged(ClassifierError):
    """Somebody else has changed a sheet since it was read."""

    status = 409
    code = "sheet_changed"


class SheetIsPrinted(ClassifierError):
    """The fields of a printed sheet stay where they are on paper."""

    status = 409
    code = "sheet_is_printed"


class PageHasFields(ClassifierError):
    """A page with fields cannot be turned."""

    status = 409
    code = "page_has_fields"


def checked_name(name: str) -> str:
    """A sheet's name without spaces around it. Raises InvalidInput."""
    name = " ".join(name.split())
    if not name:
        raise InvalidInput("Give the sheet a name.")
    if len(name) > NAME_AT_MOST or not name.isprintable():
        raise InvalidInput(f"The name of a sheet has at most {NAME_AT_MOST} characters, all of which can be shown.")
    return name


def create_sheet(owner: User, name: str, pages: Sequence[Image.Image]) -> Sheet:
    """A sheet of uploaded pages, still without fields. pages: as of `uploads.pages_of`. Raises InvalidInput."""
    sheet = Sheet(owner=owner, name=checked_name(name), description=Description(len(pages)).as_json())
    return _store(sheet, pages)


def create_printed(owner: User, name: str, described: dict[str, Any], paper: str, roster: Sequence[str]) -> Sheet:
    """A sheet that this site prints. described: as of `placing.place`; roster: as of `lists.roster`.

    Raises InvalidInput, FieldRejected or NotPrintable.
    """
    name = checked_name(name)
    check_text(name)
    if paper not in PAPERS:
        raise InvalidInput(f"The paper is one of {', '.join(PAPERS)}.")
    description = place(described, paper)
    if not description.fields():
        raise InvalidInput("The sheet has no fields. Add one.")
    sheet = Sheet(owner=owner, name=name, is_printed=True, paper=paper, roster=list(roster))
    sheet.description = description.as_json()
    return _store(sheet, pictures(name, description, paper, sheet.public_id, REFERENCE_SIDE))


def copy_sheet(sheet: Sheet, owner: User, name: str) -> Sheet:
    """A sheet of the same fields and pages, without roster, shares and stacks. Raises InvalidInput."""
    if sheet.is_printed:
        return create_printed(owner, name, sheet.description, sheet.paper, [])
    copy = Sheet(owner=owner, name=checked_name(name), description=sheet.description)
    images = []
    for page in sheet.pages.all():
        with page.file.open("rb") as file:
            images.append(Image.open(io.BytesIO(file.read())))
    return _store(copy, images)


def change_sheet(sheet: Sheet, described: object, name: str | None = None, seen: datetime | None = None) -> Sheet:
    """Changes the fields of a sheet, and its name if given. seen: `sheet.changed` as the person saw it, if known.

    Raises FieldRejected, InvalidInput, SheetIsPrinted or SheetChanged; nothing is changed then.
    """
    description = Description.of(described)
    pages = sheet.pages.count()
    if description.pages != pages:
        raise InvalidInput(f"The sheet has {pages} pages: “pages” cannot be changed.")
    if sheet.is_printed and _places(description) != _places(sheet.described()):
        raise SheetIsPrinted(
            "This sheet is printed: its fields stay where they are. Copy it to add, remove or move fields."
        )
    changes = {"description": description.as_json(), "changed": timezone.now()}
    if name is not None:
        changes["name"] = checked_name(name)
    rows = Sheet.objects.kept().filter(pk=sheet.pk)
    if not (rows.filter(changed=seen) if seen else rows).update(**changes):
        raise SheetChanged("This sheet was changed or deleted meanwhile. Reload the page and change it again.")
    sheet.refresh_from_db()
    return sheet


def rename_sheet(sheet: Sheet, name: str) -> None:
    """Raises InvalidInput."""
    sheet.name = checked_name(name)
    if sheet.is_printed:
        check_text(sheet.name)
    sheet.save(update_fields=["name"])


def turn_page(sheet: Sheet, number: int) -> None:
    """Turns a page of an uploaded form by 90° clockwise. Raises NotFound, SheetIsPrinted or PageHasFields."""
    page = sheet.pages.filter(number=number).first()
    if page is None:
        raise NotFound("There is no such page.")
    if sheet.is_printed:
        raise SheetIsPrinted("This sheet is printed, so its pages are upright.")
    if sheet.described().on_page(number):
        raise PageHasFields("This page has fields. Remove them, turn the page, and draw them again.")
    old = str(page.file.name)
    with page.file.open("rb") as file:
        turned = Image.open(io.BytesIO(file.read())).transpose(Image.Transpose.ROTATE_270)
    _save_picture(page, turned)
    with transaction.atomic():
        page.save()
        Sheet.objects.filter(pk=sheet.pk).update(changed=timezone.now())
        transaction.on_commit(lambda: page.file.storage.delete(old))


def delete_sheet(sheet: Sheet) -> None:
    """Deletes a sheet with its stacks. It can be restored for UNDO_DAYS days."""
    Sheet.objects.kept().filter(pk=sheet.pk).update(deleted=timezone.now())


def restorable(owner: User) -> list[Sheet]:
    """The deleted sheets of a person that can be restored, the last deleted first."""
    since = timezone.now() - timedelta(days=UNDO_DAYS)
    return list(Sheet.objects.filter(owner=owner, deleted__gte=since).order_by("-deleted"))


def restore_sheet(owner: User, public_id: uuid.UUID) -> Sheet:
    """Restores a deleted sheet of this person's. Raises NotFound."""
    sheet = next((each for each in restorable(owner) if each.public_id == public_id), None)
    if sheet is None or not Sheet.objects.filter(pk=sheet.pk, deleted=sheet.deleted).update(deleted=None):
        raise NotFound("There is no such sheet to restore.")
    sheet.deleted = None
    return sheet


def _places(description: Description) -> list[tuple[object, ...]]:
    """What of a description is on paper."""
    return [(each.key, each.page, each.box, each.kind, each.cells) for each in description.fields()]


def _store(sheet: Sheet, images: Sequence[Image.Image]) -> Sheet:
    pages = [SheetPage(sheet=sheet, number=number) for number in range(1, len(images) + 1)]
    try:
        for page, image in zip(pages, images, strict=True):
            _save_picture(page, image)
        with transaction.atomic():
            sheet.save(force_insert=True)
            for page in pages:
                page.sheet = sheet  # which has a key now
            SheetPage.objects.bulk_create(pages)
    except BaseException:
        for page in pages:
            if page.file:
                page.file.delete(save=False)
        raise
    return sheet


def _save_picture(page: SheetPage, image: Image.Image) -> None:
    """Stores a grey picture as the file of a page, which is not saved."""
    file = io.BytesIO()
    image.convert("L").save(file, "PNG")
    page.width, page.height = image.size
    page.file.save("", ContentFile(file.getvalue()), save=False)
