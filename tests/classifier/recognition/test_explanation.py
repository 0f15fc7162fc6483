"""Explanations: occlusion maps, variants with less ink, and their words."""

import numpy as np
import pytest

from classifier.recognition.classes import Verdict
from classifier.recognition.explanation import changes, occlusion, places, stroke_pieces
from classifier.recognition.explanation import variants as why_variants
from classifier.recognition.explanation.outcomes import Outcome
from classifier.recognition.preprocessing import steps
from classifier.recognition.preprocessing.pipeline import find_digits_in_sketch
from classifier.recognition.preprocessing.steps import Step
from classifier.recognition.preprocessing.strokes import MAX_POINTS, MAX_STROKES, Sketch
from tests.factories import SEVEN, sketch

FIVE = [[[90, 60], [80, 130], [150, 120], [190, 160], [170, 220], [90, 230]], [[90, 60], [200, 58]]]


def bar(top=4, left=4, height=3, width=20):
    """A straight bar of ink: shape (28, 28)."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[top : top + height, left : left + width] = 255
    return pixels


def rows(*labels, confidence=0.9):
    """Probabilities in which each label has the confidence and the others share the rest."""
    probabilities = np.full((len(labels), 10), (1 - confidence) / 9, np.float32)
    probabilities[np.arange(len(labels)), labels] = confidence
    return probabilities


def outcomes(probabilities, verdict="digit"):
    """The answers with these probabilities, shape (n, 10), and one verdict."""
    return [Outcome.of(row, verdict) for row in probabilities]


def before(label=7, confidence=0.9, verdict="digit"):
    return Outcome(Verdict(verdict), label, rows(label, confidence=confidence)[0])


def plain(text):
    """The text with spaces that may break."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_every_inked_pixel_is_covered_and_nothing_is_added():
    pixels = find_digits_in_sketch(sketch())[0].pixels
    covered = occlusion.occlusion_inputs(pixels)
    assert covered.shape == (len(occlusion.occlusion_boxes(pixels)), 28, 28)
    assert (covered <= pixels).all()
    assert not covered.min(0).any()  # each inked pixel is gone in at least one of them
    assert (covered != pixels).any((1, 2)).all()  # no picture is asked about twice


def test_blank_and_full_pictures_are_bounded():
    assert occlusion.occlusion_inputs(np.zeros((28, 28), np.uint8)).shape == (0, 28, 28)
    full = np.full((28, 28), 255, np.uint8)
    assert (
        1
        + len(occlusion.occlusion_inputs(full))
        + max(why_variants.MAX_STROKE_VARIANTS, len(why_variants.ink_variants(full)))
        <= why_variants.MAX_PICTURES
    )


def test_map_is_highest_where_covering_hurts():
    pixels = bar()
    boxes = occlusion.occlusion_boxes(pixels)
    hurts = [left <= 8 < right for _, left, _, right in boxes]
    covered = np.where(np.array(hurts)[:, None], rows(1), rows(7))
    fall = occlusion.occlusion_map(pixels, 7, rows(7)[0], covered)
    assert fall.shape == (28, 28)
    assert fall[5].argmax() in range(6, 11)
    assert (fall[:, 20:].max(), fall.min()) == (0, 0)


def test_map_is_the_mean_of_the_squares_on_each_pixel():
    full = np.full((28, 28), 255, np.uint8)
    covered = np.repeat(rows(7, confidence=0.5), len(occlusion.occlusion_boxes(full)), 0)
    fall = occlusion.occlusion_map(full, 7, rows(7, confidence=0.9)[0], covered)
    assert fall == pytest.approx(np.full((28, 28), np.log(9)), abs=1e-4)


def test_more_evidence_is_not_a_fall():
    pixels = bar()
    covered = np.repeat(rows(7, confidence=0.99), len(occlusion.occlusion_boxes(pixels)), 0)
    assert occlusion.occlusion_map(pixels, 7, rows(7, confidence=0.6)[0], covered).max() == 0


def test_evidence_distinguishes_certainties_but_not_impossibilities():
    sure, surer = np.array([rows(7, confidence=c)[0] for c in (0.999, 0.999999)])
    assert occlusion.evidence(np.stack([sure, surer]), 7).tolist() == pytest.approx([6.9, 13.8], abs=0.2)
    assert occlusion.evidence(rows(1, 1, confidence=1), 7).tolist() == [occlusion.LEAST_EVIDENCE] * 2


