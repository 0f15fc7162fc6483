"""What a training prints: a line for each stage and epoch, and in a terminal a bar with the time left."""

from django.core.management.base import OutputWrapper

from training.networks.fitting import Progress
from training.runs.recording import epoch_line
from training.runs.timing.clock import Clock
from training.runs.timing.words import TITLES, about
from training.synthesis.steps import Advance, Step

WIDTH = 30  # of the bar
ERASE = "\r\x1b[K"  # the line


class Terminal:
    """Prints the progress of one training."""

    def __init__(self, out: OutputWrapper, clock: Clock) -> None:
        self.out = out
        self.clock = clock

    def say(self, line: str) -> None:
        self._write((ERASE if self.out.isatty() else "") + line + "\n")

    def begin(self, step: Step, work: float) -> Advance:
        count = self.clock.begin(step, work)

        def advance(done: float) -> None:
            count(done)
            if step not in (Step.TRIAL, Step.FIT):  # their batches are shown
                self._bar(TITLES[step], done / work, "")

        return advance

    def progress(self, now: Progress) -> None:
        if now.epoch_done:
            self.say(epoch_line(now))
        else:
            figures = f", loss {now.loss:.4f}, accuracy {now.accuracy:.4f}"
            self._bar(f"Epoch {now.epoch:>3}/{now.epochs}", now.batch / now.batches, figures)

    def download(self, received: int, expected: int | None) -> None:
        if expected:
            self._bar(f"Fetching MNIST ({expected / 1e6:.1f} MB)", received / expected, "")

    def _bar(self, head: str, share: float, figures: str) -> None:
        if not self.out.isatty():
            return
        filled = round(WIDTH * min(share, 1.0))
        now = self.clock.read()
        left = f", {about(now.left_s)} left in all" if now else ""
        bar = "█" * filled + "░" * (WIDTH - filled)
        self._write(f"{ERASE}{head} {bar} {share:.0%}{left}{figures}")

    def _write(self, text: str) -> None:
        self.out.write(text, ending="")
        self.out.flush()
