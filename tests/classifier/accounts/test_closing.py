"""Closing an account: it needs the password, and nothing of the account remains."""

from itertools import chain
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from celery import current_app
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, reverse

from classifier import tasks
from classifier.accounts import closing, holdings
from classifier.accounts.tokens import create_token
from classifier.digits import corrections, intake
from classifier.digits.registry import activate
from classifier.errors import LastAdministrator
from classifier.models import Activation, ApiToken, ClosedAccount, Correction, Digit, Drawing, Prediction
from tests import staff_site
from tests.conftest import PASSWORD
from tests.factories import drawn_digit, many_digits, picture
from training.models import TrainingRun

CLOSE = "/account/close/"

pytestmark = pytest.mark.django_db


def sign_in(name: str, password: str = PASSWORD) -> Client:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
    client.post("/account/login/", {"login": name, "password": password})
    return client


def fill(person: User, version) -> Path:
    """Gives a person something of every kind. Returns the path of the picture they sent."""
    sent = intake.accept_picture(person, SimpleUploadedFile("7.png", picture()), Drawing.Source.UPLOAD)
    many_digits(person, 5, version)
    drawn_digit(person)
    corrections.correct(sent, 7)
    create_token(person, "scanner")
    EmailAddress.objects.create(user=person, email=f"{person.username}@example.org", primary=True)
    person.email = f"{person.username}@example.org"
    person.save()
    return Path(sent.drawing.original.path)


def everything() -> dict[str, list]:
    """Every row of every table, as text, except the content types and permissions."""
    tables = [model for model in apps.get_models() if model not in (ContentType, Permission)]
    return {
        model._meta.label: [str(row) for row in model._base_manager.order_by("pk").values_list()] for model in tables
    }


def test_nothing_of_the_account_remains(owner, stranger, model_version):
    kept_file = fill(stranger, model_version)
    before = everything()
    file = fill(owner, model_version)
    client, _elsewhere = sign_in("owner"), sign_in("owner")
    assert UserSession.objects.filter(user=owner).count() == 2
    response = client.post(CLOSE, {"password": PASSWORD}, follow=True)
    assert "all your data is removed" in response.text
    after = everything()
    for label in ("sessions.Session", "usersessions.UserSession"):
        assert after[label] == []
    assert {label for label in after if after[label] != before[label] and "Session" not in label} <= {"auth.User"}
    assert [User.objects.get().username, User.objects.get().pk] == ["stranger", stranger.pk]
    assert (file.exists(), kept_file.exists()) == (False, True)
    assert not [row for row in chain(*after.values()) if "owner" in row and "'stranger'" not in row]


@pytest.mark.parametrize("password", ["wrong", "", "x" * 5000])
def test_without_the_password_nothing_happens(owner, owner_client, password):
    drawn_digit(owner)
    response = owner_client.post(CLOSE, {"password": password})
    assert (response.status_code, bool(response.context["form"].errors)) == (200, True)
    owner.refresh_from_db()
    assert (owner.is_active, Drawing.objects.count(), ClosedAccount.objects.count()) == (True, 1, 0)


def test_guessing_the_password_is_limited(owner, owner_client):
    answers = [owner_client.post(CLOSE, {"password": f"guess {n}"}).status_code for n in range(7)]
    assert answers[-1] == 429
    assert owner_client.post(CLOSE, {"password": PASSWORD}).status_code == 429
    assert User.objects.filter(username="owner", is_active=True).exists()


