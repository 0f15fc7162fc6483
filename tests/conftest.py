"""The people and real servers that tests may request. Nothing here touches the operator's own data.

People      owner, stranger, staff; owner_client, stranger_client, staff_client (signed in), client (not signed in)
Servers     redis_server (always running), unread_queue, inference_worker, live_site, postgres, chromium
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn

import pytest
import redis
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.test import Client
from xdist.scheduler import LoadScopeScheduling

from classifier.digits.registry import BUNDLED, SUFFIXES, activate, register_version
from classifier.jobs import broker
from classifier.models import Activation, ModelVersion
from tests import services
from tests.environment import WAYS_IN
from tests.services import ServiceMissing, Site

FILE_FIELDS = {f"{suffix}_file" for suffix in SUFFIXES}
PASSWORD = "seven-of-nine-7"
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
ON_POSTGRESQL = os.environ.get("TEST_DATABASE") == "postgresql"


class OneServerEach(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no annotations
    """Tests run in any free process; those that share an expensive server run in the same one, first.

    (The groups of pytest-xdist 3.8 have no effect under pytest 9.2.)
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/digitsite/test_running.py"):  # it may use the site of the fault tests
            return "tests/faults/"
        shared = ("tests/faults/", "tests/e2e/", "tests/training/")
        return next((start for start in shared if nodeid.startswith(start)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneServerEach:
    return OneServerEach(config, log)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skips reading files without a test for PostgreSQL when only those run."""
    if config.option.markexpr.startswith("postgres ") and collection_path.name.startswith("test_"):
        return "mark.postgres" not in collection_path.read_text() or None
    return None


def missing(error: ServiceMissing) -> NoReturn:
    """Skips a test and names the missing program; fails in continuous integration, which has all of them."""
    if IN_CI:
        pytest.fail(str(error), pytrace=False)
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[services.PostgresServer]:
    """A private PostgreSQL server, which a test may stop and start again."""
    try:
        services.postgres_program("initdb")
    except ServiceMissing as error:
        missing(error)
    with services.postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres(postgres_server: services.PostgresServer) -> str:
    """The address of an empty database `digitsite` of a private PostgreSQL server."""
    return postgres_server.url()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest, django_db_modify_db_settings: None) -> None:
    """Under TEST_DATABASE=postgresql every test with a database needs the server."""
    if ON_POSTGRESQL:
        request.getfixturevalue("postgres")


_sql_flush = SQLite.ops_class.sql_flush


def _flush_with_audit_log(self: Any, *args: Any, **more: Any) -> list[str]:
    """Tests with transactions of their own empty all tables, also the log that refuses it; `flush` makes the trigger
    again."""
    return ["DROP TRIGGER IF EXISTS audit_kept", *_sql_flush(self, *args, **more)]


setattr(SQLite.ops_class, "sql_flush", _flush_with_audit_log)  # noqa: B010 - mypy knows no methods that change
broker.ANSWERS_WITHIN_S = 10.0  # a machine that tests keep busy may stop Redis for seconds


@pytest.fixture(scope="session", autouse=True)
def _redis_process() -> Iterator[redis.Redis]:
    socket, url = django_settings.REDIS_SOCKET, django_settings.REDIS_URL
    with services.redis_running(socket), redis.Redis.from_url(url) as client:
        yield client


@pytest.fixture(autouse=True)
def redis_server(_redis_process: redis.Redis) -> redis.Redis:
    """A client of the test process's Redis, which is empty except for Celery's own keys."""
    if left := [key for key in _redis_process.scan_iter() if not key.startswith((b"_kombu", b"unacked"))]:
        _redis_process.delete(*left)
    if broker.connection().breaker.is_open:  # opened by a test in which Redis was away
        broker.connection.cache_clear()
    return _redis_process


def database_url() -> str:
    """The address of the test database for another process."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    return f"postgres://{given['USER']}@{given['HOST'].replace('/', '%2F')}/{given['NAME']}"


class Worker:
    """The process's only inference worker. It starts for the first test that needs it and runs until the end."""

    log = Path(django_settings.DATA_DIR) / "inference.log"

    def __init__(self) -> None:
        self.running: AbstractContextManager[Any] | None = None

    def start(self) -> None:
        if self.running is None:
            self.running = services.worker_running(self.log, DATABASE_URL=database_url())
            self.running.__enter__()

    def stop(self) -> None:
        if self.running is not None:
            self.running.__exit__(None, None, None)
            self.running = None


@pytest.fixture(scope="session")
def _worker(django_db_setup: None, _redis_process: redis.Redis) -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.stop()


@pytest.fixture(autouse=True)
def _no_worker_unasked(request: pytest.FixtureRequest) -> None:
    """Stops the worker before a test that commits without asking for it: it would do what that test sends."""
    mark = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (mark is not None and mark.kwargs.get("transaction"))
    if commits and "inference_worker" not in request.fixturenames:
        request.getfixturevalue("_worker").stop()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with a worker are the last, so it starts once."""
    items.sort(key=lambda item: "inference_worker" in getattr(item, "fixturenames", ()))


@pytest.fixture
def inference_worker(transactional_db: None, _worker: Worker, model_version: Any, settings: Any) -> Path:
    """A real Celery worker on the test's own database and Redis; requests wait for it. Returns its log file."""
    _worker.start()
    settings.ANSWER_WAIT_S = 10
    return _worker.log


@pytest.fixture
def unread_queue(_worker: Worker, redis_server: redis.Redis) -> redis.Redis:
    """Redis without a worker, so a test can look at the jobs in the queue."""
    _worker.stop()
    return redis_server


@pytest.fixture(scope="session")
def live_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole site as `make run` starts it, with its own folder and port; tests must not break it."""
    site = Site.prepare(tmp_path_factory.mktemp("live"), API_RATE="1000000/minute", **WAYS_IN)
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def breakable_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Another whole site, for tests that kill its processes and wait until it has recovered."""
    site = Site.prepare(tmp_path_factory.mktemp("breakable"))
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    try:
        program = services.chromium_program()
    except ServiceMissing as error:
        missing(error)
    # Playwright keeps an event loop in this thread, where Django would refuse to use its database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=services.chromium_arguments())
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, live_site: Site) -> Iterator[Callable[..., Any]]:
    """open_page(width=1280, height=800, **options of Playwright's new_context) → a page on the live site, signed out.

    Errors in the browser's console fail the test unless it removes them from `page.console_errors`.
    """
    contexts, pages = [], []

    def tell(page: Any, entry: Any) -> None:
        page.console_errors.append(f"{entry.text} {entry.location['url']}")

    def open_one(width: int = 1280, height: int = 800, **options: Any) -> Any:
        context = chromium.new_context(
            base_url=live_site.url, viewport={"width": width, "height": height}, reduced_motion="reduce", **options
        )
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.console_errors = []
        page.on("console", lambda entry: tell(page, entry) if entry.type == "error" else None)
        page.on("pageerror", lambda error: page.console_errors.append(str(error)))
        contexts.append(context)
        pages.append(page)
        return page

    yield open_one
    errors = [error for page in pages for error in page.console_errors]
    for context in contexts:
        context.close()
    assert not errors, f"The browser's console: {errors}"


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    return open_page()


@pytest.fixture
def owner(db: None) -> User:
    """The person whose data a test is about."""
    return get_user_model().objects.create_user("owner", password=PASSWORD)


@pytest.fixture
def stranger(db: None) -> User:
    """Another person, who must not see that data."""
    return get_user_model().objects.create_user("stranger", password=PASSWORD)


@pytest.fixture
def staff(db: None) -> User:
    """An administrator."""
    return get_user_model().objects.create_superuser("staff", password=PASSWORD)


def _signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def owner_client(owner: User) -> Client:
    return _signed_in(owner)


@pytest.fixture
def stranger_client(stranger: User) -> Client:
    return _signed_in(stranger)


@pytest.fixture
def staff_client(staff: User) -> Client:
    return _signed_in(staff)


def _token(person: User) -> str:
    printed = StringIO()
    call_command("create_token", person.get_username(), stdout=printed)
    return printed.getvalue().split()[-1]


@pytest.fixture
def owner_token(owner: User) -> str:
    """An API key of the owner's, for `Authorization: Token …`."""
    return _token(owner)


@pytest.fixture
def stranger_token(stranger: User) -> str:
    return _token(stranger)


class Registered:
    """The bundled network, really registered once; later tests get a copy of its row and the same files."""

    def __init__(self) -> None:
        self.row: dict[str, Any] = {}
        self.metadata = ""  # as text: a test may change its copy
        self.written: dict[str, int] = {}  # the modification time of each of its files, in ns

    def version(self) -> Any:
        storage = ModelVersion._meta.get_field("tflite_file").storage

        def when(name: str) -> int:
            return Path(storage.path(name)).stat().st_mtime_ns if storage.exists(name) else 0

        if self.row and all(when(name) == then for name, then in self.written.items()):
            return ModelVersion.objects.create(**self.row, metadata=json.loads(self.metadata))
        version = register_version(BUNDLED / "first_cnn")  # a test changed its files, or has another storage
        fields = {each.attname for each in version._meta.concrete_fields} - {"id", "public_id", "created", "metadata"}
        self.row = {name: getattr(version, name) for name in fields - FILE_FIELDS}
        self.row |= {field: getattr(version, field).name for field in FILE_FIELDS}
        self.metadata = json.dumps(version.metadata)
        self.written = {self.row[field]: when(self.row[field]) for field in FILE_FIELDS}
        return version


REGISTERED = Registered()


@pytest.fixture
def model_version(db: None) -> Any:
    """The bundled network, registered and in service, as the only version."""
    version = REGISTERED.version()
    activate(version, kind=Activation.Kind.SET_UP)
    return version
