"""What a page says of a field that a person is asked about."""

from typing import Any

from django.urls import reverse

from classifier.sheets.fields.description import Field, Kind
from classifier.sheets.models import Stack, Value
from classifier.sheets.reading.reasons import sentence

OTHERS_SHOWN = 4  # readings besides the best one


def asked(values: list[Value], stack: Stack) -> list[dict[str, Any]]:
    """Plain values for JSON and templates. values: with their pages."""
    description = stack.described()
    fields = description.fields()
    tables = {table.key: table.name for table in description.tables}
    return [_asked(value, stack, fields[value.position], tables) for value in values]


def _asked(value: Value, stack: Stack, field: Field, tables: dict[str, str]) -> dict[str, Any]:
    page, of_page = value.page, [stack.public_id, value.page.public_id]
    is_check = field.kind is Kind.CHECK
    return {
        "id": str(value.public_id),
        "name": f"{field.name}, row {field.row} of {tables[field.table]}" if field.table else field.name,
        "where": f"Page {page.number}" + (f" · {page.label}" if page.label else ""),
        "kind": field.kind.value,
        "text": value.text,
        "others": [] if is_check else [text for text in value.alternatives if text != value.text][:OTHERS_SHOWN],
        "reason": sentence(value.reason),
        "decimals": field.rules.decimals > 0,
        "crop": reverse("sheets:value-crop", args=[stack.public_id, value.public_id]),
        "thumbnail": reverse("sheets:page-picture", args=[*of_page, "thumbnail"]),
        "page": reverse("sheets:page-picture", args=[*of_page, "page"]),
        "width": page.width,
        "height": page.height,
        "box": place(field.box, page.width, page.height),
    }


def place(box: tuple[float, float, float, float], width: int, height: int) -> list[int]:
    """Left, top, width and height of a field on its page, px."""
    left, top, across, down = box
    return [round(left * width), round(top * height), round(across * width), round(down * height)]
