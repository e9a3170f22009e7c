"""Cells: the slots of a source in the worlds of a block, all of them or those in which its event comes.

Knows what parameters, drivers and streams say in a cell, and in which world a formula fails. Does not know which
events come, nor what is drawn for them.

What does not come needs no day, no amount and no answer: where an event is rare, so is the work.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from adidem.kernel.quantity import Array
from adidem.kernel.term import Syntax
from adidem.worlds.draws import Draws
from adidem.worlds.elementary import Float64
from adidem.worlds.expression import EVERYWHERE, Apart, Bools, holds_of, number_of
from adidem.worlds.outcome import Outcomes
from adidem.worlds.slot import Lane


@dataclass(frozen=True, eq=False)
class Cells:
    """What can be asked of some cells. Arrays of all cells are [slots, worlds], of picked ones [cells].

    taken     id of a parameter → float64 [1 or worlds]
    paths     id of a driver → float64 [periods + 1, worlds]
    outcomes  of the sources that are drawn already
    place     [cells] the slot of each picked cell among those of the source, `world` its world; None for all cells
    """

    lane: Lane
    draws: Draws
    taken: Mapping[str, Float64]
    paths: Mapping[str, Float64]
    outcomes: Outcomes
    apart: Apart
    place: Array | None = None
    world: Array | None = None

    def only(self, place: Array, world: Array, at_most: int) -> "Cells":
        """Of all cells, those in which something comes: in each world no more than the first `at_most`, if not 0.

        place    [cells] ascending, the slots in which it comes, `world` the worlds
        """
        if at_most:
            kept = self.draws.foremost(world, at_most)
            place, world = place[kept], world[kept]
        return replace(self, place=place, world=world)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an array that has a value for each cell."""
        return (len(self.lane.slots), self.draws.worlds) if self.place is None else (len(self.place),)

    def of_slots(self, values: Array) -> Array:
        """[slots, 1] or [cells] What each slot says, in each cell."""
        return values[:, None] if self.place is None else values[self.place]

    def parameter(self, id: str) -> Float64:
        """[1 or worlds] or [1 or cells] What a parameter is in the world of each cell."""
        return _in_worlds(self.taken[id], self.world)

    def uniforms(self, name: str) -> Float64:
        """[slots, worlds] or [cells] The numbers of a stream between 0 and 1, each at the number of its period."""
        number = self.lane.number
        if self.place is None or self.world is None:
            return self.draws.uniforms(name, int(number[0]), len(number))
        return self.draws.uniforms_at(name, number[self.place], self.world)

    def number(self, syntax: Syntax, rows: Array, name: str, where: Bools = EVERYWHERE) -> Float64:
        """The value of the formula `name`; worlds are set apart where it has none and is asked for.

        rows     [slots] the rows of the drivers' paths that each slot reads
        """
        apart = self._own_apart()
        value = number_of(syntax, self._names(rows), apart, name, where)
        self._set_apart(apart)
        return value

    def holds(self, syntax: Syntax, rows: Array, name: str, where: Bools = EVERYWHERE) -> Bools:
        """Whether the formula `name` holds; worlds are set apart where that cannot be said and is asked for."""
        apart = self._own_apart()
        value = holds_of(syntax, self._names(rows), apart, name, where)
        self._set_apart(apart)
        return value

    def mark(self, reason: str, where: Bools) -> None:
        """Set apart the worlds of the cells in which it holds.

        where    bool, what spreads to the cells
        """
        if where.any():
            apart = self._own_apart()
            apart.mark(reason, where)
            self._set_apart(apart)

    def put(self, out: Array, values: Array) -> None:
        """Write the cells' values into a column of their kind, int64 [slots of the kind, worlds]."""
        if self.place is None or self.world is None:
            out[self.lane.rows] = values
        else:
            values = np.ascontiguousarray(np.broadcast_to(values, self.place.shape))
            self.draws.scatter(values, self.lane.rows[self.place], self.world, out)

    def read(self, column: Array) -> Array:
        """[slots, worlds] or [cells] The cells' values of a column of their kind, as `put` wrote them."""
        if self.place is None or self.world is None:
            return column[self.lane.rows]
        return column[self.lane.rows[self.place], self.world]

    def _names(self, rows: Array) -> "_Names":
        return _Names(self, rows if self.place is None else rows[self.place])

    def _own_apart(self) -> Apart:
        return self.apart if self.world is None else Apart(len(self.world))

    def _set_apart(self, own: Apart) -> None:
        if self.world is None:
            return
        for reason, cells in own.reasons.items():
            worlds = np.zeros(self.draws.worlds, bool)
            worlds[self.world[cells]] = True
            self.apart.mark(reason, worlds)


class _Names(Mapping[str, Float64]):
    """The names that a formula may use, with the drivers in certain rows of their paths; outcomes are not counted."""

    def __init__(self, cells: Cells, rows: Array):
        self.cells, self.rows = cells, rows

    def __getitem__(self, name: str) -> Float64:
        path = self.cells.paths.get(name)
        if path is None and name in self.cells.taken:
            return self.cells.parameter(name)
        if path is None:
            return self.cells.outcomes.value(name, self.rows, self.cells.world)
        if self.cells.world is not None:
            return path[self.rows, self.cells.world]
        first, last = int(self.rows[0]), int(self.rows[-1])
        # Ascending rows without a gap need no copy.
        return path[first : last + 1] if last - first == len(self.rows) - 1 else path[self.rows]

    def __iter__(self) -> Iterator[str]:
        return iter((*self.cells.taken, *self.cells.paths))

    def __len__(self) -> int:
        return len(self.cells.taken) + len(self.cells.paths)


def _in_worlds(values: Float64, world: Array | None) -> Float64:
    return values if world is None or len(values) == 1 else values[world]
