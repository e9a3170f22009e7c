"""The command `run`.

Knows what was typed and how a run is printed.
"""

from collections.abc import Sequence
from pathlib import Path

from adidem.cli import typed
from adidem.cli.layout import show_json
from adidem.cli.page import Page
from adidem.desk.keeping.proof import changed
from adidem.desk.view import run_view
from adidem.desk.workspace import Workspace, open_workspace
from adidem.findings.outcome import Outcome
from adidem.kernel.problem import ProblemError


def opened(folder: Path) -> Workspace:
    """Open the workspace, whose documents must be those that entered the record. Raises ProblemError."""
    workspace = open_workspace(folder)
    problems = changed(workspace, workspace.ledger)
    if problems:
        raise ProblemError(problems)
    return workspace


def asked(
    folder: Path, as_of: str, known_at: str, readings: Sequence[str], events: Sequence[str]
) -> tuple[Workspace, Outcome]:
    """Open the workspace and run it as was typed."""
    workspace = opened(folder)
    pair = typed.pair(workspace, as_of, known_at)
    lines = [typed.event(text, pair) for text in events]
    return workspace, workspace.run(pair, typed.pinned(readings), lines)


def run(folder: Path, as_of: str, known_at: str, readings: Sequence[str], events: Sequence[str], as_json: bool) -> None:
    """Print the record as of a pair."""
    workspace, outcome = asked(folder, as_of, known_at, readings, events)
    if as_json:
        show_json(run_view(workspace, outcome))
    else:
        Page(workspace, outcome).print()
