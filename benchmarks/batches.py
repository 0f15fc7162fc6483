"""Batches: the time for the MNIST test images as PNGs in one ZIP, and the memory for ten times as many.

Each row is a new site. The time begins when the request is answered, after the archive was received and checked, and
ends when the batch is done; it includes the start of the process that reads. The memory is the largest sum of this
process and its children (PSS), sampled ten times a second; the processor time is their sum.
"""

import argparse
import io
import json
import os
import shutil
import tempfile
import threading
import time
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.machine import Guard, Watched
from classifier.digits.samples.mnist import keras_file
from tests.services import Site

AIM_S = 5.0
BOUNDARY = b"--4f1c8e2ab0d94d7c"  # of the request; does not occur in an archive


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="*", default=[10_000, 100_000])
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="digitsite-bench-"))
    heads = ["received", "read in", "right", "memory", "processor", "others used"]
    print(f"\n{'Pictures in one ZIP':>20} " + " ".join(f"{head:>11}" for head in heads))
    try:
        for count in options.counts:
            measure(folder / str(count), count)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"Target: 10,000 in {AIM_S:g} s on 4 quiet cores; the same memory for any number.")


def measure(folder: Path, count: int) -> None:
    """Prints one row."""
    site = Site.prepare(folder)
    archive = folder / "digits.zip"
    write_archive(archive, count)
    site.start()
    try:
        token = site.create_user("bench")
        watched, stopped = Watched("batch_worker"), threading.Event()
        watcher = threading.Thread(target=watched.watch, args=(site, stopped), daemon=True)
        watcher.start()
        guard = Guard()
        sent = time.perf_counter()
        url = send(site, token, archive)
        received = time.perf_counter()
        batch = wait(site, token, url)
        done = time.perf_counter()
        stopped.set()
        watcher.join()
        cells = [
            f"{received - sent:.1f} s",
            f"{done - received:.1f} s",
            f"{batch['accuracy']:.2%}",
            f"{watched.most_mb:.0f} MB",
            f"{watched.cpu_s:.1f} s",
            f"{guard.foreign_cores():.1f} cores",
        ]
        print(f"{count:20,} " + " ".join(f"{cell:>11}" for cell in cells), flush=True)
    finally:
        site.stop()


def write_archive(path: Path, count: int) -> None:
    """Writes the MNIST test images repeatedly, each in the folder of its label."""
    arrays = np.load(os.environ.get("MNIST_PATH") or keras_file())
    labels, pngs = arrays["y_test"], []
    for pixels in arrays["x_test"]:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        pngs.append(file.getvalue())
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            which = number % len(pngs)
            archive.writestr(f"{labels[which]}/{number:06}.png", pngs[which])


def send(site: Site, token: str, archive: Path) -> str:
    head = BOUNDARY + b'\r\nContent-Disposition: form-data; name="file"; filename="digits.zip"\r\n\r\n'
    body = head + archive.read_bytes() + b"\r\n" + BOUNDARY + b"--\r\n"
    return str(call(site, token, "/api/v1/batches/", body)["url"])


def wait(site: Site, token: str, url: str) -> dict[str, Any]:
    while (batch := call(site, token, url))["status"] in ("queued", "running"):
        time.sleep(0.1)
    assert batch["status"] == "done", batch
    return batch


def call(site: Site, token: str, path: str, body: bytes | None = None) -> dict[str, Any]:
    headers = {
        "Authorization": f"Token {token}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY[2:].decode()}",
    }
    request = urllib.request.Request(site.url + path, body, headers)  # noqa: S310 - our own site
    with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310
        content: dict[str, Any] = json.load(answer)
        return content


if __name__ == "__main__":
    main()
