"""Programs follow a stack, decide doubtful values and fetch the table."""

import csv
import io
import json
import zipfile

import pytest
from PIL import Image

from classifier.sheets.models import Stack, StackPage, Value
from classifier.sheets.sharing.rights import Level
from tests.classifier.sheets.api.conftest import ids, share
from tests.filled_stacks import page_of, value_of


@pytest.fixture
def here(stack):
    return f"stacks/{stack.public_id}/"


def points(stack, number=1):
    return stack.values.get(page__number=number, key="points")


def test_stack(program, stack):
    shown = program.get(f"stacks/{stack.public_id}/").json()
    assert (shown["id"], shown["sheet"]) == (str(stack.public_id), str(stack.sheet.public_id))
    assert (shown["status"], shown["total"], shown["one_in"]) == ("done", 3, 200)
    assert ids(program.get("stacks/")) == ids(program.get(f"stacks/?sheet={stack.sheet.public_id}")) == {shown["id"]}


@pytest.mark.parametrize("sheet", ["x", "7b2e1c1e", "%00", "1' OR '1'='1"])
def test_sheet_of_a_list_is_an_id(program, sheet):
    response = program.get(f"stacks/?sheet={sheet}")
    assert (response.status_code, response.json()["code"]) == (400, "malformed")


def test_webhooks_secret_is_not_shown(program, stack, here):
    Stack.objects.update(webhook="https://hooks.example.org/", webhook_secret="whsec_confidential")
    answer = program.get(here)
    assert answer.json()["webhook"] == "https://hooks.example.org/"
    assert "confidential" not in answer.text


def test_pages(program, stack, here):
    page_of(stack, status="refused", reason="blank", sentence="This page is empty.", sheet_page=None)
    pages = program.get(f"{here}pages/").json()["results"]
    assert [page["number"] for page in pages] == [1, 2, 3, 4]
    assert [page["status"] for page in pages] == ["read", "read", "read", "refused"]
    assert (pages[3]["reason"], pages[3]["sentence"], pages[3]["picture"]) == ("blank", "This page is empty.", None)
    picture = program.get(pages[0]["picture"])
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(b"".join(picture))).format == "JPEG"
    assert program.get(f"{here}pages/4.jpg").status_code == 404


def test_missing_picture_is_a_404(program, stack, here):
    page = StackPage.objects.filter(stack=stack).first()
    page.file.storage.delete(page.file.name)
    response = program.get(f"{here}pages/1.jpg")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_pages_of_the_list_follow_each_other(program, stack, here):
    found, path = [], f"{here}values/?page_size=2"
    while path:
        answer = program.get(path.removeprefix("http://testserver")).json()
        found += [(each["page"], each["key"]) for each in answer["results"]]
        path = answer["next"]
    assert found == [(page, key) for page in (1, 2, 3) for key in ("points", "pupil", "absent")]


def test_values_say_what_they_are(program, stack, here):
    first = program.get(f"{here}values/").json()["results"][0]
    assert (first["name"], first["kind"], first["state"]) == ("Points", "boxes", "open")
    assert (first["table"], first["row"], first["alternatives"]) == (None, None, ["41"])
    assert program.get(first["url"]).json() == first


def test_crop_shows_the_field(program, stack, here):
    value = program.get(f"{here}values/").json()["results"][0]
    answer = program.get(value["crop"])
    crop = Image.open(io.BytesIO(answer.content))
    page = stack.pages.first()
    assert crop.size[0] < page.width / 2
    assert crop.size[1] < page.height / 10
    assert program.get(value["crop"], headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_states_select(program, stack, here):
    Value.objects.filter(key="pupil", page__number=1).update(is_check=True)
    program.send("put", f"{here}values/{points(stack).public_id}/", {"text": "7"})
    counts = {
        state: len(ids(program.get(f"{here}values/?state={state}"))) for state in ("open", "check", "taken", "decided")
    }
    assert counts == {"open": 2, "check": 1, "taken": 6, "decided": 1}
    response = program.get(f"{here}values/?state=lost")
    assert (response.status_code, response.json()["detail"]) == (400, "state is one of open, check, taken, decided.")


@pytest.mark.parametrize("cursor", ["x", "bz0x", "cD0tMQ==", "%00", "9" * 500])
def test_invented_cursor_is_refused_or_read(program, here, cursor):
    for name in ("values", "pages"):
        assert program.get(f"{here}{name}/?cursor={cursor}").status_code in (200, 400)


def test_deciding_and_undoing(program, stack, here):
    value = points(stack)
    path = f"{here}values/{value.public_id}/"
    decided = program.send("put", path, {"text": "42"}).json()
    assert (decided["text"], decided["state"], decided["decided_by"]) == ("42", "decided", "owner")
    empty = program.send("put", path, {"text": None}).json()
    assert (empty["text"], empty["read"], empty["state"]) == ("", "1", "decided")
    undone = program.send("post", f"{here}values/undo/").json()
    assert (undone["id"], undone["text"], undone["state"]) == (str(value.public_id), "1", "open")
    response = program.send("post", f"{here}values/undo/")
    assert (response.status_code, response.json()["code"]) == (409, "nothing_to_undo")


def test_rules_hold_unless_forced(program, stack, here):
    path = f"{here}values/{points(stack).public_id}/"
    response = program.send("put", path, {"text": "61"})
    assert (response.status_code, response.json()["code"]) == (400, "value_rejected")
    assert "60" in response.json()["detail"]
    assert program.send("put", path, {"text": "61", "force": True}).json()["text"] == "61"


def test_first_decision_is_kept_on_demand(program, other, stack, here):
    share(stack, other.person, Level.DECIDE)
    path = f"{here}values/{points(stack).public_id}/"
    assert other.send("put", path, {"text": "7"}).status_code == 200
    response = program.send("put", path, {"text": "8", "is_first": True})
    assert (response.status_code, response.json()["code"]) == (409, "decided_already")
    assert points(stack).text == "7"


def test_next_values_are_held_for_one_person(program, other, stack, here):
    share(stack, other.person, Level.DECIDE)
    mine = program.send("post", f"{here}values/next/", {"count": 2})
    theirs = other.send("post", f"{here}values/next/", {})
    assert (len(ids(mine)), len(ids(theirs)), mine.json()["left"]) == (2, 1, 3)
    assert ids(mine) & ids(theirs) == set()


def test_table_as_json(program, stack, here):
    program.send("put", f"{here}values/{points(stack).public_id}/", {"text": "42"})
    table = program.get(f"{here}results.json")
    rows = json.loads(b"".join(table))["rows"]
    assert [row["values"]["pupil"]["text"] for row in rows] == ["0001", "0002", "0003"]
    assert [row["values"]["points"]["text"] for row in rows] == ["42", None, None]
    assert rows[0]["values"]["points"]["decided_by"] == "owner"
    assert rows[0]["picture"] == f"http://testserver/api/v1/{here}pages/1.jpg"


def test_table_as_csv_and_xlsx(program, here):
    answer = program.get(f"{here}results.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode())))
    assert len(rows) == 4
    assert "Pupil" in rows[0]
    xlsx = program.get(f"{here}results.xlsx")
    assert zipfile.ZipFile(io.BytesIO(b"".join(xlsx))).testzip() is None


def test_values_cost_the_same_however_many(program, stack, here, django_assert_max_num_queries):
    for _ in range(20):
        value_of(page_of(stack), "points", "1")
    with django_assert_max_num_queries(12):
        program.get(f"{here}values/")
