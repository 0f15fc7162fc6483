"""The site's settings in a temporary folder, changed to make tests fast."""

import os

from tests import environment
from tests.services import postgres_folder

DATA_DIR = environment.isolate()
ON_POSTGRESQL = os.environ.get("TEST_DATABASE") == "postgresql"
if ON_POSTGRESQL:  # the `postgres` fixture starts a server there
    os.environ["DATABASE_URL"] = f"postgres://digitsite@{str(postgres_folder()).replace('/', '%2F')}/digitsite"

from digitsite.settings import *  # noqa: E402, F403
from digitsite.settings import DATABASES, STORAGES  # noqa: E402

if not ON_POSTGRESQL:
    # A file, not memory: the inference worker reads it too.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
