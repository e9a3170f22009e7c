"""What is looked at in sampled worlds: the streams of payment month by month, what each party is left with, and states.

Knows legs, norms, texts and the periods after the record. Does not know chance, scenarios or how worlds are counted.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.composition import Composition
from adidem.kernel.formula import CELL, Formula
from adidem.kernel.norm import STATES, Norm, state
from adidem.kernel.period import NEVER, Grid
from adidem.kernel.quantity import Array
from adidem.kernel.transfer import Leg

Flags = NDArray[np.bool_]
Values = Mapping[int, Array]
"""Node → [rows or cells or 1, worlds or 1]"""
REACHED = {"withheld": "cap reached"}
"""What it is called when a quantity that a clause carries is no longer nothing."""
OWED = {"shortfall": "short"}
"""What it is called when the leg of that name has owed something."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Payments from one party to another under one clause, or with `clause` empty what a party is left with in all."""

    payer: str
    payee: str
    clause: str
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class State:
    """A state of things that worlds may be in: its name, and the clause that it is a state of."""

    name: str
    clause: str


class Measures:
    """What to ask of every world, and how to read it from the values of the program.

    streams   payments by payer, payee and clause
    parties   whose net position is kept beside them
    states    in the order of `held`
    closes    [periods] last day of each month after the record, the last of them the end of the horizon
    """

    def __init__(self, composition: Composition, grid: Grid, starts: int):
        self.composition, self.grid, self.starts = composition, grid, starts
        self.first = int(grid.cell(np.array([starts + 1]))[0])
        self.closes = grid.last_day[self.first :]
        self.streams = _streams(composition.legs)
        self.parties = tuple(dict.fromkeys(p for s in self.streams for p in (s.payer, s.payee)))
        self.clauses = [c for c in dict.fromkeys(id for id, _ in composition.life) if self._may_stand(c)]
        self.norms = [n for n in composition.norms if n.kind in ("power", "prohibition", "obligation")]
        self.flows = {name: flows for name, flows in composition.flows.items() if _quantity(name) in REACHED}
        self.pending = dict.fromkeys(pending.target for pending in composition.pending)
        self.owed: dict[tuple[str, str], list[Leg]] = {}
        for leg in composition.legs:
            if leg.name in OWED:
                self.owed.setdefault((leg.clause, leg.name), []).append(leg)
        self.states = [*self._states()]

    @property
    def figures(self) -> int:
        """Streams, and after them the net positions of the parties."""
        return len(self.streams) + len(self.parties)

    def wanted(self) -> list[int]:
        """The nodes whose values are read."""
        formulas: list[Formula | None] = []
        for stream in self.streams:
            formulas += [part for leg in stream.legs for part in (leg.amount, leg.fixed)]
        formulas += [part for (id, _), life in self.composition.life.items() if id in self.clauses for part in life]
        for norm in self.norms:
            dates = norm.dates
            formulas += [dates.arises, dates.due, dates.fulfilled, dates.violated, dates.discharged, dates.terminated]
        formulas += [flow for flows in self.flows.values() for flow in flows]
        formulas += [part for pending in self.composition.pending for part in (pending.opened, pending.closed)]
        return sorted({formula.index for formula in formulas if formula is not None})

    # Amounts

    def amounts(self, values: Values, worlds: int) -> Array:
        """[figures, periods, worlds] Minor units paid in each stream, and gained by each party, after the record."""
        out = np.zeros((self.figures, len(self.closes), worlds), np.int64)
        for number, stream in enumerate(self.streams):
            for leg in stream.legs:
                out[number] += self._of_leg(leg, values, worlds)
            for party, sign in ((stream.payer, -1), (stream.payee, 1)):
                out[len(self.streams) + self.parties.index(party)] += sign * out[number]
        return out

    def _of_leg(self, leg: Leg, values: Values, worlds: int) -> Array:
        """[periods, worlds] What is fixed in each month."""
        amount, fixed = values[leg.amount.index], values[leg.fixed.index]
        if leg.domain == CELL:
            rows = len(self.grid)
            return np.broadcast_to(np.broadcast_to(amount, (rows, amount.shape[1]))[self.first :], self._shape(worlds))
        out = np.zeros(self._shape(worlds), np.int64)
        cells = np.broadcast_to(self.grid.cell(fixed) - self.first, (max(len(amount), len(fixed)), worlds))
        amount = np.broadcast_to(amount, cells.shape)
        row, world = np.nonzero((cells >= 0) & (cells < len(self.closes)) & (amount != 0))
        np.add.at(out, (cells[row, world], world), amount[row, world])
        return out

    def _shape(self, worlds: int) -> tuple[int, int]:
        return len(self.closes), worlds

    # States

    def held(self, values: Values, worlds: int) -> Flags:
        """[states, periods, worlds] Whether each state holds on the last day of each month."""
        out = np.zeros((len(self.states), *self._shape(worlds)), np.bool_)
        for number, parts in enumerate(self._held(values)):
            for part in parts:
                out[number] |= part
        return out

    def _held(self, values: Values) -> Iterator[list[Flags]]:
        """Of each state what it is made of: [periods, worlds or 1] each."""
        for clause in self.clauses:
            yield [self._between(values[a.index], values[e.index]) for a, e in _lives(self.composition, clause)]
        for norms, name in self._reached():
            days = [_reached_on(norm, name, values, int(self.closes[-1])) for norm in norms]
            yield [self._since(day) for day in days]
        for target in self.pending:
            pending = [p for p in self.composition.pending if p.target == target]
            yield [self._between(values[p.opened.index], values[p.closed.index]) for p in pending]
        for flows in self.flows.values():
            yield [self._reached_by(values[flow.index]) for flow in flows]
        for legs in self.owed.values():
            yield [self._since(np.where(values[leg.amount.index] > 0, values[leg.fixed.index], NEVER)) for leg in legs]

    def _reached_by(self, flow: Array) -> Flags:
        """[periods, worlds or 1] Whether a flow has been anything by the end of each month."""
        cells = np.broadcast_to(flow, (len(self.grid), flow.shape[1]))
        return np.logical_or.accumulate(cells != 0, axis=0)[self.first :]

    def _states(self) -> Iterable[State]:
        for clause in self.clauses:
            yield State(f"{clause} in force", clause)
        for norms, name in self._reached():
            yield State(
                f"{norms[0].clause}{'.' if norms[0].name else ''}{norms[0].name} {_DONE[name]}", norms[0].clause
            )
        for target in self.pending:
            yield State(f"determination pending for {target}", target)
        for name in self.flows:
            clause, _, quantity = name.rpartition(".")
            yield State(f"{clause} {REACHED[quantity]}", clause)
        for (clause, name), _ in self.owed.items():
            yield State(f"{clause} {OWED[name]}", clause)

    def _reached(self) -> Iterable[tuple[list[Norm], str]]:
        """The norms of one clause and name through all its texts, with the state that is asked of them."""
        groups: dict[tuple[str, str, str], list[Norm]] = {}
        for norm in self.norms:
            if norm.kind == "power" and norm.dates.fulfilled is None:
                continue
            if norm.kind != "power" and (norm.dates.violated is None and norm.dates.due is None):
                continue
            name = "fulfilled" if norm.kind == "power" else "violated"
            groups.setdefault((norm.clause, norm.name, name), []).append(norm)
        for (_, _, name), norms in groups.items():
            yield norms, name

    def _may_stand(self, clause: str) -> bool:
        texts = self.composition.agreement.texts_of(clause)
        return any(text.ends > self.starts + 1 for text in texts)

    def _since(self, days: Array) -> Flags:
        """[periods, worlds or 1] Whether one of the days [rows, worlds or 1] has come, after the record, by the end of
        each month.
        """
        first = np.where(days > self.starts, days, NEVER).min(axis=0, initial=NEVER)
        return first[None, :] <= self.closes[:, None]

    def _between(self, opened: Array, closed: Array) -> Flags:
        """[periods, worlds or 1] Whether one of the rows has opened and not closed at the end of each month."""
        opened, closed = np.broadcast_arrays(opened, closed)
        out = np.zeros((len(self.closes), opened.shape[1]), np.bool_)
        for row in np.flatnonzero((opened < NEVER).any(axis=1)):
            out |= (opened[row] <= self.closes[:, None]) & (self.closes[:, None] < closed[row])
        return out


