"""The command `program`.

Knows what was typed and how formulas are printed.
"""

from pathlib import Path
from typing import Any

import typer

from adidem.cli import typed
from adidem.cli.layout import show_json
from adidem.desk.program import program_view
from adidem.desk.workspace import open_workspace

_EACH = {"one": "once", "cell": "each period"}


def program(folder: Path, as_of: str, as_json: bool) -> None:
    """Print the compiled formulas, clause by clause."""
    workspace = open_workspace(folder)
    view = program_view(workspace, typed.pair(workspace, as_of, ""))
    if as_json:
        show_json(view)
        return
    for clause in view["clauses"]:
        if clause["formulas"]:
            _clause(clause)
    typer.echo(f"{view['operations']} live operations.")


def _clause(clause: dict[str, Any]) -> None:
    typer.echo(f"{clause['heading']}  [{clause['family']}]  {clause['document']}:{clause['line']}")
    said = ""
    for formula in clause["formulas"]:
        if formula["says"] != said:
            said = formula["says"]
            typer.echo(f"  {said}")
        typer.echo(f"    {formula['part']:<12}{formula['is']}  ({formula['unit']}, {_each(formula)})")
    for node in clause["nodes"]:
        place = f"{node['file']}:{node['line']}"
        typer.echo(f"  %{node['node']:<5} {node['words']}  ({node['unit']}, {_each(node)}, {place})")
    typer.echo("")


def _each(formula: dict[str, Any]) -> str:
    return _EACH.get(formula["for_each"], f"each {formula['for_each']}")
