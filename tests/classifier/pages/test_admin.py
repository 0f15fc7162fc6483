"""The administration: every page opens for staff, and records that the history depends on are read-only."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.urls import reverse
from PIL import Image

from classifier import audit
from classifier.accounts.invitations import invite
from classifier.accounts.tokens import create_token
from classifier.digits.corrections import correct, correct_number
from classifier.digits.idempotency import claim
from classifier.models import (
    ApiToken,
    BatchFile,
    ClosedAccount,
    Digit,
    Drawing,
    ForeignVersion,
    Import,
    ImportProblem,
    Joining,
    LateReading,
    ModelVersion,
    NumberReading,
    Prediction,
    Rereading,
    Retention,
)
from classifier.sheets.describing.sheets import create_sheet
from classifier.sheets.models import Sheet, SheetShare, Stack, Value, WebhookAttempt
from tests.archives import waiting_batch
from tests.conftest import PASSWORD
from tests.factories import answered, drawn_digit, many_digits, picture
from tests.filled_stacks import filled

OURS = [*apps.get_app_config("classifier").get_models(), *apps.get_app_config("sheets").get_models()]
OTHERS = [User, Group]


def address(model, page, *arguments):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


@pytest.fixture
def rows(owner, model_version):
    """One row of each model."""
    correct(drawn_digit(owner), 3)
    correct_number([Digit.objects.with_predictions().get()], "30")
    NumberReading.objects.create(
        drawing=Drawing.objects.get(), revision=1, model_version=model_version, text="30", confidence=1, rows=[]
    )
    LateReading.objects.create(drawing=Drawing.objects.get(), revision=1)
    Prediction.objects.update(**answered(model_version))
    create_token(owner, "scanner")
    claim(owner, "key", "fingerprint")
    Rereading.objects.create(owner=owner, model_version=model_version)
    batch = waiting_batch(owner, {"7.png": picture()})
    BatchFile.objects.create(batch=batch, name="notes.txt", reason="unsupported_format", sentence="It is no picture.")
    taken = Import.objects.create(owner=owner, name="mine.zip", size=1)
    ImportProblem.objects.create(taken=taken, drawing=1, sentence="It has no strokes.")
    ForeignVersion.objects.create(owner=owner, name="theirs", tflite_sha256="0" * 64)
    Retention.objects.create(kind="originals")
    stack = filled(owner)
    create_sheet(owner, "Form", [Image.new("L", (21, 30))])
    SheetShare.objects.create(sheet=stack.sheet, user=User.objects.create_user("colleague"), level=1)
    WebhookAttempt.objects.create(stack=stack, number=1)
    Group.objects.create(name="teachers")
    audit.record(audit.Act.OPENED_PICTURE, by=None, about=owner, on=Digit.objects.first())
    Joining.objects.create(invitation=invite(by=owner)[0], person=owner)
    ClosedAccount.objects.create(account=User.objects.create_user("gone", is_active=False))


def test_every_model_is_registered():
    import_module("digitsite.urls")  # which registers them
    assert [model for model in OURS if model not in admin.site._registry] == []


@pytest.mark.parametrize("model", [*OURS, *OTHERS], ids=lambda model: model.__name__)
def test_list_and_row_open(staff_client, rows, model):
    row = model.objects.first()
    assert staff_client.get(address(model, "changelist")).status_code == 200
    assert staff_client.get(address(model, "change", row.pk)).status_code == 200
    assert staff_client.get(address(model, "history", row.pk)).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("query", ["q=owner", "q=%00", "o=1", "q=7b2e1c1e-0000-4000-8000-000000000000"])
def test_list_is_searched_and_sorted(staff_client, rows, model, query):
    assert staff_client.get(f"{address(model, 'changelist')}?{query}", follow=True).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_rows_can_be_neither_added_nor_changed(staff_client, rows, model):
    row = model.objects.first()
    before = model.objects.values().get(pk=row.pk)
    assert staff_client.get(address(model, "add")).status_code == 403
    assert staff_client.post(address(model, "add"), {}).status_code == 403
    assert staff_client.post(address(model, "change", row.pk), {"name": "x", "status": "failed"}).status_code == 403
    assert model.objects.values().get(pk=row.pk) == before


def test_version_in_service_cannot_be_deleted(staff_client, model_version):
    assert staff_client.post(address(ModelVersion, "delete", model_version.pk), {"post": "yes"}).status_code == 403
    assert ModelVersion.objects.active().exists()


@pytest.mark.parametrize(
    "model", [Drawing, Digit, Prediction, ApiToken, Sheet, Stack, Value], ids=lambda model: model.__name__
)
def test_lists_cost_the_same_however_long(
    staff_client, rows, model, owner, model_version, django_assert_max_num_queries
):
    many_digits(owner, 20, model_version)
    for _ in range(20):
        create_token(owner, "x")
        filled(owner)
    with django_assert_max_num_queries(10):
        staff_client.get(address(model, "changelist"))


def test_model_version_shows_summary_and_metadata(staff_client, model_version):
    text = staff_client.get(address(ModelVersion, "change", model_version.pk)).text
    assert "42,358" in text
    assert "confusion_matrix" in text


def test_key_of_a_token_is_never_shown(staff_client, owner):
    token, key = create_token(owner, "scanner")
    text = staff_client.get(address(ApiToken, "change", token.pk)).text
    assert key not in text
    assert token.digest not in text


def test_secret_of_a_webhook_is_never_shown(staff_client, rows):
    Stack.objects.update(webhook_secret="whsec_confidential")
    assert "confidential" not in staff_client.get(address(Stack, "change", Stack.objects.get().pk)).text


def test_staff_set_a_new_password(staff_client, owner, client):
    response = staff_client.post(
        f"/admin/auth/user/{owner.pk}/password/",
        {"password1": "brand-new-9-words", "password2": "brand-new-9-words", "usable_password": "true"},
    )
    assert response.status_code == 302
    assert not client.login(username="owner", password=PASSWORD)
    assert client.login(username="owner", password="brand-new-9-words")


def test_person_is_closed_out_by_staff(staff_client, owner_client, owner):
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert owner_client.get("/history/").status_code == 302


def test_deleting_a_person_deletes_their_data(staff_client, rows, owner):
    response = staff_client.post(address(User, "delete", owner.pk), {"post": "yes"})
    assert response.status_code == 302
    assert Drawing.objects.count() + Digit.objects.count() + Prediction.objects.count() + ApiToken.objects.count() == 0
    assert ModelVersion.objects.active().exists()
