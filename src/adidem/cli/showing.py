"""The command `show`: an agreement on one page, and what later documents changed.

Knows how the page is printed. Does not know how anything was computed.
"""

import shlex
from pathlib import Path
from typing import Any

from adidem.cli import typed
from adidem.cli.layout import heading, line, show_json, table
from adidem.cli.page import Page
from adidem.cli.running import opened
from adidem.desk.changes import changes_since
from adidem.desk.view import run_view


def show(folder: Path, as_of: str, since: bool, as_json: bool) -> None:
    """Print the agreement as of a day; with `since`, what each later document changed."""
    workspace = opened(folder)
    outcome = workspace.run(typed.pair(workspace, as_of, ""))
    changes = changes_since(workspace, outcome.as_of) if since else []
    if as_json:
        show_json({**run_view(workspace, outcome), "since": changes})
        return
    Page(workspace, outcome).print()
    _since(changes)
    line()
    where, then, at = shlex.quote(str(folder)), *((f" --as-of {as_of}", f" --at {as_of}") if as_of else ("", ""))
    commands = (f"explain {where} FIGURE{then}", f"readings {where}{then}", f"may {where} PARTY ACT ASSET{at}")
    for question, command in zip(("Why a figure?", "What turns on words?", "May they?"), commands, strict=True):
        line(question)
        line(f"adidem {command}", 4)


def _since(changes: list[dict[str, Any]]) -> None:
    if changes:
        heading("SINCE THEN")
    for later in changes:
        line(f"{later['effective']}  {later['title']}  ({later['document']})", 2)
        table([[change["of"], change["what"]] for change in later["changes"]], 4)
