"""Every setting is documented; an invalid value stops the start and the error names its variable."""

import os
import re
import subprocess
import sys

import pytest

from tests.environment import BASE_DIR, clean_environment, documented_variables

# Read by docker compose only: documented, but not a setting.
READ_ELSEWHERE = {"POSTGRES_PASSWORD", "HTTP_PORT", "PROXY_SCHEME", "PROXY_MAX_BODY_MB", "PROXY_MAX_BATCH_MB"}


def read_by_the_code() -> set[str]:
    names: set[str] = set()
    for name in ("settings.py", "gunicorn.py"):
        text = (BASE_DIR / "digitsite" / name).read_text()
        names |= set(re.findall(r"""(?:env\.\w+|environ\.get)\(\s*"([A-Z][A-Z0-9_]+)""", text))
    return names


def test_example_lists_every_variable_that_is_read():
    assert set(documented_variables()) == read_by_the_code() | READ_ELSEWHERE


def test_each_variable_has_a_line_that_explains_it():
    lines = (BASE_DIR / ".env.example").read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r"# ?[A-Z][A-Z0-9_]*=", line):
            assert re.match(r"# [A-Za-z].{10,}", lines[number - 1]), line


def test_compose_passes_on_only_documented_variables():
    named = set(re.findall(r"\$\{([A-Z0-9_]+)", (BASE_DIR / "docker-compose.yml").read_text()))
    assert named <= set(documented_variables())


def settings_loaded_with(tmp_path, **variables):
    return subprocess.run(
        [sys.executable, "-c", "import digitsite.settings"],
        cwd=BASE_DIR,
        env=clean_environment() | {"DATA_DIR": str(tmp_path)} | variables,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("UPLOAD_MAX_MB", "-3"),
        ("PICTURE_MAX_MEGAPIXELS", "many"),
        ("ANSWER_WAIT_S", "900"),
        ("TRUSTED_PROXIES", "-1"),
        ("SCRIPT_NAME", "digits"),
        ("SCRIPT_NAME", "/digits?x"),
        ("LOG_LEVEL", "LOUD"),
        ("API_RATE", "often"),
        ("API_RATE", "0/minute"),
        ("TRY_RATE", "often"),
        ("METRICS_TOKEN", "guessed"),
        ("RETRAIN_WEEKLY", "sometimes"),
        ("SECOND_FACTORS", "sms"),
        ("STAFF_SECOND_FACTOR", "true"),  # without SECOND_FACTORS
        ("OPENID_SERVER", "http://provider.example"),
        ("OPENID_SERVER", "https://provider.example"),  # without OPENID_CLIENT_ID
        ("OPENID_RIGHTS", "[]"),
        ("RETRAIN_MIN_CORRECTIONS", "0"),
        ("WEBHOOK_HOSTS", "https://hooks.example.org/path"),
        ("WEBHOOK_HOSTS", "*"),
        ("WEBHOOK_HOSTS", "hooks.example.org:70000"),
        ("S3_ENDPOINT_URL", "s3.example"),
        ("S3_ENDPOINT_URL", "https://s3.example"),  # without S3_BUCKET
    ],
)
def test_invalid_value_stops_the_start(tmp_path, name, value):
    result = settings_loaded_with(tmp_path, **{name: value})
    assert result.returncode != 0
    assert name in result.stderr


def test_key_of_a_store_is_whole(tmp_path):
    result = settings_loaded_with(tmp_path, S3_BUCKET="digits", S3_ACCESS_KEY="name")
    assert "S3_ACCESS_KEY and S3_SECRET_KEY belong together" in result.stderr


def test_first_start_creates_a_secret_key_and_keeps_it(tmp_path):
    assert settings_loaded_with(tmp_path).returncode == 0
    key = (tmp_path / "secret_key").read_text()
    assert len(key) > 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    settings_loaded_with(tmp_path)
    assert (tmp_path / "secret_key").read_text() == key


def cookie_names(data_dir, **variables):
    code = "from digitsite import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.COOKIE_SUFFIX)"
    environment = clean_environment() | {"DATA_DIR": str(data_dir)} | variables
    done = subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, env=environment, capture_output=True, text=True)
    return set(done.stdout.split())


def test_cookies_have_names_of_their_own_for_each_site(tmp_path):
    """Two sites on one host share its cookies; the containers of one site share names."""
    one, again = (cookie_names(tmp_path / "one") for _ in range(2))
    other, copied = cookie_names(tmp_path / "other"), cookie_names(tmp_path / "other", SECRET_KEY="the same for two")
    assert one == again
    assert len(one) == 3
    assert not one & other
    assert not copied & cookie_names(tmp_path / "one", SECRET_KEY="the same for two")


def test_machines_of_a_site_share_the_names_of_its_cookies(tmp_path):
    shared = {"SECRET_KEY": "the same for two", "S3_BUCKET": "digits"}
    one, other = (cookie_names(tmp_path / name, **shared) for name in ("one", "other"))
    assert one == other
    assert not one & cookie_names(tmp_path / "one", **shared | {"S3_BUCKET": "another"})


def test_neither_web_nor_worker_imports_tensorflow(tmp_path):
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'digitsite.settings'\n"
        "import django; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "from digitsite import celery_app; celery_app.loader.import_default_modules()\n"
        "from classifier.recognition.inference import preload; preload()\n"
        "import sys; print(sorted({m.split('.')[0] for m in sys.modules} & {'tensorflow', 'keras'}))"
    )
    environment = os.environ | {"DATA_DIR": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
