"""Memory and time that the largest allowed pictures take in the decoding child: part of `make bench`.

Memory is sampled from outside while the child works: PSS, and the highest RSS as the kernel records it.
"""

import io
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import psutil
from PIL import Image, ImageDraw

from benchmarks.machine import pss_mb
from classifier.decoding.client import read_picture, start_decoder
from classifier.decoding.formats import FORMATS
from classifier.decoding.limits import MEMORY_BYTES
from classifier.recognition.errors import ClassifierError

MEGAPIXELS = 200  # the default of PICTURE_MAX_MEGAPIXELS
UPLOAD_MB = 32  # the default of UPLOAD_MAX_MB


def main() -> None:
    most = MEMORY_BYTES // 2**20
    print(f"{'Largest pictures (MB)':30} {'file':>6} {'PSS +':>7} {'RSS +':>7} {'seconds':>8}   (at most {most} more)")
    start_decoder()
    for name, data in largest_pictures():
        pss, rss, seconds, outcome = watch(data)
        print(f"{name:30} {len(data) / 2**20:6.1f} {pss:7.0f} {rss:7.0f} {seconds:8.2f}   {outcome}", flush=True)


def photograph(side: int) -> Image.Image:
    """A dark 7 on unevenly lit paper, RGB, side × side px."""
    light = np.linspace(170, 235, side, dtype=np.float32)
    paper = np.clip(np.add.outer(light, light) / 2, 0, 255).astype(np.uint8)
    image = Image.fromarray(paper).convert("RGB")
    line = [(side * 0.35, side * 0.3), (side * 0.65, side * 0.3), (side * 0.45, side * 0.75)]
    ImageDraw.Draw(image).line(line, fill=(20, 20, 60), width=side // 20, joint="curve")
    return image


def largest_pictures() -> Iterator[tuple[str, bytes]]:
    """(name, file) of each format at the most pixels allowed, in the modes that take most memory."""
    colour = photograph(_side("PNG"))
    yield "PNG, colour", _saved(colour, "PNG", compress_level=1)
    yield "PNG, half transparent", _saved(_half_clear(colour), "PNG", compress_level=1)
    wide = Image.fromarray(np.asarray(colour.convert("L")).astype(np.uint16) * 257)
    yield "PNG, 16-bit grey", _saved(wide, "PNG", compress_level=1)
    yield "GIF", _saved(colour.quantize(16), "GIF")
    yield "TIFF, colour, one strip", _saved(colour, "TIFF", compression="tiff_lzw", strip_size=2**30)
    yield "HEIC", _saved_heic(colour)
    del colour, wide
    small = photograph(_side("WEBP"))
    yield "WebP", _saved(small, "WEBP", method=0)
    yield "WebP, lossless, transparent", _saved(_half_clear(small), "WEBP", lossless=True, method=0, quality=0)
    yield "AVIF, transparent", _saved(_half_clear(small), "AVIF", subsampling="4:4:4", speed=10)
    yield "JPEG 2000, never halved", _saved(small, "JPEG2000", num_resolutions=1)
    yield "BMP, 256 colours", _saved(small.quantize(256), "BMP")
    medium = photograph(_side("PNG"))
    yield "JPEG, progressive", _saved(medium, "JPEG", progressive=True)
    yield "JPEG, progressive, 4:4:4", _saved(medium, "JPEG", progressive=True, subsampling=0)
    yield "JPEG 2000, halved", _saved(medium, "JPEG2000", quality_mode="rates", quality_layers=[40], irreversible=True)
    yield "JPEG in a PDF", _saved(medium, "PDF")
    del medium
    huge = photograph(_side("JPEG"))
    yield "JPEG", _saved(huge, "JPEG")
    scan = huge.convert("1", dither=Image.Dither.NONE)
    yield "TIFF, fax, as large", _saved(scan, "TIFF", compression="group4")


def _side(code: str) -> int:
    return int(((FORMATS[code].megapixels or 0) * 1e6) ** 0.5)


def _half_clear(image: Image.Image) -> Image.Image:
    clear = image.copy()
    clear.putalpha(Image.linear_gradient("L").resize(image.size).point(lambda value: 128 + value // 2))
    return clear


def _saved_heic(image: Image.Image) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=40, tile_size=512, enc_params={"preset": "ultrafast"})
    return file.getvalue()


def _saved(image: Image.Image, name: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **options)
    assert file.tell() <= UPLOAD_MB * 2**20, f"a {name} of {file.tell()} bytes could not be uploaded"
    return file.getvalue()


def watch(data: bytes) -> tuple[float, float, float, str]:
    """Decodes a picture; returns MB of PSS and of RSS above idle, seconds, and the outcome."""
    time.sleep(0.5)  # until a replaced child has started again
    idle = {process.pid: (pss_mb(process), _rss_mb(process)) for process in _decoders()}
    peaks: dict[int, tuple[float, float]] = dict(idle)
    done = threading.Event()
    sampler = threading.Thread(target=_sample, args=(peaks, done))
    sampler.start()
    start = time.perf_counter()
    try:
        read_picture(data, round(MEGAPIXELS * 1e6))
        outcome = "read"
    except ClassifierError as error:
        outcome = f"refused: {error}"
    seconds = time.perf_counter() - start
    done.set()
    sampler.join()
    pss, rss = (max(peaks[pid][kind] - idle[pid][kind] for pid in idle) for kind in (0, 1))
    return pss, rss, seconds, outcome


def _decoders() -> list[psutil.Process]:
    return psutil.Process(os.getpid()).children(recursive=True)


def _sample(peaks: dict[int, tuple[float, float]], done: threading.Event) -> None:
    children = [psutil.Process(pid) for pid in peaks]
    while not done.is_set():
        for child in children:
            pss, rss = peaks[child.pid]
            peaks[child.pid] = max(pss, pss_mb(child)), max(rss, _rss_mb(child))
        time.sleep(0.002)


def _rss_mb(process: psutil.Process) -> float:
    """The most memory that a process has ever used; 0 if it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
