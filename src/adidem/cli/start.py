"""The command `new`.

Knows what was typed and what to say next.
"""

import shlex
from pathlib import Path

import typer

from adidem.cli.layout import show_json
from adidem.desk.starting import start


def new(folder: Path, as_json: bool) -> None:
    """Write a small agreement that runs, and say what to try."""
    names = start(folder)
    if as_json:
        show_json({"folder": str(folder), "files": names})
        return
    typer.echo(f"{folder}: {', '.join(names)}")
    typer.echo("\nTry next:")
    typer.echo(f"  adidem check {shlex.quote(str(folder))}")
    typer.echo(f"  adidem run {shlex.quote(str(folder))}")
