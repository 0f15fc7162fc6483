"""Visitors draw, upload a picture and see why, without an account: answered within limits, and never stored."""

import json
import re
import threading
from pathlib import Path

import pytest
import redis
from django.conf import settings as site
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from classifier.digits.intake import find_in_sketch
from classifier.digits.lines import asking as lines
from classifier.http import rates, visitors
from classifier.jobs import questions, replies
from classifier.models import Digit, Drawing, ModelVersion, Prediction
from classifier.pages.answers.trials import pack
from classifier.recognition.preprocessing.strokes import render
from tests.factories import FORTY_SEVEN, pad_form, picture, sketch

DRAWING, PREVIEW, PICTURE, WHY = "/try/drawing/", "/try/preview/", "/try/picture/", "/try/why/"
HTMX = {"HX-Request": "true"}
LARGE = 3 * 2**20  # received in a file, not in memory


@pytest.fixture(autouse=True)
def _fresh_counts(monkeypatch, db):
    monkeypatch.setattr(rates, "_local", rates._LocalCounts())


@pytest.fixture
def visit(client):
    """visit(address, **changed fields) posts the pad's form as HTMX does."""
    return lambda address=DRAWING, **changed: client.post(address, pad_form(**changed), headers=HTMX)


@pytest.fixture
def upload(client):
    """upload(content) sends a picture as a browser without JavaScript does."""

    def send(content=None, **more):
        file = SimpleUploadedFile("mine.png", picture() if content is None else content, "image/png")
        return client.post(PICTURE, {"image": file, "source": "upload", "one_digit": "false"}, **more)

    return send


def said(label=7):
    probabilities = [0.91 if digit == label else 0.01 for digit in range(10)]
    answer = {"verdict": "digit", "reason": "", "candidates": [label], "label": label, "confidence": 0.91}
    return answer | {"probabilities": probabilities}


@pytest.fixture
def worker_says(monkeypatch, settings):
    """Replaces the worker with a fixed reply."""
    settings.ANSWER_WAIT_S = 1

    def says(*labels):
        answers = [said(label) | {"logits": [0.0] * 10, "inference_ms": 0.04} for label in labels]
        reply = {"answers": answers, "model_version": "first", "model_version_id": 1}
        monkeypatch.setattr(replies, "wait_for", lambda key, timeout_s: reply)
        monkeypatch.setattr(lines, "read_sketch", lambda sketch, wait_s: None)  # no line reader is in service

    return says


def files():
    return {file for folder in (site.MEDIA_ROOT, site.FILE_UPLOAD_TEMP_DIR) for file in Path(folder).rglob("*")}


@pytest.fixture
def stored():
    """stored() → the number of rows, and the files that have appeared."""
    before = files()
    return lambda: (Drawing.objects.count() + Digit.objects.count() + Prediction.objects.count(), files() - before)


def test_start_page_is_a_pad_and_keeps_its_title(client):
    response = client.get("/")
    assert (response.status_code, response.templates[0].name) == (200, "classifier/pad/trial.html")
    assert f'data-save="{DRAWING}"' in response.text
    assert 'data-owner=""' in response.text
    assert re.search(r"<title>Handwritten digits, read by a neural network", response.text)
    assert '<meta name="description"' in response.text
    assert "/samples/" not in response.text


def test_finished_drawing_is_answered_with_ways_to_keep_it(visit, worker_says, stored):
    worker_says(7)
    response = visit()
    answer = response.context["answer"]
    assert (response.status_code, answer.state, answer.preview, answer.label) == (200, "done", False, 7)
    assert "Keep it: sign up" in response.text
    assert f'action="{WHY}"' in response.text
    assert "delete" not in response.text
    assert "/correction/" not in response.text
    assert stored() == (0, set())


def test_number_has_an_explanation_for_each_digit(visit, worker_says):
    worker_says(4, 7)
    response = visit(strokes=json.dumps(FORTY_SEVEN))
    assert response.context["answer"].text == "47"
    assert response.text.count(f'action="{WHY}"') == 2
    assert response.text.count("Keep it: sign up") == 1
    assert "Choose “One digit” below the pad" in response.text


def test_unfinished_stroke_is_answered_without_them(visit, worker_says):
    worker_says(7)
    response = visit(PREVIEW)
    assert response.context["answer"].preview
    assert "Keep it" not in response.text
    assert "is not saved until" not in response.text


def test_undone_strokes_leave_the_blank_answer(visit):
    assert visit(strokes="[]").context["answer"].state == "blank"


