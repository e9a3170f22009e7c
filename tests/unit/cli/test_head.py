"""No answer stands in silence on what was supposed, on how a question was read, or on what was known when."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adidem.cli.main import app
from adidem.desk.starting import start

FIGURE = "revenue-share/2025-Q1/share"
SUPPOSED = "payment by=tarn to=brightwater amount='USD 5.00' pays=revenue-share occurred=2025-06-01"
ASKED = ["--with", SUPPOSED, "--known-at", "2025-08-31"]
COMMANDS = {"run": [], "explain": [FIGURE], "readings": [], "commitments": []}


def said(folder: Path, command: str, *more: str) -> str:
    """What a command prints."""
    if not (folder / "w").exists():
        start(folder / "w")
    done = CliRunner().invoke(app, [command, str(folder / "w"), *COMMANDS[command], *more], env={"COLUMNS": "100"})
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_supposed_stands_at_the_head(tmp_path: Path, command: str):
    """Within the first lines of the page: the event, the day, and the instant by which it had to be recorded."""
    head = " ".join("".join(said(tmp_path, command, *ASKED).splitlines(keepends=True)[:5]).split())
    assert f"HYPOTHETICAL {SUPPOSED}" in head
    assert "as of 2025-06-30, as known at 2025-08-31T23:59:59Z" in head


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_more_is_said_where_nothing_more_was_asked(tmp_path: Path, command: str):
    """A page of what came says neither."""
    page = said(tmp_path, command)
    assert "HYPOTHETICAL  " not in page
    assert "as known at" not in page


@pytest.mark.parametrize("command", ["run", "explain", "commitments"])
def test_how_a_question_is_read_stands_at_the_head(tmp_path: Path, command: str):
    """A reading that was asked for is named before the answer."""
    page = said(tmp_path, command, "--reading", "first-refusal.scope=new")
    assert "READ  first-refusal.scope as new, as asked" in page.splitlines()[:4]


@pytest.mark.parametrize("command", COMMANDS)
def test_plain_data_say_it_too(tmp_path: Path, command: str):
    """So does the JSON, whether or not anything was asked."""
    found = json.loads(said(tmp_path, command, *ASKED, "--json"))
    (event,) = map(json.loads, found["hypothetical"])
    assert (event["occurred"], found["known_at"], found["read_as_asked"]) == ("2025-06-01", "2025-08-31T23:59:59Z", {})
    plain = json.loads(said(tmp_path, command, "--json"))
    assert (plain["as_of"], plain["known_at"], plain["hypothetical"]) == ("2025-06-30", None, [])


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("known", "day"), [("2025-06-10", "2025-06-10"), ("2025-08-31", "2025-06-30")])
def test_a_question_without_a_day_looks_no_further_than_what_was_known(
    tmp_path: Path, command: str, known: str, day: str
):
    """It is asked for the last day of the record as it was then."""
    assert json.loads(said(tmp_path, command, "--known-at", known, "--json"))["as_of"] == day
