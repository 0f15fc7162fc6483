"""Names of members: decoded, printable, and as fingerprints."""

import hashlib
import struct
import zlib

UTF_8_FLAG = 0x800
UNICODE_PATH_FIELD = 0x7075


def readable(raw: bytes, flags: int, fields: dict[int, bytes]) -> str:
    """A name as its author most likely meant it: printable, with / between folders.

    flags, fields: of its entry in the central directory.
    """
    unicode_path = fields.get(UNICODE_PATH_FIELD, b"")
    if len(unicode_path) > 5 and struct.unpack_from("<L", unicode_path, 1)[0] == zlib.crc32(raw):
        text = unicode_path[5:].decode("utf-8", "replace")
    elif flags & UTF_8_FLAG:
        text = raw.decode("utf-8", "replace")
    else:
        try:  # many programs write UTF-8 without the flag; other encodings are hardly ever valid UTF-8
            text = raw.decode()
        except UnicodeDecodeError:
            text = raw.decode("cp437")
    text = text.replace("\\", "/")
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def fingerprint(name: str) -> int:
    """Eight bytes instead of a name, which saves memory."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
