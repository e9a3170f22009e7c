"""Options that several commands take alike."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command
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


def pages(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """A command and those below it, by the words that ask for each."""
    yield " ".join(words), command
    for name, inner in command.commands.items() if isinstance(command, TyperGroup) else ():
        yield from pages(inner, (*words, name))


def test_help_is_whole():
    """No sentence of a list of commands is cut off, and nothing that can be typed is without a word on it."""
    found = dict(pages(get_command(app)))
    assert {"", "settle", "ledger", "ledger verify", "import focus"} <= found.keys()
    for words, command in found.items():
        page = CliRunner().invoke(app, [*words.split(), "--help"]).output
        assert "..." not in page.replace("[ARGS]...", ""), words
        silent = [each.name for each in command.params if not getattr(each, "help", None)]
        assert silent == [], words


def test_may_is_asked_for_a_day(tmp_path: Path):
    """`may`, too, takes a day by either name."""
    start(tmp_path / "w")
    asked = ["may", str(tmp_path / "w"), "tarn", "place", "workload/search"]
    said = [CliRunner().invoke(app, [*asked, option, "2025-03-01"]).output for option in ("--at", "--as-of")]
    assert said[0] == said[1]
    assert "2025-03-01" in said[0]


@pytest.mark.parametrize("command", ["run", "show", "readings", "explain", "settle", "commitments", "claim"])
def test_help_says_the_default(command: str):
    """Which day is asked for where none is named."""
    shown = " ".join(CliRunner().invoke(app, [command, "--help"]).output.split())
    assert "--as-of, --at DATE As of that day; else the last of the record." in shown
