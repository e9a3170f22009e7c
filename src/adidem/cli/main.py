"""adidem on the command line: the commands, their arguments, and how problems end them.

Knows words typed and streams. Does not know how an answer is found. What a command needs is imported when it runs.
"""

import gc
import io
import os
import sys
from typing import Annotated

import typer

from adidem import __version__
from adidem.cli import future_commands, import_commands, ledger_commands, money_commands, record_commands
from adidem.cli.ending import BROKEN_OFF, break_off

app = typer.Typer(
    name="adidem",
    help="Runs partnership agreements, and shows where the parties do not mean the same thing.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


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
    out = sys.stdout
    try:
        try:
            app()
        finally:
            out.flush()
    except BrokenPipeError:
        os._exit(0)  # nobody reads on; what is still buffered would be tried once more
    except SystemExit as ended:
        if ended.code == BROKEN_OFF:
            break_off()
        if sys.stdout is not out:  # Typer has met the closed pipe, and put a silent stream in its place
            os._exit(0)
        raise
    except OSError as wrong:
        sys.stderr.write(f"adidem: cannot write the answer: {wrong.strerror or wrong}\n")
        os._exit(2)  # what is still buffered cannot be written either


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


COMMANDS = (
    record_commands.new,
    record_commands.check,
    record_commands.run,
    record_commands.show,
    record_commands.may,
    record_commands.explain,
    record_commands.readings,
    money_commands.settle,
    money_commands.reconcile,
    money_commands.commitments,
    money_commands.claim,
    future_commands.simulate,
    future_commands.influence,
    future_commands.discover,
    future_commands.backtest,
    record_commands.text,
    record_commands.program,
)
"""In the order in which they are listed, and then the groups."""
for _command in COMMANDS:
    app.command()(_command)
app.add_typer(ledger_commands.app, name="ledger")
app.add_typer(import_commands.app, name="import")
