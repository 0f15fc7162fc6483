"""Backups of a site while people draw and upload, restored on either database, and killed in the middle."""

import itertools
import threading
import time
import urllib.error
import urllib.request

import pytest

from digitsite.backup.target import Target
from tests.archives import zipped
from tests.backups import Installation
from tests.factories import picture
from tests.faults.test_killed_processes import ACCEPTED, Person
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(1800)]
PNG = picture()
PEOPLE = 3
# Rows that a second of inserting takes, so that a kill meets it.
MANY = """
from django.contrib.auth.models import User
from django.utils import timezone
from classifier.models import IdempotencyKey
owner = User.objects.first()
IdempotencyKey.objects.bulk_create([
    IdempotencyKey(owner=owner, digest=str(n), fingerprint="f" * 64, created=timezone.now()) for n in range(30_000)
], batch_size=500)
"""


class Load:
    """People who draw, upload pictures and start batches until the block ends."""

    def __init__(self, site: Site) -> None:
        self.people = [Person(site, name) for name in ("ida", "udo", "eva")[:PEOPLE]]
        self.uploads = self.batches = 0
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=[person]) for person in self.people]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def accepted(self) -> set[str]:
        return {digit for person in self.people for digit in list(person.accepted)}

    def _work(self, person: Person) -> None:
        for turn in itertools.count():
            if self._stopped.wait(0.05):
                return
            if turn % 3 == 0:
                self.uploads += upload(person, "/api/v1/digits/", "image", "seven.png", PNG)
            elif turn % 20 == 1:
                archive = zipped({f"{name}.png": PNG for name in range(5)})
                self.batches += upload(person, "/api/v1/batches/", "file", "digits.zip", archive)
            else:
                person.send()


def upload(person: Person, path: str, field: str, name: str, content: bytes) -> bool:
    """Whether the site accepts a file."""
    head = f'--edge-of-it\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode()
    headers = {"Authorization": f"Token {person.token}", "Content-Type": "multipart/form-data; boundary=edge-of-it"}
    body = head + content + b"\r\n--edge-of-it--\r\n"
    request = urllib.request.Request(person.site.url + path, body, headers | {"Prefer": "respond-async"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status in ACCEPTED
    except OSError:
        return False


@pytest.fixture
def new_database(request):
    """A function that returns the address of an empty database: `postgresql`, or empty for SQLite in the folder."""
    numbers = itertools.count(1)

    def new(kind: str) -> str:
        if kind == "sqlite":
            return ""
        server = request.getfixturevalue("postgres_server")
        return str(server.create_database(f"backups_{next(numbers)}_{time.time_ns()}"))

    return new


def site_in(folder, database: str) -> tuple[Site, Installation]:
    variables = {"DATABASE_URL": database} if database else {}
    return Site.prepare(folder, API_RATE="", **variables), Installation(folder, database)


@pytest.mark.parametrize(("source", "aim"), [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_site_under_load_is_restored_row_by_row_and_file_by_file(tmp_path, new_database, source, aim):
    site, installation = site_in(tmp_path / "site", new_database(source))
    target = tmp_path / "target"
    site.start(300)
    try:
        with Load(site) as load:
            wait_until(lambda: len(load.accepted()) > 40 and load.uploads > 10 and load.batches, 120, "people draw")
            before = load.accepted()
            site.manage("backup", str(target))
            assert len(load.accepted()) > len(before)  # they went on
    finally:
        site.stop()
    under_load = Installation(tmp_path / "under-load", new_database(aim))
    under_load.manage("restore", str(target))
    here, there = installation.contents(), under_load.contents()
    assert there["triggers"] and there["copies are right"]
    # What people had sent before is there, and nothing that was not: drawings and files do not change.
    assert all(any(digit in row for row in there["rows"]["classifier_digit"]) for digit in before)
    assert set(there["rows"]["classifier_drawing"]) <= set(here["rows"]["classifier_drawing"])
    assert under_load.files().items() <= installation.files().items()
    named = [row for table in ("drawing", "batch") for row in there["rows"][f"classifier_{table}"]]
    assert all(any(name in row for row in named) for name in under_load.files() if not name.startswith("models/"))
    # At rest, everything is the same.
    installation.manage("backup", str(target))
    at_rest = Installation(tmp_path / "at-rest", new_database(aim))
    at_rest.manage("restore", str(target))
    assert at_rest.contents() == here
    assert at_rest.files() == installation.files()
    # And the restored site works: keys of new rows follow those restored.
    again, _ = site_in(at_rest.data_dir, at_rest.database)
    again.start(300)
    try:
        person = Person(again, "new")
        assert person.send() in ACCEPTED
        assert upload(person, "/api/v1/digits/", "image", "seven.png", PNG)
        person.wait_for_all()
    finally:
        again.stop()


@pytest.fixture
def filled(tmp_path, new_database):
    """An installation with many rows and some files, without processes."""

    def fill(kind: str) -> Installation:
        installation = Installation(tmp_path / "site", new_database(kind))
        for command in (["migrate"], ["createcachetable"], ["register_bundled"], ["shell", "--no-imports", "-c"]):
            user = "from django.contrib.auth.models import User; User.objects.create_user('ida')\n" + MANY
            installation.manage(*command, *([user] if command[0] == "shell" else []))
        return installation

    return fill


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_backup_is_not_seen_and_the_next_one_is_whole(tmp_path, filled, kind):
    installation, target = filled(kind), tmp_path / "target"
    for moment in (".unfinished*/rows", ".unfinished*/rows/auth.user.jsonl.gz", ".unfinished*/files.jsonl.gz"):
        process = installation.popen("backup", str(target))
        is_there = lambda m=moment, p=process: list(target.glob(m)) or p.poll() is not None  # noqa: E731
        wait_until(is_there, 120, "a backup is written", 0.001)
        process.kill()
        process.communicate()
        assert len(Target(target).backups()) == 0 or process.returncode == 0
    installation.manage("backup", str(target), "--keep", "1")
    assert sorted(path.name for path in target.iterdir())[1:] == [Target(target).backups()[0].name, "files"]
    installation.manage("restore", str(target), "--check")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_restore_leaves_no_half_site_and_is_done_again(tmp_path, filled, new_database, kind):
    installation, target = filled("sqlite"), tmp_path / "target"
    installation.manage("backup", str(target))
    restored, refused = Installation(tmp_path / "restored", new_database(kind)), 0
    for tenths in itertools.count(5, 7):
        process = restored.popen("restore", str(target))
        time.sleep(tenths / 10)
        done = process.poll() is not None
        process.kill()
        output = process.communicate()[0]
        if done or "only into an empty installation" in output:
            break
        if "interrupted" in (said := restored.popen("migrate", "--check").communicate(timeout=120)[0]):
            assert "Run `manage.py restore` again" in said
            refused += 1
    assert refused
    restored.manage("migrate")  # what a restore that was killed at its end has left to do
    assert restored.contents() == installation.contents()
    assert restored.files() == installation.files()
