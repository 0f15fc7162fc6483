"""What django-allauth is told about second factors and OpenID Connect. Imports none of it."""

import json
from typing import Any

FACTORS = {"totp": "totp", "passkey": "webauthn"}  # as settings name them, and as allauth does
SWITCHES = {"mfa": "SECOND_FACTORS", "socialaccount": "OPENID_SERVER"}  # the setting that each app waits for
PROVIDER_ID = "openid"  # in addresses, and of the accounts that people connect
PASSKEY_LIMIT = "1500/5m/ip"  # as many as may sign in with a password: an address may be a school
# An https address; the operator's own machine may do without.
SERVER = r"(https://[^\s/]+(/\S*)?|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/\S*)?)?\Z"


def apps(factors: list[str], server: str) -> list[str]:
    """The apps that these settings switch on."""
    of_provider = ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
    return [*(["allauth.mfa"] if factors else []), *(of_provider if server else [])]


def second_factors(factors: list[str], staff_need_one: bool) -> dict[str, Any]:
    """The settings of allauth.mfa. Raises ValueError if staff need a factor that nobody can have."""
    if not factors:
        if staff_need_one:
            raise ValueError("STAFF_SECOND_FACTOR needs SECOND_FACTORS, such as totp,passkey.")
        return {}
    return {
        "MFA_ADAPTER": "digitsite.signin.second_factor.SecondFactorAdapter",
        "MFA_SUPPORTED_TYPES": [*(FACTORS[factor] for factor in factors), "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        # People sign in with names. An e-mail address is optional, and a site without mail cannot confirm any.
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
        "MFA_RATE_LIMITS": {"webauthn_login": PASSKEY_LIMIT},
        "MFA_FORMS": {
            "add_webauthn": "digitsite.signin.passkeys.AddForm",
            "authenticate_webauthn": "digitsite.signin.passkeys.AuthenticateForm",
            "login_webauthn": "digitsite.signin.passkeys.LoginForm",
            "reauthenticate_webauthn": "digitsite.signin.passkeys.ReauthenticateForm",
        },
    }


def openid(server: str, name: str, client_id: str, secret: str) -> dict[str, Any]:
    """The settings of allauth.socialaccount. Raises ValueError without a client."""
    if not server:
        return {}
    if not client_id:
        raise ValueError("OPENID_SERVER needs OPENID_CLIENT_ID, by which the provider knows this site.")
    app = {
        "provider_id": PROVIDER_ID,
        "name": name,
        "client_id": client_id,
        "secret": secret,
        "settings": {"server_url": server.rstrip("/")},
    }
    return {
        "SOCIALACCOUNT_ADAPTER": "digitsite.signin.openid.OpenIdAdapter",
        "SOCIALACCOUNT_PROVIDERS": {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}},
        # A form would be sent on to the provider, which the Content-Security-Policy forbids; see signin.openid.
        "SOCIALACCOUNT_LOGIN_ON_GET": True,
    }


def rights(text: str) -> dict[str, list[str]]:
    """The rights that each value of the claim gives, from JSON. Raises ValueError."""
    says = 'OPENID_RIGHTS must be like {"teachers": ["staff", "Reviewers"]}.'
    try:
        given = json.loads(text or "{}")
    except ValueError as error:
        raise ValueError(f"{says} It is not JSON: {error}") from error
    if not isinstance(given, dict) or not all(isinstance(each, list) for each in given.values()):
        raise ValueError(says)
    return {value: [str(right) for right in each] for value, each in given.items()}