def test_picture_of_the_map_is_brightest_at_the_highest_place():
    pixels, fall = bar(), np.zeros((28, 28), np.float32)
    fall[5, 8] = 5
    drawn = occlusion.heat_picture(pixels, fall, zoom=4)
    assert (drawn.shape, drawn.dtype) == ((112, 112, 3), np.uint8)
    light = drawn.astype(int).sum(2)
    y, x = np.unravel_index(light.argmax(), light.shape)
    assert (y // 4, x // 4) == (5, 8)
    assert light[5 * 4, 20 * 4] > light[20 * 4, 20 * 4]  # other ink is seen still


def test_colours_of_the_map_increase_in_brightness():
    luminance = occlusion._HEAT @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance) > 10).all()


@pytest.mark.parametrize(
    ("y", "x", "words"),
    [
        (4, 4, "at the top left"),
        (4, 14, "at the top"),
        (14, 14, "in the middle"),
        (14, 23, "on the right"),
        (23, 14, "at the bottom"),
        (23, 23, "at the bottom right"),
    ],
)
def test_place_is_named(y, x, words):
    weight = np.zeros((28, 28), np.float32)
    weight[y, x] = 1
    assert places.place_in_words(weight, bar(4, 4, 20, 20)) == words


def test_a_narrow_digit_has_no_left_and_right_and_the_whole_digit_is_not_a_place():
    narrow = bar(4, 13, 20, 3)
    weight = np.zeros((28, 28), np.float32)
    weight[5, 13] = 1
    assert places.place_in_words(weight, narrow) == "at the top"
    everywhere = bar(4, 4, 20, 20)
    assert places.place_in_words(everywhere.astype(np.float32), everywhere) == ""
    assert places.place_in_words(np.zeros((28, 28), np.float32), everywhere) == ""


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (bar(4, 4, 2, 16), "the bar"),
        (bar(4, 13, 16, 2), "the upright stroke"),
        (255 * np.eye(28, dtype=np.uint8), "the slanting stroke"),
        (bar(4, 4, 8, 8), "the part"),
        (bar(4, 4, 1, 1), "the part"),
    ],
)
def test_form_of_a_part_is_named(weight, words):
    assert places.shape_in_words(weight.astype(np.float32)) == words


def test_sentence_says_where_the_network_looked_and_what_covering_does():
    pixels = bar() | bar(4, 20, 20, 3)
    covered = np.repeat(rows(7, confidence=0.999), len(occlusion.occlusion_boxes(pixels)), 0)
    hurts = [top <= 5 < bottom and left < 18 for top, left, bottom, _ in occlusion.occlusion_boxes(pixels)]
    covered[hurts] = rows(1, confidence=0.64)
    fall = occlusion.occlusion_map(pixels, 7, rows(7, confidence=0.999)[0], covered)
    words = places.looked_at(pixels, fall, before(), outcomes(covered))
    assert plain(words) == (
        "It looked mostly at the bar at the top. With its most important place covered it would be a 1 (64.0 %)."
    )
    covered[hurts] = rows(7, confidence=0.8)
    assert "it stays a 7 (80.0 %)" in plain(places.looked_at(pixels, fall, before(), outcomes(covered)))
    assert "it would be unsure: a 7 or a 0." in places.looked_at(pixels, fall, before(), outcomes(covered, "unsure"))
    covered[hurts] = rows(0, confidence=0.1)
    assert "it would be no digit." in places.looked_at(pixels, fall, before(), outcomes(covered))
    refused = before(verdict="not_a_digit")
    assert "covered it stays no digit." in places.looked_at(pixels, fall, refused, outcomes(covered))
    chance = before(0, confidence=0.1, verdict="not_a_digit")
    assert "No digit stands out" in places.looked_at(pixels, fall, chance, outcomes(covered))
    assert "No place stands out" in places.looked_at(pixels, 0 * fall, before(), outcomes(covered))


def test_one_long_stroke_is_divided_into_pieces_and_runs_of_pieces():
    variants = why_variants.stroke_variants(sketch())
    single = [variant for variant in variants if len(variant.parts) == 1]
    assert len(single) in range(6, 9)
    assert {1, 2, 3} == {len(variant.parts) for variant in variants}
    names = {"the beginning of the stroke", "a piece of the stroke", "the end of the stroke"}
    assert {variant.missing for variant in single} == names
    for variant in variants:
        assert (variant.pixels.shape, bool(variant.pixels.any())) == ((28, 28), True)
        assert sum(map(stroke_pieces.length, [*variant.removed, *variant.kept])) == pytest.approx(
            stroke_pieces.length(SEVEN[0])
        )


