"""Signing in with a real OpenID provider: who gets in, what is refused, and which rights claims give."""

import json
from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import Group, User
from django.test import Client

from classifier.accounts import closing
from digitsite.signin import configuration
from tests import openid_provider
from tests.conftest import PASSWORD

LOGIN = "/account/openid/openid/login/"
ANNA = {"sub": "a-1", "preferred_username": "anna", "email": "anna@school.example", "name": "Anna Berg"}


@pytest.fixture(scope="module")
def process():
    with openid_provider.running() as provider:
        yield provider


@pytest.fixture
def provider(process, settings, db):
    given = configuration.openid(process.url, "School account", *openid_provider.CLIENT)
    settings.SOCIALACCOUNT_PROVIDERS = given["SOCIALACCOUNT_PROVIDERS"]
    process.is_for(**ANNA)
    return process


def sign_in(provider, browser, query=""):
    """The site's answer when the provider leads back to it."""
    leaving = browser.get(LOGIN + query)
    assert leaving.status_code == 302, leaving.text
    back = urlsplit(provider.leads_back(leaving.headers["Location"]))
    return browser.get(f"{back.path}?{back.query}")


def test_person_signs_in_and_comes_back_to_the_same_account(provider, client):
    assert "Sign in with School account" in client.get("/account/login/").text
    assert sign_in(provider, client, "?next=/history/").headers["Location"] == "/history/"
    assert client.get("/history/").status_code == 200
    anna = User.objects.get()
    assert (anna.username, anna.has_usable_password(), anna.is_staff) == ("anna", False, False)
    provider.is_for(**ANNA | {"preferred_username": "anna.berg"})
    again = Client()
    sign_in(provider, again)
    assert again.get("/account/").context["user"] == anna
    assert not SocialToken.objects.exists()
    assert "Anna Berg" not in json.dumps(SocialAccount.objects.get().extra_data)  # only what the site uses


def test_name_and_address_of_another_account_give_no_access_to_it(provider, owner, client):
    provider.is_for(sub="x", preferred_username="owner", email="owner@school.example", email_verified=True)
    owner.emailaddress_set.create(email="owner@school.example", verified=True, primary=True)
    assert sign_in(provider, client).status_code == 302
    assert client.get("/account/").context["user"] not in (owner, None)


@pytest.mark.parametrize(
    "faults",
    [
        {"signature": "of another key"},
        {"algorithm": "none"},
        {"algorithm": "HS256"},
        {"kid": "2"},
        {"claims": {"aud": "another site"}},
        {"claims": {"iss": "https://another.example"}},
        {"claims": {"exp": 1}},
        {"userinfo": {"sub": "b-2"}},
        {"down": "/token"},
        {"down": "/keys"},
        {"answer": {"error": "server_error"}},
    ],
    ids=str,
)
def test_answer_that_cannot_be_trusted_is_refused_with_a_sentence(provider, client, faults):
    provider.errs(**faults)
    answer = sign_in(provider, client)
    assert answer.status_code == 401
    assert "School account did not answer as it should" in answer.text
    assert not User.objects.exists()
    provider.errs()
    assert sign_in(provider, client).status_code == 302


def test_state_of_another_browser_or_none_is_refused(provider, client):
    leaving = client.get(LOGIN).headers["Location"]
    back = urlsplit(provider.leads_back(leaving))
    for query in (back.query, "code=1", "code=1&state=1", ""):
        answer = Client().get(f"{back.path}?{query}")
        assert answer.status_code == 401
        assert "You are not signed in" in answer.text
    assert not User.objects.exists()


def test_provider_out_of_reach_and_cancelling_are_said(provider, client, settings):
    provider.errs(answer={"error": "access_denied"})
    assert sign_in(provider, client).headers["Location"] == "/account/openid/cancelled/"
    provider.errs(down="/.well-known/openid-configuration")
    answer = client.get(LOGIN)
    assert (answer.status_code, "did not answer as it should" in answer.text) == (401, True)


def test_link_on_another_site_asks_first(provider, client):
    answer = client.get(LOGIN, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert f'href="{LOGIN}"' in answer.text


def test_claims_give_rights_at_each_sign_in_and_take_them_away(provider, client, settings):
    reviewers, others = Group.objects.create(name="Reviewers"), Group.objects.create(name="By hand")
    settings.OPENID_RIGHTS = {"teachers": ["staff", "Reviewers"], "typo": ["No such group"]}

    def rights_with(**claims):
        provider.is_for(**ANNA | claims)
        sign_in(provider, Client())
        anna = User.objects.get()
        return anna.is_staff, anna.is_superuser, set(anna.groups.values_list("name", flat=True))

    assert rights_with(groups=["pupils"]) == (False, False, set())
    User.objects.get().groups.add(others)
    assert rights_with(groups=["teachers", "superuser", "staff"]) == (True, False, {"Reviewers", "By hand"})
    assert rights_with() == (False, False, {"By hand"})
    settings.OPENID_RIGHTS_CLAIM = "realm_access.roles"
    assert rights_with(realm_access={"roles": ["teachers"]}) == (True, False, {"Reviewers", "By hand"})
    settings.OPENID_RIGHTS = {"it": ["staff", "superuser"]}
    assert rights_with(realm_access={"roles": "it"}) == (True, True, {"Reviewers", "By hand"})
    assert rights_with(realm_access={"roles": []}) == (False, False, {"Reviewers", "By hand"})
    assert reviewers.user_set.count() == 1


def test_without_mapping_rights_stay_as_staff_have_set_them(provider, client):
    sign_in(provider, client)
    User.objects.update(is_staff=True)
    provider.is_for(**ANNA, groups=["teachers"])
    sign_in(provider, Client())
    assert User.objects.get().is_staff


def test_closed_site_lets_in_only_people_it_knows(provider, client, settings):
    settings.OPENID_SIGNUP = False
    assert "Sign-up is closed" in sign_in(provider, client).text
    assert not User.objects.exists()
    settings.OPENID_SIGNUP, settings.SIGNUP_OPEN = True, False
    assert sign_in(provider, client).status_code == 302
    settings.OPENID_SIGNUP = False
    assert sign_in(provider, Client()).status_code == 302


def test_person_connects_an_account_and_disconnects_it(provider, owner, owner_client):
    owner_client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert "process=connect" in owner_client.get("/account/openid/").text
    sign_in(provider, owner_client, "?process=connect")
    account = SocialAccount.objects.get(user=owner)
    assert "anna" in owner_client.get("/account/openid/").text
    text = b"".join(owner_client.get("/export/digits.json")).decode()
    assert json.loads(text)["ways_in"]["accounts"][0]["id"] == "a-1"
    owner_client.post("/account/openid/", {"account": account.pk})
    assert not SocialAccount.objects.exists()


def test_last_way_in_cannot_be_disconnected(provider, client):
    sign_in(provider, client)
    answer = client.post("/account/openid/", {"account": SocialAccount.objects.get().pk})
    assert "Set a password first" in answer.text
    assert SocialAccount.objects.exists()


def test_closing_removes_the_connection(provider, client):
    sign_in(provider, client)
    assert closing.close(User.objects.get())
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"teachers": "staff"}'])
def test_rights_that_are_no_mapping_are_refused(text):
    with pytest.raises(ValueError, match="OPENID_RIGHTS"):
        configuration.rights(text)
