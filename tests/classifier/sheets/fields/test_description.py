"""What a sheet's fields may be: parsed from JSON, written as JSON, and rejected with a sentence."""

import json
import random
from copy import deepcopy

import pytest

from classifier.sheets.fields.description import Description, FieldRejected, Kind

NUMBER = {"key": "number", "name": "Number", "page": 1, "box": [0.1, 0.1, 0.3, 0.03], "kind": "boxes", "cells": 5}
TOTAL = {"key": "total", "name": "Total", "box": [0.1, 0.2, 0.3, 0.03], "kind": "line"}
MARKED = {"key": "marked", "name": "Marked", "box": [0.1, 0.3, 0.01, 0.01], "kind": "check"}
TABLE = {
    "key": "marks", "name": "Marks", "page": 2, "box": [0.1, 0.1, 0.8, 0.4], "rows": 20,
    "columns": [
        {"key": "pupil", "name": "Pupil", "kind": "boxes", "cells": 4, "share": 3},
        {"key": "points", "name": "Points", "kind": "line", "rules": {"digits_to": 3, "highest": 100}},
    ],
}  # fmt: skip
WHOLE = {"pages": 2, "fields": [NUMBER, TOTAL, MARKED], "tables": [TABLE]}


def with_rules(field, **rules):
    return {"fields": [field | {"rules": rules}]}


def rules_of(described):
    return Description.of(described).fields()[0].rules


def test_a_description_survives_json() -> None:
    description = Description.of(WHOLE)
    assert Description.of(json.loads(json.dumps(description.as_json()))) == description


def test_fields_come_in_the_order_of_the_columns_with_the_cells_of_tables_row_by_row() -> None:
    keys = [field.key for field in Description.of(WHOLE).fields()]
    assert keys[:6] == ["number", "total", "marked", "marks.1.pupil", "marks.1.points", "marks.2.pupil"]
    assert len(keys) == 3 + 40


def test_cells_of_a_table_divide_its_box_by_their_shares() -> None:
    pupil, points = Description.of(WHOLE).on_page(2)[-2:]
    assert pupil.box == pytest.approx((0.1, 0.48, 0.6, 0.02))
    assert points.box == pytest.approx((0.7, 0.48, 0.2, 0.02))
    assert (pupil.row, pupil.table, pupil.cells, points.kind) == (20, "marks", 4, Kind.LINE)


def test_boxes_have_at_most_as_many_digits_as_there_are_boxes() -> None:
    assert rules_of(with_rules(NUMBER, digits_to=9)).digits_to == 5


def test_decimals_need_a_digit_before_the_point() -> None:
    assert rules_of(with_rules(TOTAL, decimals=2)).digits_from == 3


def test_a_list_says_how_many_digits_and_decimals_there_are() -> None:
    rules = rules_of(with_rules(TOTAL, allowed=["0.50", "12.25", "0.50"]))
    assert (rules.digits_from, rules.digits_to, rules.decimals, rules.allowed) == (3, 4, 2, ("0.50", "12.25"))


@pytest.mark.parametrize(
    ("described", "sentence"),
    [
        (None, "The description is a JSON object."),
        ({"pages": 21}, "“pages” is a whole number from 1 to 20"),
        ({"pages": True}, "“pages” is a whole number"),
        ({"fields": [NUMBER, NUMBER]}, "Two fields have the key “number”"),
        ({"fields": [NUMBER, TOTAL | {"name": "Number"}]}, "Two fields have the name “Number”"),
        ({"fields": [NUMBER | {"name": " "}]}, "A field has no name"),
        ({"fields": [NUMBER | {"name": "a\nb"}]}, "cannot be shown"),
        ({"fields": [NUMBER | {"name": "n" * 61}]}, "too long"),
        ({"fields": [NUMBER | {"key": "No!"}]}, "“key” has 1 to 40"),
        ({"fields": [NUMBER | {"kind": ["line"]}]}, "“kind” is one of boxes, line, check"),
        ({"fields": [NUMBER | {"page": 2}]}, "“page” is a whole number from 1 to 1"),
        ({"fields": [NUMBER | {"cells": 0}]}, "“cells” is a whole number from 1 to 20"),
        ({"fields": [NUMBER | {"box": [0.9, 0.1, 0.3, 0.1]}]}, "reaches beyond the page"),
        ({"fields": [NUMBER | {"box": [0.9, 0.1, 0.0001, 0.1]}]}, "too small"),
        ({"fields": [NUMBER | {"box": [0, 0, 1, float("nan")]}]}, "“box” is a number"),
        ({"fields": [NUMBER] * 1001}, "1,001 elements; at most 1,000"),
        ({"tables": [TABLE | {"page": 1, "rows": 501}]}, "too small"),
        ({"tables": [TABLE | {"page": 1, "box": [0, 0, 1, 1], "rows": 500}, NUMBER]}, "“rows” is a whole number"),
        ({"tables": [TABLE | {"page": 1, "columns": []}]}, "has no columns"),
        (with_rules(NUMBER, colour="red"), "there is no rule “colour”"),
        (with_rules(NUMBER, digits_from=6), "at least 6 digits cannot stand where at most 5 may"),
        (with_rules(NUMBER, decimals=5), "“decimals” is a whole number from 0 to 4"),
        (with_rules(NUMBER, is_required=1), "“is_required” is true or false"),
        (with_rules(NUMBER, checksum=["luhn"]), "“checksum” is one of luhn, mod11, mod97, gtin"),
        (with_rules(TOTAL, lowest=3, highest=2), "the lowest value is above the highest"),
        (with_rules(TOTAL, digits_to=3, lowest=1000), "no number of at most 3 digits is in its range"),
        (with_rules(TOTAL, highest=-1), "is in its range"),
        (with_rules(TOTAL, allowed=["12a"]), "“12a” in the list is not a number"),
        (with_rules(TOTAL, allowed=["12", "13"], highest=12), "13 is above 12"),
        (with_rules(TOTAL, allowed=["12"], checksum="luhn"), "wrong check digit"),
        (with_rules(NUMBER, allowed=["123456"]), "more digits than there are boxes"),
        (with_rules(NUMBER, allowed=["1.5", "1.25"]), "the same number of decimals"),
    ],
)
def test_what_cannot_be_read_is_rejected_with_a_sentence(described, sentence) -> None:
    with pytest.raises(FieldRejected, match=sentence) as rejected:
        Description.of(described)
    assert str(rejected.value).endswith(".")


def test_a_table_of_too_many_cells_is_rejected_before_they_are_made() -> None:
    columns = [{"key": f"c{number}", "name": f"C{number}", "kind": "check"} for number in range(1000)]
    table = {"key": "all", "name": "All", "page": 1, "box": [0, 0, 1, 1], "rows": 400, "columns": columns[:400]}
    with pytest.raises(FieldRejected, match="at most 1,000 fields"):
        Description.of({"tables": [table]})


def test_nothing_that_a_program_sends_raises_another_error() -> None:
    rng = random.Random(1)
    values = [None, True, 1, -3, 0.5, 10**30, float("inf"), "", "boxes", "12", [], [1, 2, 3, 4], {}, {"digits_to": "x"}]
    for _ in range(2000):
        described = deepcopy(WHOLE)
        places = [described, *described["fields"], *described["tables"], *described["tables"][0]["columns"]]
        place = rng.choice([*places, described["tables"][0]["columns"][1]["rules"]])
        place[rng.choice([*place, "rules", "decimals", "allowed", "checksum"])] = rng.choice(values)
        try:
            Description.of(described).fields()
        except FieldRejected:
            pass
