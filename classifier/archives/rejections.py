"""Why a member of an archive is rejected."""

import stat

from classifier.recognition.errors import ClassifierError

from .zip_format import DEFLATED, STORED, Packed

ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".jar")
RATIO_AT_MOST = 300  # size of a member divided by its packed size, if it is larger than RATIO_FROM
RATIO_FROM = 2**20  # bytes

# Code: the sentence for people. Codes are stored and stay.
REASONS = {
    "unsafe_name": "Its name leads out of the archive (it starts with / or contains ..), so it was not opened.",
    "link": "It is a link to another file, not a picture.",
    "encrypted": "It is protected by a password. Pack it again without one.",
    "packing": "It is packed in a way that cannot be read here. Pack it again as a plain ZIP.",
    "too_large": "It is larger than a picture may be here.",
    "bomb": "It would unpack to several hundred times its size, so it was not opened.",
    "archive": "It is an archive inside the archive. Unpack it first.",
    "empty": "This file is empty.",
    "damaged": "Its part of the archive is damaged. Pack it again.",
}


class MemberRejected(ClassifierError):
    """A member of an archive is not read; `code` is of REASONS."""

    def __init__(self, code: str) -> None:
        super().__init__(REASONS[code])
        self.code = code


def rejection(path: str, flags: int, system: int, mode: int, where: Packed, largest: int) -> str:
    """The code of REASONS for a member that is not to be opened; empty for any other.

    flags, system, mode: of its entry in the central directory; largest: bytes that a member may have.
    """
    if path.startswith("/") or path[1:2] == ":" or (".." in path and ".." in path.split("/")):
        return "unsafe_name"
    if system == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):  # 3 is Unix, which has links
        return "link"
    if flags & 0b1000001 or where.method == 99:
        return "encrypted"
    if where.method not in (STORED, DEFLATED):
        return "packing"
    if path.lower().endswith(ARCHIVES):
        return "archive"
    if not where.size:
        return "empty"
    if where.size > RATIO_FROM and where.size > RATIO_AT_MOST * where.packed:
        return "bomb"
    if where.size > largest:
        return "too_large"
    return "damaged" if where.method == STORED and where.size != where.packed else ""
