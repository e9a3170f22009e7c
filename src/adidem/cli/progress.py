"""How far a long command has come, on stderr: the share, the rate and when it will end.

Knows a stream of counts. Writes over its own line on a terminal, and nothing elsewhere until it ends.
"""

import sys
import time


class Progress:
    """Counts worlds and says how fast they come."""

    def __init__(self, whole: int, what: str = "worlds"):
        self.whole, self.what, self.done = whole, what, 0
        self.began = self.shown = time.monotonic()

    def __call__(self, more: int) -> None:
        """So many more are done."""
        self.done = min(self.whole, self.done + more)
        now = time.monotonic()
        if sys.stderr.isatty() and now - self.shown > 0.2:
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
        sys.stderr.write(f"{start}{self.done:,} {self.what} in {took:.1f} s, {rate:,.0f} a second\n")
        sys.stderr.flush()
