"""The command `reconcile`: its arguments.

Knows words typed. Does not know how a statement is read; what the command needs is imported when it runs.
"""

from pathlib import Path
from typing import Annotated

import typer


def reconcile(
    folder: Annotated[Path, typer.Argument(metavar="WORKSPACE", help="A folder with documents and a ledger.")],
    statement: Annotated[Path, typer.Argument(metavar="STATEMENT", help="The other side's, as CSV or Parquet.")],
    period: Annotated[str, typer.Option("--period", metavar="P", help="2025-06, 2025-Q2 or 2025.")],
    rules: Annotated[
        Path | None,
        typer.Option("--map", metavar="RULES", help="How it is written; else statement.rules.yaml of WORKSPACE."),
    ] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", "--at", metavar="DATE", help="What had occurred by the end of that day.")
    ] = "",
    known_at: Annotated[str, typer.Option("--known-at", metavar="INSTANT", help="As it was recorded by then.")] = "",
    reading: Annotated[
        list[str] | None, typer.Option("--reading", metavar="QUESTION=READING", help="Read a question one way only.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write all of it as JSON; every line as FILE.csv.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Plain data instead of a table.")] = False,
) -> None:
    """Their statement against our figures: every difference by cause and clause. Exit code 1 when there are any."""
    from adidem.cli import reconciling
    from adidem.cli.main import problems_shown

    with problems_shown(as_json):
        reconciling.reconcile(folder, statement, period, rules, as_of, known_at, reading or [], out, as_json)
