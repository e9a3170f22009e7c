"""The commands that ask what an agreement and its record come to: `check`, `run`, `may`, `explain` and others.

Knows words typed. Does not know how an answer is found; what a command needs is imported when it runs.
"""

from pathlib import Path
from typing import Annotated

import typer

from adidem.cli.ending import problems_shown
from adidem.cli.options import AsOfOption, FolderArgument, JsonOption, KnownOption, ReadingOption, WithOption


def new(
    folder: Annotated[Path, typer.Argument(metavar="WORKSPACE", help="A folder that is not there yet, or is empty.")],
    as_json: JsonOption = False,
) -> None:
    """A small agreement that runs, to start from."""
    from adidem.cli import start

    with problems_shown(as_json):
        start.new(folder, as_json)


def check(
    paths: Annotated[list[Path], typer.Argument(metavar="WORKSPACE|FILE…", help="Folders or documents.")],
    as_json: JsonOption = False,
) -> None:
    """Every problem and open point at once. Exit code 1 when there are problems, 2 when a file cannot be read."""
    from adidem.cli import checking

    raise typer.Exit(checking.check(paths, as_json))


def run(
    folder: FolderArgument,
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    reading: ReadingOption = None,
    with_event: WithOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is in force, who owes what, and what was transferred. Under every reading that matters."""
    from adidem.cli import running

    with problems_shown(as_json):
        running.run(folder, as_of, known_at, reading or [], with_event or [], as_json)


def show(
    folder: FolderArgument,
    as_of: AsOfOption = "",
    since: Annotated[bool, typer.Option("--since", help="Add what each later document changed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The state of an agreement on one page."""
    from adidem.cli import showing

    with problems_shown(as_json):
        showing.show(folder, as_of, since, as_json)


def may(
    folder: FolderArgument,
    party: Annotated[str, typer.Argument(metavar="PARTY", help="Who would do it, by a name of the front matter.")],
    act: Annotated[str, typer.Argument(metavar="ACT", help="What would be done: a word of the clauses, as in: place.")],
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="With what, by its path, as in: workload/search.")],
    at: Annotated[
        str,
        typer.Option(
            "--at",
            "--as-of",
            metavar="INSTANT",
            help="On that day, or at that instant; else the last day of the record.",
        ),
    ] = "",
    other: Annotated[str, typer.Option("--with-whom", metavar="NAME", help="With whom it would be done.")] = "",
    new_asset: Annotated[
        bool, typer.Option("--new", help="The asset is a new one, in the sense of “new workload”.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """May a party do it? Yes, no, or it depends on the reading.

    With clause and reason. Exit code 1 where it is not a plain yes.
    """
    from adidem.cli import asking

    with problems_shown(as_json):
        asking.may(folder, party, act, asset, at, other, new_asset, as_json)


def explain(
    folder: FolderArgument,
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help="The id of a transfer, as `run` prints it.")],
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    reading: ReadingOption = None,
    with_event: WithOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why this figure, and the smallest change that moves it."""
    from adidem.cli import asking

    with problems_shown(as_json):
        asking.explain(folder, figure, as_of, known_at, reading or [], with_event or [], as_json)


def readings(
    folder: FolderArgument,
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    with_event: WithOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where the parties are not ad idem, and what turns on it."""
    from adidem.cli import asking

    with problems_shown(as_json):
        asking.readings(folder, as_of, known_at, with_event or [], as_json)


def text(folder: FolderArgument, as_of: AsOfOption = "", as_json: JsonOption = False) -> None:
    """The consolidated text in force, as a LegalDown document."""
    from adidem.cli import text as consolidated

    with problems_shown(as_json):
        consolidated.text(folder, as_of, as_json)


def program(folder: FolderArgument, as_of: AsOfOption = "", as_json: JsonOption = False) -> None:
    """The compiled formulas, with unit, clause and source line."""
    from adidem.cli import program as formulas

    with problems_shown(as_json):
        formulas.program(folder, as_of, as_json)
