"""Lines of text for a terminal of eighty columns.

Knows widths and words. Does not know what is shown. Colour only where a person looks on, and never against NO_COLOR.
"""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import typer

from adidem.desk.simulating.amounts import NO_BREAK, UNBROKEN
from adidem.kernel.quantity import exponent, show_money

GAP, INSET = 2, 4
"""Between columns, and before what stands below a cell that is too long."""
LEAST_ROOM = 20
"""A cell is not wrapped beside others into less."""


def width() -> int:
    """The width of the terminal, at least 60 and at most 100; 80 where there is none."""
    return min(100, max(60, shutil.get_terminal_size((80, 24)).columns))


def styled() -> bool:
    """Whether bold and colour may be used."""
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def heading(text: str) -> None:
    """A heading with a line of its own."""
    typer.echo("")
    typer.secho(text, bold=True) if styled() else typer.echo(text)


def line(text: str = "", indent: int = 0, hang: int = 2) -> None:
    """A paragraph, wrapped; what follows its first line is indented by `hang` more."""
    wrapped = wrap(text, width(), " " * indent, " " * (indent + hang))
    typer.echo("\n".join(wrapped) if wrapped else "")


def wrap(text: str, room: int, first: str = "", later: str = "") -> list[str]:
    """The lines of a paragraph. No amount is torn from its unit, nor a word at its hyphen."""
    whole = UNBROKEN.sub(NO_BREAK, text)
    lines = textwrap.wrap(
        whole, room, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(NO_BREAK, " ") for line in lines]


def table(rows: Sequence[Sequence[str]], indent: int = 2, right: Iterable[int] = ()) -> None:
    """Columns as wide as they need, two spaces apart.

    Of a row that is wider than the terminal the last cell is wrapped beside the others; where it has no room there,
    below them; and where these have none on one line, all stand below the first.
    """
    sizes = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    flush = set(right)
    for row in rows:
        cells = [
            cell.rjust(size) if i in flush else cell.ljust(size)
            for i, (cell, size) in enumerate(zip(row, sizes, strict=True))
        ]
        if len(text := _row(cells, indent)) <= width():
            typer.echo(text)
        elif len(lead := _row(cells[:-1], indent)) <= width():
            _wrapped(lead, row[-1], indent, indent + sum(sizes[:-1]) + GAP * (len(sizes) - 1))
        else:
            if row[0]:
                line(row[0], indent, 0)
            rest = _row(cells[1:], indent + INSET)
            typer.echo(rest) if len(rest) <= width() else line(_row(filter(None, row[1:])), indent + INSET, 0)


def _row(cells: Iterable[str], indent: int = 0) -> str:
    return (" " * indent + (" " * GAP).join(cells)).rstrip()


def _wrapped(lead: str, last: str, indent: int, start: int) -> None:
    """The last cell of a row, from `start` on beside the others; below them where its words have no room there."""
    room = width() - start
    if room < LEAST_ROOM or max(map(len, UNBROKEN.sub(NO_BREAK, last).split(" "))) > room:
        typer.echo(lead)
        line(last, indent + INSET, 0)
        return
    first, *others = wrap(last, room)
    typer.echo(f"{lead.ljust(start)}{first}")
    for more in others:
        typer.echo(" " * start + more)


def counted(number: int, noun: str) -> str:
    """`1 world`, `2,000 worlds`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def and_more(left_out: int, indent: int, noun: str = "") -> None:
    """A line that says how many are not on the page, where any are left out."""
    if left_out > 0:
        what = counted(left_out, f"more {noun}") if noun else f"{left_out:,} more"
        line(f"… and {what}: --json lists them all", indent)


def short_money(minor: int, currency: str) -> str:
    """Whole amounts of a million and more in short: `USD 160 m`; every digit where short would lose one."""
    unit = 10 ** exponent(currency)
    for size, name in ((10**9, "bn"), (10**6, "m")):
        if abs(minor) >= size * unit and (minor * 1000) % (size * unit) == 0:
            whole, part = divmod(abs(minor) * 1000 // (size * unit), 1000)
            digits = f".{part:03d}".rstrip("0") if part else ""
            return f"{currency} {'-' if minor < 0 else ''}{whole:,}{digits} {name}"
    return show_money(minor, currency)


def money_range(low: int, high: int, currency: str) -> str:
    """`USD 60 m to 120 m`; one amount where both ends are one."""
    if low == high:
        return short_money(low, currency)
    return f"{short_money(low, currency)} to {short_money(high, currency).removeprefix(currency + ' ')}"


def show_json(data: Any) -> None:
    """Plain data, one object, the same bytes for the same answer."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
