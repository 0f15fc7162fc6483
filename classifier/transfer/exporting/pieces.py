"""Exports as they are sent: in pieces of about PIECE_BYTES."""

from collections.abc import Iterable, Iterator

PIECE_BYTES = 2**16


def in_pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yields the same bytes in pieces of at least PIECE_BYTES, so fewer of them pass through the server."""
    waiting, size = list[bytes](), 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
