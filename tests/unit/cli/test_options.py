"""Options that several commands take alike."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from adidem.cli.main import app
from adidem.desk.starting import start

FIGURE = "revenue-share/2025-Q1/share"


@pytest.mark.parametrize("words", [["run"], ["show"], ["readings"], ["explain", FIGURE]])
def test_at_is_as_of(tmp_path: Path, words: list[str]):
    """`--at` asks for the same day as `--as-of`, which is not the last of the record."""
    start(tmp_path / "w")
    command, *more = words

    def said(*options: str) -> str:
        done = CliRunner().invoke(app, [command, str(tmp_path / "w"), *more, *options])
        assert done.exit_code == 0, done.output
        return done.stdout

    then, now = said("--at", "2025-04-30"), said()
    assert then == said("--as-of", "2025-04-30")
    assert command == "readings" or then != now


@pytest.mark.parametrize("command", ["run", "show", "readings", "explain", "settle", "commitments", "claim"])
def test_help_says_the_default(command: str):
    """Which day is asked for where none is named."""
    shown = " ".join(CliRunner().invoke(app, [command, "--help"]).output.split())
    assert "--as-of, --at DATE As of that day; else the last of the record." in shown
