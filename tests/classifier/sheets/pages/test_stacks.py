"""The pages of a stack: putting it in, following it, its tolerance, cancelling, deleting and restoring it."""

import io
import zipfile

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from classifier.models import ModelVersion
from classifier.sheets.models import SheetPage, SheetShare, Stack
from classifier.sheets.pages import stacks
from classifier.sheets.stacks import lifecycle
from tests.factories import picture
from tests.filled_stacks import filled, page_of, stack_of


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """Sent tasks are recorded instead."""
    tasks = []
    monkeypatch.setattr(lifecycle, "enqueue", lambda name, *args, **more: tasks.append(name) or True)
    return tasks


def address(name, thing):
    return reverse(f"sheets:{name}", args=[thing.public_id])


@pytest.fixture
def sheet(owner):
    sheet = stack_of(owner).sheet
    SheetPage.objects.create(sheet=sheet, number=1, file="none.png", width=100, height=141)
    return sheet


def files(*names):
    return {"file": [SimpleUploadedFile(name, picture()) for name in names]}


def test_files_become_a_stack(owner_client, owner, sheet):
    form = files("1.png", "2.png") | {"one_in": "500", "keep_days": "30", "webhook": ""}
    response = owner_client.post(address("stack-upload", sheet), form)
    stack = Stack.objects.latest("pk")
    assert response.headers["Location"] == address("stack", stack)
    assert (stack.one_in, stack.keep_days, stack.sent_by, stack.sheet) == (500, 30, owner, sheet)
    assert zipfile.ZipFile(io.BytesIO(stack.file.read())).namelist() == ["1.png", "2.png"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"one_in": "many"}, "Choose a tolerance."),
        ({"one_in": "0"}, "Choose one wrong field in 1 to"),
        ({"keep_days": "x"}, "Write a number of days"),
        ({"keep_days": "0"}, "A stack is kept for 1 to"),
        ({"webhook": "http://127.0.0.1/"}, "This site sends no messages to other programs"),
        ({"file": ""}, "Choose a ZIP or some pictures."),
    ],
)
def test_a_form_that_cannot_be_used_says_why(owner_client, sheet, wrong, sentence):
    before = Stack.objects.count()
    response = owner_client.post(address("stack-upload", sheet), files("1.png") | wrong)
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert Stack.objects.count() == before


def test_the_form_needs_its_csrf_token(owner, sheet):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.post(address("stack-upload", sheet), files("1.png")).status_code == 403


@pytest.mark.parametrize(("checksum", "is_said"), [("a" * 64, True), ("measured" + "0" * 56, False)])
def test_a_stack_says_if_the_promise_was_measured_with_other_networks(
    owner_client, owner, monkeypatch, checksum, is_said
):
    monkeypatch.setattr(stacks, "networks_of_promise", lambda: {"measured0000": "old_reader"})
    ModelVersion.objects.filter(is_active=True).update(is_active=False)
    ModelVersion.objects.create(
        name="new_reader", parameters=1, accuracy=1, metadata={}, tflite_sha256=checksum, is_active=True
    )
    text = owner_client.get(address("stack", filled(owner))).content.decode()
    assert ("measured with old_reader, but new_reader is in service" in text) is is_said


def test_a_stack_says_how_many_fields_are_left(owner_client, owner):
    stack = filled(owner, 4, risk=0.01)
    page = owner_client.get(address("stack", stack)).content.decode()
    assert "8 of 12 fields are taken unseen; 4 are left to you." in page
    assert "Decide 4 fields" in page
    assert "12 of 12 taken; none left to you" in page  # of one in 50
    assert "None of the fields that were taken unseen has been checked yet." in page


def test_another_tolerance_moves_them(owner_client, owner):
    stack = filled(owner, 4, risk=0.01)
    response = owner_client.post(address("stack-tolerance", stack), {"one_in": "50"}, follow=True)
    assert "12 of 12 fields are taken unseen; none is left." in response.content.decode()
    fragment = owner_client.post(address("stack-tolerance", stack), {"one_in": "200"}, headers={"HX-Request": "true"})
    assert b"4 are left to you" in fragment.content and b"<html" not in fragment.content
    response = owner_client.post(address("stack-tolerance", stack), {"one_in": "x"}, follow=True)
    assert b"Choose a tolerance." in response.content


@pytest.mark.parametrize(("status", "polls"), [("running", True), ("done", False), ("cancelled", False)])
def test_the_page_asks_again_until_the_stack_has_ended(owner_client, owner, status, polls):
    stack = filled(owner, 1, status=status)
    fragment = owner_client.get(address("stack", stack), headers={"HX-Request": "true"}).content
    assert (b"hx-trigger" in fragment) is polls


def test_refused_pages_are_shown_with_their_sentence(owner_client, owner):
    stack = filled(owner)
    page = page_of(stack, status="refused", reason="blank", sentence="This page is empty.", picture=True)
    shown = owner_client.get(address("stack", stack)).content.decode()
    assert "This page is empty." in shown
    assert reverse("sheets:page-picture", args=[stack.public_id, page.public_id, "thumbnail"]) in shown


def test_cancel(owner_client, owner):
    stack = filled(owner, 1, status="running")
    fragment = owner_client.post(address("stack-cancel", stack), headers={"HX-Request": "true"})
    stack.refresh_from_db()
    assert stack.status == "cancelled"
    assert b"Cancelled after 1 of 1 pages" in fragment.content


def test_a_deleted_stack_can_be_restored(owner_client, stranger_client, owner):
    stack = filled(owner)
    listed = owner_client.post(address("stack-delete", stack), follow=True).content.decode()
    assert "Recently deleted" in listed and address("stack-restore", stack) in listed
    assert owner_client.get(address("stack", stack)).status_code == 404
    assert stranger_client.post(address("stack-restore", stack)).status_code == 404
    assert owner_client.post(address("stack-restore", stack), follow=True).status_code == 200
    assert owner_client.get(address("stack", stack)).status_code == 200


def test_those_who_may_only_read_can_change_nothing(owner, stranger, stranger_client):
    stack = filled(owner, risk=0.3)
    SheetShare.objects.create(sheet=stack.sheet, user=stranger, level=SheetShare.Level.READ)
    page = stranger_client.get(address("stack", stack)).content.decode()
    assert "Decide 1 field" not in page and "Delete this stack" not in page
    for name in ("stack-cancel", "stack-delete", "stack-tolerance", "stack-restore"):
        assert stranger_client.post(address(name, stack), {"one_in": 50}).status_code == 404
    assert stranger_client.get(address("stack-upload", stack.sheet)).status_code == 404
