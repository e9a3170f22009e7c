"""How far a long command has come, on stderr: the share, the rate and when it will end.

Knows a stream of counts. Writes over its own line on a terminal, and nothing elsewhere until it ends.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

EVERY_SECONDS = 0.2


class Progress:
    """Counts worlds and says how fast they come."""

    def __init__(self, whole: int, what: str = "worlds"):
        self.whole, self.what, self.done = whole, what, 0
        self.began = self.shown = time.monotonic()

    def __call__(self, more: int) -> None:
        """So many more are done."""
        self.done = min(self.whole, self.done + more)
        now = time.monotonic()
        if sys.stderr.isatty() and now - self.shown > EVERY_SECONDS:
            self.shown = now
            rate = self.done / max(now - self.began, 1e-9)
            left = (self.whole - self.done) / rate if rate else 0.0
            share = 100 * self.done // self.whole
            words = f"{self.done:,} of {self.whole:,} {self.what}, {share} %, {rate:,.0f} a second, {left:,.0f} s left"
            sys.stderr.write(f"\r\033[K{words}")
            sys.stderr.flush()

    def so_far(self, goes_on: bool) -> str:
        """Say how much is done when it is broken off, and whether what is finished can be gone on with."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")
        done = f"{self.done:,} of {self.whole:,} {self.what} are done"
        return f"{done}; the same command with --resume goes on from there" if goes_on else done

    def end(self) -> None:
        """Say what it took."""
        took = time.monotonic() - self.began
        if not self.done:
            sys.stderr.write("kept from an earlier run\n")
            return
        start = "\r\033[K" if sys.stderr.isatty() else ""
        rate = self.done / max(took, 1e-9)
        what = self.what if self.done != 1 else self.what.removesuffix("s")
        sys.stderr.write(f"{start}{self.done:,} {what} in {took:.1f} s, {rate:,.0f} a second\n")
        sys.stderr.flush()


@contextmanager
def watched(path: Path, share: Callable[[], float]) -> Iterator[None]:
    """While a file is read, on a terminal: how much of it is, how fast, and when it will end."""
    if not sys.stderr.isatty():
        yield
        return
    ended, mebibytes, began = threading.Event(), path.stat().st_size / 2**20, time.monotonic()

    def look() -> None:
        while not ended.wait(EVERY_SECONDS):
            done, took = share(), time.monotonic() - began
            left = f", {took / done - took:,.0f} s left" if done else ""
            words = f"{path.name}: {100 * done:.0f} %, {done * mebibytes / took:,.0f} MiB a second{left}"
            sys.stderr.write(f"\r\033[K{words}")
            sys.stderr.flush()

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        ended.set()
        looking.join()
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()
