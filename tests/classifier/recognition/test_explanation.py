"""Why the network read it so: what is covered and left out, what is said of it, who may see it."""

import base64
import io
import json
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from classifier.digits import explanations, intake, predictions, replay
from classifier.digits.networks import network_in_service, network_named
from classifier.digits.registry import activate, register_version
from classifier.jobs import replies
from classifier.models import Digit, Drawing, ModelVersion, Prediction
from classifier.recognition.explanation import changes, occlusion, places
from classifier.recognition.explanation import variants as why_variants
from classifier.recognition.preprocessing import steps
from classifier.recognition.preprocessing.pipeline import find_digits_in_sketch
from classifier.recognition.preprocessing.steps import Step
from classifier.recognition.preprocessing.strokes import MAX_POINTS, MAX_STROKES, Sketch
from tests.factories import ONE, SEVEN, answered, drawn_digit, picture, seven, sketch
from tests.making import network_folder

HTMX = {"HX-Request": "true"}
FIVE = [[[90, 60], [80, 130], [150, 120], [190, 160], [170, 220], [90, 230]], [[90, 60], [200, 58]]]


def bar(top=4, left=4, height=3, width=20):
    """A straight bar of ink: shape (28, 28)."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[top : top + height, left : left + width] = 255
    return pixels


def rows(*labels, confidence=0.9):
    """Probabilities in which each label has the confidence and the others share the rest."""
    found = np.full((len(labels), 10), (1 - confidence) / 9, np.float32)
    found[np.arange(len(labels)), labels] = confidence
    return found


def plain(text):
    """Figures are kept from being torn at a line's end; here they may."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_every_inked_pixel_is_covered_and_nothing_is_added():
    pixels = find_digits_in_sketch(sketch())[0].pixels
    covered = occlusion.occlusion_inputs(pixels)
    assert covered.shape == (len(occlusion.occlusion_boxes(pixels)), 28, 28)
    assert (covered <= pixels).all()
    assert not covered.min(0).any()  # whatever there is, is gone in one of them
    assert (covered != pixels).any((1, 2)).all()  # no picture is asked about twice


