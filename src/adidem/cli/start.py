"""The command `new`.

Knows what was typed and what to say next.
"""

import shlex
from pathlib import Path

import typer

from adidem.desk.starting import start


def new(folder: Path) -> None:
    """Write a small agreement that runs, and say what to try."""
    names = start(folder)
    typer.echo(f"{folder}: {', '.join(names)}")
    typer.echo("\nTry next:")
    typer.echo(f"  adidem check {shlex.quote(str(folder))}")
    typer.echo(f"  adidem run {shlex.quote(str(folder))}")
