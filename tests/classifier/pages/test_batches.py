"""The pages and the API of batches: sending a batch, following its progress, and exporting its results."""

import csv
import html
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifier.batches import lifecycle, results
from classifier.digits.replay import steps_of
from classifier.models import Batch, Correction, Digit, Drawing, Prediction
from classifier.recognition.preprocessing.strokes import render
from classifier.uploads import receiving, stored
from tests.archives import read_whole, waiting_batch, zipped
from tests.factories import FORTY_SEVEN, picture, seven, sketch
from tests.markup import flat

pytestmark = pytest.mark.django_db

PNG = picture(seven(40))
NUMBER = picture(255 - render(sketch(FORTY_SEVEN)))
PAGES, API = "/batches/", "/api/v1/batches/"


@pytest.fixture(autouse=True)
def _served(model_version, monkeypatch):
    monkeypatch.setattr(lifecycle, "send", lambda batch_id: True)
    monkeypatch.setattr(lifecycle, "call_worker", lambda: True)


@pytest.fixture
def program(owner_token):
    return Client(headers={"Authorization": f"Token {owner_token}"})


def upload(data, name="digits.zip"):
    return SimpleUploadedFile(name, data, "application/octet-stream")


def multipart(*files):
    """A request body with files of these paths, as a browser sends a folder."""
    parts = [
        f'--B\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'.encode() + content + b"\r\n"
        for name, content in files
    ]
    return {"data": b"".join(parts) + b"--B--\r\n", "content_type": "multipart/form-data; boundary=B"}


