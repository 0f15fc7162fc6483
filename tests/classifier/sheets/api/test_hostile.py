"""What others may not use is a 404; no JSON that a program can send is a server error."""

import random
from typing import Any

import pytest
from django.urls import get_resolver
from django.utils import timezone

from classifier.models import ApiToken
from classifier.sheets.api.urls import urlpatterns
from classifier.sheets.sharing.rights import Level
from tests.classifier.sheets.api.conftest import API, Program, share
from tests.filled_stacks import MARKS, TALLY, filled

SHEET, STACK = "sheets/{sheet}/", "stacks/{stack}/"
DECISION = {"text": "12"}
# Method, address, what is sent, the level it needs (None: the owner alone), and the status for who may.
TABLE: list[tuple[str, str, Any, Level | None, tuple[int, ...]]] = [
    ("get", SHEET, None, Level.READ, (200,)),
    ("get", SHEET + "pages/1.png", None, Level.READ, (404,)),  # this sheet has no picture
    ("get", SHEET + "sheet.pdf", None, Level.READ, (409,)),
    ("get", SHEET + "pages/1/offers/", None, Level.CHANGE, (404,)),
    ("post", SHEET + "pages/1/turn/", None, Level.CHANGE, (404,)),
    ("put", SHEET, {"description": []}, Level.CHANGE, (400,)),
    ("get", SHEET + "shares/", None, None, (200,)),
    ("put", SHEET + "shares/", {"name": "nobody", "rights": "read"}, None, (400,)),
    ("delete", SHEET + "shares/nobody/", None, None, (404,)),
    ("get", "stacks/?sheet={sheet}", None, Level.READ, (200,)),
    ("get", STACK, None, Level.READ, (200,)),
    ("patch", STACK, {"one_in": 500}, Level.CHANGE, (200,)),
    ("post", STACK + "cancel/", None, Level.CHANGE, (200,)),
    ("post", STACK + "restore/", None, Level.CHANGE, (200,)),  # it is not deleted
    ("get", STACK + "pages/", None, Level.READ, (200,)),
    ("get", STACK + "pages/1.jpg", None, Level.READ, (200,)),
    ("get", STACK + "values/", None, Level.READ, (200,)),
    ("get", STACK + "values/{value}/", None, Level.READ, (200,)),
    ("get", STACK + "values/{value}/crop.jpg", None, Level.READ, (200,)),
    ("put", STACK + "values/{value}/", DECISION, Level.DECIDE, (200,)),
    ("post", STACK + "values/next/", {}, Level.DECIDE, (200,)),
    ("post", STACK + "values/undo/", None, Level.DECIDE, (200, 409)),
    ("get", STACK + "results.json", None, Level.READ, (200,)),
    ("get", STACK + "results.csv", None, Level.READ, (200,)),
    ("get", STACK + "results.xlsx", None, Level.READ, (200,)),
    ("get", STACK + "webhook/", None, Level.READ, (200,)),
    ("post", STACK + "webhook/", None, Level.CHANGE, (409,)),
]
OF_EVERYBODY = {"sheet-list", "stack-list"}
OF_DELETED = {"sheet-restore"}  # others do not see that there was one, see test_sheets


@pytest.fixture
def named(stack):
    return {"sheet": stack.sheet.public_id, "stack": stack.public_id, "value": stack.values.first().public_id}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} {row[1]}")
def test_level_of_a_share_is_respected(row, program, other, stack, named):
    method, address, content, needed, statuses = row
    path = address.format(**named)
    assert other.send(method, path, content).status_code == 404
    assert program.send(method, path, content).status_code in statuses
    for level in Level:
        stack.sheet.shares.all().delete()
        share(stack, other.person, level)
        status = other.send(method, path, content).status_code
        if needed is None:
            assert status == 403, (level, status)
        else:
            assert status in statuses if level >= needed else status == 404, (level, status)


def test_table_has_every_address(named):
    def name(address):
        return get_resolver().resolve((API + address.format(**named)).partition("?")[0]).url_name

    assert {name(address) for _, address, *_ in TABLE} | OF_EVERYBODY | OF_DELETED == {
        pattern.name for pattern in urlpatterns
    }


def test_unknown_ids_are_404s(program, named):
    nobody = dict.fromkeys(named, "7b2e1c1e-0000-4000-8000-000000000000")
    for method, address, content, *_ in TABLE:
        assert program.send(method, address.format(**nobody), content).status_code == 404, address
    assert program.get(f"{STACK}values/{{value}}/".format(**named | {"value": nobody["value"]})).status_code == 404


def test_value_of_another_stack_is_a_404(program, owner, named):
    another = filled(owner).values.first().public_id
    path = f"{STACK}values/{another}/".format(**named)
    assert program.get(path).status_code == 404
    assert program.send("put", path, DECISION).status_code == 404


