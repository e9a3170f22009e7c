"""Hostile files are refused by the real command, within bounds of memory and time, with the place and the mend."""

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from golden import hostile

MOST_BYTES = 500 * 2**20
MOST_SECONDS = 20
"""Generous, for a machine that has other things to do: the time is printed, and on a quiet one it is two seconds."""

_CHILD = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True)
sys.stdout.buffer.write(done.stdout)
sys.stderr.buffer.write(done.stderr)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(f"peak {peak} exit {done.returncode}", file=sys.stderr)
"""
_LAST = re.compile(r"peak (\d+) exit (-?\d+)\n\Z")
_PLACE = re.compile(r"^[\w.]+(:\d+:\d+)?: [A-Z]\d{3} \S", re.MULTILINE)


@dataclass(frozen=True)
class Done:
    """What a command did."""

    shown: str
    exit_code: int
    peak_bytes: int
    seconds: float


def check(folder: Path) -> Done:
    """`adidem check` of a folder, in a process of its own, whose peak of memory another one measures."""
    command = [sys.executable, "-c", _CHILD, str(Path(sys.executable).with_name("adidem")), "check", folder.name]
    environment = {"ADIDEM_CACHE": "off", "OPENBLAS_NUM_THREADS": "1", "PATH": "", "PYTHONUTF8": "1"}
    start = time.monotonic()
    done = subprocess.run(
        command, cwd=folder.parent, env=environment, capture_output=True, timeout=MOST_SECONDS, check=False
    )
    seconds = time.monotonic() - start
    errors = done.stderr.decode()
    last = _LAST.search(errors)
    assert last, errors[-2_000:]
    return Done(done.stdout.decode() + errors[: last.start()], int(last[2]), int(last[1]), seconds)


def folder_of(tmp_path: Path, agreement: str | bytes, ledger: str | bytes | None = None) -> Path:
    """A workspace of these texts."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    for name, text in (("agreement.lgd", agreement), ("ledger.jsonl", ledger)):
        if text is not None:
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def refused(done: Done, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """In words, with place and mend, within bounds."""
    with capsys.disabled():
        print(f"\n  {name}: {done.seconds:.2f} s, {done.peak_bytes / 2**20:.0f} MB", end="")
    assert "Traceback" not in done.shown
    assert done.exit_code in (1, 2), done.shown[-2_000:]
    assert _PLACE.search(done.shown), done.shown[:2_000]
    assert re.search(r"^  mend  \S", done.shown, re.MULTILINE), done.shown[:2_000]
    assert max(map(len, done.shown.splitlines())) < 1_000, "a line that nobody can read"
    assert len(done.shown) < 100_000, "more than anybody can read"
    assert done.peak_bytes < MOST_BYTES


@pytest.mark.parametrize("name", hostile.AGREEMENTS)
def test_hostile_document_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """No document takes more than 500 MB, or a traceback, to be refused."""
    refused(check(folder_of(tmp_path, hostile.AGREEMENTS[name])), capsys, name)


@pytest.mark.parametrize("name", hostile.LEDGERS)
def test_hostile_ledger_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """No ledger does either."""
    refused(check(folder_of(tmp_path, hostile.SOUND, hostile.LEDGERS[name])), capsys, name)


@pytest.mark.parametrize("ledger", ["", "\n", " \n\n"], ids=["no byte", "a line end", "blanks"])
def test_empty_ledger_is_fine(ledger: str, tmp_path: Path):
    """A ledger without events is one in which nothing has happened yet."""
    done = check(folder_of(tmp_path, hostile.SOUND, ledger))
    assert done.exit_code == 0, done.shown


def test_empty_folder_is_no_workspace(tmp_path: Path):
    """A folder without a document says how to begin."""
    (tmp_path / "workspace").mkdir()
    done = check(tmp_path / "workspace")
    assert done.exit_code == 2
    assert "adidem new" in done.shown
