"""Without Redis, what people send is stored, shown as waiting, and answered later."""

import json
import os
import subprocess
import sys

import pytest

from classifier.digits.predictions import answer_predictions
from classifier.models import Drawing, Prediction
from tests.conftest import database_url
from tests.environment import BASE_DIR

PROGRAM = """
import json, sys, time, django
django.setup()
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.factories import pad_form, picture, SEVEN
owner = User.objects.get(username="owner")
client = Client(headers={"HX-Request": "true"})
client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
sketch = json.dumps({"strokes": SEVEN, "size": [280, 280], "pen": 18})
start = time.monotonic()
answers = {
    "draw": client.post("/drawings/", pad_form()),
    "upload": client.post("/pictures/", {"image": SimpleUploadedFile("x.png", picture())}),
    "sample": client.post("/samples/"),
    "preview": client.post("/drawings/preview/", pad_form()),
    "api": client.post("/api/v1/digits/", sketch, content_type="application/json"),
    "history": client.get("/history/"),
    "home": client.get("/"),
    "model": client.get("/model/"),
    "sign in": Client().post("/account/login/", {"login": "owner", "password": "wrong"}),
    "health": client.get("/healthz"),
    "ready": client.get("/readyz"),
}
print(time.monotonic() - start)
print(json.dumps({name: [answer.status_code, "Working on it" in answer.text] for name, answer in answers.items()}))
"""


@pytest.fixture
def run(transactional_db, owner, model_version):
    """The responses of a web process without Redis, and the seconds that all of them take."""
    environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    environment |= {"REDIS_URL": "redis://127.0.0.1:1/0", "ANSWER_WAIT_S": "1"}
    environment |= {"ALLOWED_HOSTS": "testserver", "DEBUG": "true"}  # for plain static files
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], cwd=BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    took_s, answers = done.stdout.splitlines()[-2:]
    return json.loads(answers), float(took_s)


def test_everything_is_stored_waiting_and_answered_later(run):
    answers, took_s = run
    waiting = {name: answers.pop(name) for name in ("draw", "upload", "sample")}
    assert waiting == {name: [200, True] for name in waiting}
    assert {name: status for name, (status, _) in answers.items()} == {
        "preview": 204,
        "api": 202,
        "history": 200,
        "home": 200,
        "model": 200,
        "sign in": 200,
        "health": 200,
        "ready": 503,
    }
    assert (Drawing.objects.count(), set(Prediction.objects.values_list("status", flat=True))) == (4, {"queued"})
    assert answer_predictions(Prediction.objects.values_list("pk", flat=True)) == 4
    assert took_s < 15  # of eleven requests; each would hold a thread for 6 s if sending were tried again and again
