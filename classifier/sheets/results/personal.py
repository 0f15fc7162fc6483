"""What an export of everything of a person says of their sheets: see classifier.transfer.exporting."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Prefetch
from django.db.models.fields.files import FieldFile

from classifier.sheets.models import Sheet, SheetPage, Stack, StackPage, Value
from classifier.transfer.export_format import Record
from classifier.transfer.exporting.files import file_record
from classifier.transfer.exporting.records import oldest_first, timestamp, with_timestamps


def sheet_records(owner: User) -> Iterator[Record]:
    """Yields a record for each sheet, with its fields and its empty pages."""
    for sheet in oldest_first(Sheet.objects.owned_by(owner).prefetch_related("pages")):
        record = _fields(sheet, "name", "description", "is_printed", "paper", "roster", "created", "changed")
        pages = [file_record(page.file, {"name": _page_name(page)}) for page in sheet.pages.all()]
        yield with_timestamps(record, "created", "changed") | {"pages": pages}


def stack_records(owner: User) -> Iterator[Record]:
    """Yields a record for each stack, with the fields by which it was read."""
    for stack in oldest_first(_stacks(owner).select_related("sheet", "sent_by")):
        record = _fields(
            stack,
            *("name", "status", "message", "created", "started", "finished", "size", "one_in", "keep_days", "webhook"),
            "description",
        )
        archive = file_record(stack.file, {"name": _stack_name(stack)}) if stack.file.name else None
        yield with_timestamps(record, "created", "started", "finished") | {
            "sheet": str(stack.sheet.public_id),
            "sent_by": _person(stack.sent_by, owner),
            "archive": archive,
        }


def page_records(owner: User) -> Iterator[Record]:
    """Yields a record for each page of these stacks, with its values."""
    values = Prefetch("values", Value.objects.select_related("decided_by"))
    pages = StackPage.objects.filter(stack__in=_stacks(owner)).select_related("stack")
    for page in oldest_first(pages.prefetch_related(values)):
        record = _fields(page, "number", "name", "page", "status", "reason", "sentence", "sheet_page", "copy", "label")
        found = [_value_record(value, owner) for value in page.values.all()]
        yield record | {"stack": str(page.stack.public_id), "values": found}


def files(owner: User) -> Iterator[tuple[str, FieldFile]]:
    """Yields the pictures of empty pages, and the stacks as they were put in, with their names in the ZIP."""
    for page in oldest_first(SheetPage.objects.filter(sheet__in=Sheet.objects.owned_by(owner)).select_related("sheet")):
        yield _page_name(page), page.file
    for stack in oldest_first(_stacks(owner).exclude(file="")):
        yield _stack_name(stack), stack.file


def _stacks(owner: User) -> Any:
    return Stack.objects.kept().filter(sheet__owner=owner)


def _fields(row: Sheet | Stack | StackPage, *names: str) -> Record:
    return {"id": str(row.public_id)} | {name: getattr(row, name) for name in names}


def _value_record(value: Value, owner: User) -> Record:
    names = ("key", "kind", "text", "read", "confidence", "risk", "alternatives", "reason", "is_check")
    record = {name: getattr(value, name) for name in names}
    return record | {"decided": timestamp(value.decided), "decided_by": _person(value.decided_by, owner)}


def _person(person: User | None, owner: User) -> str | None:
    """The owner's name; others are not named in it."""
    if person is None:
        return None
    return owner.get_username() if person.pk == owner.pk else "another person"


def _page_name(page: SheetPage) -> str:
    return f"sheets/{page.sheet.public_id}/{page.number}.png"


def _stack_name(stack: Stack) -> str:
    return f"stacks/{stack.public_id}.zip"
