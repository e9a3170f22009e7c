"""Norms read out of an evaluation: what must, may and must not be done as of a day.

Knows norms, rows and worlds. Does not know transfers, readings or how results are shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from adidem.findings.worlds import at
from adidem.kernel.formula import CELL, ONE, Formula
from adidem.kernel.norm import STATES, Norm, state
from adidem.kernel.period import NEVER, period_label
from adidem.kernel.quantity import Array
from adidem.records.columns import Columns


@dataclass(frozen=True, slots=True)
class Standing:
    """A norm, its state on the as-of day, and since when it is in it.

    row       its place among the records or periods of the norm's domain
    rests_on  the assumed terms of which another value within the range alone would change its state or its due day
    states    every state that it has within those ranges, its own first
    dues      the first and the last day on which it is due within those ranges
    """

    id: str
    norm: Norm
    due: int
    state: str
    event: str = ""
    since: int = NEVER
    row: int = 0
    rests_on: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    dues: tuple[int, int] = (NEVER, NEVER)

    @property
    def is_certain(self) -> bool:
        """Whether its state is the same at every value that is assumed."""
        return len(self.states) <= 1


@dataclass(frozen=True)
class Life:
    """How one norm stands in every row and world.

    codes  [rows, worlds] its states, by their places in STATES
    due    [rows, worlds] or [1, 1] the days on which it is due; NEVER
    since  [rows, worlds] the days on which the states were reached
    """

    codes: Array
    due: Array
    since: Array

    @classmethod
    def of(cls, norm: Norm, values: Mapping[int, Array], as_of: int) -> "Life":
        """The norm as the values of its dates make it, on the day `as_of`."""

        def value(formula: Formula | None) -> Array | None:
            return None if formula is None else values[formula.index]

        d = norm.dates
        due, terminated = value(d.due), value(d.terminated)
        if norm.kind != "obligation" and due is not None:
            lapsed = np.where(due < NEVER, due + 1, due)
            terminated = lapsed if terminated is None else np.minimum(terminated, lapsed)
        codes, since = state(
            as_of,
            values[d.arises.index],
            due if norm.kind == "obligation" else None,
            value(d.fulfilled),
            value(d.violated),
            value(d.discharged),
            terminated,
            value(d.suspended),
        )
        return cls(codes, np.full((1, 1), NEVER) if due is None else due, since)

    def seen(self, row: int, worlds: range) -> list[tuple[int, int]]:
        """The state's code and the due day of a row, in each of these worlds."""
        return [(at(self.codes, row, world), at(self.due, row, world)) for world in worlds]


def standings(norm: Norm, life: Life, columns: Columns, rows: Iterable[int], world: int) -> Iterator[Standing]:
    """How some rows of a norm stand in a world."""
    for row in rows:
        event = "" if norm.domain in (ONE, CELL) else columns.id(norm.domain, row)
        period = period_label(int(columns.grid.last_day[row]), norm.every) if norm.domain == CELL else ""
        id = "/".join(part for part in (norm.clause, event or period, norm.name) if part)
        due = at(life.due, row, world)
        name = STATES[at(life.codes, row, world)]
        yield Standing(id, norm, due, name, event, at(life.since, row, world), row, (), (name,), (due, due))
