"""The commands `ledger append`, `list`, `verify`, `move`, `export` and `restore`: their arguments.

Knows words typed. Does not know what is done with events; what a command needs is imported when it runs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from adidem.cli.ending import problems_shown
from adidem.cli.options import ApprovedOption, FolderArgument, JsonOption, PreparedOption

app = typer.Typer(no_args_is_help=True, help="Append to the ledger, list it, prove it, move it.", rich_markup_mode=None)


@contextmanager
def _book(as_json: bool) -> Iterator[ModuleType]:
    """Where the commands are done, imported when one of them runs; what is wrong is shown."""
    with problems_shown(as_json):
        from adidem.cli import book

        yield book


@app.command("append")
def append(
    folder: FolderArgument,
    events: Annotated[
        list[str], typer.Argument(metavar="EVENT…", help="As JSON, or `kind column=value …`; - reads lines.")
    ],
    prepared_by: PreparedOption = "",
    approved_by: ApprovedOption = "",
    as_json: JsonOption = False,
) -> None:
    """Append events, sealed: all of them or none."""
    with _book(as_json) as book:
        book.append(folder, events, prepared_by, approved_by, as_json)


@app.command("list")
def listing(
    folder: FolderArgument,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="Only events of one kind.")] = "",
    as_json: JsonOption = False,
) -> None:
    """The events, in the order in which they occurred."""
    with _book(as_json) as book:
        book.listing(folder, kind, as_json)


@app.command("verify")
def verify(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """Prove the chain of seals, and the documents.

    A document is proved where the ledger says with which bytes it entered the record.
    """
    with _book(as_json) as book:
        raise typer.Exit(book.verify(folder, as_json))


@app.command("move")
def move(
    folder: FolderArgument,
    to: Annotated[str, typer.Option("--to", metavar="HOME", help="text, sqlite, or postgresql://HOST/DATABASE.")],
    as_json: JsonOption = False,
) -> None:
    """Take the ledger to another home, under the same seals."""
    with _book(as_json) as book:
        book.move(folder, to, as_json)


@app.command("export")
def export(
    folder: FolderArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file to write; - is standard output.")],
    as_json: JsonOption = False,
) -> None:
    """Write the ledger as text, one sealed event a line."""
    with _book(as_json) as book:
        book.export(folder, file, as_json)


@app.command("restore")
def restore(
    folder: FolderArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `ledger export` wrote.")],
    as_json: JsonOption = False,
) -> None:
    """Put exported events back: the same chain again.

    As far as they are not there.
    """
    with _book(as_json) as book:
        book.restore(folder, file, as_json)
