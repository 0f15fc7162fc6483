"""The log files of a real site: each line is JSON, names its request, and holds nothing that people keep secret."""

import base64
import io
import json
import re
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from http.cookiejar import CookieJar

import pytest

from tests.factories import pad_form, picture, seven
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

PASSWORD, NEW_PASSWORD = "violet-otter-59-lamp", "amber-heron-83-cliff"
STROKES = [[[61.5, 62.25], [219.75, 60.5], [131.25, 239.75]]]
FAIL = """
from celery import current_app
from classifier.jobs import trace
from classifier.jobs.questions import Question, ask
trace.begin({"request_id": "failing-1", "drawing": "d-1"})
ask(Question(["PIXELS"], [{}], predictions=[1, 2]))
current_app.send_task("classifier.no_such_task", [["PIXELS"]], queue="inference")
"""


class Browser:
    """A person's browser, whose requests have the given id."""

    def __init__(self, site: Site) -> None:
        self.site, self.jar = site, CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def send(self, path: str, body: bytes | None = None, **headers: str) -> tuple[str, str]:
        """Returns the X-Request-ID of the answer, and its text."""
        request = urllib.request.Request(self.site.url + path, body, {"Referer": self.site.url, **headers})
        try:
            answer = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.headers["X-Request-ID"], answer.read().decode(errors="replace")

    def post(self, path: str, form: dict[str, str], name: str) -> tuple[str, str]:
        token = next((cookie.value for cookie in self.jar if cookie.name.startswith("csrftoken")), "")
        body = urllib.parse.urlencode({**form, "csrfmiddlewaretoken": token or ""}).encode()
        return self.send(path, body, **{"X-Request-ID": name})

    def upload(self, path: str, field: str, filename: str, content: bytes, name: str, **headers: str) -> str:
        edge = "edge-of-a-part"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="{filename}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        kind = f"multipart/form-data; boundary={edge}"
        return self.send(path, body, **{"Content-Type": kind, "X-Request-ID": name, **headers})[1]


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("seven.png", picture(seven(200)))
    return file.getvalue()


def log_text(site: Site, program: str) -> str:
    return "".join(file.read_text(errors="replace") for file in (site.data_dir / "logs").glob(f"{program}*"))


def everything_people_do(site: Site) -> list[str]:
    """Signs up, in and out, draws, uploads, fails. Returns what no line may have."""
    person = Browser(site)
    person.send("/account/signup/")
    form = {"username": "ines", "email": "ines@school.example", "password1": PASSWORD, "password2": PASSWORD}
    person.post("/account/signup/", form, "sign-up")
    person.post("/account/logout/", {}, "sign-out")
    person.send("/account/login/")
    person.post("/account/login/", {"login": "ines", "password": NEW_PASSWORD}, "wrong")
    person.post("/account/login/", {"login": "ines", "password": PASSWORD}, "sign-in")
    person.post("/drawings/", pad_form(strokes=json.dumps(STROKES)), "draw-1")
    person.post("/account/password/reset/", {"email": "ines@school.example"}, "reset")
    person.send("/account/password/reset/key/2-d9kq3u-5c1f7a/")
    person.send("/account/password/reset/key/2-d9kq3u-5c1f7a/nowhere/")
    token = site.manage("create_token", "ines").split()[-1]
    key = {"Authorization": f"Token {token}"}
    body = json.dumps({"strokes": STROKES, "size": [280, 280], "pen": 18}).encode()
    person.send("/api/v1/digits/", body, **{"Content-Type": "application/json", "X-Request-ID": "api-1", **key})
    person.send("/api/v1/digits/", b'{"strokes": [[["x"', **{"Content-Type": "application/json", **key})
    person.upload("/api/v1/digits/", "image", "seven.png", picture(seven()), "upload-1", **key)
    person.upload("/api/v1/digits/", "image", "broken.png", picture(seven())[:300], "upload-2", **key)
    person.upload("/api/v1/batches/", "file", "digits.zip", archive(), "batch-1", **key)
    person.send("/api/v1/digits/", None, Authorization=f"Token {token[:-3]}xyz")
    pixels = base64.b64encode(seven(28).tobytes()).decode()
    site.manage("shell", "--no-imports", "-c", FAIL.replace("PIXELS", pixels))
    cookies = [cookie.value or "" for cookie in person.jar if cookie.name.startswith(("sessionid", "csrftoken"))]
    assert len(cookies) == 2
    in_numbers = [str(seven(28).tolist())[300:330], "62.25", "219.75"]
    return [PASSWORD, NEW_PASSWORD, token, token[:-3], "d9kq3u", pixels[200:240], *in_numbers, *cookies]


@pytest.mark.slow
def test_logs_follow_the_work_and_hold_no_secret(tmp_path):
    site = Site.prepare(tmp_path, LOG_FORMAT="json", LOG_LEVEL="DEBUG")
    site.start(300)
    try:
        secrets = everything_people_do(site)
        for program, name in [
            ("web", "draw-1"), ("web", "api-1"), ("web", "upload-1"), ("web", "batch-1"),
            ("inference", "draw-1"), ("inference", "api-1"), ("inference", "upload-1"), ("inference", "batch-1"),
            ("inference", "failing-1"),
        ]:  # fmt: skip
            line = f'"request_id": "{name}", "(drawing|batch)": "'
            wait_until(lambda: re.search(line, log_text(site, program)), 60, f"{program} logs {name}")  # noqa: B023
        wait_until(lambda: "no_such_task" in log_text(site, "inference"), 30, "the unknown task is logged")
        trained(site)
    finally:
        site.stop()
    files = [*(site.data_dir / "logs").iterdir(), site.terminal]
    written = "\n".join(file.read_text(errors="replace") for file in files)
    assert [secret for secret in secrets if secret in written] == []
    assert "Mail to ines@school.example: " in written
    assert re.findall("password/reset/key/[^…]", written) == []
    assert "ValueError" in written
    for program in ("web", "inference", "scheduler"):
        lines = [line for line in log_text(site, program).splitlines() if line and not line.startswith("INFO: ")]
        assert all(json.loads(line)["level"] for line in lines), program


def trained(site: Site) -> None:
    """A run that a person requests carries the id into the process that trains."""
    code = (
        "from classifier.jobs import trace; trace.begin({'request_id': 'train-1'})\n"
        "from training.runs.requests import request_run; from training.runs.recipe import Recipe\n"
        "print(request_run(recipe=Recipe(architecture='first_cnn', epochs=1), by=None)[0].public_id)"
    )
    run = site.manage("shell", "--no-imports", "-c", code).split()[-1]
    ids = f'"request_id": "train-1", "trainingrun": "{run}"'
    wait_until(lambda: f"Training run {run} begins" in log_text(site, "training"), 90, "the run begins")
    assert all(ids in line for line in log_text(site, "training").splitlines() if f"{run} begins" in line)
    cancel = "from training.models import TrainingRun as R; from training.runs.lifecycle import cancel_run\n"
    site.manage("shell", "--no-imports", "-c", cancel + "cancel_run(R.objects.get())")
