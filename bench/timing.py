"""A command run once as a process of its own: how long it took, how much of the processors and of memory.

Knows processes and clocks. Does not know what is run.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

ADIDEM = Path(sys.executable).parent / "adidem"
MIB = 2**20


@dataclass(frozen=True)
class Timed:
    """One run: seconds of the wall and of the processors, the most memory of the process, and what it printed."""

    seconds: float
    processor_seconds: float
    memory_mib: float
    printed: str


def timed(
    *command: object, cache: Path | None = None, folder: Path | None = None, ends: Collection[int] = (0,)
) -> Timed:
    """Run a command, with a cache folder of its own or with none; any other end than one of `ends` ends us too."""
    kept = "off" if cache is None else str(cache)
    environment = {**os.environ, "ADIDEM_CACHE": kept, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": ""}
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(words, env=environment, cwd=folder, stdout=printed, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in ends:
            errors.seek(0)
            raise SystemExit(f"{' '.join(words)}\n{errors.read().decode()[-2000:]}")
        printed.seek(0)
        memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / MIB
        return Timed(seconds, usage.ru_utime + usage.ru_stime, memory, printed.read().decode())
