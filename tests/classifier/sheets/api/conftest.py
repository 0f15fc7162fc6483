"""Programs of three people: who owns a sheet, with whom it is shared, and a stranger."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from classifier.accounts.tokens import create_token
from classifier.sheets.models import SheetShare, Stack
from tests.filled_stacks import filled

API = "/api/v1/"


class Program:
    """A program with a token of a person's. Sends and gets JSON."""

    def __init__(self, person: User) -> None:
        self.person = person
        self.client = Client(headers={"Authorization": f"Token {create_token(person, 'program')[1]}"})

    def send(self, method: str, path: str, content: Any = None, **more: Any) -> Any:
        if content is not None:
            more |= {"data": json.dumps(content), "content_type": "application/json"}
        return getattr(self.client, method)(path if path.startswith("/") else API + path, **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.send("get", path, **more)

    def form(self, path: str, **fields: Any) -> Any:
        return self.client.post(API + path, fields)


@pytest.fixture
def program(owner) -> Program:
    return Program(owner)


@pytest.fixture
def other(stranger) -> Program:
    return Program(stranger)


@pytest.fixture
def stack(owner) -> Stack:
    """Three pages that are read; the points of each are doubtful."""
    return filled(owner, 3, risk=0.5, picture=True)


def share(stack: Stack, person: User, level: SheetShare.Level) -> None:
    SheetShare.objects.create(sheet=stack.sheet, user=person, level=level)


def ids(response: Any) -> set[str]:
    assert response.status_code == 200, response.content
    return {each["id"] for each in response.json()["results"]}
