"""The people and things of the table of addresses."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image

from classifier.accounts.invitations import invite
from classifier.accounts.sessions import signed_in
from classifier.accounts.tokens import create_token
from classifier.digits.corrections import correct
from classifier.models import Digit, Drawing, Import, Rereading
from classifier.sheets.describing.sheets import create_sheet
from tests import staff_site
from tests.archives import waiting_batch
from tests.classifier.http.addresses import SIGN_IN, Row
from tests.conftest import PASSWORD
from tests.factories import drawn_digit, many_digits, pad_form, picture
from tests.filled_stacks import filled


@pytest.fixture
def things(owner, model_version, _no_waiting) -> dict[str, Any]:
    """What the addresses name: one of each kind of the owner's objects, the version in service, a run."""
    token, _ = create_token(owner, "scanner of the owner's")
    sheet = create_sheet(owner, "Marks", [Image.new("L", (21, 30))])
    stack = filled(owner, sheet=sheet, picture=True)
    return {
        "digit": drawn_digit(owner).public_id,
        "token": token.public_id,
        "owner": owner.pk,
        "rereading": Rereading.objects.create(owner=owner, model_version=model_version).public_id,
        "batch": waiting_batch(owner, {"7.png": picture()}).public_id,
        "import": Import.objects.create(owner=owner, name="mine.zip", size=1).public_id,
        "version": model_version.public_id,
        "run": staff_site.run().public_id,
        "name": owner.username,
        "sheet": sheet.public_id,
        "stack": stack.public_id,
        "stack_page": stack.pages.first().public_id,
        "value": stack.values.first().public_id,
        "invitation": invite(by=owner)[0].public_id,
    }


@pytest.fixture
def belongings(things, owner) -> dict[str, list[str]]:
    """More of the owner's objects, by the names that a request could give them. No page of others shows any."""
    digits = [things["digit"], *(digit.public_id for digit in many_digits(owner, 3))]
    correct(Digit.objects.get(public_id=things["digit"]), 3)
    EmailAddress.objects.create(user=owner, email="mine@owner.example", primary=True)
    browser = Client(headers={"User-Agent": "the-owners-browser"})
    browser.post(SIGN_IN, {"login": "owner", "password": PASSWORD})
    drawings = Drawing.objects.owned_by(owner).values_list("public_id", flat=True)
    return {
        "digits": [str(public_id) for public_id in digits],
        "drawings": [str(public_id) for public_id in drawings],
        "tokens": [str(things["token"]), "scanner of the owner's", "scanner of the owner&#x27;s"],
        "emails": ["mine@owner.example"],
        "sessions": [place.name for place in signed_in(owner)],
    }


@pytest.fixture
def clerk(db) -> User:
    """Staff without any permission."""
    return User.objects.create_user("clerk", password=PASSWORD, is_staff=True)


@pytest.fixture
def clerk_client(clerk) -> Client:
    return client_of(clerk)


@pytest.fixture
def _no_waiting(monkeypatch):
    monkeypatch.setattr("classifier.http.health.PROBE_S", 0)
    monkeypatch.setattr("classifier.pages.paper.PREVIEW_WAIT_S", 0)
    monkeypatch.setattr("classifier.sheets.describing.offers.WAIT_S", 0)


def client_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return browser


def send(person: Client, row: Row, things: dict[str, Any], data: Any = None, **headers: Any) -> Any:
    if data is None:
        data = {"POST": pad_form() if "drawings" in row.address else {"name": "x"}}.get(row.method, {})
    return getattr(person, row.method.lower())(row.address.format(**things), data, **headers)
