"""A folder that keeps the pictures drawn for one training for the next one."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Part = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # images (n, 28, 28) and labels (n,)

KEPT = 6  # files in the folder; the oldest are deleted

log = logging.getLogger(__name__)


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
    """Writes a file atomically and deletes the oldest. A full disk is only logged: the pictures are drawn again."""
    draft = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".npz", delete=False) as file:
            draft = file.name
            np.savez_compressed(file, images=part[0], labels=part[1])
        os.replace(draft, path)
        for old in sorted(path.parent.glob("*.npz"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("The drawn pictures cannot be kept: %s", error)
        if draft:
            Path(draft).unlink(missing_ok=True)
