"""Receiving pictures to disk: a ZIP is stored unchanged, loose pictures are packed into a ZIP while they arrive."""

import html
import os
import shutil
import zipfile
from contextlib import suppress
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.request import Request

from classifier.archives import zip_format
from classifier.decoding import formats
from classifier.errors import ArchiveRejected
from classifier.recognition.errors import InvalidInput

from .stored import new_file

FIELD = "file"  # name of the received archive, for any field names in the request
ARCHIVE = (zip_format.MAGIC, zip_format.END_MAGIC)  # the second is of an empty one
PARENTS = 8  # parts kept of a picture's path


class Incoming(UploadedFile):  # type: ignore[type-arg]  # Django's stubs are generic
    """A received archive. A storage on the same disk moves the file; otherwise it is deleted after the request."""

    def __init__(self, file: BinaryIO, path: str, name: str = "archive.zip") -> None:
        super().__init__(file, name, "application/zip", os.path.getsize(path))
        self._path = path

    def temporary_file_path(self) -> str:
        return self._path

    def close(self) -> None:
        super().close()
        with suppress(FileNotFoundError):  # the storage has moved it
            os.unlink(self._path)


def packed(file: "UploadedFile[bytes]") -> Incoming:
    """An archive that holds a received file alone. The caller closes it."""
    archive, path = new_file()
    with zipfile.ZipFile(archive, "w") as pack, pack.open(zipfile.ZipInfo(_member_name(file)), "w") as member:
        for chunk in file.chunks():
            member.write(chunk)
    archive.flush()
    archive.seek(0)
    return Incoming(archive, path, _member_name(file))


def _member_name(file: "UploadedFile[bytes]") -> str:
    """The file's name, changed if an archive's member of this name would not be read as a picture: "labels.csv"."""
    name = (file.name or "").lstrip("._") or "file"
    return name if name.lower().endswith(formats.DOCUMENT_SUFFIXES) else f"{name} (pages)"


def receive_to_disk(request: HttpRequest) -> None:
    """Has a request's files written to disk. Call it before anything reads the request's body."""
    request.upload_handlers = [PackingUpload(request)]


def received(request: HttpRequest | Request) -> Incoming:
    """The received archive. Raises InvalidInput if nothing was sent, ArchiveRejected if too many files were."""
    try:
        file = request.FILES.get(FIELD)
    except TooManyFilesSent:
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        raise ArchiveRejected(
            f"At most {most:,} files can be sent one by one. Put them into a ZIP.", "too_many_files", 413
        ) from None
    if not isinstance(file, Incoming):
        raise InvalidInput("Choose a ZIP or some pictures.")
    return file


class _Parser(MultiPartParser):
    def sanitize_file_name(self, file_name: str) -> str | None:
        """Keeps folders, which may be labels. The result names a member of an archive, never a path on this disk."""
        parts = html.unescape(file_name).replace("\\", "/").split("/")
        kept = ["".join(filter(str.isprintable, part)) for part in parts]
        kept = [part for part in kept if part not in ("", ".", "..")]
        return "/".join(kept[-PARENTS:]) or None


class PackingUpload(FileUploadHandler):
    """Reads the request with the parser above into one file on disk, its field FIELD."""

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: str, encoding: str | None = None
    ) -> Any:
        sink = _Sink()
        try:
            fields, files = _Parser(META, input_data, [sink], encoding or "utf-8").parse()
            if (file := sink.finish()) is not None:
                files.appendlist(FIELD, file)
        except BaseException:
            sink.discard()
            raise
        return fields, files

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class _Sink(FileUploadHandler):
    """Writes a single ZIP unchanged; packs anything else, and all files of a request with several, into a new ZIP."""

    def __init__(self) -> None:
        super().__init__()
        self._file, self._path = new_file()
        self._pack: zipfile.ZipFile | None = None
        self._member: IO[bytes] | None = None
        self._is_broken = False
        self._names: list[str] = []

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, file_name, *args, **kwargs)
        self._names.append(_unlike(self._names, file_name))
        if len(self._names) == 2 and self._pack is None:
            self._pack_first()
        if self._pack is not None:
            self._member = self._begin(self._names[-1])

    def _pack_first(self) -> None:
        """Packs the first file, a ZIP, because another file follows it."""
        raw, path = self._file, self._path
        self._file, self._path = new_file()
        self._pack = zipfile.ZipFile(self._file, "w")
        raw.seek(0)
        with self._begin(self._names[0]) as member:
            shutil.copyfileobj(raw, member)
        raw.close()
        os.unlink(path)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._pack is None and start == 0 and not raw_data.startswith(ARCHIVE):
            self._pack = zipfile.ZipFile(self._file, "w")
            self._member = self._begin(self._names[-1])
        (self._member or self._file).write(raw_data)

    def file_complete(self, file_size: int) -> None:
        if self._member is not None:
            self._member.close()
        elif not file_size:  # an empty file is packed, and fails later as a picture
            self._pack = zipfile.ZipFile(self._file, "w")
            self._begin(self._names[-1]).close()
        self._member = None

    def upload_interrupted(self) -> None:
        self._is_broken = True

    def finish(self) -> Incoming | None:
        """The received file; None without one. Raises MultiPartParserError if the request was incomplete."""
        if self._is_broken:
            raise MultiPartParserError("The request ends too early.")
        if not self._names:
            self.discard()
            return None
        name, count = self._names[0], len(self._names)
        if self._pack is not None:
            self._pack.close()
            name = name if count == 1 else f"{count} pictures"
        self._file.flush()
        self._file.seek(0)
        return Incoming(self._file, self._path, name)

    def discard(self) -> None:
        self._file.close()
        with suppress(FileNotFoundError):
            os.unlink(self._path)

    def _begin(self, name: str) -> IO[bytes]:
        assert self._pack is not None  # noqa: S101 - for the type checker
        return self._pack.open(zipfile.ZipInfo(name), "w", force_zip64=True)


def _unlike(names: list[str], name: str) -> str:
    """The given name, with a number if it is taken."""
    unique, number = name, 2
    while unique in names:
        path = PurePosixPath(name)
        unique, number = str(path.with_name(f"{path.stem} ({number}){path.suffix}")), number + 1
    return unique
