"""adidem on the command line: the commands, their arguments, and how problems end them.

Knows words typed and streams. Does not know how an answer is found. What a command needs is imported when it runs.
"""

import gc
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from adidem import __version__
from adidem.cli import claiming, import_commands, ledger_commands, reconcile_command

app = typer.Typer(
    name="adidem",
    help="Runs partnership agreements, and shows where the parties do not mean the same thing.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(ledger_commands.app, name="ledger")
app.add_typer(import_commands.app, name="import")
app.command("reconcile")(reconcile_command.reconcile)
app.command("claim")(claiming.claim)

BROKEN_OFF = 130
"""The exit code when a key was pressed to end it."""

FolderArgument = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="A folder with documents and a ledger.")]
AsOfOption = Annotated[str, typer.Option("--as-of", metavar="DATE", help="What had occurred by the end of that day.")]
KnownOption = Annotated[str, typer.Option("--known-at", metavar="INSTANT", help="As it was recorded by then.")]
ReadingOption = Annotated[
    list[str] | None, typer.Option("--reading", metavar="QUESTION=READING", help="Read a question one way only.")
]
WithOption = Annotated[
    list[str] | None,
    typer.Option(
        "--with", metavar="EVENT", help='A hypothetical event: "declaration by=openai subject=agi human_level=yes".'
    ),
]
UntilOption = Annotated[str, typer.Option("--until", metavar="DATE", help="Another last day than the outlook's.")]
SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same futures.")]
ScenarioOption = Annotated[str, typer.Option("--scenario", metavar="NAME", help="Every future in one scenario.")]
PartitionOption = Annotated[
    str, typer.Option("--partition", metavar="NAME", help="Which partition of the future is sampled.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Plain data instead of a table.")]


def main() -> None:
    """Run the command line; a closed pipe is no error, nor a name that the terminal cannot show.

    A key that ends it (SIGINT) ends it with a sentence, and with 130 as exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Nearly all that a command makes lives until it ends; to look for circles among it every 700 objects takes a tenth
    # of its time.
    gc.set_threshold(100_000, 20, 100)
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except SystemExit as ended:
        if ended.code == BROKEN_OFF:
            _break_off()
        raise
    except OSError as wrong:
        sys.stderr.write(f"adidem: cannot write the answer: {wrong.strerror or wrong}\n")
        os._exit(2)  # what is still buffered cannot be written either


def _break_off(words: str = "") -> None:
    """End at once: what threads are still at is not waited for."""
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.write(f"adidem: broken off{': ' if words else ''}{words}\n")
        sys.stderr.flush()
    os._exit(BROKEN_OFF)


@contextmanager
def problems_shown(as_json: bool) -> Iterator[None]:
    """What is wrong with documents, events or the question: shown on stderr, all at once; exit code 2."""
    from adidem.cli.layout import show_json
    from adidem.kernel.problem import ProblemError

    try:
        yield
    except ProblemError as error:
        if as_json:
            show_json({"ok": False, "problems": [problem.plain() for problem in error.problems]})
        else:
            typer.echo("\n\n".join(str(problem) for problem in error.problems), err=True)
            count = len(error.problems)
            typer.echo(f"\n{count} problem{'s' if count > 1 else ''}.", err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt as key:
        _break_off(str(key))


def version(value: bool) -> None:
    """Print the version and end."""
    if value:
        typer.echo(f"adidem {__version__}")
        raise typer.Exit


@app.callback()
def root(
    show: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Runs partnership agreements."""


@app.command()
def new(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """A small agreement that runs, to start from."""
    from adidem.cli import start

    with problems_shown(as_json):
        start.new(folder, as_json)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(metavar="WORKSPACE|FILE…", help="Folders or documents.")],
    as_json: JsonOption = False,
) -> None:
    """Every problem and open point at once. Exit code 1 when there are problems, 2 when a file cannot be read."""
    from adidem.cli import checking

    raise typer.Exit(checking.check(paths, as_json))


