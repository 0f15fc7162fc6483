"""Receiving a batch: straight to disk, however large; a ZIP as it is, loose pictures packed into one as they come."""

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
from classifier.errors import ArchiveRefused
from classifier.recognition.errors import InvalidInput

from .lifecycle import call_worker
from .storage import new_file

FIELD = "file"  # under this name the archive is found, whatever its parts were called
ARCHIVE = (zip_format.MAGIC, b"PK\5\6")  # the second is of an empty one
PARENTS = 8  # folders that are kept of a picture's path


class Incoming(UploadedFile):  # type: ignore[type-arg]  # its stubs do not say of what
    """A batch as received. Storage on the same disk moves it; else it is gone when the request ends."""

    def __init__(self, file: BinaryIO, path: str, name: str = "archive.zip") -> None:
        super().__init__(file, name, "application/zip", os.path.getsize(path))
        self._path = path

    def temporary_file_path(self) -> str:
        return self._path

    def close(self) -> None:
        super().close()
        with suppress(FileNotFoundError):  # it has been moved
            os.unlink(self._path)


def receive_to_disk(request: HttpRequest) -> None:
    """To be called before anything looks into the request's body."""
    request.upload_handlers = [BatchUpload(request)]


def received(request: HttpRequest | Request) -> Incoming:
    """The one archive that was received. Raises InvalidInput when nothing was sent."""
    call_worker()  # it starts while the body is received
    try:
        file = request.FILES.get(FIELD)
    except TooManyFilesSent:
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        raise ArchiveRefused(
            f"At most {most:,} files can be sent one by one; put them into a ZIP.", "too_many_files", 413
        ) from None
    if not isinstance(file, Incoming):
        raise InvalidInput("Choose a ZIP, or some pictures.")
    return file


class _Parser(MultiPartParser):
    def sanitize_file_name(self, file_name: str) -> str | None:
        """With its folders, which may be named after digits; it becomes a member's name and never a path."""
        parts = html.unescape(file_name).replace("\\", "/").split("/")
        kept = ["".join(filter(str.isprintable, part)) for part in parts]
        kept = [part for part in kept if part not in ("", ".", "..")]
        return "/".join(kept[-PARENTS:]) or None


class BatchUpload(FileUploadHandler):
    """Has the request read by the parser above, into one file on disk, which is then its field `file`."""

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
    """Writes the first file as it comes if it is a ZIP; what is anything else, or comes after it, into one of ours."""

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
        if len(self._names) == 2 and self._pack is None:  # the first is a ZIP, and now one file of several
            raw, path = self._file, self._path
            self._file, self._path = new_file()
            self._pack = zipfile.ZipFile(self._file, "w")
            raw.seek(0)
            with self._begin(self._names[0]) as member:
                shutil.copyfileobj(raw, member)
            raw.close()
            os.unlink(path)
        if self._pack is not None:
            self._member = self._begin(self._names[-1])

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._pack is None and start == 0 and not raw_data.startswith(ARCHIVE):
            self._pack = zipfile.ZipFile(self._file, "w")
            self._member = self._begin(self._names[-1])
        (self._member or self._file).write(raw_data)

    def file_complete(self, file_size: int) -> None:
        if self._member is not None:
            self._member.close()
        elif not file_size:  # an empty one is a picture that cannot be read, and said to be
            self._pack = zipfile.ZipFile(self._file, "w")
            self._begin(self._names[-1]).close()
        self._member = None

    def upload_interrupted(self) -> None:
        self._is_broken = True

    def finish(self) -> Incoming | None:
        """What was received; None when nothing was. Raises MultiPartParserError when it was not received whole."""
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
    """A name that none of these is, as near to the given one as can be."""
    unique, number = name, 2
    while unique in names:
        path = PurePosixPath(name)
        unique, number = str(path.with_name(f"{path.stem} ({number}){path.suffix}")), number + 1
    return unique
