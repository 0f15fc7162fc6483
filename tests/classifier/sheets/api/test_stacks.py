"""Programs put stacks in, follow and cancel them, and share sheets."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from classifier.sheets.describing.sheets import change_sheet, create_sheet
from classifier.sheets.models import Sheet, Stack
from classifier.sheets.sharing.rights import Level
from classifier.sheets.webhooks.signing import key_of
from tests.classifier.sheets.api.conftest import ids, share
from tests.factories import picture
from tests.filled_stacks import MARKS

HOOK = "https://hooks.example.org/done"


@pytest.fixture
def sheet(owner):
    return change_sheet(create_sheet(owner, "Marks", [Image.new("L", (210, 297), 255)]), MARKS)


def page(name="1.png"):
    return SimpleUploadedFile(name, picture())


def put_in(program, to, **fields):
    return program.form("stacks/", **{"sheet": str(to.public_id), "file": page(), **fields})


def test_stack_is_put_in(program, sheet):
    response = put_in(program, sheet, one_in="1000", keep_days="30")
    assert response.status_code == 202, response.content
    stack = Stack.objects.get()
    assert response.headers["Location"] == f"http://testserver/api/v1/stacks/{stack.public_id}/"
    shown = response.json()
    assert (shown["id"], shown["sheet"], shown["name"]) == (str(stack.public_id), str(sheet.public_id), "1.png")
    assert (shown["status"], shown["one_in"], shown["keep_days"]) == ("queued", 1000, 30)
    assert (shown["webhook"], shown["webhook_secret"]) == ("", "")
    assert ids(program.get("stacks/")) == {shown["id"]}


def test_several_files_are_one_stack(program, sheet):
    assert put_in(program, sheet, file=[page("1.png"), page("2.png")]).status_code == 202
    assert Stack.objects.count() == 1


def test_secret_of_a_webhook_is_said_once(program, sheet, settings):
    settings.WEBHOOK_HOSTS = ["hooks.example.org"]
    made = put_in(program, sheet, webhook=HOOK).json()
    assert made["webhook"] == HOOK
    assert len(key_of(made["webhook_secret"])) == 32
    assert Stack.objects.get().webhook_secret == made["webhook_secret"]
    assert made["webhook_secret"] not in program.get(made["url"]).text + program.get("stacks/").text


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"sheet": "x"}, 400, "malformed"),
        ({"sheet": ""}, 400, "malformed"),
        ({"sheet": "7b2e1c1e-0000-4000-8000-000000000000"}, 404, "not_found"),
        ({"file": ""}, 400, "malformed"),
        ({"one_in": "0"}, 400, "malformed"),
        ({"one_in": "many"}, 400, "malformed"),
        ({"one_in": "9" * 400}, 400, "malformed"),
        ({"one_in": "٣"}, 400, "malformed"),
        ({"keep_days": "0"}, 400, "malformed"),
        ({"keep_days": "-1"}, 400, "malformed"),
        ({"webhook": HOOK}, 400, "webhook_rejected"),
        ({"webhook": "x" * 3000}, 400, "webhook_rejected"),
    ],
)
def test_what_cannot_be_put_in(program, sheet, fields, status, code):
    response = put_in(program, sheet, **fields)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Stack.objects.exists()


def test_sheet_without_fields_reads_nothing(program, owner):
    response = put_in(program, Sheet.objects.create(owner=owner, name="Empty", description={}))
    assert (response.status_code, response.json()["code"]) == (409, "sheet_not_ready")


def test_who_may_put_in(program, other, sheet):
    assert put_in(other, sheet).status_code == 404
    for level, status in ((Level.READ, 404), (Level.DECIDE, 404), (Level.CHANGE, 202)):
        sheet.shares.all().delete()
        sheet.shares.create(user=other.person, level=level)
        assert put_in(other, sheet).status_code == status, level
    assert ids(program.get("stacks/")) == ids(other.get("stacks/"))


def test_figures_and_forecast(program, stack):
    shown = program.get(f"stacks/{stack.public_id}/").json()
    assert shown["figures"] == {
        **{"pages": 3, "read": 3, "refused": 0, "waiting": 0, "is_counted": shown["figures"]["is_counted"]},
        **{"values": 9, "taken": 6, "doubtful": 3, "decided": 0, "checks_left": 0},
    }
    chosen = next(each for each in shown["forecast"] if each["is_chosen"])
    assert (chosen["one_in"], chosen["taken"], chosen["left"]) == (200, 6, 3)
    assert chosen["sentence"] == "6 of 9 taken; 3 left to you"
    assert (shown["checks"]["checked"], shown["checks"]["interval"]) == (0, [0.0, 1.0])


def test_tolerance_is_changed(program, stack):
    shown = program.send("patch", f"stacks/{stack.public_id}/", {"one_in": 2}).json()
    assert (shown["one_in"], shown["figures"]["taken"]) == (2, 9)
    response = program.send("patch", f"stacks/{stack.public_id}/", {})
    assert response.json()["detail"] == "“one_in” is a whole number from 1 to 100,000."


def test_stack_is_cancelled_and_deleted(program, sheet):
    address = put_in(program, sheet).json()["url"]
    assert program.send("post", f"{address}cancel/").json()["status"] == "cancelled"
    assert program.send("post", f"{address}cancel/").json()["status"] == "cancelled"
    assert program.send("delete", address).status_code == 204
    assert program.get(address).status_code == 404
    assert ids(program.get("stacks/")) == set()


def test_deleted_stack_is_restored(program, other, stack):
    path = f"stacks/{stack.public_id}/"
    program.send("delete", path)
    share(stack, other.person, Level.DECIDE)
    assert other.send("post", f"{path}restore/").status_code == 404
    for _ in range(2):  # repeating it does no harm
        assert program.send("post", f"{path}restore/").json()["id"] == str(stack.public_id)
    assert program.get(path).status_code == 200
    program.send("delete", f"sheets/{stack.sheet.public_id}/")
    assert program.send("post", f"{path}restore/").status_code == 404


def test_sheet_is_shared(program, other, stack):
    path = f"sheets/{stack.sheet.public_id}/"
    assert program.send("put", f"{path}shares/", {"name": "stranger", "rights": "read"}).json() == {
        "results": [{"name": "stranger", "rights": "read"}]
    }
    assert other.get(path).json()["rights"] == "read"
    program.send("put", f"{path}shares/", {"name": "stranger", "rights": "decide"})
    assert other.get(path).json()["rights"] == "decide"
    assert program.send("delete", f"{path}shares/stranger/").status_code == 204
    assert program.get(f"{path}shares/").json() == {"results": []}
    assert other.get(path).status_code == 404


def test_only_the_owner_shares(program, other, stack):
    share(stack, other.person, Level.CHANGE)
    response = other.send("put", f"sheets/{stack.sheet.public_id}/shares/", {"name": "stranger", "rights": "change"})
    assert (response.status_code, response.json()["code"]) == (403, "not_owner")


def test_unknown_person_and_rights(program, stack):
    path = f"sheets/{stack.sheet.public_id}/shares/"
    for content in ({"name": "nobody", "rights": "read"}, {"name": "owner", "rights": "read"}):
        assert program.send("put", path, content).status_code == 400
    response = program.send("put", path, {"name": "stranger", "rights": "own"})
    assert response.json()["detail"] == "“rights” is one of read, decide, change."
