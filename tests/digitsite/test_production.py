"""Production: the compose file is valid and holds no secret, and its commands run."""

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from digitsite.supervision import worker_command
from tests.environment import BASE_DIR, clean_environment
from tests.metrics import named_in_deploy, names, samples
from tests.services import free_port, redis_running, running, wait_until

COMPOSE = BASE_DIR / "docker-compose.yml"
SERVICES = yaml.safe_load(COMPOSE.read_text())["services"]
LASTING = ["web", "inference", "training", "sheets", "scheduler"]
METRICS_TOKEN = "of-prometheus-in-this-test"
OURS = ["migrate", "samples", *LASTING]


def test_compose_file_conforms_to_the_specification():
    checker = Path(sys.executable).parent / "check-jsonschema"
    result = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", COMPOSE], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout


def test_compose_file_has_every_service_and_holds_no_secret():
    assert {"proxy", "db", "redis", *OURS} == set(SERVICES)
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD"):
        given = re.findall(rf"\b{name}: (.*)", COMPOSE.read_text())
        assert given
        assert all(value.startswith("${" + name + ":?") for value in given)


def test_inference_can_be_scaled():
    assert "container_name" not in SERVICES["inference"]
    assert "ports" not in SERVICES["inference"]


@pytest.mark.parametrize("name", ["proxy", "db", "redis", *LASTING])
def test_every_long_running_service_has_a_health_check(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize(
    ("ours", "proxys"), [("UPLOAD_MAX_MB", "PROXY_MAX_BODY_MB"), ("BATCH_MAX_MB", "PROXY_MAX_BATCH_MB")]
)
def test_proxy_accepts_what_the_site_accepts(ours, proxys):
    compose = COMPOSE.read_text()
    site, proxy = (int(re.search(rf"{name}: \$\{{{name}:-(\d+)\}}", compose)[1]) for name in (ours, proxys))
    assert proxy > site


def test_only_the_training_image_has_tensorflow():
    stages = dict(re.findall(r"^FROM \S+ AS (\S+)\n(.*?)(?=^FROM|\Z)", dockerfile(), re.MULTILINE | re.DOTALL))
    assert "web-packages /venv" in stages["web"]
    assert "training.txt" not in stages["web-packages"]
    assert "training.txt" in stages["training-packages"]
    assert "tensorflow" not in (BASE_DIR / "requirements/web.txt").read_text()
    for image in ("web", "training"):
        assert re.search(r"^USER (?!root)", stages[image], re.MULTILINE)


def test_images_copy_only_what_the_build_context_contains():
    allowed = {line[1:] for line in (BASE_DIR / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(\S+)", dockerfile(), re.MULTILINE)
    assert {path.split("/")[0] for path in copied} == allowed
    assert all((BASE_DIR / path).exists() for path in copied)


def dockerfile() -> str:
    return (BASE_DIR / "Dockerfile").read_text()


@pytest.mark.parametrize("queue", ["inference", "training"])
def test_workers_are_the_same_in_production(queue):
    """What was measured and tested under `make run` holds for production."""
    program, script, *arguments = worker_command(queue)
    assert SERVICES[queue]["command"] == ["python", Path(script).name, *arguments]
    assert program == sys.executable


def test_training_image_runs_its_service():
    assert f"CMD {json.dumps(SERVICES['training']['command'])}" in dockerfile()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_commands_of_the_compose_file_answer_together(postgres, tmp_path):
    """The commands and settings run on a real PostgreSQL and Redis, and /readyz reports that all is well."""
    port = free_port()
    settings = {
        **{name: str(value) for name, value in SERVICES["web"]["environment"].items() if "$" not in str(value)},
        "SECRET_KEY": "only for this test, but long enough",
        "DATABASE_URL": postgres,
        "REDIS_URL": f"unix://{tmp_path / 'redis.sock'}?db=0",
        "DATA_DIR": str(tmp_path / "data"),
        "ALLOWED_HOSTS": "digits.example,localhost",
        "TRUSTED_PROXIES": "1",
        "METRICS_TOKEN": METRICS_TOKEN,
        "DJANGO_SETTINGS_MODULE": "digitsite.settings",
    }
    environment = clean_environment() | settings
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    collect = ["python", "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=BASE_DIR, env=environment, check=True)  # as the image build does
    with ExitStack() as stack:
        stack.enter_context(redis_running(tmp_path / "redis.sock"))
        migrated = subprocess.run(
            SERVICES["migrate"]["command"], cwd=BASE_DIR, env=environment, capture_output=True, text=True
        )
        assert migrated.returncode == 0, migrated.stderr
        started = []
        for name in LASTING:
            command = [here(part, port, tmp_path) for part in SERVICES[name]["command"]]
            command[0] = shutil.which(command[0], path=environment["PATH"]) or command[0]
            log = tmp_path / f"{name}.log"
            started.append(stack.enter_context(running(command, log, cwd=BASE_DIR, env=environment)))
        wait_until(lambda: answers(port, "/readyz"), 60, "/readyz answers 200", every_s=0.2)
        assert answers(port, "/healthz")
        wait_until(lambda: told_to_prometheus(port) >= named_in_deploy(), 30, "all figures are told", every_s=0.5)
        wait_until(lambda: b" ready." in (tmp_path / "training.log").read_bytes(), 30, "training is ready")
        assert all(process.poll() is None for process in started)


def here(part: str, port: int, folder: Path) -> str:
    """Translates a word of a command to its form outside a container."""
    own = {"0.0.0.0:8000": f"127.0.0.1:{port}", "/tmp/schedule": str(folder / "schedule")}  # noqa: S108
    return own.get(part, part)


def told_to_prometheus(port: int) -> set[str]:
    """The names of the figures, asked for as in the network of the containers: by address and token."""
    headers = {"Host": "10.0.0.3:8000", "Authorization": f"Bearer {METRICS_TOKEN}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return names(samples(answer.read().decode()))


def answers(port: int, path: str) -> bool:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": "digits.example"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