def names_in(batch):
    with zipfile.ZipFile(batch.file.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def waiting_files():
    return [path.name for path in (Path(django_settings.DATA_DIR) / "incoming").glob("*")]


@pytest.mark.parametrize("field", ["file", "image"])
def test_a_zip_is_stored_unchanged(owner_client, owner, field):
    data = zipped({"7/a.png": PNG})
    answer = owner_client.post(PAGES, {field: upload(data, "mine.zip"), "one_digit": "true"})
    batch = Batch.objects.owned_by(owner).get()
    assert answer.headers["Location"] == f"/batches/{batch.public_id}/"
    assert (batch.name, batch.total, batch.one_digit, batch.size) == ("mine.zip", 1, True, len(data))
    assert Path(batch.file.path).read_bytes() == data
    assert waiting_files() == []


def test_loose_pictures_are_packed_into_one_archive_with_their_folders(owner_client):
    given = [("7/a.png", PNG), ("7/b.png", b"bad"), ("7/a.png", PNG), ("..\\..\\up.png", PNG), ("/abs/c.png", b"")]
    assert owner_client.post(PAGES, **multipart(*given)).status_code == 302
    batch = Batch.objects.get()
    assert batch.name == "5 pictures"
    assert names_in(batch) == {
        "7/a.png": PNG,
        "7/b.png": b"bad",
        "7/a (2).png": PNG,
        "up.png": PNG,
        "abs/c.png": b"",
    }
    batch = read_whole(batch)
    assert (batch.read, batch.failed, batch.labelled) == (3, 2, 2)


@pytest.mark.parametrize("order", [1, -1])
def test_a_zip_among_pictures_is_named_as_one_that_is_not_unpacked(owner_client, order):
    owner_client.post(PAGES, **multipart(*[("more.zip", zipped({"a.png": PNG})), ("b.png", PNG)][::order]))
    batch = read_whole(Batch.objects.get())
    assert (batch.read, batch.failures.get().reason) == (1, "archive")


@pytest.mark.parametrize(
    ("files", "status", "words"),
    [
        ([], 400, "Choose a ZIP or some pictures."),
        ([("a.zip", zipped({}))], 422, "There is no file in this archive."),
        ([("a.zip", zipped({"a.png": PNG})[:-30])], 422, "The end of this archive is missing"),
        ([("a.zip", zipped({f"{n}.png": PNG for n in range(6)}))], 413, "holds 6 files; at most 5"),
        ([(f"{n}.png", PNG) for n in range(6)], 413, "holds 6 files; at most 5"),
        ([(f"{n}.png", PNG) for n in range(9)], 413, "At most 8 files can be sent one by one"),
    ],
)
def test_rejected_batch_gets_a_sentence_and_stores_nothing(owner_client, program, settings, files, status, words):
    settings.BATCH_MAX_FILES, settings.DATA_UPLOAD_MAX_NUMBER_FILES = 5, 8
    body = multipart(*files)
    page, answer = owner_client.post(PAGES, **body), program.post(API, **body)
    assert (page.status_code, answer.status_code) == (status, status)
    assert words in page.text
    assert words in answer.json()["detail"]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (Batch.objects.count(), waiting_files()) == (0, [])


BROKEN_OFF = b'--B\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nx'


@pytest.mark.parametrize("body", [b"", b"--B\r\n", BROKEN_OFF])
def test_a_request_that_breaks_off_is_refused_and_leaves_nothing(owner_client, program, body):
    for client, address in ((owner_client, PAGES), (program, API)):
        answer = client.post(address, body, content_type="multipart/form-data; boundary=B")
        assert answer.status_code == 400
    assert (Batch.objects.count(), waiting_files()) == (0, [])


def test_only_batches_accept_large_requests(owner_client, program, settings):
    settings.BATCH_MAX_MB, settings.UPLOAD_MAX_MB = 2, 0.1
    noise = zipped({"a.png": bytes(1_000_000)}, zipfile.ZIP_STORED)
    assert owner_client.post(PAGES, {"file": upload(noise)}).status_code == 302
    assert program.post(API, {"file": upload(noise)}).status_code == 202
    assert owner_client.post("/pictures/", {"image": upload(noise)}).status_code == 413
    for client, address in ((owner_client, PAGES), (program, API)):
        answer = client.post(address, {"file": upload(noise * 3)})
        assert answer.status_code == 413
        assert "the limit is 2 MB" in answer.text


def test_it_is_received_on_disk_and_not_in_memory(owner_client, monkeypatch):
    pieces = []
    write = receiving._Sink.receive_data_chunk
    monkeypatch.setattr(
        receiving._Sink,
        "receive_data_chunk",
        lambda self, data, start: pieces.append(len(data)) or write(self, data, start),
    )
    data = zipped({"a.png": bytes(3_000_000)}, zipfile.ZIP_STORED)
    owner_client.post(PAGES, {"file": upload(data)})
    assert sum(pieces) == len(data)
    assert max(pieces) <= 2**16


def test_batch_worker_is_started_before_the_body_is_received(owner_client, program, monkeypatch):
    happened = []
    monkeypatch.setattr(lifecycle, "call_worker", lambda: happened.append("called"))
    monkeypatch.setattr(receiving, "new_file", lambda made=stored.new_file: happened.append("made") or made())
    for client, address in ((owner_client, PAGES), (program, API)):
        client.post(address, {"file": upload(zipped({"7/a.png": PNG}))})
    assert happened == ["called", "made"] * 2


def test_pages_change_nothing_without_their_csrf_token(owner):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    data = zipped({"a.png": PNG})
    assert browser.post(PAGES, {"file": upload(data)}).status_code == 403
    assert browser.post(API, {"file": upload(data)}).status_code == 403
    assert (Batch.objects.count(), waiting_files()) == (0, [])
    token = str(browser.get(PAGES).context["csrf_token"])
    assert browser.post(PAGES, {"file": upload(data), "csrfmiddlewaretoken": token}).status_code == 302


def test_a_batch_that_is_read_asks_for_itself_and_one_that_is_done_does_not(owner, owner_client):
    batch = waiting_batch(owner, {"7/a.png": PNG, "bad.png": b"x"})
    address = f"/batches/{batch.public_id}/"
    page = owner_client.get(address)
    assert 'hx-trigger="every 1s"' in page.text
    assert "Refresh" in page.text
    read_whole(batch)
    fragment = owner_client.get(address, headers={"HX-Request": "true"})
    assert "hx-trigger" not in fragment.text
    assert "<html" not in fragment.text
    assert "(1 of 1)" in fragment.text
    assert "bad.png" in fragment.text
    assert "not a picture that the site can read" in fragment.text
    page = owner_client.get(address)
    assert 'class="confusion"' in page.text
    assert page.text.count('class="batch-row"') == 1


def test_incorrect_unsure_and_refused_digits_are_one_click_away(owner, owner_client):
    verdicts = {"7/a.png": "digit", "1/b.png": "unsure", "2/c.png": "not_a_digit"}
    read_whole(waiting_batch(owner, {"1/other.png": PNG}))
    batch = read_whole(waiting_batch(owner, dict.fromkeys(verdicts, PNG)))
    for member, verdict in verdicts.items():
        Prediction.objects.filter(digit__drawing__member=member).update(verdict=verdict, label=7)
    Batch.objects.filter(pk=batch.pk).update(unsure=1, refused=1, labelled=3, right=1)
    page = owner_client.get(f"/batches/{batch.public_id}/")
    members = {}
    for link in re.findall(r'<dt><a href="([^"]+)">', flat(page.text)):
        rows = owner_client.get(html.unescape(link)).context["rows"]
        members[link.partition("&amp;")[2]] = {row["digit"].drawing.member for row in rows}
    assert members == {
        "": set(verdicts),
        "verdict=unsure": {"1/b.png"},
        "verdict=not_a_digit": {"2/c.png"},
        "wrong=true": {"1/b.png", "2/c.png"},
    }


def test_results_come_page_by_page(owner, owner_client, monkeypatch):
    monkeypatch.setattr(results.page, "__defaults__", ("", 3))
    batch = read_whole(waiting_batch(owner, {f"{number}.png": PNG for number in range(7)}))
    seen, address = [], f"/batches/{batch.public_id}/"
    while address:
        context = owner_client.get(address).context
        seen += [row["name"] for row in context["rows"]]
        more = owner_client.get(address, headers={"HX-Request": "true"}) if "after" in address else None
        assert more is None or "<html" not in more.text
        address = context["more_url"]
    assert seen == [f"{number}.png" for number in range(7)]


@pytest.mark.parametrize("after", ["x", "0b0e3c0e-6c5c-4a39-8f0e-9a0f2f1b4c11", "\0"])
def test_an_unknown_place_is_the_beginning(owner, owner_client, after):
    batch = read_whole(waiting_batch(owner, {"7.png": PNG}))
    page = owner_client.get(f"/batches/{batch.public_id}/", {"after": after})
    assert len(page.context["rows"]) == 1


def test_the_number_of_queries_does_not_grow(owner, owner_client):
    counts = []
    for size in (2, 20):
        batch = read_whole(waiting_batch(owner, {f"7/{number}.png": PNG for number in range(size)} | {"bad": b"x"}))
        for address in (PAGES, f"/batches/{batch.public_id}/"):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                owner_client.get(address)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 10


def test_the_digits_page_shows_the_picture_out_of_the_archive(owner, owner_client, stranger_client):
    read_whole(waiting_batch(owner, {"deep/er/7.png": PNG}))
    digit = Digit.objects.get()
    page = owner_client.get(f"/digits/{digit.public_id}/")
    assert "deep/er/7.png" in page.text
    shown = owner_client.get(f"/digits/{digit.public_id}/picture/")
    assert (shown.content, shown.headers["Content-Type"]) == (PNG, "image/png")
    assert stranger_client.get(f"/digits/{digit.public_id}/picture/").status_code == 404
    Path(digit.drawing.batch.file.path).unlink()
    assert owner_client.get(f"/digits/{digit.public_id}/picture/").status_code == 404
    assert owner_client.get(f"/digits/{digit.public_id}/why/").status_code == 200


def test_why_makes_the_steps_again_from_the_archive(owner):
    read_whole(waiting_batch(owner, {"7.png": picture()}))
    steps, note = steps_of(Digit.objects.get())
    assert (len(steps) > 3, note) == (True, "")


def test_cancelling_and_deleting_from_the_page(owner, owner_client):
    batch = waiting_batch(owner, {"7.png": PNG})
    fragment = owner_client.post(f"/batches/{batch.public_id}/cancel/", headers={"HX-Request": "true"})
    assert 'data-state="cancelled"' in fragment.text
    answer = owner_client.post(f"/batches/{batch.public_id}/delete/", follow=True)
    assert "was deleted with its digits" in answer.text
    assert Batch.objects.count() == 0


def test_deleting_one_digit_leaves_the_batch(owner, owner_client):
    batch = read_whole(waiting_batch(owner, {"a.png": PNG, "b.png": PNG}))
    owner_client.post(f"/digits/{Digit.objects.first().public_id}/delete/")
    assert Drawing.objects.owned_by(owner).filter(batch=batch).count() == 1
    assert Path(batch.file.path).exists()


def test_results_files_say_the_same(owner, owner_client, program):
    batch = read_whole(waiting_batch(owner, {"7/ä,;.png": PNG, "2/b.png": PNG, "bad": b"x"}))
    address = f"{{}}{batch.public_id}/results.{{}}"
    given = b"".join(owner_client.get(address.format(PAGES, "json")).streaming_content)
    document = json.loads(given)
    assert document["schema"] == "digitsite-batch-results/1"
    assert (document["batch"]["read"], document["batch"]["accuracy"]) == (2, 0.5)
    assert [row["file"] for row in document["results"]] == ["7/ä,;.png", "2/b.png"]
    assert [row["error"] for row in document["failed"]] == ["unsupported_format"]
    table = b"".join(program.get(address.format(API, "csv")).streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert [row["file"] for row in rows] == ["7/ä,;.png", "2/b.png", "bad"]
    assert (rows[0]["digit"], rows[2]["error"]) == ("7", "unsupported_format")
    assert float(rows[0]["p7"]) == document["results"][0]["probabilities"][7]
    assert b"".join(program.get(address.format(API, "json")).streaming_content) == given


FORMULAS = {'=HYPERLINK("http:x","y").png': PNG, "@SUM(1).png": b"x", "-1+1.png": PNG, "labels.csv": b"+1+1.png,x\n"}


@pytest.mark.parametrize("kind", ["results.csv", "table.csv"])
def test_no_name_of_a_member_is_a_formula(kind, owner, owner_client, program):
    batch = read_whole(waiting_batch(owner, FORMULAS))
    page = b"".join(owner_client.get(f"{PAGES}{batch.public_id}/{kind}").streaming_content)
    assert page.startswith(b"\xef\xbb\xbf")  # Excel needs it
    assert b"".join(program.get(f"{API}{batch.public_id}/{kind}").streaming_content) == page[3:]
    _head, *rows = csv.reader(io.StringIO(page.decode("utf-8-sig"), newline=""))
    names = ['\'=HYPERLINK("http:x","y").png', "'-1+1.png", "'@SUM(1).png", "'+1+1.png"]
    assert {row[0] for row in rows} == {*names}
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]


def test_the_short_table_says_what_people_want_to_know(owner, owner_client, program):
    table = b"a.png,7\nb.png,48\ngone.png,1\n"
    batch = read_whole(waiting_batch(owner, {"a.png": PNG, "b.png": NUMBER, "c": b"x", "labels.csv": table}))
    second = Digit.objects.filter(drawing__member="b.png", position=1).get()
    owner_client.post(f"/digits/{second.public_id}/correction/", {"label": "8"})
    data = b"".join(program.get(f"{API}{batch.public_id}/table.csv").streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(data, newline="")))
    assert [row["File"] for row in rows] == ["a.png", "b.png", "c", "gone.png", "c"]
    assert [row["Answer"] for row in rows] == ["7", "47", "", "", ""]
    assert [row["Correction"] for row in rows] == ["", "48", "", "", ""]
    assert [row["Label"] for row in rows[:2]] == ["7", "48"]
    assert all(0 < float(row["Confidence (%)"]) < 100 for row in rows[:2])
    assert {row["Doubtful"] for row in rows[:2]} <= {"yes", "no"}
    assert any("not in the archive" in row["Note"] for row in rows)
    answer = owner_client.get(f"{PAGES}{batch.public_id}/table.xlsx")
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as file:
        assert b"b.png" in file.read("xl/worksheets/sheet1.xml")


