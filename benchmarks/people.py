"""Creates signed-in users: `python -m benchmarks.people 16` in the site's environment; prints JSON.

It creates their sessions directly: signing in is rate limited and is not measured.
"""

import json
import os
import sys

import django
from django.conf import settings

CSRF = "b" * 32  # any word of 32 letters is a secret; cookie and header must agree


def make(count: int) -> list[dict[str, str]]:
    """Creates users, each with the cookies of a signed-in browser and an API key."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    from classifier.accounts.tokens import create_token  # imports models, so Django must be set up

    made = []
    for number in range(count):
        user = User.objects.create_user(f"person-{number}")
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        cookies = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={CSRF}"
        made.append({"cookies": cookies, "token": create_token(user, "benchmark")[1]})
    return made


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    django.setup()
    print(json.dumps(make(int(sys.argv[1]))))
