"""The command `text`.

Knows what was typed and that a document is printed as it is.
"""

from pathlib import Path

import typer

from adidem.cli import typed
from adidem.cli.layout import show_json
from adidem.desk.consolidated import consolidated
from adidem.desk.workspace import open_workspace
from adidem.kernel.period import show_day


def text(folder: Path, as_of: str, as_json: bool) -> None:
    """Print the text in force on a day."""
    workspace = open_workspace(folder)
    pair = typed.pair(workspace, as_of, "")
    made, documents = consolidated(workspace, pair)
    if as_json:
        show_json({"as_of": show_day(pair.occurred), "documents": documents, "text": made})
    else:
        typer.echo(made, nl=False)