@pytest.mark.parametrize("changed", [{"strokes": "[[1]]"}, {"pen": 0}, {"strokes": "{"}, {"width": ""}])
def test_malformed_drawing_is_refused(visit, changed):
    for address in (DRAWING, PREVIEW, WHY):
        assert visit(address, **changed).status_code == 400


@pytest.mark.parametrize("content", [b"", b"no picture", None])
def test_picture_leaves_nothing_whether_it_is_read_or_refused(upload, worker_says, content, stored):
    worker_says(7)
    response = upload(content)
    assert response.status_code == (200 if content is None else 422 if content == b"" else 415)
    assert response.templates[0].name == "classifier/pad/trial.html"
    assert ("Keep it: sign up" in response.text) == (content is None)
    assert stored() == (0, set())


def test_picture_too_large_for_memory_leaves_no_file(upload, worker_says, stored):
    worker_says(7)
    assert upload(picture() + bytes(LARGE)).context["answer"].label == 7
    assert stored() == (0, set())


def test_missing_worker_is_told_with_a_time_to_try_again(visit):
    response = visit()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert "Try again in a moment" in response.text
    assert visit(PREVIEW).status_code == 204


def test_drawings_of_signed_in_people_come_first(visit, unread_queue, owner_client, worker_says):
    worker_says(7)
    unread_queue.rpush("inference", *["a job"] * (visitors.MOST_WAITING + 1))
    response = visit()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert "Many people are drawing" in response.text
    assert visit(PREVIEW).status_code == 503
    assert owner_client.post("/drawings/preview/", pad_form(), headers=HTMX).status_code == 200
    unread_queue.delete("inference")
    assert visit().status_code == 200


def test_visitors_hold_a_few_threads_at_once(visit, monkeypatch):
    """The requests of others wait for the worker meanwhile."""
    started, proceed = threading.Barrier(visitors.AT_ONCE + 1), threading.Event()

    def wait(key, timeout_s):
        started.wait(10)
        proceed.wait(10)

    monkeypatch.setattr(replies, "wait_for", wait)
    others = [threading.Thread(target=Client().post, args=(PREVIEW, pad_form())) for _ in range(visitors.AT_ONCE)]
    for other in others:
        other.start()
    started.wait(10)
    try:
        assert visit().status_code == 503
    finally:
        proceed.set()
        for other in others:
            other.join()


def test_picture_upside_down_is_read_turned_and_says_so(upload, client, inference_worker):
    content = picture((255 - render(sketch(FORTY_SEVEN)))[::-1, ::-1].copy())
    response = upload(content)
    answer = response.context["answer"]
    assert (answer.text, answer.turned) == ("47", 180)
    assert "turned by 180°" in response.text
    data = {"digit": "", "image": SimpleUploadedFile("mine.png", content), "position": 0}
    assert client.post(WHY, data, headers=HTMX).context["why"].label == 4


def test_visitors_have_one_explanation_at_a_time(visit, redis_server, monkeypatch):
    monkeypatch.setattr(visitors, "PLACE_WAIT_S", 0.1)
    monkeypatch.setattr(replies, "wait_for", lambda key, timeout_s: pytest.fail("no job should be sent"))
    redis_server.set("try:explanation", "another visitor's")
    assert visit(WHY).status_code == 503


def test_one_picture_at_a_time_is_decoded_for_visitors(upload, redis_server, worker_says, monkeypatch):
    worker_says(7)
    monkeypatch.setattr(visitors, "PLACE_WAIT_S", 0.1)
    redis_server.set("try:picture", "another visitor's")
    assert upload().status_code == 503
    redis_server.delete("try:picture")
    assert upload().status_code == 200
    assert not redis_server.exists("try:picture")


def statuses(count, **headers):
    return [Client().post(PREVIEW, pad_form(strokes="[]"), **headers).status_code for _ in range(count)]


def test_each_address_has_its_rate(settings):
    settings.TRY_RATE = "3/hour"
    assert statuses(4) == [204, 204, 204, 429]
    assert statuses(1, REMOTE_ADDR="192.0.2.7") == [204]
    response = Client().post(DRAWING, pad_form())
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 3600
    assert f"Try again in {response.headers['Retry-After']} seconds, or sign in" in response.text


def test_addresses_of_one_network_share_it(settings):
    settings.TRY_RATE = "1/hour"
    assert statuses(1, REMOTE_ADDR="2001:db8:1:2::1") == [204]
    assert statuses(1, REMOTE_ADDR="2001:db8:1:2:ffff::9") == [429]
    assert statuses(1, REMOTE_ADDR="2001:db8:1:3::1") == [204]


