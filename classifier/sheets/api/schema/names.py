"""Descriptions of properties, links between operations, and names that drf-spectacular would invent."""

from classifier.api.schema import SETTINGS, bodies, errors, links, properties
from classifier.sheets.models import Stack, StackPage

from .bodies import CHECKS, FIGURES, FORECAST

errors.FILE_ENDINGS += [".png", ".jpg", ".pdf", "results.xlsx"]
errors.FURTHER |= {
    "stacks_list": {404},
    "sheets_pdf": {409},
    "sheets_change": {409},
    "values_decide": {409},
}
SETTINGS["ENUM_NAME_OVERRIDES"] |= {
    "StackStatusEnum": Stack.Status.choices,
    "StackPageStatusEnum": StackPage.Status.choices,
}
OF_A_SHEET = [f"sheets_{name}" for name in ("get", "change", "delete", "restore", "pdf", "shares", "share")]
OF_A_STACK = [
    *(f"stacks_{name}" for name in ("get", "tolerate", "cancel", "delete", "restore", "pages", "webhook")),
    "stacks_webhook_again",
    *(f"stacks_results_{name}" for name in ("json", "csv", "xlsx")),
    *("values_list", "values_next", "values_undo"),
]
links.LINKS |= {
    "sheets_list": ("/results/0/id", OF_A_SHEET),
    "sheets_create": ("/id", OF_A_SHEET),
    "stacks_list": ("/results/0/id", OF_A_STACK),
    "stacks_send": ("/id", OF_A_STACK),
}
_SHEET = {
    "url": "Its address.",
    "owner": "The name of the person who owns it.",
    "rights": "What you may do with it: everything (owner), change it and put stacks in (change), decide fields "
    "(decide), or see results (read).",
    "is_printed": "Printed by this site, with marks and a code.",
    "paper": "Of a printed sheet.",
    "changed": "When its fields were last changed.",
    "pages": "Addresses of the pictures of its empty pages.",
    "stacks": "Address of the list of its stacks.",
}
_STACK = {
    "url": "Its address.",
    "sheet": "Id of its sheet.",
    "message": "What you should know about it.",
    "size": "Of what was uploaded, in bytes.",
    "total": "Pages found so far.",
    "one_in": "Of so many values that are taken unseen, one may be wrong.",
    "keep_days": "Days after which it is removed; null if it is kept.",
    "webhook": "Where this site says that it is done.",
    "pages": "Address of the list of its pages.",
    "values": "Address of the list of its values.",
}
properties.DESCRIPTIONS |= {
    "Sheet": _SHEET,
    "WholeSheet": _SHEET
    | {"description": "Its fields, see docs/sheets.md.", "roster": "A line for each copy, printed on it."},
    "Stack": _STACK,
    "NewStack": _STACK | {"webhook_secret": "Signs the message that it is done. No other answer has it."},
    "WholeStack": _STACK
    | {
        "figures": "How many pages and values there are, and what became of them.",
        "forecast": "What other tolerances would mean.",
        "checks": "How many of the values that were taken unseen and then checked by people were wrong.",
    },
    "StackPage": {
        "number": "In the stack, from 1.",
        "name": "Of the file.",
        "page": "Of a file with several, from 1.",
        "reason": "Why it was not read, as a stable name for programs.",
        "sentence": "The reason as a sentence.",
        "sheet_page": "Which page of the sheet it is, from 1.",
        "copy": "The number of the printed copy.",
        "label": "What the roster says of this copy.",
        "picture": "Address of its picture: laid straight if it was read, as received if not.",
    },
    "Value": {
        "url": "Its address.",
        "crop": "Address of a picture of what is written in it.",
        "page": "Number of its page in the stack.",
        "key": "Of its field; of a cell of a table, `table.row.column`.",
        "name": "Of its field, or of its column.",
        "table": "Key of its table.",
        "row": "Of its table, from 1.",
        "state": "`taken` unseen, `open` (left to people), `check` (taken, and also shown to people), or `decided`.",
        "text": "What counts: as read, or as a person decided. `x` for a check box that is marked.",
        "read": "As it was read; empty for an empty field.",
        "confidence": "The probability that it was read correctly.",
        "risk": "The smallest share of wrong values that must be tolerated for this one to be taken unseen.",
        "alternatives": "Other readings, the most probable first.",
        "reason": "Why it is doubtful, as a stable name for programs.",
        "is_check": "One of the hundredth part that people look at even if it may be taken.",
        "decided": "When a person decided.",
        "decided_by": "Name of that person.",
    },
}
bodies.PRECISE |= {
    ("WholeStack", "figures"): FIGURES,
    ("WholeStack", "forecast"): FORECAST,
    ("WholeStack", "checks"): CHECKS,
}
