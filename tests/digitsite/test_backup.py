"""Backups: what is in them, what is copied again, and which are refused."""

import gzip
import json
import re
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.db import connection, transaction

from classifier.models import Digit, Drawing, IdempotencyKey
from digitsite import preparation, supervision
from digitsite.backup import emptiness, files, parts, rows, writing
from digitsite.backup.errors import BackupError
from digitsite.backup.manifest import Manifest, Table
from digitsite.backup.progress import Progress
from digitsite.backup.target import Target
from tests.backups import Installation, everything, rows_of_backup
from tests.environment import WAYS_IN
from tests.factories import stored_stack
from tests.numbers import answer_all, drawn_number

pytestmark = pytest.mark.django_db(transaction=True)
PRECISE = datetime(2026, 11, 29, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def number(owner, model_version):
    """A person with an answered number, one of whose digits has a picture file."""
    with transaction.atomic():  # a worker that another test has started is told when all is answered
        digit = drawn_number(owner)
        answer_all(model_version, 4, 7)
    store(digit.drawing, b"picture one")
    return digit


def store(drawing: Drawing, content: bytes) -> str:
    drawing.original.save("seven.png", ContentFile(content))
    return drawing.original.name


def another_drawing(number: Digit) -> Drawing:
    return Drawing.objects.create(owner=number.drawing.owner, source="upload", width=280, height=280)


def back_up(target: Path, *options: str) -> Path:
    """Returns the folder of the new backup."""
    call_command("backup", str(target), *options, verbosity=0)
    return Target(target).backups()[-1]


def files_of(backup: Path) -> dict[str, str | None]:
    lines = gzip.decompress((backup / "files.jsonl.gz").read_bytes()).decode().splitlines()
    return {name: checksum for name, _, _, checksum in map(json.loads, lines)}


def copied(output: str) -> int:
    """How many files a backup says that it has copied."""
    return int(re.search(r"of which (\d+)", output)[1])


@pytest.mark.postgres
def test_every_value_is_written_in_full(number, tmp_path):
    Digit.objects.update(created=PRECISE)
    written = rows_of_backup(back_up(tmp_path / "target"))
    (digit, _), names = written["classifier.digit"], [field.attname for field in rows.columns(Digit)]
    values = dict(zip(names, json.loads(digit), strict=True))
    assert values["created"] == PRECISE.isoformat()
    assert b64decode(values["pixels"]) == Digit.objects.get(pk=values["id"]).pixels
    assert len(written["classifier.prediction"]) == 2


def test_tables_between_others_are_written_and_sessions_are_not(owner, owner_client, tmp_path):
    owner.groups.add(Group.objects.create(name="teachers"))
    written = rows_of_backup(back_up(tmp_path / "target"))
    assert len(written["auth.user_groups"]) == 1
    assert not [name for name in written if "session" in name]


def test_second_backup_copies_only_new_files(number, tmp_path, capsys):
    target = tmp_path / "target"
    back_up(target)
    other = store(another_drawing(number), b"picture two")
    capsys.readouterr()
    second = back_up(target)
    assert copied(capsys.readouterr().out) == 1
    assert {number.drawing.original.name, other} < files_of(second).keys()


def test_unchanged_files_are_not_read_again(number, tmp_path, monkeypatch):
    back_up(tmp_path / "target")
    monkeypatch.setattr(default_storage, "open", None)
    back_up(tmp_path / "target")


def test_deleted_file_stays_in_earlier_backups_until_they_are_removed(number, tmp_path):
    target = tmp_path / "target"
    first, name = back_up(target), number.drawing.original.name
    checksum = files_of(first)[name]
    default_storage.delete(name)
    Drawing.objects.update(original="")
    second = back_up(target)
    assert name not in files_of(second)
    assert Target(target).blobs.path(checksum).read_bytes() == b"picture one"
    third = back_up(target, "--keep", "2")
    assert Target(target).backups() == [second, third]
    assert not Target(target).blobs.path(checksum).exists()
    call_command("restore", str(target), "--check", verbosity=0)


class Meanwhile:
    """What others do between copying files and reading rows: a function for each time."""

    def __init__(self, monkeypatch, *deeds):
        self.left, self._snapshot = list(deeds), writing.snapshot
        monkeypatch.setattr(writing, "snapshot", self)

    def __call__(self):
        if self.left:
            self.left.pop(0)()
        return self._snapshot()


def test_file_that_arrives_while_files_are_copied_is_in_the_backup(number, tmp_path, monkeypatch):
    late = another_drawing(number)
    Meanwhile(monkeypatch, lambda: store(late, b"late"))
    backup = back_up(tmp_path / "target")
    late.refresh_from_db()
    assert files_of(backup)[late.original.name]


def test_file_that_is_deleted_before_it_is_copied_moves_the_backup_to_a_later_moment(number, tmp_path, monkeypatch):
    """A row names it at the first moment, but its file is gone; at the second moment neither is there."""
    brief = another_drawing(number)

    def arrive():
        store(brief, b"brief")
        default_storage.delete(brief.original.name)

    meanwhile = Meanwhile(monkeypatch, arrive, lambda: None)
    still = files.Named.still
    monkeypatch.setattr(files.Named, "still", lambda file: Drawing.objects.filter(pk=brief.pk).delete() and still(file))
    backup = back_up(tmp_path / "target")
    assert not meanwhile.left
    assert brief.original.name not in files_of(backup)
    assert len(rows_of_backup(backup)["classifier.drawing"]) == 1


def test_file_that_the_storage_has_lost_is_named_and_stops_nothing(number, tmp_path, capsys):
    name = number.drawing.original.name
    default_storage.delete(name)
    assert files_of(back_up(tmp_path / "target"))[name] is None
    assert name in capsys.readouterr().err


def test_interrupted_backup_is_not_seen_and_leaves_nothing(number, tmp_path, monkeypatch):
    target = tmp_path / "target"
    left = target / ".unfinished-9"
    left.mkdir(parents=True)
    with monkeypatch.context() as patched, pytest.raises(CommandError, match="No backup was made"):
        patched.setattr(writing.Manifest, "write", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
        call_command("backup", str(target))
    assert {path.name for path in target.iterdir()} == {"files", ".lock"}
    with pytest.raises(CommandError, match="no whole backup"):
        call_command("restore", str(target), "--check")


def test_two_backups_do_not_write_at_the_same_time(tmp_path):
    target = Target(tmp_path / "target")
    with target.writing(), pytest.raises(CommandError, match="Another backup"):
        call_command("backup", str(target.folder))


def flip(path: Path) -> None:
    """Changes one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


@pytest.mark.parametrize("part", ["manifest.json", "files.jsonl.gz", "rows/auth.user.jsonl.gz", "../files/*/*"])
def test_changed_bit_anywhere_in_a_backup_is_found(number, tmp_path, part):
    backup = back_up(tmp_path / "target")
    call_command("restore", str(backup), "--check")
    flip(next(backup.glob(part) if ".." not in part else backup.parent.glob(part[3:])))
    with pytest.raises(CommandError, match=r"(?s)damaged.*Choose another backup"):
        call_command("restore", str(backup), "--check")


def test_backup_of_a_newer_version_is_refused(owner, tmp_path):
    backup = back_up(tmp_path / "target")
    manifest = Manifest.read(backup)
    manifest.migrations.append(("classifier", "0999_of_tomorrow"))
    (backup / "manifest.json").unlink()
    manifest.write(backup)
    with pytest.raises(CommandError, match=r"newer than this version.*classifier\.0999_of_tomorrow"):
        call_command("restore", str(backup), "--check")


def test_restore_into_an_installation_with_people_is_refused(owner, tmp_path, settings):
    backup = back_up(tmp_path / "target")
    with pytest.raises(CommandError, match="only into an empty installation; this one has users"):
        call_command("restore", str(backup))
    assert User.objects.get() == owner


def test_restore_beside_a_running_site_is_refused(tmp_path, settings):
    backup = back_up(tmp_path / "target")
    with supervision.locked(settings.DATA_DIR), pytest.raises(CommandError, match="Another site already runs"):
        call_command("restore", str(backup))


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor == "sqlite", reason="a lock keeps others from SQLite")
def test_restore_beside_other_connections_is_refused(db):
    other = connection.copy()
    other.ensure_connection()
    try:
        with pytest.raises(BackupError, match="Other programs use the database"):
            emptiness.check_alone()
    finally:
        other.close()


@pytest.mark.postgres
def test_database_that_a_newer_version_has_migrated_is_refused(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('training', '0999_of_tomorrow', %s)", [PRECISE]
        )
    try:
        with pytest.raises(CommandError, match=r"newer than this version.*training\.0999_of_tomorrow"):
            call_command("migrate", verbosity=0)
        with pytest.raises(preparation.NotUsable):  # of `runsite`
            preparation.migrate()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '0999_of_tomorrow'")


@pytest.mark.postgres
def test_half_restored_database_is_refused(db):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {preparation.RESTORING} (begun INTEGER)")
    try:
        with pytest.raises(CommandError, match="starts from the beginning"):
            call_command("migrate", verbosity=0)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {preparation.RESTORING}")


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("out", "shown"), [(Terminal(), ["Rows: 0 of 7", "Rows: 7"]), (StringIO(), ["Rows: 7"])])
def test_progress_is_shown_on_a_terminal(out, shown):
    progress = Progress(OutputWrapper(out))
    progress.begin("Rows", 7)
    progress.advance(7)
    progress.end()
    assert [line.strip() for line in out.getvalue().split("\r\x1b[K") if line] == shown


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_restored_installation_is_the_same(number, tmp_path):
    """Also over what preparation has made, and with copies, keys and files."""
    IdempotencyKey.objects.create(owner=number.drawing.owner, digest="d", fingerprint="f", created=PRECISE)
    stored_stack(number.drawing.owner)
    target = tmp_path / "target"
    back_up(target)
    restored = Installation(tmp_path / "restored", settings=WAYS_IN)
    assert "Start the site" in restored.manage("restore", str(target))
    assert restored.contents() == everything() == everything() | {"triggers": True, "copies are right": True}
    media = Path(default_storage.path(""))
    here = {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}
    assert restored.files().keys() == here
    assert "only into an empty installation" in restored.manage("restore", str(target), code=1)


LATER_TABLES = {f"classifier.{name}" for name in ("auditentry", "invitation", "joining", "retention")}


def without_column(backup: Path, table: Table, name: str) -> Table:
    """Writes a table of a backup without one of its columns."""
    place = table.columns.index(name)
    lines = list(parts.read(Table.file(backup, table.model), table.part))
    Table.file(backup, table.model).unlink()
    older = (json.dumps(row[:place] + row[place + 1 :]) for row in lines)
    part = parts.write(Table.file(backup, table.model), older)
    return Table(table.model, table.columns[:place] + table.columns[place + 1 :], part)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_backup_of_an_older_version_is_restored_and_migrated(number, tmp_path):
    """As it was before Digit.miscounted, which its migration computes, as a later one measures files."""
    Drawing.objects.filter(pk=number.drawing.pk).update(original_size=number.drawing.original.size)
    backup, newest = back_up(tmp_path / "target"), ("classifier", "0012_miscounted_numbers")
    later = {"classifier.digit": "miscounted", "classifier.drawing": "original_size"}
    manifest = Manifest.read(backup)
    tables = [
        without_column(backup, table, later[table.model]) if table.model in later else table
        for table in manifest.tables
        if table.model not in LATER_TABLES
    ]
    migrations = [each for each in manifest.migrations if each[0] != newest[0] or each[1] < newest[1]]
    (backup / "manifest.json").unlink()
    replace(manifest, tables=tables, migrations=migrations).write(backup)
    restored = Installation(tmp_path / "restored", settings=WAYS_IN)
    restored.manage("restore", str(backup))
    assert restored.contents() == everything()
