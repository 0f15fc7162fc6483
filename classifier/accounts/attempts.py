"""How often a password may be tried, and how long a person waits who tried too often.

Wrong passwords are counted for each account, never for an address: a school is one address. An account has three
counts, whose limits are in settings.ACCOUNT_RATE_LIMITS:

- `wrong_password_here`: from one address. It stops a person who guesses, and expires within minutes.
- `wrong_password`: from all addresses together. It stops many machines that guess the password of one account.
- `wrong_password_known`: from browsers in which somebody has signed in to this account before (a signed cookie says
  so). It is separate, so strangers who use up the other two lock nobody out of the browsers they use.

The price: in a browser that is new to the account, its owner waits as well, at most for the window of the limit that a
stranger has reached and only as long as the stranger goes on. A stranger at one address cannot reach `wrong_password`.
"""

import time

from allauth.core import ratelimit
from allauth.core.internal import ratelimit as counts  # the public module does not tell when a limit ends
from django.conf import settings
from django.core.cache import cache
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from classifier.jobs import room

APP = "allauth.account"
KNOWN_COOKIE = f"known_{settings.COOKIE_SUFFIX}"
SALT = "known browser"
KNOWN_FOR_S = 180 * 86400
KNOWN_AT_MOST = 30  # accounts in one browser: a computer in a classroom has many

# Seconds that a request waits while others count for the same address, before it is refused as if beyond the limit.
# With django-allauth's one second, a class that signs up together on a busy machine is refused. A killed process leaves
# a count locked for ten seconds.
counts.CACHE_LOCK_WAIT_TIMEOUT = 15


def count(request: HttpRequest, name: str) -> str:
    """Counts an attempt to sign in with this name. Returns the action whose limit refuses it, or "".

    Raises OSError if the disk is full.
    """
    for action, key in _keys(request, name):
        if not ratelimit.consume(request, action=action, key=key):
            room.check()  # a count that cannot be stored reads as one beyond the limit
            return action
    return ""


def forget(request: HttpRequest, name: str) -> None:
    """Forgets the attempts that were counted here: the password was right."""
    for action, key in _keys(request, name):
        ratelimit.clear(request, action=action, key=key)


def wait_s(request: HttpRequest, action: str, name: str = "") -> float:
    """The seconds until this action is allowed again; 0 if it is now.

    name: of the account, for the three actions above; for others, allauth's key.
    """
    key = dict(_keys(request, name)).get(action, name) if name else None
    waits, now = [0.0], time.time()
    for rate in counts.get_rates(app=APP, action=action):
        if rate.per == "key" and key is None:
            continue
        place = counts.get_cache_key(request, app=APP, action=action, rate=rate, key=key)
        allowed, times = counts.apply_rate(cache.get(place, []), now, rate, dry_run=True)
        if not allowed:
            waits.append(times[-1] + rate.duration - now)  # when the oldest is no longer counted
    return max(waits)


def remember_browser(request: HttpRequest, response: HttpResponse, name: str) -> None:
    """Marks the browser as one in which this account is used. The cookie holds no names, only keyed hashes."""
    names = [_hash(name), *(each for each in _known(request) if each != _hash(name))]
    response.set_signed_cookie(
        KNOWN_COOKIE,
        "-".join(names[:KNOWN_AT_MOST]),
        salt=SALT,
        max_age=KNOWN_FOR_S,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _keys(request: HttpRequest, name: str) -> list[tuple[str, str]]:
    """The actions that count an attempt, with their keys. Not the host: a request may name any port there."""
    name = name.lower()
    if _hash(name) in _known(request):
        return [("wrong_password_known", name)]
    return [("wrong_password_here", f"{name} {counts.get_ip(request)}"), ("wrong_password", name)]


def _known(request: HttpRequest) -> list[str]:
    try:
        return str(request.get_signed_cookie(KNOWN_COOKIE, "", salt=SALT, max_age=KNOWN_FOR_S)).split("-")
    except BadSignature:
        return []


def _hash(name: str) -> str:
    return salted_hmac(SALT, name.lower()).hexdigest()[:16]
