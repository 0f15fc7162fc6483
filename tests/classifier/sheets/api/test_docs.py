"""What docs/sheets.md shows works: its addresses, its contents, and how it verifies a message."""

import json
import re
import time

import pytest
from django.urls import get_resolver

from classifier.sheets.fields.description import Description
from classifier.sheets.printing.placing import place
from classifier.sheets.webhooks import attempts, signing
from tests.environment import BASE_DIR

TEXT = (BASE_DIR / "docs" / "sheets.md").read_text()
COMMANDS = [
    command
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for command in re.split(r"^(?=curl )", block, flags=re.MULTILINE)
    if command
]
AN_ID = "7b2e1c1e-0000-4000-8000-000000000000"


@pytest.mark.parametrize("command", COMMANDS, ids=map(str, range(len(COMMANDS))))
def test_address_takes_the_method(command):
    path = re.search(r'"\$SITE(/[^"?]*)', command)[1]
    view = get_resolver().resolve(re.sub(r"\$[A-Z]+", AN_ID, path)).func.cls
    sends = " -d " in command or " -F " in command
    method = re.search(r"-X ([A-Z]+)", command)
    assert hasattr(view, (method[1] if method else "POST" if sends else "GET").lower()), command


def contents():
    return [json.loads(content) for content in re.findall(r"-d '(.*?)'\n", TEXT, re.DOTALL)]


def test_descriptions_are_valid():
    printed, foreign = (each["description"] for each in contents() if "description" in each)
    assert [field.key for field in place(printed, "A4").fields()] == ["points", "absent"]
    assert len(Description.of(foreign).fields()) == 21


def test_its_python_verifies_a_message():
    names = {}
    exec(re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)[1], names)  # noqa: S102 - of ours
    is_genuine = names["is_genuine"]
    secret, body, now = signing.new_secret(), b'{"type": "stack.done"}', int(time.time())
    headers = signing.headers("stack_1", now, body, secret)
    assert is_genuine(headers, body, secret)
    assert not is_genuine(headers, body + b" ", secret)
    assert not is_genuine(headers | {"webhook-id": "stack_2"}, body, secret)
    assert not is_genuine(headers, body, signing.new_secret())
    assert not is_genuine(signing.headers("stack_1", now - 3600, body, secret), body, secret)


def test_pauses_are_those_of_the_program():
    assert "1 minute, 5 minutes, 30\nminutes, 2 hours and 12 hours" in TEXT
    assert [pause.total_seconds() for pause in attempts.PAUSES] == [60, 300, 1800, 7200, 43200]