def test_each_of_several_strokes_is_also_left_out_whole():
    variants = why_variants.stroke_variants(sketch(FIVE))
    kept = [variant.kept for variant in variants if variant.missing in ("stroke number 1", "stroke number 2")]
    assert sorted(len(way[0]) for way in kept) == [2, 6]
    assert [len(way) for way in kept] == [1, 1]


def test_variant_is_framed_like_a_drawing_without_that_part():
    variants = {variant.missing: variant for variant in why_variants.stroke_variants(sketch(FIVE))}
    alone = find_digits_in_sketch(sketch([FIVE[0]]), one_digit=True)[0].pixels
    assert np.array_equal(variants["stroke number 2"].pixels, alone)


@pytest.mark.parametrize(
    "strokes",
    [
        [[[x, y] for x in range(20, 220, 9)] for y in range(20, 260, 1)],
        [[[float(n % 281), float(n * 7919 % 281)] for n in range(MAX_POINTS)]],
        [[[5 * (n % 50), 20 * (n // 50)]] for n in range(MAX_STROKES)],
        [[[140, 140]]],
        [[[140, 140]] * 300],
        [[[-300, 40], [900, 40]]],
    ],
    ids=["many long strokes", "one endless scribble", "500 dots", "a dot", "a pen held still", "off the pad"],
)
def test_hostile_sketches_are_bounded(strokes):
    variants = why_variants.stroke_variants(Sketch(strokes, 280, 280, 18))
    assert len(variants) <= why_variants.MAX_STROKE_VARIANTS
    points = sum(len(way) for variant in variants for way in variant.kept)
    assert points <= why_variants.MAX_STROKE_VARIANTS * (stroke_pieces.MAX_POINTS + 2 * MAX_STROKES)
    assert all(len(stroke_pieces.svg_path(variant.kept)) < 60_000 for variant in variants)


@pytest.mark.parametrize(
    "strokes",
    [
        [[[float(n % 281), float(n * 7919 % 281)] for n in range(2000)]],
        [[[5 * (n % 50), 20 * (n // 50)]] for n in range(MAX_STROKES)],
    ],
    ids=["a scribble", "500 dots"],
)
def test_sketches_that_take_long_have_few_variants(strokes):
    assert len(why_variants.stroke_variants(Sketch(strokes, 280, 280, 18))) <= 6


def test_thinning_keeps_ends_and_ordinary_drawings():
    assert stroke_pieces.thinned(sketch()) == sketch()
    long = Sketch([[[n % 280, n / 100] for n in range(15_000)], [[1, 2]]], 280, 280, 18)
    thin = stroke_pieces.thinned(long)
    assert sum(map(len, thin.strokes)) <= stroke_pieces.MAX_POINTS + 2
    assert [(stroke[0], stroke[-1]) for stroke in thin.strokes] == [(s[0], s[-1]) for s in long.strokes]


def test_strokes_of_one_of_several_digits():
    two = sketch([*SEVEN, [[400, 50], [400, 200]]])
    assert why_variants.strokes_within(two, (380, 0, 420, 280)).strokes == [two.strokes[1]]
    assert why_variants.strokes_within(two, None) == two
    assert why_variants.strokes_within(two, (0, 0, 1, 1)) == two  # never nothing


def test_cut_pieces_meet_and_are_equally_long():
    pieces = stroke_pieces.cut([[0, 0], [10, 0], [10, 30]], 4)
    assert [stroke_pieces.length(piece) for piece in pieces] == pytest.approx([10] * 4)
    assert [a[-1] for a in pieces[:-1]] == [b[0] for b in pieces[1:]]


def test_parts_of_a_picture_are_its_components_and_squares_of_ink():
    pixels = bar(4, 4, 3, 20) | bar(20, 4, 3, 8)
    variants = why_variants.ink_variants(pixels)
    own = [variant for variant in variants if variant.missing.startswith("a separate")]
    names = [variant.missing for variant in own]
    assert names == ["a separate shape at the top", "a separate shape at the bottom left"]
    for variant in variants:
        gone = np.zeros(784, np.bool_)
        gone[list(variant.parts)] = True
        assert pixels.ravel()[gone].all()
        assert np.array_equal(variant.pixels.ravel(), np.where(gone, 0, pixels.ravel()))
        assert why_variants.LEAST_INK <= pixels.ravel()[gone].sum() / pixels.sum() < 1 - why_variants.LEAST_INK


def test_a_single_dot_has_no_parts():
    assert why_variants.ink_variants(bar(10, 10, 2, 2)) == []
    assert why_variants.ink_variants(np.zeros((28, 28), np.uint8)) == []


def variant(*parts):
    return why_variants.Variant(bar(), frozenset(parts), f"part {parts}")


def test_the_strongest_changes_come_first_with_the_smallest_removal():
    variants = [variant(1), variant(2), variant(3), variant(3, 4), variant(5)]
    answers = np.concatenate([rows(7, confidence=0.5), rows(7), rows(1, 1, confidence=0.88), rows(7, confidence=0.89)])
    chosen = changes.strongest(variants, outcomes(answers), before())
    assert [change.variant for change in chosen] == [variants[2], variants[0]]
    assert [plain(change.sentence) for change in chosen] == [
        "Without this it would be a 1 (88.0 %).",
        "Without this it is less sure of the 7: 50.0 % instead of 90.0 %.",
    ]
    assert [change.is_other for change in chosen] == [True, False]


def test_the_same_part_is_shown_twice_only_for_different_answers():
    variants = [variant(1), variant(1, 2), variant(1, 3)]
    chosen = changes.strongest(variants, outcomes(rows(1, 8, 1)), before())
    assert [(change.outcome.label, change.variant.parts) for change in chosen] == [(1, {1}), (8, {1, 2})]
    assert plain(chosen[1].sentence) == "Without this it would be an 8 (90.0 %)."


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (rows(0, confidence=0.1), "digit", "no digit"),  # chance level, for any calibration of the version
        (rows(0, confidence=0.1), "unsure", "no digit"),
        (rows(0, confidence=0.3), "digit", "no digit"),
        (rows(0, confidence=0.97), "not_a_digit", "no digit"),
        (0.6 * rows(0, confidence=1) + 0.4 * rows(6, confidence=1), "unsure", "unsure: a 0 or a 6"),
        (rows(7, confidence=0.6), "unsure", "unsure: a 7 or a 0"),
        (rows(0, confidence=0.97), "digit", "a 0 (97.0 %)"),
    ],
)
def test_an_answer_that_is_none_is_not_named_as_one(answer, verdict, words):
    (change,) = changes.strongest([variant(1)], outcomes(answer, verdict), before())
    assert plain(change.sentence) == f"Without this it would be {words}."
    assert change.is_other


def test_another_digit_is_shown_before_no_digit():
    variants = [variant(1), variant(2, 3)]
    answers = [*outcomes(rows(0, confidence=0.1)), *outcomes(rows(1))]
    assert [change.outcome.digit for change in changes.strongest(variants, answers, before())] == [1, None]


def test_what_is_no_digit_with_and_without_a_part_is_no_change():
    refused = before(verdict="not_a_digit")
    answers = [*outcomes(rows(3, confidence=0.1)), *outcomes(rows(7))]
    chosen = changes.strongest([variant(1), variant(2)], answers, refused)
    assert [plain(change.sentence) for change in chosen] == ["Without this it would be a 7 (90.0 %)."]
    assert "it stays no digit whichever" in changes.changes_in_words([], refused, 3)


def test_sentence_above_the_changes():
    one = changes.strongest([variant(1)], outcomes(rows(1)), before())
    less = changes.strongest([variant(1)], outcomes(rows(7, confidence=0.5)), before())
    assert changes.changes_in_words(one, before(), 1) == "One part decides:"
    assert "No single part decides: it stays an 8" in changes.changes_in_words(less, before(8), 3)
    assert "as surely" in changes.changes_in_words([], before(), 3)
    assert "too little ink" in changes.changes_in_words([], before(), 0)


def test_a_removed_part_is_marked_by_more_than_a_hue():
    pixels = bar()
    drawn = changes.without_picture(pixels, frozenset(range(4 * 28 + 4, 4 * 28 + 12)), zoom=5)
    marked = drawn[4 * 5 : 5 * 5, 4 * 5 : 12 * 5].astype(int).sum(2)
    assert (drawn.shape, len(np.unique(marked))) == ((140, 140, 3), 2)  # hatched
    assert (drawn[6 * 5, 20 * 5] == 255).all()
    assert not drawn[20 * 5, 20 * 5].any()


def test_svg_paths_consist_of_numbers():
    assert stroke_pieces.svg_path([[[1, 2], [3.14159, 4, 99]], [[5, 6]]]) == "M1 2L3.142 4M5 6h0"


def test_large_steps_are_shown_small():
    small = steps.small_step(Step("a", "A", np.zeros((1000, 640), np.uint8), "x"))
    assert max(small.picture.shape) <= steps.STEP_SIDE
    same = Step("a", "A", np.zeros((320, 20), np.uint8))
    assert steps.small_step(same) is same