_DONE = {"fulfilled": "exercised", "violated": "violated"}


def _streams(legs: Iterable[Leg]) -> tuple[Stream, ...]:
    groups: dict[tuple[str, str, str], list[Leg]] = {}
    for leg in legs:
        groups.setdefault((leg.payer, leg.payee, leg.clause), []).append(leg)
    return tuple(Stream(*key, tuple(found)) for key, found in groups.items())


def _quantity(name: str) -> str:
    return name.rpartition(".")[2]


def _lives(composition: Composition, clause: str) -> list[tuple[Formula, Formula]]:
    """Of each text of a clause the day on which it begins to bind, and the day after its last."""
    return [life for (id, _), life in composition.life.items() if id == clause]


def _reached_on(norm: Norm, name: str, values: Values, day: int) -> Array:
    """[rows, worlds or 1] The day on which each row of a norm came into a state; never where it has not."""
    dates = norm.dates
    parts = (dates.due, dates.fulfilled, dates.violated, dates.discharged, dates.terminated)
    due, fulfilled, violated, discharged, terminated = (None if p is None else values[p.index] for p in parts)
    arises = values[dates.arises.index]
    codes, since = state(day, arises, due, fulfilled, violated, discharged, terminated)
    return np.where(codes == STATES.index(name), since, NEVER)
