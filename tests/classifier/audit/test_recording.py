"""What is recorded of staff's acts: each with who, what and about whom, in the transaction of the act, and for good."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from classifier import audit
from classifier.accounts import closing, invitations
from classifier.accounts.people import acts
from classifier.admin.audited import Audited
from classifier.audit import Act
from classifier.digits import corrections
from classifier.digits.registry import activate
from classifier.models import FORMER_MEMBER, Activation, AuditEntry, Correction, Digit
from tests.archives import waiting_batch
from tests.factories import drawn_digit, picture
from tests.staff_site import run as training_run

pytestmark = pytest.mark.postgres


@pytest.fixture
def digit(owner, model_version):
    return drawn_digit(owner)


def recorded():
    """The entries, oldest first: act, name of who did it, name of whom it is about, thing, detail."""
    fields = ("act", "by__username", "about__username", "thing", "detail")
    return [*AuditEntry.objects.order_by("pk").values_list(*fields)]


def sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


CHANGE = "UPDATE classifier_auditentry SET "


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM classifier_auditentry",
        *(CHANGE + change for change in (
            "detail = 'nothing'", "act = 'promoted'", "at = '2020-01-01 00:00:00+00:00'", "public_id = NULL",
            "thing = ''", "by_id = NULL", "about_id = NULL", "by_id = about_id", "id = id + 1",
        )),
    ],
)  # fmt: skip
def test_database_refuses_to_change_or_delete_an_entry(staff, owner, digit, statement):
    audit.record(Act.OPENED_PICTURE, by=staff, about=owner, on=digit, detail="as it was")
    before = [*AuditEntry.objects.values_list()]
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        sql(statement)
    assert [*AuditEntry.objects.values_list()] == before


def test_closing_an_account_replaces_its_owner_in_the_log_and_nothing_else(staff, owner, digit):
    User.objects.create_superuser("another")
    audit.record(Act.OPENED_PICTURE, by=staff, about=owner, on=digit)
    closing.close(staff)
    assert recorded() == [("opened_picture", FORMER_MEMBER, "owner", "digit", "")]
    closing.close(owner)
    assert recorded() == [("opened_picture", FORMER_MEMBER, FORMER_MEMBER, "digit", "")]
    assert AuditEntry.objects.get().public_id == digit.public_id
    assert not Digit.objects.exists()


def test_an_act_that_is_rolled_back_leaves_no_entry(staff, model_version):
    with pytest.raises(RuntimeError), transaction.atomic():
        activate(model_version, kind=Activation.Kind.PROMOTION, by=staff)
        assert AuditEntry.objects.exists()
        raise RuntimeError
    assert not AuditEntry.objects.exists()


def test_an_act_that_cannot_be_recorded_is_not_done(staff, owner, digit, monkeypatch):
    def full(*_, **__):
        raise OSError("The disk is full.")

    corrections.correct(digit, 3)
    monkeypatch.setattr(AuditEntry.objects, "bulk_create", full)
    with pytest.raises(OSError, match="full"):
        corrections.review(ids=[Correction.objects.get().pk], accept=True, by=staff)
    assert Correction.objects.get().review == "waiting"


def test_putting_versions_into_service_is_recorded_with_its_reason(staff, model_version):
    for kind, overridden in (
        (Activation.Kind.PROMOTION, False),
        (Activation.Kind.PROMOTION, True),
        ("rollback", False),
    ):
        activate(model_version, kind=kind, by=staff, reason="Sevens.", overridden=overridden)
    activate(model_version, kind=Activation.Kind.SET_UP)  # not by a person
    thing = f"model version {model_version}"
    assert recorded() == [
        (act, "staff", None, thing, "Sevens.") for act in ("promoted", "overrode_gate", "rolled_back")
    ]


def test_trainings_are_recorded(staff, staff_client, model_version):
    staff_client.post(f"/staff/runs/{training_run(status='failed').public_id}/repeat/")
    run = AuditEntry.objects.get().public_id
    for _ in range(2):
        staff_client.post(f"/staff/runs/{run}/cancel/")
    rows = [(act, "staff", None, "training run", "") for act in ("started_training", "cancelled_training")]
    assert recorded() == rows
    assert {entry.public_id for entry in AuditEntry.objects.all()} == {run}


def test_reviews_are_recorded_for_the_owner_of_each_digit(staff, staff_client, owner, stranger, digit):
    other = drawn_digit(stranger)
    for each in (digit, other):
        corrections.correct(each, 3)
    first, second = Correction.objects.order_by("pk")
    staff_client.post("/staff/review/", {"ids": [first.pk, second.pk], "decision": "accept"})
    staff_client.post("/staff/review/", {"decision": "undo"})
    people = ("owner", "stranger")
    assert recorded() == [("reviewed", "staff", name, "digit", "accepted") for name in people] + [
        ("review_undone", "staff", name, "digit", "") for name in people
    ]
    assert {entry.public_id for entry in AuditEntry.objects.all()} == {digit.public_id, other.public_id}


def test_every_page_of_the_administration_is_audited(client, db):
    client.get("/admin/")  # loads the addresses, which register the pages
    assert [model for model, page in admin.site._registry.items() if not isinstance(page, Audited)] == []


def test_opening_somebodys_rows_is_recorded_and_own_ones_are_not(staff, staff_client, owner, digit):
    batch = waiting_batch(owner, {"7.png": picture()})
    for name, row in (("drawing", digit.drawing), ("digit", digit), ("batch", batch), ("digit", drawn_digit(staff))):
        assert staff_client.get(reverse(f"admin:classifier_{name}_change", args=[row.pk])).status_code == 200
    assert recorded() == [("opened_record", "staff", "owner", name, "") for name in ("drawing", "digit", "batch")]


def test_changes_in_the_administration_are_recorded_without_values(staff, staff_client, owner):
    form = {"username": "owner", "email": "o@x.example", "is_active": "on", "date_joined_0": "2026-01-01"}
    form |= {"date_joined_1": "10:00:00"}
    page = f"/admin/auth/user/{owner.pk}/change/"
    for change in ({}, {"is_staff": "on"}, {"is_active": ""}):  # the last one takes the rights of staff too
        assert staff_client.post(page, form | change).status_code == 302
    passwords = {"password1": "brand-new-9-words", "password2": "brand-new-9-words", "usable_password": "true"}
    assert staff_client.post(f"/admin/auth/user/{owner.pk}/password/", passwords).status_code == 302
    assert staff_client.post("/admin/auth/group/add/", {"name": "teachers"}).status_code == 302
    of_owner = [entry for entry in recorded() if entry[2] == "owner"]
    assert [entry[0] for entry in of_owner] == [
        "changed_record", "changed_rights", "changed_rights", "disabled_account", "changed_record"
    ]  # fmt: skip
    details = [entry[4] for entry in of_owner]
    assert "Email address" in details[0]
    assert "Staff status" in details[1]
    assert "Active" in details[3]
    assert details[4] == "password"
    assert "example" not in str(recorded())
    assert recorded()[-1][:3] == ("added_record", "staff", None)


def test_deleting_accounts_in_the_administration_is_recorded_and_keeps_the_log(staff, staff_client, owner, stranger):
    audit.record(Act.READ_AGAIN, by=stranger, about=owner)
    assert staff_client.post(f"/admin/auth/user/{owner.pk}/delete/", {"post": "yes"}).status_code == 302
    chosen = {"action": "delete_selected", "_selected_action": [stranger.pk], "post": "yes"}
    assert staff_client.post("/admin/auth/user/", chosen).status_code == 302
    assert recorded() == [
        ("read_again", FORMER_MEMBER, FORMER_MEMBER, "", ""),
        ("removed_account", "staff", FORMER_MEMBER, "", ""),
        ("removed_account", "staff", FORMER_MEMBER, "", ""),
    ]
    assert {person.username for person in User.objects.all()} == {"staff", FORMER_MEMBER}


def test_password_link_is_recorded(staff, staff_client, owner):
    page = reverse("admin:user-password-link", args=[owner.pk])
    assert "/reset/key/" in staff_client.post(page).text
    assert [entry[:3] for entry in recorded()] == [("made_password_link", "staff", "owner")]


def test_administration_cannot_change_or_delete_entries(staff, staff_client, owner, digit):
    audit.record(Act.OPENED_PICTURE, by=staff, about=owner, on=digit)
    entry = AuditEntry.objects.get()
    for page in ("change", "delete"):
        address = reverse(f"admin:classifier_auditentry_{page}", args=[entry.pk])
        assert staff_client.post(address, {"post": "yes", "detail": "x"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"}
    staff_client.post(reverse("admin:classifier_auditentry_changelist"), chosen)
    assert AuditEntry.objects.get().detail == ""


def test_acts_of_the_page_of_people_are_recorded(staff, staff_client, owner, model_version):
    acts.disable(owner, by=staff)
    acts.enable(owner, by=staff)
    assert "/reset/key/" in staff_client.post("/staff/people/@owner/password-link/").text
    acts.change_rights(owner, acts.Wanted(acts.Kind.STAFF), by=staff)
    made, key = invitations.invite(by=staff, email="new@x.example")
    assert invitations.revoke(made, by=staff)
    assert not invitations.revoke(made, by=staff)  # over already, so it is no act
    assert invitations.reopen(made, by=staff)
    assert [entry[:3] for entry in recorded()] == [
        *((act, "staff", "owner") for act in (
            "disabled_account", "enabled_account", "made_password_link", "changed_rights",
        )),
        *((act, "staff", None) for act in ("invited", "revoked_invitation", "reopened_invitation")),
    ]  # fmt: skip
    assert not any(word in str(recorded()) for word in (key, "example"))
