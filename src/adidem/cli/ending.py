"""How a command ends when something is wrong, or a key is pressed.

Knows problems and streams. Does not know commands.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import typer

BROKEN_OFF = 130
"""The exit code when a key was pressed to end it."""


def break_off(words: str = "") -> None:
    """End at once: what threads are still at is not waited for."""
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.write(f"adidem: broken off{': ' if words else ''}{words}\n")
        sys.stderr.flush()
    os._exit(BROKEN_OFF)


@contextmanager
def problems_shown(as_json: bool) -> Iterator[None]:
    """What is wrong with documents, events or the question: shown on stderr, all at once; exit code 2."""
    from adidem.cli.layout import counted, show_json
    from adidem.kernel.problem import ProblemError

    try:
        yield
    except ProblemError as error:
        if as_json:
            show_json({"ok": False, "problems": [problem.plain() for problem in error.problems]})
        else:
            typer.echo("\n\n".join(str(problem) for problem in error.problems), err=True)
            typer.echo(f"\n{counted(len(error.problems), 'problem')}.", err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt as key:
        break_off(str(key))