def test_read_only_token_reads(owner, named):
    reader = Program(owner)
    ApiToken.objects.update(scope="read")
    for method, address, content, _, statuses in TABLE:
        status = reader.send(method, address.format(**named), content).status_code
        assert status in statuses if method == "get" else status == 403, address


def test_deleted_stack_is_gone(program, stack, named):
    stack.deleted = timezone.now()
    stack.save()
    for method, address, content, *_ in TABLE:
        if "{stack}" in address and not address.endswith("restore/"):
            assert program.send(method, address.format(**named), content).status_code == 404, address


NOTHING_GOOD = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2,
        1e308,
        -1e-308,
        10**30,
        0.5,
        "",
        "x",
        "7",
        "0" * 5000,
        "\u0000",
        "\ud800",
        "٣",
        "½",
    ),
    *([], {}, [[]], {"a": {}}, [None], "points", "boxes", "line", "check", "luhn"),
    *([0.1, 0.1, 0.2, 0.1], ["1", "2"], [0, 0, 0, 0], [0, 0, 1e300, 1], "NaN", ["1"] * 11_000, "😀", "a" * 200),
]


def mutated(part: Any, luck: random.Random) -> Any:
    """A copy in which about one part of twelve is something else, is missing, or is there twice."""
    if luck.random() < 0.08:
        return luck.choice(NOTHING_GOOD)
    if isinstance(part, dict):
        kept = {key: mutated(value, luck) for key, value in part.items() if luck.random() > 0.05}
        if luck.random() < 0.1:
            kept[luck.choice(["pages", "key", "rules", "x", "decimals"])] = luck.choice(NOTHING_GOOD)
        return kept
    if isinstance(part, list):
        copies = [mutated(value, luck) for value in part]
        return copies * 2 if luck.random() < 0.05 else copies
    return part


RULES = {"digits_from": 1, "digits_to": 2, "lowest": 0, "highest": 60, "allowed": ["18"], "checksum": "luhn"}
FIELDS = [*MARKS["fields"], {**MARKS["fields"][0], "key": "b", "name": "B", "rules": RULES}]
DESCRIBED = {**MARKS, "tables": [TALLY], "fields": FIELDS}
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))]


def test_what_is_mutated_is_good(program, named):
    response = program.send("post", "sheets/", {"description": DESCRIBED, "name": "Marks"})
    assert response.status_code == 201, response.content


@pytest.mark.parametrize("seed", SEEDS)
def test_no_description_is_a_server_error(program, stack, named, seed):
    luck = random.Random(seed)
    good = {"description": DESCRIBED, "name": "Marks", "changed": "2026-05-04T09:30:00Z"}
    printed = {"description": DESCRIBED, "name": "Marks", "paper": "A4", "roster": ["Ada", "Max"]}
    statuses = set()
    for _ in range(40):
        for method, path, content in (("put", SHEET.format(**named), good), ("post", "sheets/", printed)):
            response = program.send(method, path, mutated(content, luck))
            assert response.status_code in (200, 201, 400, 409), response.content
            assert response.status_code < 400 or response.json()["detail"], response.content
            statuses.add(response.status_code)
    assert 400 in statuses


def test_half_a_character_is_no_server_error(program, stack):
    path = f"stacks/{stack.public_id}/values/{stack.values.first().public_id}/"
    response = program.send("put", path, {"text": "\ud800"})
    assert (response.status_code, response.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("seed", SEEDS)
def test_no_decision_is_a_server_error(program, stack, named, seed):
    luck = random.Random(seed)
    keys = [value.public_id for value in stack.values.all()]
    for _ in range(60):
        path = f"stacks/{stack.public_id}/values/{luck.choice(keys)}/"
        content = {"text": luck.choice(NOTHING_GOOD), "force": luck.choice([True, False, 1, None])}
        response = program.send("put", path, mutated(content, luck))
        assert response.status_code in (200, 400, 413), (content, response.content)
        share = {"name": luck.choice(NOTHING_GOOD), "rights": luck.choice(["read", *NOTHING_GOOD])}
        assert program.send("put", SHEET.format(**named) + "shares/", share).status_code == 400, share
        content = {"one_in": luck.choice(NOTHING_GOOD)}
        assert program.send("patch", STACK.format(**named), content).status_code in (200, 400), content
        content = {"count": luck.choice(NOTHING_GOOD)}
        assert program.send("post", f"stacks/{stack.public_id}/values/next/", content).status_code in (200, 400)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b'"x"', b"\xff", b'{"text": NaN}', b"[" * 3000, b'{"a":' * 3000]
)
def test_no_body_is_a_server_error(program, named, body):
    for method, address, content, *_ in TABLE:
        if content is not None:
            send = getattr(program.client, method)
            response = send(API + address.format(**named), data=body, content_type="application/json")
            assert response.status_code in (400, 200), (address, response.content)


def test_token_of_nobody_is_a_401(client, named):
    for method, address, *_ in TABLE:
        assert getattr(client, method)(API + address.format(**named)).status_code == 401
