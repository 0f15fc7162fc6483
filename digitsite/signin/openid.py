"""Signing in with an OpenID provider by allauth.socialaccount, which is adapted here in three ways.

- The provider's signature is always verified. allauth trusts the connection instead.
- Signing in begins with a link, not a form: the Content-Security-Policy lets no form lead to another site. A link on
  another site leads to a page that asks first.
- Claims of the provider give and take rights (OPENID_RIGHTS), and only claims that the site uses are stored.
"""

import logging
from typing import Any

import jwt
from allauth.account.signals import user_logged_in
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.adapter import get_adapter as social_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth.models import User
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from requests import RequestException

from classifier.accounts import rights

log = logging.getLogger(__name__)

SIGNATURES = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
CLOCKS_DIFFER_S = 60
KEPT_CLAIMS = ("sub", "preferred_username", "email")
# What a provider that answers wrongly, or not at all, makes the libraries raise.
ERRORS = (RequestException, OAuth2Error, jwt.PyJWTError, AttributeError, LookupError, TypeError, ValueError)


class VerifyingAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no annotations
    """Fetches and verifies what the provider says about a person."""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **more: Any) -> SocialLogin:
        """Raises one of ERRORS if the provider's answer is not to be trusted."""
        id_token = self._decode_id_token(app, more["response"]["id_token"])
        userinfo = self._fetch_user_info(token.token) if "userinfo_endpoint" in self.openid_config else {}
        if userinfo and userinfo.get("sub") != id_token["sub"]:
            raise OAuth2Error("The provider's user info is about another person than its token.")
        claims = {**id_token, **userinfo}
        said = {name: claims[name] for name in KEPT_CLAIMS if name in claims}
        said[OpenIdAdapter.RIGHTS] = sorted(claimed(claims, settings.OPENID_RIGHTS_CLAIM))
        return self.get_provider().sociallogin_from_response(request, {"userinfo": said})

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        head = jwt.get_unverified_header(id_token)
        if head["alg"] not in SIGNATURES:
            raise OAuth2Error(f"The provider's token is signed with {head['alg']}.")
        claims: dict[str, Any] = jwt.decode(
            id_token,
            self._key(head.get("kid")),
            algorithms=[head["alg"]],
            audience=app.client_id,
            issuer=self.openid_config["issuer"],
            leeway=CLOCKS_DIFFER_S,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
        return claims

    def _key(self, key_id: str | None) -> jwt.PyJWK:
        """The provider's key of this id; without an id, its only key."""
        with social_adapter().get_requests_session() as session:
            response = session.get(self.openid_config["jwks_uri"])
            response.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(response.json()).keys
        found = [key for key in keys if key_id in (None, key.key_id)]
        if len(found) != 1:
            raise OAuth2Error("The provider's token is signed with an unknown key.")
        return found[0]


class OpenIdAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no annotations
    RIGHTS = "rights_claim"

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": "Without this account you could not sign in any more. Set a password first.",
        "connected_other": "This account is connected to another account of this site.",
    }

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return bool(settings.OPENID_SIGNUP)

    def on_authentication_error(self, request: HttpRequest, provider: Any, **more: Any) -> None:
        log.warning("Signing in with %s failed: %s, %s", provider.name, more.get("error"), more.get("exception"))


def claimed(claims: dict[str, Any], name: str) -> set[str]:
    """The values of a claim. name: of the claim, or a path with dots to it, such as realm_access.roles."""
    value: Any = claims.get(name)
    if value is None:
        value = claims
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        return set()
    return {str(each) for each in (value if isinstance(value, list) else [value])}


@receiver(user_logged_in)
def settle_rights(user: User, sociallogin: SocialLogin | None = None, **_: Any) -> None:
    """Gives a person who has just signed in the rights that the provider's claim means here, and takes the others."""
    if sociallogin is None or not settings.OPENID_RIGHTS:
        return
    values = sociallogin.account.extra_data["userinfo"][OpenIdAdapter.RIGHTS]
    given = {right for value in values for right in settings.OPENID_RIGHTS.get(value, [])}
    rights.settle(user, given, {right for each in settings.OPENID_RIGHTS.values() for right in each})


def _safely(request: HttpRequest, provider_id: str, view: Any) -> HttpResponse:
    """Answers with a sentence, and logs the cause, if the provider cannot be reached or answers wrongly."""
    adapter = VerifyingAdapter(request, provider_id)
    try:
        provider = adapter.get_provider()
    except SocialApp.DoesNotExist:
        raise Http404 from None
    try:
        response: HttpResponse = view.adapter_view(adapter)(request)
    except ERRORS as error:
        response = render_authentication_error(request, provider, exception=error)
    return response


@require_safe
@never_cache
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Leads to the provider; from a link on another site, asks first."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return render(request, "socialaccount/login.html", {"provider_name": settings.OPENID_NAME})
    return _safely(request, provider_id, OAuth2LoginView)


@require_safe
@never_cache
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the provider leads back to."""
    return _safely(request, provider_id, OAuth2CallbackView)