def test_the_page_counts_and_lists_what_is_wrong_with_labels(owner, owner_client, program):
    table = b"a.png,47\nb.png,\ngone.png,7\n"
    batch = read_whole(waiting_batch(owner, {"a.png": NUMBER, "b.png": PNG, "c.png": PNG, "labels.csv": table}))
    page = flat(owner_client.get(f"{PAGES}{batch.public_id}/").text)
    for words in (
        "Numbers read correctly as a whole",
        "1 of 1",
        "Digits read correctly",
        "(2 of 2)",
        "1 label that is no whole number",
        "1 label of a file that is not in the archive",
        "1 file that is not in labels.csv",
        "Line 3 of labels.csv gives it the label “7”, but it is not in the archive.",
    ):
        assert words in page
    assert "Files that could not be read" not in page
    made = program.get(f"{API}{batch.public_id}/").json()
    assert (made["numbers"], made["numbers_right"]) == (1, 1)
    assert made["label_problems"] == {"label_unreadable": 1, "label_without_file": 1, "label_missing": 1}
    listed = json.loads(b"".join(program.get(made["results"]["json"]).streaming_content))["label_problems"]
    assert [row["file"] for row in listed] == ["b.png", "gone.png", "c.png"]


def test_numbers_read_incorrectly_are_one_click_away(owner, owner_client):
    table = b"a.png,47\nb.png,471\nc.png,77\n"  # in b.png and c.png there are fewer digits
    batch = read_whole(waiting_batch(owner, {"a.png": NUMBER, "b.png": NUMBER, "c.png": PNG, "labels.csv": table}))
    page = flat(owner_client.get(f"/batches/{batch.public_id}/").text)
    (link,) = re.findall(r'<a href="([^"]+)">Numbers read incorrectly</a> ?</dt> ?<dd class="number"> ?2 ?</dd>', page)
    rows = owner_client.get(html.unescape(link)).context["rows"]
    assert {row["digit"].drawing.member for row in rows} == {"b.png", "c.png"}


