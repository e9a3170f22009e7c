"""A simulation on a local Ray of two workers, one of which is killed in the middle: the same bytes as on threads."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from documents import STOPPED_SHARE, outlook_of_the_stop

PROC = Path("/proc")
LONGEST_SECONDS = 120
WORLDS = 160 * 1_024 + 100
MIDDLE = 5 * 8_192
"""The first world of the sixth chunk, of 21."""

pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed; the extra `cluster` brings it"),
    pytest.mark.skipif(not PROC.is_dir(), reason="the worker to be killed is found in /proc, which is not here"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small agreement with its outlook."""
    made = tmp_path / "workspace"
    made.mkdir()
    (made / "agreement.lgd").write_text(STOPPED_SHARE)
    (made / "outlook.lgd").write_text(outlook_of_the_stop("2037-12-31", "2 %", "20 %"))
    return made


@dataclass(frozen=True)
class Running:
    """The command, and the file to which it prints: a pipe that nobody reads would hold it up."""

    process: "subprocess.Popen[bytes]"
    printed: Path

    def ended(self) -> bytes:
        """What it prints on stdout, once it has ended well."""
        assert self.process.wait(LONGEST_SECONDS) == 0, self.told()
        return self.printed.read_bytes()

    def told(self) -> str:
        """What it has said on stderr."""
        return self.printed.with_suffix(".err").read_text(errors="replace")[-2_000:]


def begun(folder: Path, printed: Path, *arguments: str, code: str = "") -> Running:
    """The command, running; with other code before it."""
    words = ["simulate", str(folder), "--worlds", str(WORLDS), "--json", *arguments]
    program = f"{code}\nimport sys\nfrom adidem.cli.main import main\nsys.argv = ['adidem', *{words!r}]\nmain()"
    with printed.open("wb") as out, printed.with_suffix(".err").open("wb") as err:
        return Running(subprocess.Popen([sys.executable, "-c", program], stdout=out, stderr=err), printed)


def below(process: int) -> Iterator[int]:
    """The processes that it began, and those that they began."""
    parents: dict[int, int] = {}
    for place in PROC.iterdir():
        if place.name.isdigit():
            try:
                stat = (place / "stat").read_text()
            except OSError:
                continue  # it has ended meanwhile
            parents[int(place.name)] = int(stat.rpartition(")")[2].split()[1])
    for each in parents:
        above = each
        while above in parents and above != process:
            above = parents[above]
        if above == process and each != process:
            yield each


def first_world(worker: int) -> int:
    """The first world of the chunk that a process is running; -1 where it runs none. Ray names processes so."""
    try:
        title = (PROC / str(worker) / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return -1
    words = title.removeprefix("ray::worlds ").split(" ")
    return int(words[0]) if title.startswith("ray::worlds ") else -1


def killed(worker: int, first: int) -> bool:
    """Kill it if it is still at that chunk: stopped before it is looked at, it cannot end the chunk meanwhile."""
    try:
        os.kill(worker, signal.SIGSTOP)
        still = first_world(worker) == first
        os.kill(worker, signal.SIGKILL if still else signal.SIGCONT)
    except ProcessLookupError:
        return False
    return still


def run_again(running: Running) -> int:
    """Kill one of two busy workers, in the middle of all; the first world of its chunk, once another worker has it."""
    dead: dict[int, int] = {}
    since = began = time.monotonic()
    process = running.process
    while process.poll() is None and time.monotonic() - began < LONGEST_SECONDS:
        busy = {first: worker for worker in below(process.pid) if (first := first_world(worker)) >= 0}
        for first, worker in busy.items():
            if dead.get(first, worker) != worker:
                return first
        last = max(busy, default=-1)
        if (
            len(busy) == 2
            and last >= MIDDLE
            and (not dead or time.monotonic() - since > 5)
            and killed(busy[last], last)
        ):
            dead[last], since = busy[last], time.monotonic()
        time.sleep(0.01)
    raise AssertionError(f"no chunk was run again; killed {dead}: {running.told()}")


def test_a_killed_worker_changes_no_byte(folder: Path, tmp_path: Path):
    """On two workers, one of which dies while it runs a chunk, the JSON is that of one machine, byte for byte, and
    nothing else stands on stdout.
    """
    expected = begun(folder, tmp_path / "here.json").ended()
    two = "import adidem.desk.simulating.cluster\nadidem.desk.simulating.cluster.cores = lambda: 2"
    there = begun(folder, tmp_path / "there.json", "--cluster", "local", code=two)
    try:
        first = run_again(there)
        found = there.ended()
    finally:
        there.process.kill()
        there.process.wait()
    assert MIDDLE <= first < WORLDS
    assert found == expected
