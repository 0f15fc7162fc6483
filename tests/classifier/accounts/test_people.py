"""The staff's page of people: finding them, what they use, and what staff may do to their accounts."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classifier.accounts import closing, invitations
from classifier.accounts.people import acts, usage, ways_in
from classifier.accounts.tokens import create_token
from classifier.digits import intake
from classifier.errors import MayNotManage, OwnAccount
from classifier.models import Drawing
from tests.archives import waiting_batch
from tests.classifier.digits.test_concurrent_saves import at_once
from tests.conftest import PASSWORD
from tests.factories import many_digits, picture
from tests.markup import flat
from tests.numbers import drawn_number
from tests.staff_site import staff_client as staff_with

LIST = "/staff/people/"
SEE, MANAGE, GRANT = "auth.view_user", "auth.change_user", "auth.change_permission"
REVIEW = "classifier.review_correction"

pytestmark = pytest.mark.django_db


def at(person, act=""):
    return f"{LIST}@{person.username}/{act}"


def names(client, query=""):
    return {row["person"].username for row in client.get(f"{LIST}{query}").context["rows"]}


def signed_in(name="owner"):
    client = Client()
    client.post("/account/login/", {"login": name, "password": PASSWORD})
    return client


def clerk_of(client):
    return client.get("/").wsgi_request.user


def give(person, *permissions):
    for each in permissions:
        app, name = each.split(".")
        person.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=name))
    person.is_staff = True
    person.save()


def may(person, permission):
    return User.objects.get(pk=person.pk).has_perm(permission)


def test_people_are_found_by_name_and_e_mail(staff_client, owner, stranger):
    User.objects.filter(pk=owner.pk).update(email="ada@example.org")
    EmailAddress.objects.create(user=stranger, email="second@Example.org")
    assert names(staff_client) == {"owner", "stranger", "staff"}
    assert names(staff_client, "?q=OWN") == {"owner"}
    assert names(staff_client, "?q=ada@") == {"owner"}
    assert names(staff_client, "?q=second") == {"stranger"}
    assert names(staff_client, "?q=nobody") == set()
    assert names(staff_client, "?q=%00") == {"owner", "stranger", "staff"}


def test_people_are_filtered(staff_client, staff, owner, stranger):
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    invited = User(username="ada")
    invitations.join(invited, invitations.invite(by=staff)[0].public_id)
    assert names(staff_client, "?show=staff") == {"staff"}
    assert names(staff_client, "?show=disabled") == {"stranger"}
    assert names(staff_client, "?show=invited") == {"ada"}
    assert names(staff_client, "?show=nonsense") == {"ada", "owner", "stranger", "staff"}


def test_accounts_that_are_being_removed_are_not_listed(staff_client, owner, stranger, monkeypatch):
    monkeypatch.setattr(closing, "remove", lambda *_: False)
    closing.close(owner)
    closing._former_member()
    assert names(staff_client) == {"stranger", "staff"}
    owner.refresh_from_db()
    assert staff_client.get(at(owner)).status_code == 404


def test_list_is_paged_and_keeps_what_was_asked(staff_client):
    User.objects.bulk_create(User(username=f"pupil{number}", password="!") for number in range(30))
    first, second = staff_client.get(f"{LIST}?q=pupil"), staff_client.get(f"{LIST}?q=pupil&page=2")
    assert (len(first.context["rows"]), len(second.context["rows"])) == (25, 5)
    assert "q=pupil&amp;page=2" in first.text
    assert staff_client.get(f"{LIST}?page=99").context["page"].number == 2


def test_row_says_what_a_person_uses(staff_client, owner, model_version):
    data = picture()
    intake.accept_picture(owner, SimpleUploadedFile("7.png", data), Drawing.Source.UPLOAD)
    drawn_number(owner)
    batch = waiting_batch(owner, {"7.png": data})
    create_token(owner, "scanner")
    (row,) = staff_client.get(f"{LIST}?q=owner").context["rows"]
    assert (row["usage"].digits, row["usage"].numbers, row["usage"].batches, row["usage"].tokens) == (3, 1, 1, 1)
    assert (row["usage"].pictures, row["usage"].archives) == (len(data), batch.size)
    assert row["usage"].stored == len(data) + batch.size
    assert row["ways"] == ["password"]
    text = staff_client.get(at(owner)).text
    assert "scanner" in text


def test_row_says_how_a_person_signs_in(owner, stranger):
    stranger.set_unusable_password()
    SocialAccount.objects.create(user=stranger, provider="school", uid="7")
    for kind in ("totp", "recovery_codes", "webauthn", "webauthn"):
        Authenticator.objects.create(user=owner, type=kind, data={})
    assert dict(ways_in.of([owner, stranger])) == {
        owner.pk: ["password", "second factor", "passkey"],
        stranger.pk: ["school"],
    }


def test_counts_stop_at_a_limit(staff_client, owner, model_version, monkeypatch):
    monkeypatch.setattr(usage, "COUNTED_TO", 4)
    monkeypatch.setattr("classifier.pages.people.views.COUNTED_TO", 4)
    many_digits(owner, 9, model_version)
    (row,) = staff_client.get(f"{LIST}?q=owner").context["rows"]
    assert row["usage"].digits == 5
    assert "over 4" in flat(staff_client.get(LIST).text)


@pytest.mark.postgres
def test_usage_reads_no_table_of_digits(owner, model_version):
    """A person may have a million digits: each count walks an index that begins with the owner."""
    many_digits(owner, 3, model_version)
    with CaptureQueriesContext(connection) as queries:
        assert usage.of([owner])[owner.pk].digits == 3
    (query,) = queries
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            steps = [row[3] for row in cursor.fetchall()]
        scans = [step for step in steps if step.startswith("SCAN")]
        assert scans and not [step for step in scans if "counted" not in step and "added" not in step]
        for index in ("digit_owner", "number_owner", "drawing_sizes", "drawing_owner_newest"):
            assert [step for step in steps if f"INDEX {index} (owner_id=?" in step], (index, steps)


def test_last_seen_is_the_newest_trace(owner, model_version):
    now = timezone.now()

    def seen():
        return usage.of([owner])[owner.pk].last_seen

    assert seen() is None
    traces = [now - timedelta(days=days) for days in (4, 3, 2, 1)]
    User.objects.filter(pk=owner.pk).update(last_login=traces[0])
    assert seen() == traces[0]
    UserSession.objects.create(user=owner, session_key="x", ip="::1", user_agent="", last_seen_at=traces[1])
    assert seen() == traces[1]
    token, _ = create_token(owner, "scanner")
    token.last_used = traces[2]
    token.save()
    assert seen() == traces[2]
    many_digits(owner, 1)
    Drawing.objects.update(created=traces[3])
    assert seen() == traces[3]
    Drawing.objects.update(created=now + timedelta(days=400))  # an import may bring any date
    assert seen() == traces[2]


def test_disabled_person_is_out_at_once_until_enabled(staff_client, owner, owner_token):
    browser, key = signed_in(), {"Authorization": f"Token {owner_token}"}
    assert browser.get("/history/").status_code == 200
    assert "To undo this" in staff_client.post(at(owner, "disable/"), follow=True).text
    assert browser.get("/history/").status_code == 302
    assert browser.get("/api/v1/digits/", headers=key).status_code == 401
    assert signed_in().get("/history/").status_code == 302
    assert not UserSession.objects.filter(user=owner).exists()
    staff_client.post(at(owner, "enable/"))
    assert browser.get("/history/").status_code == 302  # the session has ended
    assert browser.get("/api/v1/digits/", headers=key).status_code == 200
    assert signed_in().get("/history/").status_code == 200


def test_disabling_leaves_the_sessions_of_others(staff_client, owner, stranger):
    signed_in("stranger")
    before = Session.objects.count()
    signed_in("owner")
    staff_client.post(at(owner, "disable/"))
    assert Session.objects.count() == before


def test_link_for_a_new_password_is_shown_once(staff_client, owner):
    answer = staff_client.post(at(owner, "password-link/"))
    assert "http://testserver/account/password/reset/key/" in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert "/reset/key/" not in staff_client.get(at(owner)).text
    User.objects.filter(pk=owner.pk).update(is_active=False)
    refused = staff_client.post(at(owner, "password-link/"))
    assert (refused.status_code, "Enable it first" in refused.text) == (403, True)


def test_acts_are_in_the_log(staff_client, staff, owner):
    for act in ("disable/", "enable/", "password-link/"):
        staff_client.post(at(owner, act))
    staff_client.post(at(owner, "rights/"), {"kind": "staff", "permissions": [REVIEW]})
    entries = LogEntry.objects.filter(user=staff, object_id=str(owner.pk)).order_by("pk")
    assert [entry.get_change_message() for entry in entries] == [
        "Disabled the account.",
        "Enabled the account.",
        "Made a link to choose a new password.",
        "Changed the rights: staff; review corrections.",
    ]


def test_rights_are_given_and_taken(staff_client, owner):
    group = Group.objects.create(name="teachers")
    given = {"kind": "staff", "permissions": [REVIEW, MANAGE], "groups": [group.pk]}
    assert staff_client.post(at(owner, "rights/"), given).status_code == 302
    assert all(may(owner, right) for right in (REVIEW, MANAGE, SEE))  # acting includes seeing
    assert list(owner.groups.all()) == [group]
    staff_client.post(at(owner, "rights/"), {"kind": "staff", "permissions": [REVIEW]})
    assert (may(owner, REVIEW), may(owner, MANAGE), owner.groups.count()) == (True, False, 0)
    staff_client.post(at(owner, "rights/"), {"kind": "person"})
    owner.refresh_from_db()
    assert (owner.is_staff, owner.user_permissions.count()) == (False, 0)
    staff_client.post(at(owner, "rights/"), {"kind": "administrator"})
    owner.refresh_from_db()
    assert (owner.is_staff, owner.is_superuser) == (True, True)


def test_permissions_outside_the_page_stay(staff_client, owner):
    give(owner, "classifier.view_drawing")
    staff_client.post(at(owner, "rights/"), {"kind": "staff", "permissions": [REVIEW]})
    assert may(owner, "classifier.view_drawing")


def test_nobody_gives_more_than_they_have(owner):
    chief = staff_with(SEE, GRANT)
    big = Group.objects.create(name="trainers")
    big.permissions.add(Permission.objects.get(codename="add_trainingrun"))
    for wish in (
        {"kind": "administrator"},
        {"kind": "staff", "permissions": [REVIEW]},
        {"kind": "staff", "groups": [big.pk]},
    ):
        assert chief.post(at(owner, "rights/"), wish).status_code in (302, 400)
        owner.refresh_from_db()
        assert (owner.is_superuser, may(owner, REVIEW), owner.groups.count()) == (False, False, 0)
    by = clerk_of(chief)
    for wanted in (
        acts.Wanted(acts.Kind.ADMINISTRATOR),
        acts.Wanted(acts.Kind.STAFF, frozenset({REVIEW})),
        acts.Wanted(acts.Kind.STAFF, frozenset(), frozenset({big.pk})),
    ):
        with pytest.raises(MayNotManage):
            acts.change_rights(owner, wanted, by=by)
    chief.post(at(owner, "rights/"), {"kind": "staff", "permissions": [SEE]})
    assert may(owner, SEE)


@pytest.mark.parametrize("is_active", [True, False])
def test_nobody_acts_on_people_with_more_rights(staff, owner, is_active):
    clerk = staff_with(SEE, MANAGE, GRANT)
    give(owner, REVIEW)
    User.objects.filter(pk__in=(owner.pk, staff.pk)).update(is_active=is_active)
    for person in (owner, staff):
        for act in ("disable/", "enable/", "password-link/"):
            refused = clerk.post(at(person, act))
            assert (refused.status_code, "rights that you do not have" in refused.text) == (403, True)
        assert clerk.post(at(person, "rights/"), {"kind": "person"}).status_code == 403
        person.refresh_from_db()
        assert (person.is_active, person.is_staff) == (is_active, True)
        assert "<form" not in clerk.get(at(person)).text.partition("<main")[2]


def test_nobody_disables_themselves_or_takes_their_own_rights(staff_client, staff):
    for act, form in (("disable/", {}), ("rights/", {"kind": "person"}), ("rights/", {"kind": "staff"})):
        refused = staff_client.post(at(staff, act), form)
        assert (refused.status_code, "You cannot change your own account here" in refused.text) == (409, True)
    staff.refresh_from_db()
    assert (staff.is_active, staff.is_staff, staff.is_superuser) == (True, True, True)
    with pytest.raises(OwnAccount):
        acts.disable(staff, by=staff)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_disable_each_other_leave_one(staff):
    other = User.objects.create_superuser("other", password=PASSWORD)

    def disable(pair):
        try:
            acts.disable(pair[0], by=pair[1])
        except MayNotManage:
            return "refused"
        return "disabled"

    assert sorted(at_once(disable, [(staff, other), (other, staff)])) == ["disabled", "refused"]
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1


def test_each_act_needs_its_permission(owner):
    lookers, managers, granters = staff_with(SEE), staff_with(SEE, MANAGE), staff_with(SEE, GRANT)
    acting = ("disable/", "enable/", "password-link/")
    assert [lookers.post(at(owner, act)).status_code for act in (*acting, "rights/")] == [403] * 4
    assert [granters.post(at(owner, act)).status_code for act in acting] == [403] * 3
    assert managers.post(at(owner, "rights/"), {"kind": "staff"}).status_code == 403
    assert [managers.post(at(owner, act)).status_code for act in acting] == [302, 302, 200]
    assert granters.post(at(owner, "rights/"), {"kind": "staff"}).status_code == 302


def test_staff_without_the_permission_see_nothing(owner):
    clerk = staff_with(REVIEW)
    assert [clerk.get(path).status_code for path in (LIST, at(owner))] == [403, 403]
    assert LIST not in clerk.get("/staff/").text
    assert f'href="{LIST}"' in staff_with(SEE).get("/staff/").text


def test_acts_are_not_done_by_opening_an_address(staff_client, owner):
    for act in ("disable/", "enable/", "password-link/", "rights/"):
        assert staff_client.get(at(owner, act)).status_code == 405


def test_person_with_an_odd_name_can_be_managed(staff_client, db):
    for name in (".", "..", "a+b@c.example", "Åsa"):
        person = User.objects.create_user(name)
        assert staff_client.get(at(person)).status_code == 200
        assert staff_client.post(at(person, "disable/")).status_code == 302
        person.refresh_from_db()
        assert not person.is_active


def test_list_costs_the_same_however_many(staff_client, django_assert_max_num_queries):
    User.objects.bulk_create(User(username=f"pupil{number}", password="!") for number in range(25))
    with django_assert_max_num_queries(8):
        assert len(staff_client.get(LIST).context["rows"]) == 25
