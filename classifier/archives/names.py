"""Names of members: decoded, printable, and as fingerprints."""

import hashlib
import struct
import unicodedata
import zlib

UTF_8_FLAG = 0x800
UNICODE_PATH_FIELD = 0x7075
CODE_PAGES = ("cp437", "cp850", "cp1252")  # of systems that write names without saying how, the usual one first
_USUAL = frozenset("äöüßéèêëàâáçñíîïóôúûæøåœ")  # letters that most names outside ASCII consist of


def readings(raw: bytes, flags: int, fields: dict[int, bytes]) -> tuple[str, ...]:
    """What a name may mean, the most likely first: printable, composed (NFC), with / between folders.

    flags, fields: of its entry in the central directory. There are several only if the entry does not say how its name
    is encoded, and it is not UTF-8.
    """
    unicode_path = fields.get(UNICODE_PATH_FIELD, b"")
    if len(unicode_path) > 5 and struct.unpack_from("<L", unicode_path, 1)[0] == zlib.crc32(raw):
        return (_printable(unicode_path[5:].decode("utf-8", "replace")),)
    if raw.isascii() or flags & UTF_8_FLAG:
        return (_printable(raw.decode("utf-8", "replace")),)
    try:  # many programs write UTF-8 without the flag; other encodings are hardly ever valid UTF-8
        return (_printable(raw.decode()),)
    except UnicodeDecodeError:
        return tuple(map(_printable, decodings(raw, CODE_PAGES)))


def decodings(data: bytes, encodings: tuple[str, ...]) -> list[str]:
    """The different texts that bytes are in some encodings, the one most like a Western language first."""
    texts = dict.fromkeys(data.decode(encoding, "replace") for encoding in encodings)
    return sorted(texts, key=_likeness, reverse=True)  # stable: of equal ones the first encoding


def _likeness(text: str) -> int:
    """How much the characters outside ASCII look like letters of a Western language within words."""
    score = 0
    before = " "
    for character in text:
        if character > "\x7f":
            if character in _USUAL or (character.lower() in _USUAL and not before.islower()):
                score += 2
            elif character.isalpha() and character < "\u0250" and not (character.isupper() and before.islower()):
                score += 1
            else:
                score -= 1
        before = character
    return score


def _printable(text: str) -> str:
    text = text.replace("\\", "/")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)  # macOS decomposes letters with accents
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def fingerprint(name: str) -> int:
    """Eight bytes instead of a name, which saves memory. The same for a composed and a decomposed name."""
    if not name.isascii():
        name = unicodedata.normalize("NFC", name)
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def loose_fingerprint(name: str) -> int:
    """As `fingerprint`, but the same for upper and lower case, which many systems do not tell apart."""
    return fingerprint(name.casefold())
