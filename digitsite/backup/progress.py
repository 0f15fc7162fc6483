"""What a backup or restore prints: a line for each step, and in a terminal how far it is."""

import time

from django.core.management.base import OutputWrapper

ERASE = "\r\x1b[K"  # the line
EVERY_S = 0.1


class Progress:
    """Prints the progress of the steps."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out
        self._title, self._total, self._done, self._shown = "", 0, 0, 0.0

    def begin(self, title: str, total: int = 0) -> None:
        """Begins a step. total: how much there is to do; 0 if unknown."""
        self._title, self._total, self._done, self._shown = title, total, 0, 0.0
        self.advance(0)

    def advance(self, by: int = 1) -> None:
        self._done += by
        if self._out.isatty() and time.monotonic() - self._shown > EVERY_S:
            self._shown = time.monotonic()
            of = f" of {self._total:,}" if self._total else ""
            self._write(f"{ERASE}{self._title}: {self._done:,}{of}")

    def end(self) -> None:
        """Ends the step and says how much was done."""
        self._write((ERASE if self._out.isatty() else "") + f"{self._title}: {self._done:,}\n")

    def _write(self, text: str) -> None:
        self._out.write(text, ending="")
        self._out.flush()
