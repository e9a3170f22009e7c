"""What is looked at in sampled worlds: the streams of payment month by month, what each party is left with, and states.

Knows legs, norms, texts and the periods after the record. Does not know chance, scenarios or how worlds are counted.

What is looked at becomes formulas of the same program, so that it is worked out with everything else, and only for the
rows in which it can differ.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.composition import Composition
from adidem.kernel.formula import CELL, ONE, Formula, lesser
from adidem.kernel.norm import Norm, NormDates, fulfilled_on, violated_on
from adidem.kernel.period import NEVER, Grid
from adidem.kernel.quantity import DATE, Array, Unit
from adidem.kernel.transfer import Leg
from adidem.worlds.laying import add_once
from adidem.worlds.states import mark_between, mark_some

Flags = NDArray[np.bool_]
Values = Mapping[int, Array]
"""Node → [rows or cells or 1, worlds or 1]"""
Held = Callable[[Values, Flags], None]
"""Marks in [periods, worlds], from the values of a block, whether a state holds on the last day of each month."""
CARRIED = {"withheld": "cap reached"}
"""What it is called when a quantity that a clause carries is no longer nothing."""
_AFTER_ALL = np.array([np.iinfo(np.int64).max])
OWED = {"shortfall": "short"}
"""What it is called when the leg of that name has owed something."""


@dataclass(frozen=True, slots=True)
class PaymentStream:
    """Payments from one party to another under one clause."""

    payer: str
    payee: str
    clause: str
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class State:
    """A state of things that worlds may be in, and the clause that it is a state of."""

    name: str
    clause: str
    held: Held


class Measures:
    """What to ask of every world, and how to read it from the values of the program.

    streams   payments by payer, payee and clause
    parties   whose net position is kept beside them
    closes    [periods] last day of each month after the record, the last of them the end of the horizon
    """

    def __init__(self, composition: Composition, grid: Grid, starts: int):
        self.composition, self.grid, self.starts = composition, grid, starts
        self.program = composition.program
        self.first = int(grid.cell(np.array([starts + 1]))[0])
        self.closes = grid.last_day[self.first :]
        self._wanted: set[int] = set()
        self._as_of = self.program.input(ONE, "as of", DATE)
        self.streams = _streams(composition.legs)
        self.parties = tuple(dict.fromkeys(p for s in self.streams for p in (s.payer, s.payee)))
        self._amounts = [[self._monthly(leg) for leg in stream.legs] for stream in self.streams]
        states = (self._in_force(), self._norms(), self._pending(), self._carried(), self._owed())
        self.states = [state for found in states for state in found]

    @property
    def figures(self) -> int:
        """Streams, and after them the net positions of the parties."""
        return len(self.streams) + len(self.parties)

    def wanted(self) -> list[int]:
        """The nodes whose values are read."""
        return sorted(self._wanted)

    def _want(self, formula: Formula) -> int:
        self._wanted.add(formula.index)
        return formula.index

    # Amounts

    def amounts(self, values: Values, worlds: int) -> Array:
        """[figures, periods, worlds] Minor units paid in each stream, and gained by each party, after the record."""
        out = np.zeros((self.figures, len(self.closes), worlds), np.int64)
        for number, stream in enumerate(self.streams):
            for amount in self._amounts[number]:
                amount(values, out[number])
            for party, net in ((stream.payer, np.subtract), (stream.payee, np.add)):
                gained = out[len(self.streams) + self.parties.index(party)]
                net(gained, out[number], out=gained)
        return out

    def _monthly(self, leg: Leg) -> Callable[[Values, Array], None]:
        """How the amounts of a leg are added to those [periods, worlds] of its stream."""
        if leg.domain == ONE:
            amount, fixed = self._want(leg.amount), self._want(leg.fixed)

            def alone(values: Values, out: Array) -> None:
                add_once(values[amount][0], self.grid.cell(values[fixed][0]) - self.first, out)

            return alone
        index = self._want(leg.amount if leg.domain == CELL else leg.amount.sum(leg.fixed))

        def periodic(values: Values, out: Array) -> None:
            found = values[index]
            out += np.broadcast_to(found, (len(self.grid), found.shape[1]))[self.first :]

        return periodic

    # States

    def held(self, values: Values, worlds: int) -> Flags:
        """[states, periods, worlds] Whether each state holds on the last day of each month."""
        out = np.zeros((len(self.states), len(self.closes), worlds), np.bool_)
        for number, state in enumerate(self.states):
            state.held(values, out[number])
        return out

    def _in_force(self) -> Iterator[State]:
        """Whether a text of each clause binds."""
        for clause in dict.fromkeys(id for id, _ in self.composition.life):
            texts = self.composition.agreement.texts_of(clause)
            if any(text.ends > self.starts + 1 for text in texts):
                lives = [life for (id, _), life in self.composition.life.items() if id == clause]
                days = [(self._want(arises), self._want(ends)) for arises, ends in lives]
                yield State(f"{clause} in force", clause, self._between(days))

    def _between(self, days: list[tuple[int, int]]) -> Held:
        def held(values: Values, out: Flags) -> None:
            for arises, ends in days:
                mark_between(values[arises][0], values[ends][0], self.closes, out)

        return held

    def _norms(self) -> Iterator[State]:
        """Whether a power has been exercised, and whether an obligation or a prohibition has been violated."""
        groups: dict[tuple[str, str, str], list[Norm]] = {}
        for norm in self.composition.norms:
            asked = _asked_of(norm)
            if asked:
                groups.setdefault((norm.clause, norm.name, asked), []).append(norm)
        for (clause, name, asked), norms in groups.items():
            day = _REACHED[asked]
            first = [self._first_after(day(norm.dates, self._as_of)) for norm in norms]
            reached = first[0]
            for other in first[1:]:
                reached = lesser(reached, other)
            yield State(f"{clause}{'.' if name else ''}{name} {asked}", clause, self._since(self._want(reached)))

    def _first_after(self, day: Formula) -> Formula:
        """The first of the days after the record."""
        later = day.or_never(day > self.program.constant(self.starts, DATE, "the end of the record"))
        if later.domain == ONE:
            return later
        return later.first_so_far() if later.domain == CELL else later.earliest()

    def _since(self, index: int) -> Held:
        def held(values: Values, out: Flags) -> None:
            mark_between(values[index][-1], _AFTER_ALL, self.closes, out)

        return held

    def _pending(self) -> Iterator[State]:
        """Whether it is undecided whether a clause is touched: more was opened than closed."""
        times = Unit("count", "times")
        once, none = (self.program.constant(n, times, word) for n, word in ((1, "once"), (0, "none")))
        for target in dict.fromkeys(pending.target for pending in self.composition.pending):
            opened: list[int] = []
            for each in (p for p in self.composition.pending if p.target == target):
                count = (each.opened < each.closed).where(once, none)
                left = count.sum(each.opened).total() - count.sum(each.closed).total()
                opened.append(self._want(left))
            yield State(f"determination pending for {target}", target, self._any(opened))

    def _any(self, indices: list[int]) -> Held:
        """Whether one of several quantities of the periods is not nothing."""

        def held(values: Values, out: Flags) -> None:
            for index in indices:
                cells = np.broadcast_to(values[index], (len(self.grid), values[index].shape[1]))
                mark_some(cells[self.first :], out)

        return held

    def _carried(self) -> Iterator[State]:
        for name, flows in self.composition.flows.items():
            clause, _, quantity = name.rpartition(".")
            if quantity in CARRIED:
                carried = [self._want(flow.total()) for flow in flows]
                yield State(f"{clause} {CARRIED[quantity]}", clause, self._any(carried))

    def _owed(self) -> Iterator[State]:
        groups: dict[tuple[str, str], list[Leg]] = {}
        for leg in self.composition.legs:
            if leg.name in OWED:
                groups.setdefault((leg.clause, leg.name), []).append(leg)
        for (clause, name), legs in groups.items():
            never = self.program.constant(NEVER, DATE, "never")
            first = never
            for leg in legs:
                nothing = self.program.constant(0, leg.amount.unit, "nothing")
                first = lesser(first, self._first_after(leg.fixed.or_never(leg.amount > nothing)))
            yield State(f"{clause} {OWED[name]}", clause, self._since(self._want(first)))


_REACHED: dict[str, Callable[[NormDates, Formula], Formula]] = {"exercised": fulfilled_on, "violated": violated_on}


def _asked_of(norm: Norm) -> str:
    """Which state of a norm is looked at; nothing of one that can reach none."""
    dates = norm.dates
    if norm.kind == "power":
        return "exercised" if dates.fulfilled is not None else ""
    return "violated" if dates.violated is not None or dates.due is not None else ""


def _streams(legs: Iterable[Leg]) -> tuple[PaymentStream, ...]:
    groups: dict[tuple[str, str, str], list[Leg]] = {}
    for leg in legs:
        groups.setdefault((leg.payer, leg.payee, leg.clause), []).append(leg)
    return tuple(PaymentStream(*key, tuple(found)) for key, found in groups.items())