def test_number_is_one_result_with_its_digits_below_it(owner, owner_client, program):
    batch = read_whole(waiting_batch(owner, {"a.png": NUMBER, "b.png": PNG, "labels.csv": b"a.png,48"}))
    response = owner_client.get(f"{PAGES}{batch.public_id}/")
    number, digit = response.context["rows"]
    assert (number["text"], number["true_number"], len(number["parts"]), digit["label"]) == ("47", "48", 2, 7)
    assert [f'href="{part["url"]}"' in response.text for part in number["parts"]] == [True, True]
    made = json.loads(b"".join(program.get(f"{API}{batch.public_id}/results.json").streaming_content))
    first, second = made["entries"]
    assert (first["file"], first["number"], first["true_number"], first["right"]) == ("a.png", "47", "48", False)
    assert [each["digit"] for each in first["digits"]] == [4, 7]
    assert [each["id"] for each in first["digits"] + second["digits"]] == [row["id"] for row in made["results"]]
    assert [row["number"] for row in made["results"]] == ["47", "47", "7"]
    lines = b"".join(program.get(f"{API}{batch.public_id}/results.csv").streaming_content).decode().splitlines()
    assert [line.rpartition(",")[2] for line in lines[:4]] == ["number", "47", "47", "7"]


def test_archive_can_be_had_again(owner, owner_client):
    data = zipped({"7.png": PNG})
    batch = waiting_batch(owner, data)
    answer = owner_client.get(f"/batches/{batch.public_id}/archive/")
    assert b"".join(answer.streaming_content) == data
    assert answer.headers["Content-Disposition"] == 'attachment; filename="digits.zip"'


