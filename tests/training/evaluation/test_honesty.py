"""The benchmark of honesty: its requests, and its figures for the answers. The site is not started."""

import json
from urllib.parse import parse_qs

import numpy as np
import pytest
from PIL import Image

from benchmarks import honesty
from benchmarks.honesty import Sample, blanks, figures, no_digits, of_set, reading, table
from benchmarks.unseen_outliers import KINDS, draw_unseen
from benchmarks.unseen_outliers.letters import LOOKALIKES, OTHER_HANDS
from classifier.recognition.preprocessing.strokes import Sketch, parse_sketch
from training.evaluation.metrics import Reading
from training.synthesis.characters import HELD_BACK_LETTERS, LETTERS
from training.synthesis.outliers import kinds


def sample(origin="trained", group="letter", kind="letter", label="", path="/drawings/"):
    return Sample(origin, group, kind, label, path, "", b"")


def prediction(digit, verdict="digit", confidence=0.9, reason=None):
    return {"digit": digit, "verdict": verdict, "confidence": confidence, "reason": reason}


@pytest.mark.parametrize("name", KINDS)
def test_every_unseen_outlier_can_be_sent(name):
    rng = np.random.default_rng(3)
    for _ in range(3):
        made = KINDS[name].make(rng)
        if isinstance(made, Sketch):
            assert parse_sketch(made.strokes, [made.width, made.height], made.pen).strokes
        else:
            assert made.dtype == np.uint8
            assert Image.fromarray(made).width >= 20


def test_unseen_outliers_are_the_same_for_the_same_seed():
    first, again = (next(made for kind, made in draw_unseen(1, 5) if kind.name == "qr code") for _ in range(2))
    assert (first == again).all()


def test_unseen_outliers_are_not_in_the_training_data():
    assert not KINDS.keys() & kinds.KINDS.keys()
    assert not {*OTHER_HANDS.values()} & {*LETTERS.values(), *HELD_BACK_LETTERS.values()}
    assert not LOOKALIKES.keys() & {*LETTERS, *HELD_BACK_LETTERS, *OTHER_HANDS}


def test_every_kind_is_sent_to_each_endpoint():
    sent = list(no_digits(1, seed=2))
    assert {each.kind for each in sent} == kinds.KINDS.keys() | KINDS.keys()
    endpoints = {}
    for each in sent:
        endpoints.setdefault(each.kind, set()).add(each.endpoint)
        assert not each.label
    assert endpoints["letter"] == endpoints["word"] == {"pad", "upload"}
    assert endpoints["clouds"] == endpoints["portrait"] == {"upload"}


def test_one_digit_is_set_for_two_digits_only():
    for each in no_digits(1, seed=2):
        if each.endpoint == "pad":
            assert parse_qs(each.body.decode())["one_digit"] == ["true" if each.group == "two digits" else "false"]


def test_blanks_are_sent_to_the_pad_and_as_pictures():
    assert [each.endpoint for each in blanks()].count("pad") == 1
    assert len(list(blanks())) > 5


def test_set_of_strokes_goes_to_the_pad_and_pictures_to_the_upload(tmp_path):
    lines = tmp_path / "drawn.jsonl"
    lines.write_text(json.dumps({"label": 7, "strokes": [[[1, 1], [9, 9]]]}) + "\n")
    (tmp_path / "digits" / "3").mkdir(parents=True)
    Image.new("L", (9, 9)).save(tmp_path / "digits" / "3" / "a.png")
    samples = [*of_set(lines), *of_set(tmp_path / "digits")]
    assert [(each.endpoint, each.label) for each in samples] == [("pad", "7"), ("upload", "3")]
    assert b"\x89PNG" in samples[1].body


def test_number_has_the_verdict_of_its_worst_digit():
    said = reading(sample(label="47"), [prediction(4), prediction(7, "unsure", 0.5, "close")], None)
    assert (said.read, said.verdict, said.reason, said.confidence) == ("47", "unsure", "close", pytest.approx(0.45))
    said = reading(sample(), [prediction(None, "not_a_digit"), prediction(1)], None)
    assert (said.read, said.verdict) == ("?1", "not_a_digit")


def row(number, verdict="number", reason=None):
    return {"number": number, "verdict": verdict, "reason": reason}


def test_what_the_line_reader_says_about_a_number_counts_before_its_digits():
    number = {"verdict": "unsure", "confidence": 0.6, "rows": [row("35", "unsure", "digit"), row("7")]}
    said = reading(sample(label="357"), [prediction(3), prediction(5), prediction(7)], number)
    assert (said.read, said.verdict, said.reason, said.confidence) == ("35 7", "unsure", "digit", 0.6)
    refused = {"verdict": "not_a_number", "confidence": 0.1, "rows": [row("35", "not_a_number", "word")]}
    assert reading(sample(), [prediction(None, "not_a_digit")], refused).verdict == "not_a_digit"


def test_answers_of_several_digits_to_no_digit_are_counted():
    answers = [("not_a_digit", "?1"), ("digit", "47"), ("unsure", "35"), ("digit", "7")]
    measured = figures([sample()] * 4, [Reading("", "", verdict, read) for verdict, read in answers])
    assert measured["whole"]["trained"]["numbers"] == 0.5
    assert any("50%" in line.split() for line in table(measured | {"in_service": "x-1", "when": "2026-01-01"}))


def test_figures_for_each_kind_and_endpoint_and_lookalikes_apart():
    samples = [sample(), sample(), sample(path="/pictures/"), sample(group=honesty.LOOKALIKE, kind="O")]
    verdicts = ["not_a_digit", "digit", "unsure", "digit"]
    measured = figures(samples, [Reading("", "", verdict) for verdict in verdicts])
    by_endpoint = {(row["kind"], row["endpoint"]): row for row in measured["kinds"]}
    assert (by_endpoint["letter", "pad"]["refused"], by_endpoint["letter", "pad"]["caught"]) == (0.5, 0.5)
    assert by_endpoint["letter", "upload"]["unsure"] == 1
    assert measured["whole"]["trained"]["images"] == 3
    assert measured["whole"][honesty.LOOKALIKE]["caught"] == 0


def test_figures_of_a_set_use_first_choices():
    rows = [("7", "digit", "7"), ("7", "unsure", "7"), ("7", "not_a_digit", "?"), ("7", "digit", "1")]
    samples = [sample(origin="sets/pen", group="set", label=label) for label, *_ in rows]
    measured = figures(samples, [Reading("", label, verdict, read, 0.9) for label, verdict, read in rows])
    assert measured["sets"]["pen"]["accuracy"] == 0.5
    assert measured["sets"]["pen"]["refused"] == 0.25
    lines = table(measured | {"in_service": "x-1", "when": "2026-01-01"})
    assert any(line.startswith("pen") and "50.00%" in line for line in lines)
