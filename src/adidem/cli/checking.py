"""The command `check`.

Knows what was typed and how findings are printed.
"""

from collections.abc import Sequence
from pathlib import Path

import typer

from adidem.cli.layout import counted, show_json
from adidem.desk.checking import check as check_paths
from adidem.kernel.problem import Problem


def check(paths: Sequence[Path], as_json: bool) -> int:
    """Print every problem with its excerpt, then every open point on a line.

    Returns the exit code: 0 fine, though points may be open; 1 problems; 2 something could not be read.
    """
    found = check_paths(paths)
    if as_json:
        show_json(found.plain())
    else:
        for problem in found.problems:
            typer.echo(f"{problem}\n")
        for point in found.open_points:
            typer.echo(f"{point.place}: {point.code} {point.sentence}{_nearest(point)}")
    counts = [_some(len(found.problems), "problem"), _some(len(found.open_points), "open point")]
    typer.echo(f"{' and '.join(counts)}.".capitalize(), err=True)
    return 2 if found.unreadable else 1 if found.problems else 0


def _nearest(point: Problem) -> str:
    """The word that was most likely meant; other mends of open points stand in --json."""
    return f"; {point.mend}" if point.mend.startswith("did you mean") else ""


def _some(number: int, noun: str) -> str:
    return counted(number, noun) if number else f"no {noun}s"