def test_proxy_that_is_trusted_says_the_address(settings):
    settings.TRY_RATE = "1/hour"
    assert statuses(1, HTTP_X_FORWARDED_FOR="192.0.2.1") == [204]
    assert statuses(1, HTTP_X_FORWARDED_FOR="192.0.2.2") == [429]  # a header that anybody can send
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert statuses(2, HTTP_X_FORWARDED_FOR="192.0.2.1") == [204, 429]
    assert statuses(1, HTTP_X_FORWARDED_FOR="192.0.2.2") == [204]


def test_picture_and_explanation_count_more(upload, unread_queue, settings, worker_says):
    worker_says(7)
    settings.TRY_RATE = "49/hour"
    assert [upload().status_code for _ in range(3)] == [200, 200, 429]
    settings.TRY_RATE = ""
    unread_queue.delete("inference", questions.WAITING)  # what no worker takes here
    assert upload().status_code == 200


def test_without_redis_a_visitor_is_asked_to_come_back(visit, monkeypatch):
    unreachable = redis.Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(replies, "connection", lambda: unreachable)
    monkeypatch.setattr("classifier.jobs.workers.connection", lambda: unreachable)
    assert visit().status_code == 503


def test_operator_can_switch_it_off(visit, upload, client, settings):
    settings.TRY_WITHOUT_ACCOUNT = False
    page = client.get("/")
    assert page.templates[0].name == "classifier/pad/welcome.html"
    assert "pad-canvas" not in page.text
    assert [visit(address).status_code for address in (DRAWING, PREVIEW, WHY)] == [404, 404, 404]
    assert upload().status_code == 404


def test_closed_sign_up_leaves_signing_in(visit, worker_says, settings):
    worker_says(7)
    settings.SIGNUP_OPEN = False
    text = visit().text
    assert "Keep it: sign in" in text
    assert "sign up" not in text.lower()


def test_other_sites_cannot_send_it(worker_says):
    worker_says(7)
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/")
    for address in (DRAWING, PREVIEW, PICTURE, WHY):
        assert browser.post(address, pad_form()).status_code == 403
    token = str(page.context["csrf_token"])
    assert browser.post(DRAWING, pad_form(), headers={"X-CSRFToken": token}).status_code == 200


def test_request_sizes_are_those_of_signed_in_people(client):
    response = client.post(DRAWING, pad_form(strokes="[" + " " * site.DATA_UPLOAD_MAX_MEMORY_SIZE + "]"))
    assert response.status_code in (400, 413)
    too_large = client.post(DRAWING, b"x" * (site.DATA_UPLOAD_MAX_MEMORY_SIZE + 1), "application/octet-stream")
    assert too_large.status_code == 413


@pytest.mark.parametrize("digit", ["", "x", "made.up:text"])
def test_digit_that_this_site_has_not_packed_is_not_explained(client, digit):
    assert client.post(WHY, {"digit": digit, "position": 0}).status_code == 400


def test_real_worker_answers_and_explains_and_nothing_is_stored(visit, upload, client, inference_worker, stored):
    cache.clear()
    answer = visit().context["answer"]
    assert (answer.label, answer.model_name) == (7, ModelVersion.objects.active().get().name)
    drawn = visit(WHY).context["why"]
    assert (drawn.state, drawn.label, drawn.is_drawn) == ("explained", 7, True)
    assert len(drawn.steps) > 1
    assert all("kept" in change for change in drawn.changes)
    read = upload().context["answer"]
    assert (read.state, read.label) == ("done", 7)
    of_pixels = client.post(WHY, {"digit": read.trial, "position": 0})
    assert of_pixels.templates[0].name == "classifier/pad/trial_why.html"
    assert (of_pixels.context["why"].state, of_pixels.context["why"].label) == ("explained", 7)
    file = SimpleUploadedFile("mine.png", picture())
    of_file = client.post(WHY, {"digit": read.trial, "image": file, "position": 0}, headers=HTMX)
    assert of_file.templates[0].name == "classifier/digits/_why.html"
    assert len(of_file.context["why"].steps) > 1
    number = visit(WHY, strokes=json.dumps(FORTY_SEVEN), position=1)
    assert number.context["why"].label == 7
    assert stored() == (0, set())


def test_explanation_without_a_worker_says_so_in_its_place(client):
    (found,) = find_in_sketch(sketch())
    response = client.post(WHY, {"digit": pack(found)}, headers=HTMX)
    assert response.status_code == 503
    assert 'class="why"' in response.text
    assert "Try again in a moment" in response.text
