"""Tables of figures: a name, then as many columns of figures as go on the page.

Knows widths and cells. Does not know what is counted.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import typer

from adidem.cli.layout import width

INDENT, GAP = 2, 2


@dataclass
class Figures:
    """Rows of figures under the names of their columns, in groups.

    columns  the names of the columns
    less     those that are left out where not all go beside the names
    """

    columns: Sequence[str]
    less: Collection[str] = ()
    rows: list[tuple[str, Sequence[str] | None]] = field(default_factory=list[tuple[str, "Sequence[str] | None"]])

    def group(self, name: str) -> None:
        """What follows belongs together, under a name of its own."""
        self.rows.append((name, None))

    def add(self, name: str, cells: Iterable[str]) -> None:
        """A row: a cell for every column."""
        self.rows.append((name, tuple(cells)))

    def print(self) -> None:
        """The whole table, or nothing where it has no row of figures. A name that is too long has a line of its own."""
        grouped = any(cells is None for _, cells in self.rows)
        inset = INDENT + (2 if grouped else 0)
        names = [inset + len(name) for name, cells in self.rows if cells is not None]
        if not names:
            return
        places = list(range(len(self.columns)))
        if max(names) + self._wide(places) > width():
            places = [place for place in places if self.columns[place] not in self.less]
        sizes = self._sizes(places)
        room = min(max(names), width() - self._wide(places))
        heads = zip((self.columns[place] for place in places), sizes, strict=True)
        typer.echo(" " * max(room, inset) + "".join(" " * GAP + head.rjust(size) for head, size in heads))
        for name, cells in self.rows:
            if cells is None:
                typer.echo(" " * INDENT + name)
                continue
            start = " " * inset + name
            if len(start) > room:
                typer.echo(start)
                start = ""
            line = start.ljust(room)
            line += "".join(" " * GAP + cells[place].rjust(size) for place, size in zip(places, sizes, strict=True))
            typer.echo(line.rstrip())

    def _sizes(self, places: Iterable[int]) -> list[int]:
        full = [cells for _, cells in self.rows if cells is not None]
        return [max(len(self.columns[place]), *(len(cells[place]) for cells in full)) for place in places]

    def _wide(self, places: Iterable[int]) -> int:
        return sum(size + GAP for size in self._sizes(places))