def test_wrong_passwords_count_as_wrong_guesses_at_signing_in(owner, owner_client, client):
    for n in range(5):
        owner_client.post(CLOSE, {"password": f"guess {n}"})
    client.post("/account/login/", {"login": "owner", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_page_says_first_what_will_be_deleted(owner, owner_client, model_version):
    fill(owner, model_version)
    text = " ".join(owner_client.get(CLOSE).text.split())
    assert "7 drawings, with their digits" in text
    assert "1 API token:" in text
    assert "No personal data remains." in text
    assert Drawing.objects.count() == 7


def test_very_many_drawings_are_not_counted_to_the_end(owner, owner_client, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(holdings, "COUNTED_TO", 3)
    many_digits(owner, 9)
    with django_assert_max_num_queries(15):
        text = owner_client.get(CLOSE).text
    assert "more than 3 drawings" in " ".join(text.split())


def test_page_offers_an_export_first(owner, owner_client, settings):
    drawn_digit(owner)
    try:
        address = reverse("classifier:export-all")
    except NoReverseMatch:
        address = ""
    for page in (CLOSE, "/account/"):
        assert ("Download all" in owner_client.get(page).text) == bool(address)


def test_large_account_is_locked_at_once_and_removed_by_a_worker(owner, monkeypatch):
    monkeypatch.setattr(closing, "AT_ONCE_S", 0)
    monkeypatch.setattr(closing, "STEP", 3)
    asked = []
    monkeypatch.setattr(closing, "enqueue", asked.append)
    many_digits(owner, 10)
    _, key = create_token(owner, "scanner")
    client, elsewhere = sign_in("owner"), sign_in("owner")
    assert "in the background" in client.post(CLOSE, {"password": PASSWORD}, follow=True).text
    assert (Drawing.objects.count(), asked) == (7, ["classifier.remove_closed_accounts"])
    assert client.get("/history/").status_code == elsewhere.get("/history/").status_code == 302
    assert Client().get("/api/v1/digits/", headers={"Authorization": f"Token {key}"}).status_code == 401
    assert "_auth_user_id" not in sign_in("owner").session
    assert not User.objects.filter(username="owner").exists()
    tasks.remove_closed_accounts()
    assert (User.objects.count(), Drawing.objects.count(), ClosedAccount.objects.count()) == (0, 0, 0)


def test_name_is_free_before_everything_is_removed(owner, client, monkeypatch):
    monkeypatch.setattr(closing, "remove", lambda *_: False)
    many_digits(owner, 2)
    closing.close(owner)
    new = {"username": "owner", "password1": "brand-new-9-words", "password2": "brand-new-9-words"}
    assert client.post("/account/signup/", new).status_code == 302
    assert "No digits" not in client.get("/history/").text
    assert client.get("/history/").context["total"] == 0


@pytest.mark.parametrize("died_at", range(1, 9))
@pytest.mark.postgres
def test_removal_resumes_after_a_crash(owner, model_version, monkeypatch, died_at):
    """The process is killed after `died_at` steps of one row each; then another process continues."""
    monkeypatch.setattr(closing, "STEP", 1)
    file = fill(owner, model_version)
    removed, steps = closing._remove_some, []

    def dies(rows):
        steps.append(rows.model)
        if len(steps) == died_at:
            raise KeyboardInterrupt
        return removed(rows)

    monkeypatch.setattr(closing, "_remove_some", dies)
    with pytest.raises(KeyboardInterrupt):
        closing.close(owner)
    assert ClosedAccount.objects.get().account == owner
    monkeypatch.setattr(closing, "_remove_some", removed)
    assert closing.remove_closed_accounts() == 1
    assert (User.objects.count(), Drawing.objects.count(), file.exists()) == (0, 0, False)
    assert closing.remove_closed_accounts() == 0


def test_file_is_deleted_before_its_row(owner, monkeypatch):
    """A process killed in between leaves the row, so the next one finds it."""
    sent = intake.accept_picture(owner, SimpleUploadedFile("7.png", picture()), Drawing.Source.UPLOAD)
    file = Path(sent.drawing.original.path)

    def dies(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as at_delete:
        at_delete.setattr("django.db.models.query.QuerySet.delete", dies)
        with pytest.raises(KeyboardInterrupt):
            closing._remove_some(Drawing.objects.filter(owner=owner))
    assert (file.exists(), Drawing.objects.count()) == (False, 1)


@pytest.mark.postgres
def test_closing_twice_is_harmless(owner, stranger):
    drawn_digit(owner)
    stale = User.objects.get(pk=owner.pk)
    assert closing.close(owner)
    assert closing.close(stale)
    assert set(User.objects.values_list("username", flat=True)) == {"stranger"}


def test_scheduler_sends_the_removal_again(settings):
    asked = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert tasks.remove_closed_accounts.name in asked
    assert current_app.amqp.router.route({}, tasks.remove_closed_accounts.name)["queue"].name == "training"


def test_account_is_closed_while_the_broker_is_down(owner, monkeypatch):
    def away(*_, **__):
        raise ConnectionError

    monkeypatch.setattr(closing, "AT_ONCE_S", 0)
    monkeypatch.setattr(current_app, "send_task", away)
    many_digits(owner, 2)
    assert closing.close(owner) is False
    assert ClosedAccount.objects.count() == 1


def test_last_administrator_cannot_close_their_account(staff, staff_client, owner):
    assert "the only administrator" in staff_client.get(CLOSE).text
    response = staff_client.post(CLOSE, {"password": PASSWORD})
    assert (response.status_code, User.objects.filter(pk=staff.pk, is_active=True).exists()) == (409, True)
    with pytest.raises(LastAdministrator):
        closing.close(staff)


def test_deactivated_administrator_does_not_count(staff, staff_client):
    User.objects.create_superuser("former", is_active=False)
    assert staff_client.post(CLOSE, {"password": PASSWORD}).status_code == 409


@pytest.mark.postgres
def test_one_of_two_administrators_can_close_their_account(staff, staff_client):
    User.objects.create_superuser("other", password=PASSWORD)
    assert staff_client.post(CLOSE, {"password": PASSWORD}).status_code == 302
    assert [user.username for user in User.objects.all()] == ["other"]


@pytest.mark.postgres
def test_staff_acts_stay_under_the_former_members_name(owner, staff, staff_client, model_version):
    User.objects.create_superuser("other")
    activate(model_version, kind=Activation.Kind.ROLLBACK, by=staff, reason="It reads sevens better.")
    run = staff_site.run(staff)
    digit = drawn_digit(owner)
    corrections.correct(digit, 7)
    corrections.review(ids=Correction.objects.values_list("pk", flat=True), accept=True, by=staff)
    LogEntry.objects.create(
        user=User.objects.get(username="other"),
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(staff.pk),
        object_repr="staff",
        action_flag=CHANGE,
        change_message="Changed staff.",
    )
    assert "“a former member”" in staff_client.get(CLOSE).text
    staff_client.post(CLOSE, {"password": PASSWORD})
    activation = Activation.objects.latest("pk")
    assert (activation.by_name, activation.reason) == (closing.FORMER_MEMBER, "It reads sevens better.")
    assert TrainingRun.objects.get(pk=run.pk).requested_by.username == closing.FORMER_MEMBER
    assert Correction.objects.get().reviewed_by.username == closing.FORMER_MEMBER
    assert (LogEntry.objects.get().object_repr, LogEntry.objects.get().change_message) == (closing.FORMER_MEMBER, "")
    assert not [row for row in chain(*everything().values()) if "staff" in row.replace("is_staff", "")]


def test_nobody_can_sign_in_as_the_former_member(staff, client):
    User.objects.create_superuser("other")
    staff_site.run(staff)
    closing.close(staff)
    member = User.objects.get(username=closing.FORMER_MEMBER)
    assert (member.is_active, member.has_usable_password(), member.is_staff) == (False, False, False)
    new = {"username": closing.FORMER_MEMBER, "password1": "brand-new-9-words", "password2": "brand-new-9-words"}
    assert client.post("/account/signup/", new).status_code == 200


def test_former_members_share_one_account(staff):
    other = User.objects.create_superuser("other")
    User.objects.create_superuser("third")
    for person in (staff, other):
        staff_site.run(person)
        closing.close(person)
    assert User.objects.filter(username=closing.FORMER_MEMBER).count() == 1
    assert TrainingRun.objects.filter(requested_by__username=closing.FORMER_MEMBER).count() == 2


def test_person_without_a_password_is_asked_to_set_one(owner, owner_client):
    owner.set_unusable_password()
    owner.save()
    owner_client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "/account/password/set/" in owner_client.get(CLOSE).text
    assert owner_client.post(CLOSE, {"password": ""}).status_code == 200
    assert User.objects.filter(username="owner").exists()


@pytest.mark.postgres
def test_removal_takes_few_statements(owner, model_version, django_assert_max_num_queries):
    many_digits(owner, 300, model_version)
    with django_assert_max_num_queries(110):  # two of the audit log, which has two references to a person; 11 of sheets
        closing.close(owner)
    assert (Digit.objects.count(), Prediction.objects.count(), ApiToken.objects.count()) == (0, 0, 0)
    assert Session.objects.count() == 0
