"""The commands of the money desk: `settle`, `reconcile`, `commitments` and `claim`.

Knows words typed. Does not know how an answer is found; what a command needs is imported when it runs.
"""

from pathlib import Path
from typing import Annotated

import typer

from adidem.cli.ending import problems_shown
from adidem.cli.options import (
    AsOfOption,
    FolderArgument,
    JsonOption,
    KnownOption,
    PeriodOption,
    ReadingOption,
    WithOption,
)


def settle(
    folder: FolderArgument,
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="As in 2025-Q3, 2025-09 or 2025.")],
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help="table, json, csv, parquet, xlsx, focus or journal.")
    ] = "table",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there, whole or not at all.")
    ] = None,
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    reading: Annotated[
        list[str] | None,
        typer.Option("--readings", "--reading", metavar="QUESTION=READING", help="Read a question one way only."),
    ] = None,
    close: Annotated[bool, typer.Option("--close", help="Close the period: an event of the ledger.")] = False,
    other_length: Annotated[
        bool, typer.Option("--other-length", help="The next to be closed is longer or shorter than the last one.")
    ] = False,
    prepared_by: Annotated[
        str, typer.Option("--prepared-by", metavar="NAME", help="Who prepared the closing; else who is logged in.")
    ] = "",
    approved_by: Annotated[str, typer.Option("--approved-by", metavar="NAME", help="Who approved the closing.")] = "",
    as_json: JsonOption = False,
) -> None:
    """What a period settles and leaves open; --close closes it.

    Figures, adjustments of closed periods, interest and netting.
    """
    from adidem.cli import settling
    from adidem.desk.output import spared

    with problems_shown(as_json):
        spared(out, folder)
        form = "json" if as_json else form
        asked = settling.Asked(period, form, out, as_of, known_at, reading or [], close, other_length)
        settling.settle(folder, asked, prepared_by, approved_by)


def reconcile(
    folder: FolderArgument,
    statement: Annotated[Path, typer.Argument(metavar="STATEMENT", help="The other side's: CSV, Parquet or XLSX.")],
    period: PeriodOption,
    rules: Annotated[
        Path | None,
        typer.Option("--map", metavar="RULES", help="How it is written; else statement.rules.yaml of WORKSPACE."),
    ] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", "--at", metavar="DATE", help="As of that day; else the last of record and period.")
    ] = "",
    known_at: KnownOption = "",
    reading: ReadingOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="All of it as JSON; to a FILE.csv every line that differs instead."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Their statement against our figures, every difference.

    By cause and clause, each proved by a run. Exit code 1 when there are any.
    """
    from adidem.cli import reconciling
    from adidem.desk.output import spared

    with problems_shown(as_json):
        spared(out, folder, statement, *([rules] if rules is not None else []))
        reconciling.reconcile(folder, statement, period, rules, as_of, known_at, reading or [], out, as_json)


def commitments(
    folder: FolderArgument,
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    reading: ReadingOption = None,
    with_event: WithOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is committed, counted, left and owed.

    And where the rate of late leads. Exit code 1 where the provider's record differs.
    """
    from adidem.cli import commitments as burning

    with problems_shown(as_json):
        raise typer.Exit(burning.commitments(folder, as_of, known_at, reading or [], with_event or [], as_json))


def claim(
    folder: FolderArgument,
    period: PeriodOption,
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    reading: ReadingOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.md", help="Write the letter, and the evidence as FILE.json.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Service credits of a period, and the letter to claim them.

    What was measured, which tier applies, the last day to claim, and the evidence.
    """
    from adidem.cli import claiming
    from adidem.desk.output import spared

    with problems_shown(as_json):
        spared(out, folder)
        claiming.claim(folder, period, as_of, known_at, reading or [], out, as_json)