@app.command()
def run(
    folder: FolderArgument,
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    reading: ReadingOption = None,
    with_event: WithOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is in force, who owes what by when, and what was transferred, under every reading that matters."""
    from adidem.cli import running

    with problems_shown(as_json):
        running.run(folder, as_of, known_at, reading or [], with_event or [], as_json)


@app.command()
def show(
    folder: FolderArgument,
    as_of: AsOfOption = "",
    since: Annotated[bool, typer.Option("--since", help="Add what each later document changed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The state of an agreement on one page."""
    from adidem.cli import page

    with problems_shown(as_json):
        page.show(folder, as_of, since, as_json)


@app.command()
def may(
    folder: FolderArgument,
    party: Annotated[str, typer.Argument(metavar="PARTY")],
    act: Annotated[str, typer.Argument(metavar="ACT")],
    asset: Annotated[str, typer.Argument(metavar="ASSET")],
    at: Annotated[
        str, typer.Option("--at", metavar="INSTANT", help="On that day; by default the last of the record.")
    ] = "",
    other: Annotated[str, typer.Option("--with-whom", metavar="NAME", help="With whom it would be done.")] = "",
    new_asset: Annotated[
        bool, typer.Option("--new", help="The asset is a new one, in the sense of “new workload”.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Yes, no, or “it depends on the reading”, with clause and reason."""
    from adidem.cli import asking

    with problems_shown(as_json):
        asking.may(folder, party, act, asset, at, other, new_asset, as_json)


@app.command()
def explain(
    folder: FolderArgument,
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help="The id of a transfer, as `run` prints it.")],
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    reading: ReadingOption = None,
    with_event: WithOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why this figure, and the smallest change that would have made it otherwise."""
    from adidem.cli import asking

    with problems_shown(as_json):
        asking.explain(folder, figure, as_of, known_at, reading or [], with_event or [], as_json)


@app.command()
def readings(
    folder: FolderArgument,
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    with_event: WithOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where the parties are not ad idem, who holds what, and what turns on it."""
    from adidem.cli import asking

    with problems_shown(as_json):
        asking.readings(folder, as_of, known_at, with_event or [], as_json)


@app.command()
def simulate(
    folder: FolderArgument,
    worlds: Annotated[str, typer.Option("--worlds", metavar="N", help="How many futures: 10000, 1e6.")] = "1e6",
    until: UntilOption = "",
    seed: SeedOption = 1,
    reading: Annotated[
        list[str] | None,
        typer.Option("--reading", metavar="QUESTION=READING|all", help="One way only; or every combination."),
    ] = None,
    scenario: ScenarioOption = "",
    partition: PartitionOption = "",
    world: Annotated[int | None, typer.Option("--world", metavar="K", help="Open one future as a record.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write Parquet files and a sheet of plots there.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what a broken run has left in --out.")] = False,
    cluster: Annotated[str, typer.Option("--cluster", metavar="URL", help="Run on Ray: an address, or local.")] = "",
    as_json: JsonOption = False,
) -> None:
    """What may come: the agreement over many sampled futures, by the workspace's outlook."""
    from adidem.cli import simulating

    with problems_shown(as_json):
        typed = (worlds, until, seed, reading or [], scenario, partition, out, resume, cluster, as_json)
        asked = simulating.Asked(*typed)
        if world is not None:
            simulating.open_world(folder, asked, world)
        else:
            simulating.simulate(folder, asked)


@app.command()
def influence(
    folder: FolderArgument,
    until: UntilOption = "",
    seed: SeedOption = 1,
    reading: ReadingOption = None,
    scenario: ScenarioOption = "",
    partition: PartitionOption = "",
    every: Annotated[bool, typer.Option("--every", help="Every stream of payments, not the largest alone.")] = False,
    as_json: JsonOption = False,
) -> None:
    """What moves each result: every assumed number alone, and all of them together."""
    from adidem.cli import exploring

    with problems_shown(as_json):
        asked = exploring.Asked(until, seed, reading or [], scenario, partition, as_json)
        exploring.influence(folder, asked, every)


@app.command()
def discover(
    folder: FolderArgument,
    condition: Annotated[str, typer.Argument(metavar="CONDITION", help="As in: not share.in_force.")],
    until: UntilOption = "",
    seed: SeedOption = 1,
    reading: ReadingOption = None,
    scenario: ScenarioOption = "",
    partition: PartitionOption = "",
    as_json: JsonOption = False,
) -> None:
    """The corner of the assumption space in which a condition holds."""
    from adidem.cli import exploring

    with problems_shown(as_json):
        asked = exploring.Asked(until, seed, reading or [], scenario, partition, as_json)
        exploring.discover(folder, condition, asked)


@app.command()
def backtest(
    folder: FolderArgument,
    starts: Annotated[
        str, typer.Option("--from", metavar="DATE", help="The day after which it is played; else as the outlook says.")
    ] = "",
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="The last day compared; else that of the record.")
    ] = "",
    worlds: Annotated[str, typer.Option("--worlds", metavar="N", help="How many futures: 10000, 1e5.")] = "10000",
    seed: SeedOption = 1,
    came: Annotated[str, typer.Option("--came", metavar="SCENARIO", help="It came, whatever its criteria say.")] = "",
    reading: ReadingOption = None,
    as_json: JsonOption = False,
) -> None:
    """The outlook tried on the past: played from an earlier day, and scored against what happened since."""
    from adidem.cli import backtesting

    with problems_shown(as_json):
        asked = backtesting.Asked(starts, until, worlds, seed, came, reading or [], as_json)
        backtesting.backtest(folder, asked)


@app.command()
def commitments(
    folder: FolderArgument,
    at: Annotated[str, typer.Option("--at", metavar="DATE", help="On that day; else the last of the record.")] = "",
    known_at: KnownOption = "",
    reading: ReadingOption = None,
    with_event: WithOption = None,
    as_json: JsonOption = False,
) -> None:
    """Each commitment: committed, counted, left, at what rate, and what is owed. Exit code 1 where a record differs."""
    from adidem.cli import commitments as burning

    with problems_shown(as_json):
        raise typer.Exit(burning.commitments(folder, at, known_at, reading or [], with_event or [], as_json))


@app.command()
def text(folder: FolderArgument, as_of: AsOfOption = "", as_json: JsonOption = False) -> None:
    """The consolidated text in force, as a LegalDown document."""
    from adidem.cli import text as consolidated

    with problems_shown(as_json):
        consolidated.text(folder, as_of, as_json)


@app.command()
def settle(
    folder: FolderArgument,
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="As in 2025-Q3, 2025-09 or 2025.")],
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help="table, json, csv, parquet, xlsx, focus or journal.")
    ] = "table",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it there, whole or not.")] = None,
    at: Annotated[str, typer.Option("--at", metavar="DATE", help="As of that day; else the last of the record.")] = "",
    known_at: KnownOption = "",
    reading: Annotated[
        list[str] | None,
        typer.Option("--readings", "--reading", metavar="QUESTION=READING", help="Read a question one way only."),
    ] = None,
    close: Annotated[bool, typer.Option("--close", help="Close the period: an event of the ledger.")] = False,
    prepared_by: Annotated[str, typer.Option("--prepared-by", metavar="NAME", help="Else who is logged in.")] = "",
    approved_by: Annotated[str, typer.Option("--approved-by", metavar="NAME", help="Who approved the closing.")] = "",
    as_json: JsonOption = False,
) -> None:
    """What a period settles: figures, adjustments of closed periods, interest, netting, and what is open."""
    from adidem.cli import settling

    with problems_shown(as_json):
        asked = settling.Asked(period, "json" if as_json else form, out, at, known_at, reading or [], close)
        settling.settle(folder, asked, prepared_by, approved_by)


@app.command()
def program(folder: FolderArgument, as_of: AsOfOption = "", as_json: JsonOption = False) -> None:
    """The compiled formulas, each with unit, clause and source line."""
    from adidem.cli import listing

    with problems_shown(as_json):
        listing.program(folder, as_of, as_json)