def test_programs_do_all_of_it(owner, program):
    answer = program.post(API, {"file": upload(zipped({"7/a.png": PNG})), "one_digit": "true"})
    assert answer.status_code == 202
    made = answer.json()
    assert answer.headers["Location"].endswith(made["url"])
    assert (made["status"], made["total"], made["one_digit"], made["accuracy"]) == ("queued", 1, True, None)
    assert program.get(API).json()["results"][0]["id"] == made["id"]
    assert program.post(f"{made['url']}cancel/").json()["status"] == "cancelled"
    assert program.delete(made["url"]).status_code == 204
    assert program.get(made["url"]).status_code == 404


def test_several_images_are_a_batch_too(program):
    answer = program.post(API, {"image": [upload(PNG, "a.png"), upload(PNG, "b.png")]})
    assert (answer.status_code, answer.json()["total"], answer.json()["name"]) == (202, 2, "2 pictures")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"data": b"{}", "content_type": "application/json"}, 415, "unsupported_media_type"),
        ({"data": {"one_digit": "true"}}, 400, "malformed"),
        ({"data": {"one_digit": "perhaps", "file": upload(zipped({"a": b"x"}))}}, 400, "malformed"),
    ],
)
def test_invalid_batch_returns_a_problem(program, body, status, code):
    answer = program.post(API, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert waiting_files() == []


def test_strangers_see_other_batches(owner, stranger, program):
    mine, _theirs = waiting_batch(owner, {"7.png": PNG}), waiting_batch(stranger, {"7.png": PNG})
    assert {each["id"] for each in program.get(API).json()["results"]} == {str(mine.public_id)}


def test_a_correction_does_not_change_what_the_batch_found(owner, owner_client):
    batch = read_whole(waiting_batch(owner, {"1/a.png": PNG}))
    owner_client.post(f"/digits/{Digit.objects.get().public_id}/correction/", {"label": "7"})
    batch.refresh_from_db()
    assert (Correction.objects.count(), batch.labelled, batch.right) == (1, 1, 0)
