"""A real store that speaks S3 (moto's server), in a process of its own."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.services import free_port, running, wait_until

KEY = "only for tests"


@dataclass
class Store:
    """A bucket and the process that serves it."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    bucket: str = "digits"

    def variables(self) -> dict[str, str]:
        """Settings of a site that keeps its files here."""
        return {"S3_BUCKET": self.bucket, "S3_ENDPOINT_URL": self.url, "S3_ACCESS_KEY": KEY, "S3_SECRET_KEY": KEY}

    def storages(self) -> dict[str, Any]:
        """The same as the entry of STORAGES."""
        from digitsite.s3 import configuration

        return configuration.files(self.bucket, self.url, "", KEY, KEY)

    def client(self) -> Any:
        import boto3

        return boto3.client(
            "s3", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=KEY
        )

    def objects(self, bucket: str = "") -> dict[str, int]:
        """The size of each object, by name."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=bucket or self.bucket)
        return {each["Key"]: each["Size"] for page in pages for each in page.get("Contents", ())}

    def requests(self) -> list[str]:
        """The method and path of each request so far, with the path of the bucket."""
        lines = self.log.read_text().replace("\x1b", "").splitlines()
        return [line.partition('"')[2].partition(" HTTP")[0] for line in lines if " HTTP/" in line]

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It accepts connections in the block and says nothing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def store_running() -> Iterator[Store]:
    """A store with an empty bucket."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "store.log"
        command = [sys.executable, "-m", "moto.server", "--port", str(port)]
        with running(command, log, env=os.environ | {"NO_COLOR": "1"}) as process:
            store = Store(f"http://127.0.0.1:{port}", process, log)
            wait_until(lambda: _answers(store), 60, "the store answers")
            store.client().create_bucket(Bucket=store.bucket)
            yield store


def _answers(store: Store) -> bool:
    if store.process.poll() is not None:
        raise RuntimeError(f"The store ended: {store.log.read_text()}")
    with suppress(HTTPError, URLError, OSError), urlopen(store.url, timeout=2):
        return True
    return False
