"""What the processes load: TensorFlow nowhere but in training, LiteRT nowhere but in the inference workers."""

import os
import subprocess
import sys

import pytest

from tests.conftest import database_url
from tests.environment import BASE_DIR
from tests.factories import many_digits

WEB = """
from digitsite.wsgi import application
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from classifier.models import Digit, ModelVersion, Prediction
from tests.factories import answered, pad_form, picture
client = Client(headers={"HX-Request": "true"})
client.force_login(User.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend")
assert client.get("/").status_code == 200
assert client.post("/drawings/", pad_form()).status_code == 200
assert client.post("/pictures/", {"image": SimpleUploadedFile("x.png", picture())}).status_code == 200
assert client.post("/samples/").status_code == 200
digit = Digit.objects.latest("pk")
Prediction.objects.filter(digit=digit).update(**answered(ModelVersion.objects.active().get()))
assert '"bar"' in client.get(f"/digits/{digit.public_id}/").text  # the chart of a finished answer
assert 'data-state="busy"' in client.get(f"/digits/{digit.public_id}/why/").text
client.headers = {}
for path in ("/account/", "/account/close/", "/account/reauthenticate/", "/account/signup/"):
    assert "econd factor" not in client.get(path).text
assert "/account/openid/" not in client.get("/account/").text
assert "passkey" not in Client().get("/account/login/").text
for path in ("/history/", "/model/", "/account/tokens/", "/api/v1/digits/", "/healthz", "/readyz"):
    assert client.get(path).status_code in (200, 503), path
"""
INFERENCE = """
import django
from digitsite.celery import app
django.setup()
app.loader.import_default_modules()
from classifier import tasks
from classifier.models import Prediction
tasks.predict(list(Prediction.objects.values_list("pk", flat=True)))
assert Prediction.objects.filter(status="done").exists()
"""
WORKER = """
import django
django.setup()
from celery.apps.worker import Worker
from django.core.management import call_command
Worker.start = lambda self: None
try:
    call_command("worker", "training")
except SystemExit:
    pass
"""
PRINT = "\nimport sys; print(*(name for name in {names} if name in sys.modules))"
SIGNING_IN_OFF = {"SECOND_FACTORS": "", "OPENID_SERVER": ""}
HEAVY = ("tensorflow", "keras", "jax", "torch")


def loaded(program, names, **environment):
    """Which of these modules a fresh process has loaded after running the program."""
    given = os.environ | {"DJANGO_SETTINGS_MODULE": "digitsite.settings", "DEBUG": "true"} | environment
    given |= {"ALLOWED_HOSTS": "testserver", "ANSWER_WAIT_S": "0"}
    command = [sys.executable, "-W", "ignore", "-c", program + PRINT.format(names=names)]
    run = subprocess.run(command, cwd=BASE_DIR, env=given, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    return set(run.stdout.splitlines()[-1].split())


@pytest.fixture
def database(transactional_db, owner, model_version):
    return {"DATABASE_URL": database_url()}


def test_web_process_imports_neither_tensorflow_nor_litert_nor_plotly_nor_boto3(database):
    names = [*HEAVY, "ai_edge_litert", "plotly", "boto3", "storages", "classifier"]
    assert loaded(WEB, names, **database, **SIGNING_IN_OFF) == {"classifier"}


def test_ways_of_signing_in_are_neither_loaded_nor_shown_unless_switched_on(database):
    ways_in = ["allauth.mfa", "allauth.socialaccount", "fido2", "qrcode", "jwt", "requests"]
    ways_in += ["cryptography.hazmat"]  # the Redis client loads the package itself, which is small
    assert loaded(WEB, [*ways_in, "allauth.account"], **database, **SIGNING_IN_OFF) == {"allauth.account"}


def test_inference_process_imports_litert_and_no_tensorflow_plotly_or_web(database, owner):
    many_digits(owner, 1)  # stored without a job, which the worker of another test could take
    names = [*HEAVY, "ai_edge_litert", "plotly", "gunicorn", "prometheus_client", "boto3"]
    modules = loaded(INFERENCE, names, **database)
    assert modules == {"ai_edge_litert"}


def test_waiting_worker_loads_neither_celerys_shell_nor_numpy():
    heavy = [*HEAVY, "celery.bin", "click_repl", "prompt_toolkit", "ai_edge_litert", "numpy", "PIL"]
    heavy += ["prometheus_client"]
    assert loaded(WORKER, [*heavy, "celery.worker.components"]) == {"celery.worker.components"}


def test_training_worker_that_looks_for_something_to_measure_in_vain_loads_no_numpy(database):
    code = WORKER + "from training import tasks; tasks.measure_unmeasured()"
    assert loaded(code, ["numpy", "PIL", "training.evaluation.unmeasured"], **database) == {
        "training.evaluation.unmeasured"
    }


def test_decoding_server_loads_little():
    code = "import classifier.decoding.client"
    heavy = [*HEAVY, "django.db", "celery", "ai_edge_litert", "plotly", "redis"]
    assert loaded(code, [*heavy, "PIL", "numpy"]) == {"PIL", "numpy"}


def test_field_modules_know_nothing_of_django():
    code = "import classifier.recognition.preprocessing.pipeline, classifier.recognition.inference\n"
    code += "import classifier.recognition.preprocessing.strokes, classifier.decoding.client"
    assert loaded(code, ["django", "celery", "redis", "rest_framework"]) == set()