def test_blank_and_full_pictures_are_bounded():
    assert occlusion.occlusion_inputs(np.zeros((28, 28), np.uint8)).shape == (0, 28, 28)
    full = np.full((28, 28), 255, np.uint8)
    assert (
        1 + len(occlusion.occlusion_inputs(full)) + max(why_variants.MAX_WAYS, len(why_variants.ink_variants(full)))
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


def test_map_is_the_mean_of_the_patches_on_each_pixel():
    full = np.full((28, 28), 255, np.uint8)
    covered = np.repeat(rows(7, confidence=0.5), len(occlusion.occlusion_boxes(full)), 0)
    fall = occlusion.occlusion_map(full, 7, rows(7, confidence=0.9)[0], covered)
    assert fall == pytest.approx(np.full((28, 28), np.log(9)), abs=1e-4)


def test_map_of_a_help_is_no_fall():
    pixels = bar()
    covered = np.repeat(rows(7, confidence=0.99), len(occlusion.occlusion_boxes(pixels)), 0)
    assert occlusion.occlusion_map(pixels, 7, rows(7, confidence=0.6)[0], covered).max() == 0


def test_evidence_tells_certainties_apart_but_not_impossibilities():
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


def test_colours_of_the_map_rise_in_brightness_for_every_kind_of_eye():
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


def test_place_of_a_narrow_digit_has_no_left_and_right_and_all_over_is_no_place():
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
def test_shape_is_named(weight, words):
    assert places.shape_in_words(weight.astype(np.float32)) == words


def test_sentence_says_where_and_what_then():
    pixels = bar() | bar(4, 20, 20, 3)
    covered = np.repeat(rows(7, confidence=0.999), len(occlusion.occlusion_boxes(pixels)), 0)
    hurts = [top <= 5 < bottom and left < 18 for top, left, bottom, _ in occlusion.occlusion_boxes(pixels)]
    covered[hurts] = rows(1, confidence=0.64)
    fall = occlusion.occlusion_map(pixels, 7, rows(7, confidence=0.999)[0], covered)
    words = places.looked_at(pixels, fall, 7, covered)
    assert plain(words) == (
        "It looked mostly at the bar at the top. With its most important place covered it would be a 1 (64 %)."
    )
    covered[hurts] = rows(7, confidence=0.8)
    assert "it stays a 7 (80 %)" in plain(places.looked_at(pixels, fall, 7, covered))
    assert "No place stands out" in places.looked_at(pixels, 0 * fall, 7, covered)


def test_one_long_stroke_is_cut_into_pieces_and_runs_of_them():
    variants = why_variants.stroke_variants(sketch())
    single = [variant for variant in variants if len(variant.parts) == 1]
    assert len(single) in range(6, 9)
    assert {1, 2, 3} == {len(variant.parts) for variant in variants}
    names = {"the beginning of the stroke", "a piece of the stroke", "the end of the stroke"}
    assert {variant.missing for variant in single} == names
    for variant in variants:
        assert (variant.pixels.shape, bool(variant.pixels.any())) == ((28, 28), True)
        assert sum(map(why_variants._length, [*variant.gone, *variant.kept])) == pytest.approx(
            why_variants._length(SEVEN[0])
        )


def test_each_stroke_of_several_is_left_out_whole_too():
    variants = why_variants.stroke_variants(sketch(FIVE))
    kept = [variant.kept for variant in variants if variant.missing in ("stroke number 1", "stroke number 2")]
    assert sorted(len(way[0]) for way in kept) == [2, 6]
    assert [len(way) for way in kept] == [1, 1]


def test_variant_is_framed_as_a_drawing_without_that_part_would_be():
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
    assert len(variants) <= why_variants.MAX_WAYS
    points = sum(len(way) for variant in variants for way in variant.kept)
    assert points <= why_variants.MAX_WAYS * (why_variants.MAX_POINTS + 2 * MAX_STROKES)
    assert all(len(why_variants.way(variant.kept)) < 60_000 for variant in variants)


@pytest.mark.parametrize(
    "strokes",
    [
        [[[float(n % 281), float(n * 7919 % 281)] for n in range(2000)]],
        [[[5 * (n % 50), 20 * (n // 50)]] for n in range(MAX_STROKES)],
    ],
    ids=["a scribble", "500 dots"],
)
def test_what_takes_long_to_read_has_few_variants(strokes):
    assert len(why_variants.stroke_variants(Sketch(strokes, 280, 280, 18))) <= 6


def test_thinning_keeps_ends_and_leaves_ordinary_drawings_alone():
    assert why_variants.thinned(sketch()) == sketch()
    long = Sketch([[[n % 280, n / 100] for n in range(15_000)], [[1, 2]]], 280, 280, 18)
    thin = why_variants.thinned(long)
    assert sum(map(len, thin.strokes)) <= why_variants.MAX_POINTS + 2
    assert [(stroke[0], stroke[-1]) for stroke in thin.strokes] == [(s[0], s[-1]) for s in long.strokes]


def test_strokes_of_one_digit_of_several():
    two = sketch([*SEVEN, [[400, 50], [400, 200]]])
    assert why_variants.strokes_within(two, (380, 0, 420, 280)).strokes == [two.strokes[1]]
    assert why_variants.strokes_within(two, None) == two
    assert why_variants.strokes_within(two, (0, 0, 1, 1)) == two  # never nothing


def test_cut_pieces_meet_and_are_equally_long():
    pieces = why_variants._cut([[0, 0], [10, 0], [10, 30]], 4)
    assert [why_variants._length(piece) for piece in pieces] == pytest.approx([10] * 4)
    assert [a[-1] for a in pieces[:-1]] == [b[0] for b in pieces[1:]]


def test_parts_of_a_picture_are_its_shapes_and_squares_of_ink():
    pixels = bar(4, 4, 3, 20) | bar(20, 4, 3, 8)
    variants = why_variants.ink_variants(pixels)
    own = [variant for variant in variants if variant.missing.startswith("a shape")]
    names = [variant.missing for variant in own]
    assert names == ["a shape of its own at the top", "a shape of its own at the bottom left"]
    for variant in variants:
        gone = np.zeros(784, np.bool_)
        gone[list(variant.parts)] = True
        assert pixels.ravel()[gone].all()
        assert np.array_equal(variant.pixels.ravel(), np.where(gone, 0, pixels.ravel()))
        assert why_variants.LEAST_INK <= pixels.ravel()[gone].sum() / pixels.sum() < 1 - why_variants.LEAST_INK


def test_picture_that_is_one_dot_has_no_parts():
    assert why_variants.ink_variants(bar(10, 10, 2, 2)) == []
    assert why_variants.ink_variants(np.zeros((28, 28), np.uint8)) == []


def variant(*parts):
    return why_variants.Variant(bar(), frozenset(parts), f"part {parts}")


def test_strongest_changes_come_first_and_the_smallest_of_them():
    variants = [variant(1), variant(2), variant(3), variant(3, 4), variant(5)]
    answers = np.concatenate([rows(7, confidence=0.5), rows(7), rows(1, 1, confidence=0.88), rows(7, confidence=0.89)])
    chosen = changes.strongest(variants, answers, 7, 0.9)
    assert [change.variant for change in chosen] == [variants[2], variants[0]]
    assert [plain(change.sentence) for change in chosen] == [
        "Without this it would be a 1 (88 %).",
        "Without this it is less sure of the 7: 50 % instead of 90 %.",
    ]
    assert [change.is_other for change in chosen] == [True, False]


def test_the_same_part_is_shown_twice_only_for_different_answers():
    variants = [variant(1), variant(1, 2), variant(1, 3)]
    chosen = changes.strongest(variants, rows(1, 8, 1), 7, 0.9)
    assert [(change.label, change.variant.parts) for change in chosen] == [(1, {1}), (8, {1, 2})]
    assert plain(chosen[1].sentence) == "Without this it would be an 8 (90 %)."


def test_words_above_the_changes():
    one = changes.strongest([variant(1)], rows(1), 7, 0.9)
    less = changes.strongest([variant(1)], rows(7, confidence=0.5), 7, 0.9)
    assert changes.changes_in_words(one, 7, 1) == "One part decides:"
    assert "No single part decides: it stays an 8" in changes.changes_in_words(less, 8, 3)
    assert "as surely" in changes.changes_in_words([], 7, 3)
    assert "too little ink" in changes.changes_in_words([], 7, 0)


def test_left_out_part_is_marked_by_more_than_a_hue():
    pixels = bar()
    drawn = changes.without_picture(pixels, frozenset(range(4 * 28 + 4, 4 * 28 + 12)), zoom=5)
    marked = drawn[4 * 5 : 5 * 5, 4 * 5 : 12 * 5].astype(int).sum(2)
    assert (drawn.shape, len(np.unique(marked))) == ((140, 140, 3), 2)  # hatched
    assert (drawn[6 * 5, 20 * 5] == 255).all()
    assert not drawn[20 * 5, 20 * 5].any()


def test_ways_are_paths_of_numbers_only():
    assert why_variants.way([[[1, 2], [3.14159, 4, 99]], [[5, 6]]]) == "M1 2L3.142 4M5 6h0"


def test_large_steps_are_shown_small():
    small = steps.small_step(Step("a", "A", np.zeros((1000, 640), np.uint8), "x"))
    assert max(small.picture.shape) <= steps.STEP_SIDE
    same = Step("a", "A", np.zeros((320, 20), np.uint8))
    assert steps.small_step(same) is same


def packed(*pictures):
    return base64.b64encode(zlib.compress(np.stack(pictures).tobytes())).decode()


def test_worker_answers_all_of_them_in_order_and_stores_nothing(model_version):
    pixels = [find_digits_in_sketch(sketch(strokes))[0].pixels for strokes in (SEVEN, ONE)]
    predictions.answer_explanation(packed(*(pixels * 9)), "w", model_version.name)
    said = replies.wait_for("w", 1)
    assert (len(said["probabilities"]), said["model_version"]) == (18, model_version.name)
    assert [int(np.argmax(row)) for row in said["probabilities"]] == [7, 1] * 9
    assert all(sum(row) == pytest.approx(1, abs=1e-3) for row in said["probabilities"])
    assert Prediction.objects.count() == 0


def test_version_that_read_it_explains_it_though_another_serves(model_version, tmp_path):
    other = register_version(network_folder(tmp_path / "other", b"other"), "other")
    activate(other, kind="promotion")
    assert network_named(model_version.name)[0] == model_version
    assert network_in_service()[0] == other


def test_version_in_service_explains_where_the_other_is_gone(model_version, tmp_path):
    other = register_version(network_folder(tmp_path / "other", b"another"), "other")
    Path(other.tflite_file.path).unlink()
    for name in ("other", "never heard of", ""):
        assert network_named(name)[0] == model_version


def test_task_expires_and_goes_to_the_inference_queue(unread_queue, db):
    assert explanations.request_answers(np.stack([bar()]), "v", 0.01) is None
    job = json.loads(unread_queue.lpop("inference"))
    assert (job["headers"]["task"], bool(job["headers"]["expires"])) == ("classifier.explain", True)


@pytest.fixture
def worker_says(monkeypatch, model_version):
    """Stands in for the worker: answers every picture with `label`, but the last of them with `last`."""

    def says(label=7, last=1, version=model_version.name):
        def ask(pictures, asked, timeout_s):
            assert pictures.shape[1:] == (28, 28)
            assert len(pictures) <= why_variants.MAX_PICTURES
            return np.concatenate([rows(*[label] * (len(pictures) - 1)), rows(last, confidence=0.88)]), version

        monkeypatch.setattr(explanations, "request_answers", ask)

    return says


@pytest.fixture
def read_digit(owner, model_version):
    """read_digit() → a 7 that has been answered."""

    def make(digit=None, **fields):
        digit = digit or drawn_digit(owner)
        Prediction.objects.filter(digit=digit).update(**answered(model_version) | fields)
        return digit

    return make


def test_page_and_fragment_are_told_apart(owner_client, read_digit, worker_says):
    worker_says()
    url = f"/digits/{read_digit().public_id}/why/"
    page, fragment = owner_client.get(url), owner_client.get(url, headers=HTMX)
    assert (page.templates[0].name, fragment.templates[0].name) == (
        "classifier/digits/why.html",
        "classifier/digits/_why.html",
    )
    assert "HX-Request" in page.headers["Vary"]
    assert "<html" not in fragment.text
    for text in (page.text, fragment.text):
        assert "Why a 7?" in text
        assert "Without this it would be a 1 (88 %)." in plain(text)
        assert 'style="' not in text


def test_nobody_else_may_see_it(client, stranger_client, staff_client, read_digit):
    url = f"/digits/{read_digit().public_id}/why/"
    assert (stranger_client.get(url).status_code, staff_client.get(url).status_code) == (404, 404)
    assert client.get(url).url.startswith("/account/login/")


def test_answer_leads_there(owner_client, read_digit):
    digit = read_digit()
    assert f'href="/digits/{digit.public_id}/why/"' in owner_client.get(f"/digits/{digit.public_id}/").text


def test_waiting_digit_has_nothing_to_explain(owner_client, owner, monkeypatch):
    monkeypatch.setattr(explanations, "request_answers", lambda *given: pytest.fail("nothing should be asked"))
    response = owner_client.get(f"/digits/{drawn_digit(owner).public_id}/why/")
    assert response.context["why"].state == "unanswered"
    assert "Look again" in response.text


def test_nobody_answering_in_time_is_said_with_a_way_to_try_again(owner_client, read_digit):
    """No worker is here, and the tests' requests do not wait."""
    digit = read_digit()
    response = owner_client.get(f"/digits/{digit.public_id}/why/")
    assert (response.status_code, response.context["why"].state) == (200, "busy")
    assert "Try again" in response.text
    assert "Where it looked" not in response.text


def test_without_a_broker_it_says_the_same_at_once(owner_client, read_digit, monkeypatch):
    def refuse(*given, **options):
        raise OSError

    monkeypatch.setattr(current_app, "send_task", refuse)
    monkeypatch.setattr(replies, "wait_for", lambda *given: pytest.fail("nobody will answer"))
    assert owner_client.get(f"/digits/{read_digit().public_id}/why/").context["why"].state == "busy"


def test_another_version_that_explains_is_named(owner_client, read_digit, worker_says):
    worker_says(version="second-version")
    assert "second-version explains here" in owner_client.get(f"/digits/{read_digit().public_id}/why/").text


@pytest.mark.parametrize(
    ("verdict", "title"), [("digit", "Why a 7?"), ("unsure", "Why is it unsure?"), ("not_a_digit", "Why not a digit?")]
)
def test_every_verdict_is_explained_by_its_first_choice(owner_client, read_digit, worker_says, verdict, title):
    worker_says()
    text = owner_client.get(f"/digits/{read_digit(verdict=verdict).public_id}/why/").text
    assert title in text
    assert ("first choice is a 7" in text) == (verdict != "digit")


def fake_steps(monkeypatch, name):
    steps = [
        Step("ground", "Ground found", np.full((900, 700), 200, np.uint8), "The light is <b>uneven</b>."),
        Step("crop-0", "First digit", np.zeros((28, 28), np.uint8)),
        Step("crop-1", "Second digit", np.zeros((28, 28), np.uint8)),
    ]

    def find(given, *rest, one_digit, steps: list | None):
        steps.extend(made)

    made = steps
    monkeypatch.setattr(replay, name, find)


def test_steps_of_this_digit_are_shown_with_advice(owner_client, read_digit, worker_says, monkeypatch):
    worker_says()
    digit = read_digit()
    fake_steps(monkeypatch, "find_digits_in_sketch")
    response = owner_client.get(f"/digits/{digit.public_id}/why/")
    assert [step["title"] for step in response.context["why"].steps] == ["Ground found", "First digit"]
    assert "The light is &lt;b&gt;uneven" in response.text
    first = base64.b64decode(response.context["why"].steps[0]["uri"].partition(",")[2])
    assert max(Image.open(io.BytesIO(first)).size) <= steps.STEP_SIDE


def test_digit_of_a_number_is_explained_by_its_own_strokes(owner_client, owner, read_digit, worker_says):
    worker_says()
    seven_and_one = [[[x / 2, y / 2 + 70] for x, y in SEVEN[0]], [[x / 2 + 130, y / 2 + 70] for x, y in ONE[0]]]
    intake.save_drawing(owner, sketch(seven_and_one))
    first, second = (read_digit(digit) for digit in Digit.objects.order_by("position"))
    found = [owner_client.get(f"/digits/{digit.public_id}/why/").context["why"] for digit in (first, second)]
    assert len(found[0].steps) == len(found[1].steps) > 1
    assert found[0].steps[0] == found[1].steps[0]  # the whole drawing
    assert found[0].steps[-1]["uri"] != found[1].steps[-1]["uri"]
    lefts = [float(each.changes[0]["box"].split()[0]) for each in found]
    assert lefts[0] < 100 < lefts[1]


@pytest.mark.parametrize("way", ["file", "sample"])
def test_pictures_are_explained_by_parts_of_their_ink(owner_client, owner, read_digit, worker_says, way):
    worker_says()
    file = SimpleUploadedFile("x.png", picture(seven(120)))
    if way == "file":
        intake.accept_picture(owner, file, Drawing.Source.UPLOAD)
    else:
        intake.accept_sample(owner, 7)
    digit = read_digit(Digit.objects.get())
    found = owner_client.get(f"/digits/{digit.public_id}/why/").context["why"]
    assert (found.state, found.steps_note) == ("explained", "")
    assert found.changes
    assert all(change["uri"].startswith("data:image/png;base64,") for change in found.changes)


def test_file_lost_on_the_disk_leaves_the_rest(owner_client, owner, read_digit, worker_says):
    worker_says()
    intake.accept_picture(owner, SimpleUploadedFile("x.png", picture(seven(120))), Drawing.Source.UPLOAD)
    digit = read_digit(Digit.objects.get())
    Path(digit.drawing.original.path).unlink()
    response = owner_client.get(f"/digits/{digit.public_id}/why/")
    assert response.context["why"].state == "explained"
    assert replay.FILE_IS_GONE in response.text


def test_digit_read_with_earlier_steps_is_marked(owner_client, read_digit, worker_says):
    worker_says()
    digit = read_digit()
    assert replay.OLDER_STEPS not in owner_client.get(f"/digits/{digit.public_id}/why/").text
    Digit.objects.update(preprocessing_version=1)
    assert replay.OLDER_STEPS in owner_client.get(f"/digits/{digit.public_id}/why/").text


def test_largest_sketch_makes_a_page_of_bounded_size(owner_client, owner, read_digit, worker_says):
    worker_says()
    strokes = [[[5 * (n % 50) + x, 20 * (n // 50) + x % 7] for x in range(39)] for n in range(MAX_STROKES)]
    large = replace(sketch(), strokes=strokes)
    digit = read_digit(intake.save_drawing(owner, large))
    response = owner_client.get(f"/digits/{digit.public_id}/why/")
    assert response.status_code == 200
    assert len(response.content) < 400_000


def test_real_worker_explains(owner_client, owner, inference_worker):
    digit = drawn_digit(owner)
    intake.wait_for_answer(digit, 10)
    found = owner_client.get(f"/digits/{digit.public_id}/why/").context["why"]
    assert (found.state, found.label, found.other_model) == ("explained", 7, "")
    assert found.looked.startswith("It looked")
    assert any(change["is_other"] for change in found.changes)
    assert ModelVersion.objects.count() == 1
