"""How values move between records, periods and worlds.

Knows arrays, the grid of periods and where each record lies on it. Does not know formulas or what the numbers mean.

Each move has a whole form, over all periods at once, and those that state is carried by a step form, for one period.
Each takes the ufunc by which values meet: `add` or `minimum` for the values, `bitwise_or` for what they rest on.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adidem.kernel.period import Grid
from adidem.kernel.quantity import Array


@dataclass(frozen=True)
class Shape:
    """What moving needs to know of a run.

    grid   the periods
    cells  of each kind of record: [rows] the period in which each lies, ascending
    """

    grid: Grid
    cells: dict[str, Array]
    _starts: dict[str, list[int]] = field(default_factory=dict[str, list[int]], compare=False)

    def cells_of(self, kind: str) -> Array:
        """[rows] The period of each record of a kind; empty for a kind without records."""
        return self.cells.get(kind, np.zeros(0, np.int64))

    def rows_in(self, kind: str, cell: int) -> slice:
        """The records of a kind that lie in one period."""
        starts = self._starts.get(kind)
        if starts is None:
            edges = np.searchsorted(self.cells_of(kind), np.arange(len(self.grid) + 1))
            starts = self._starts[kind] = edges.tolist()
        return slice(starts[cell], starts[cell + 1])


@dataclass(frozen=True, slots=True)
class Meeting:
    """How values meet: the ufunc, and what there is where none meet."""

    ufunc: Any
    empty: int


def gather_rows(value: Array, cells: Array, count: int, meeting: Meeting) -> Array:
    """[count, worlds] The records' values [rows, worlds] met in the period `cells` [rows, 1 or worlds] of each."""
    wide = max(value.shape[1], cells.shape[1])
    out = np.full((count, wide), meeting.empty, np.int64)
    if not len(value):
        return out
    if cells.shape[1] == 1:
        flat = cells[:, 0]
        if np.all(flat[1:] >= flat[:-1]) and flat[0] >= 0 and flat[-1] < count:
            starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
            out[flat[starts]] = meeting.ufunc.reduceat(value, starts, axis=0)
        else:
            inside = (flat >= 0) & (flat < count)
            meeting.ufunc.at(out, flat[inside], value[inside])
        return out
    value, cells = np.broadcast_to(value, (len(value), wide)), np.broadcast_to(cells, (len(value), wide))
    row, world = np.nonzero((cells >= 0) & (cells < count))
    meeting.ufunc.at(out, (cells[row, world], world), value[row, world])
    return out


def cells_of_rows(shape: Shape, kind: str, when: Array | None) -> Array:
    """[rows, 1 or worlds] The period in which each record counts: its own, or that of the day `when`."""
    return shape.cells_of(kind)[:, None] if when is None else shape.grid.cell(when)


def since(value: Array, closes: Array, meeting: Meeting) -> Array:
    """[cells, worlds] Met cumulatively, anew after each period that closes."""
    value, closes = np.broadcast_arrays(value, closes)
    out = np.empty_like(value)
    carried = np.full(value.shape[1], meeting.empty, np.int64)
    for cell in range(len(value)):
        out[cell] = meeting.ufunc(carried, value[cell])
        carried = np.where(closes[cell] != 0, meeting.empty, out[cell])
    return out


def previous(value: Array, initial: int) -> Array:
    """[cells, worlds] The value of the period before; `initial` in the first."""
    return np.concatenate([np.full((1, value.shape[1]), initial, np.int64), value[:-1]])


def at(shape: Shape, value: Array, when: Array, otherwise: int, last: int | None = None) -> Array:
    """[rows, worlds] The value [cells, worlds] of the period in which each day lies.

    Before the first period it is `otherwise`, past the `last` one (by default the grid's) that one's.
    """
    cells = np.minimum(shape.grid.cell(when), len(value) - 1 if last is None else last)
    return _pick_rows(value, cells, otherwise)


def through(value: Array, index: Array, otherwise: int) -> Array:
    """[rows, worlds] The joined record's value; `otherwise` where the index is negative."""
    if not len(value):
        return np.full(index.shape, otherwise, np.int64)
    return _pick_rows(value, index, otherwise)


def _pick_rows(value: Array, index: Array, otherwise: int) -> Array:
    safe = np.maximum(index, 0)
    if index.shape[1] == 1:
        picked = value[safe[:, 0]]
    else:
        picked = np.take_along_axis(np.broadcast_to(value, (len(value), index.shape[1])), safe, axis=0)
    return np.where(index < 0, otherwise, picked)


def until(value: Array, own: Array, when: Array, meeting: Meeting) -> Array:
    """[queries, worlds] The records' values met over those whose day `own` is not later than `when`."""
    wide = max(value.shape[1], own.shape[1], when.shape[1])
    # What the text fixes has one row for all records.
    rows = len(own) if len(value) == 1 else len(value)
    value, own = np.broadcast_to(value, (rows, value.shape[1])), np.broadcast_to(own, (rows, own.shape[1]))
    columns: list[Array] = []
    for world in range(wide):
        days = own[:, min(world, own.shape[1] - 1)]
        order = np.argsort(days, kind="stable")
        met = meeting.ufunc.accumulate(value[order, min(world, value.shape[1] - 1)])
        found = np.searchsorted(days[order], when[:, min(world, when.shape[1] - 1)], side="right")
        columns.append(np.concatenate([[meeting.empty], met])[found])
    return np.stack(columns, axis=1).astype(np.int64) if columns else np.zeros((len(when), 1), np.int64)
