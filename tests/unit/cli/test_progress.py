"""What is said on stderr while a file is read."""

import io
import sys
import time
from pathlib import Path

import pytest

from adidem.cli import progress
from adidem.cli.progress import Progress, watched


class Terminal(io.StringIO):
    """Text on a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_a_file_that_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool):
    """A terminal is told how far it has come and when it will end, and is left clean; nobody else is told anything."""
    file = tmp_path / "costs.csv"
    file.write_bytes(b"x" * 2**21)
    heard = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", heard)
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.001)
    asked: list[float] = []

    def share() -> float:
        asked.append(0.5 if asked else 0.0)
        return asked[-1]

    with watched(file, share):
        while terminal and len(asked) < 3:
            time.sleep(0.001)
    lines = heard.getvalue().split("\r\033[K")
    assert lines[-1] == ""
    assert lines[1].startswith("costs.csv: 0 %, 0 MiB a second") if terminal else lines == [""]
    assert not terminal or any(line.startswith("costs.csv: 50 %") and line.endswith(" s left") for line in lines)


@pytest.mark.parametrize(("worlds", "said"), [(1, "1 world in"), (2_000, "2,000 worlds in"), (0, "kept from")])
def test_how_many_there_were(monkeypatch: pytest.MonkeyPatch, worlds: int, said: str):
    """What a run says when it is at its end: one world is no worlds."""
    heard = io.StringIO()
    monkeypatch.setattr(sys, "stderr", heard)
    counted = Progress(2_000)
    counted(worlds)
    counted.end()
    assert heard.getvalue().startswith(said)
