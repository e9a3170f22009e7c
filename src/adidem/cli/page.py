"""The command `show`: an agreement on one page, and what later documents changed.

Knows how the page is printed. Does not know how anything was computed.
"""

from pathlib import Path
from typing import Any

from adidem.cli import typed
from adidem.cli.layout import heading, line, show_json, table
from adidem.cli.tables import Page
from adidem.desk.changes import changes_since
from adidem.desk.view import run_view
from adidem.desk.workspace import open_workspace


def show(folder: Path, as_of: str, since: bool, as_json: bool) -> None:
    """Print the agreement as of a day; with `since`, what each later document changed."""
    workspace = open_workspace(folder)
    outcome = workspace.run(typed.pair(workspace, as_of, ""))
    changes = changes_since(workspace, outcome.as_of) if since else []
    if as_json:
        show_json({**run_view(workspace, outcome), "since": changes})
        return
    Page(workspace, outcome).print()
    _since(changes)
    line()
    line(f"Why a figure?        adidem explain {folder} FIGURE")
    line(f"What turns on words? adidem readings {folder}")
    line(f"May they?            adidem may {folder} PARTY ACT ASSET")


def _since(changes: list[dict[str, Any]]) -> None:
    if changes:
        heading("SINCE THEN")
    for later in changes:
        line(f"{later['effective']}  {later['title']}  ({later['document']})", 2)
        table([[change["of"], change["what"]] for change in later["changes"]], 4)
