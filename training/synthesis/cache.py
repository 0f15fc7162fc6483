"""A folder that keeps the pictures drawn for one training for the next one."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Part = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # images (n, 28, 28) and labels (n,)

KEPT = 8  # files in the folder; the oldest are deleted

log = logging.getLogger(__name__)


def joined(parts: list[Part]) -> Part:
    return np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])


def read(path: Path) -> Part | None:
    """The pictures in a file; None if it is missing or damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return file["images"], file["labels"]
    except FileNotFoundError:
        return None
    except Exception:  # a damaged ZIP file raises exceptions of many kinds
        log.warning("%s cannot be read; its pictures are drawn again", path.name)
        return None


def keep(path: Path, part: Part) -> None:
    """Writes a file and deletes the oldest. A full disk is only logged: the pictures are drawn again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_arrays(path, images=part[0], labels=part[1])
        for old in sorted(path.parent.glob("*.npz"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("The drawn pictures cannot be kept: %s", error)


def write_arrays(path: Path, **arrays: NDArray[np.generic]) -> None:
    """Writes a .npz file atomically."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".npz", delete=False) as file:
        try:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # its stub takes the arrays for an option
            file.close()
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
