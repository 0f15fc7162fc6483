"""django-storages' S3 storage, whose errors are those of a file system, and whose files are read by ranges.

The rest of the site knows only that a file may be missing (FileNotFoundError) or that the storage is away
(StorageAway, an OSError).
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from io import BufferedReader
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from classifier.errors import StorageAway

from .breaker import Breaker
from .reading import RangeReader, buffered

CONNECT_S, READ_S = 2, 10  # until a store counts as away
MISSING = {"404", "NoSuchKey", "NotFound"}

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def _as_file_system(
    method: "Callable[Concatenate[Storage, str, Given], Answer]",
) -> "Callable[Concatenate[Storage, str, Given], Answer]":
    @wraps(method)
    def call(self: "Storage", name: str, /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with self.answers(name):
            return method(self, name, *args, **kwargs)

    return call


class StoredFile(File):  # type: ignore[type-arg]  # Django's stubs are generic
    """A file of the store, which can be opened again after it was closed."""

    def __init__(self, reader: Callable[[], BufferedReader], name: str) -> None:
        super().__init__(reader(), name)
        self._reader = reader

    def open(self, mode: str | None = None, *_: Any, **__: Any) -> Self:
        if self.closed:
            self.file = self._reader()
        else:
            self.seek(0)
        return self


class Storage(S3Storage):  # type: ignore[misc]  # django-storages has no annotations
    """Private objects in one bucket."""

    file_overwrite = True  # names contain the public id of their row: a second file of a name is the same one
    default_acl = None
    transfer_config = TransferConfig(use_threads=False)
    client_config = Config(
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        retries={"mode": "standard", "total_max_attempts": 2},
        # Stores other than Amazon's may not know these checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._lock = threading.Lock()
        self._process = 0  # that has made the connection
        self._breaker = Breaker(self._is_back)

    @property
    def connection(self) -> Any:
        """One for all threads, because each takes 12 MB; a forked process makes its own."""
        with self._lock:
            if self._process != os.getpid():
                self._connections, self._bucket = threading.local(), None
                self._shared = super().connection
                self._process = os.getpid()
            return self._shared

    @property
    def bucket(self) -> Any:
        return self.connection.Bucket(self.bucket_name)

    @contextmanager
    def answers(self, name: str) -> Iterator[None]:
        """Around each question to the store. Raises FileNotFoundError or StorageAway."""
        if self._breaker.is_open:
            raise StorageAway(f"The store of files did not answer a moment ago, so it was not asked for {name}.")
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in MISSING:
                raise FileNotFoundError(f"{name} is not in the bucket {self.bucket_name}.") from None
            raise StorageAway(f"The store of files refuses {name}: {error}") from None
        except (BotoCoreError, Boto3Error) as error:
            if isinstance(error, HTTPClientError):
                self._breaker.open(error)
            raise StorageAway(f"The store of files does not answer: {error}") from None

    def _is_back(self) -> bool:
        try:
            self.connection.meta.client.head_bucket(Bucket=self.bucket_name)
        except ClientError:  # an answer all the same
            return True
        except (BotoCoreError, Boto3Error):
            return False
        return True

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        if mode != "rb":
            raise ValueError("Files are stored whole, and only read afterwards.")
        return StoredFile(lambda: self._reader(name), name)

    def _reader(self, name: str) -> BufferedReader:
        return buffered(RangeReader(lambda start, end: self._range(name, start, end), self.size(name)))

    def _range(self, name: str, start: int, end: int) -> bytes:
        with self.answers(name):
            found = self.bucket.Object(self._normalize_name(name)).get(Range=f"bytes={start}-{end - 1}")
            content: bytes = found["Body"].read()
            return content

    def url(self, *_: Any, **__: Any) -> str:
        """None: the site passes files on itself, after it has checked who asks. The administration asks for one."""
        return ""

    _save = _as_file_system(S3Storage._save)
    delete = _as_file_system(S3Storage.delete)
    exists = _as_file_system(S3Storage.exists)
    listdir = _as_file_system(S3Storage.listdir)
    size = _as_file_system(S3Storage.size)
    get_modified_time = _as_file_system(S3Storage.get_modified_time)
