"""What share of wrong values must be tolerated for a value to be taken unseen."""

import hashlib
import json

import pytest

from classifier.sheets.fields.description import Field, Kind, Rules
from classifier.sheets.reading.made import BUNDLED, networks_of_promise
from classifier.sheets.reading.promise import NEVER, Promise, Table, sort_of
from classifier.sheets.reading.reads import Read

TABLE = Table((0.5, 0.9, 0.99), (0.05, 0.01, 0.001))


@pytest.mark.parametrize(("confidence", "risk"), [(0.4, NEVER), (0.5, 0.05), (0.95, 0.01), (0.99, 0.001), (1, 0.001)])
def test_the_risk_is_that_of_the_highest_threshold_below(confidence, risk) -> None:
    assert TABLE.risk_of(confidence) == risk


def test_nothing_is_promised_without_a_table_or_confidence() -> None:
    promise = Promise({}, {"boxes": TABLE})
    assert promise.risk_of("line", 1.0) == NEVER
    assert promise.risk_of("boxes", 0.0) == NEVER
    assert Promise.of({}).risk_of("boxes", 1.0) == NEVER
    assert Promise.of({"version": 0, "sorts": {"boxes": {}}}).risk_of("boxes", 1.0) == NEVER


def field(kind, **rules):
    return Field("f", "F", 1, (0, 0, 1, 1), kind, 3, Rules(**rules))


@pytest.mark.parametrize(
    ("about", "text", "sort"),
    [
        (field(Kind.BOXES), "123", "boxes"),
        (field(Kind.BOXES, checksum="luhn"), "123", "boxes_ruled"),
        (field(Kind.LINE, allowed=("1",)), "1", "line_ruled"),
        (field(Kind.LINE, highest=5), "1", "line"),
        (field(Kind.LINE), "", "empty"),
        (field(Kind.CHECK), "", "check"),
    ],
)
def test_fields_that_are_about_equally_hard_have_one_table(about, text, sort) -> None:
    assert sort_of(about, Read(text, 1.0, [], "")) == sort


def test_the_calibration_that_ships_promises_less_for_less_confidence() -> None:
    stored = json.loads(BUNDLED.read_text())
    assert {"boxes", "boxes_ruled", "line", "line_ruled", "check", "empty"} <= set(stored["sorts"])
    for sort, each in stored["sorts"].items():
        assert each["confidences"] == sorted(each["confidences"]), sort
        assert each["risks"] == sorted(each["risks"], reverse=True), sort
        assert all(risk * each["values"] > 2.9 for risk in each["risks"]), sort  # so many values must be error-free


def test_the_calibration_that_ships_names_the_networks_that_ship() -> None:
    folder = BUNDLED.parents[2] / "bundled"
    models = [next((folder / name).glob("*.tflite")) for name in ("deeper_cnn", "line_reader")]
    assert {hashlib.sha256(model.read_bytes()).hexdigest()[:12] for model in models} == set(networks_of_promise())
