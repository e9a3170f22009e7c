"""Sampled worlds beside the same worlds told by a ledger and run like any record, and the program made ready for them
beside the whole one: where the two part.

Knows futures, and how a world is written out. Does not know how agreements or outlooks are made.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from adidem.desk.simulating.futures import SAMPLED, Future
from adidem.findings.evaluator import by_numpy, evaluators, prepare
from adidem.findings.measures import Measures
from adidem.findings.outcome import wanted
from adidem.findings.sampled import World
from adidem.findings.setting import Setting
from adidem.findings.worlds import reading_inputs
from adidem.kernel.composition import Composition
from adidem.kernel.engine import evaluate
from adidem.kernel.formula import CELL, ONE
from adidem.kernel.norm import STATES, Norm, state
from adidem.kernel.period import NEVER, AsOf
from adidem.kernel.quantity import Array
from adidem.kernel.source import Source
from adidem.records import plain
from adidem.records.columns import Columns
from adidem.records.values import FOREVER
from adidem.worlds.compiling import compile_loops
from adidem.worlds.future import Block, as_events

Values = Mapping[int, Array]

# To make the struct of each kind of event takes longer than to read a world's events: it is the same every time.
plain._form = cache(plain._form)


@dataclass
class Beside:
    """The first worlds of a future, sampled under every set of readings, to be held against their ledgers.

    values  of each set of readings, the nodes that make up an outcome and those that are looked at in worlds
    """

    future: Future
    worlds: int
    block: Block = field(init=False)
    values: list[Values] = field(init=False)
    rows: dict[str, dict[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        setting = self.future.setting
        composition, columns = setting.composition, setting.columns
        self.nodes = sorted({*wanted(composition), *setting.measures.wanted()})
        self.block = setting.draw(0, self.worlds)
        laid = setting.laid(self.block, self.worlds)
        self.values = [
            evaluate(
                composition.program,
                World(columns, laid, reading_inputs(composition, [readings])),
                columns.shape,
                self.nodes,
            ).values
            for readings in setting.sets
        ]
        self.amounts = [setting.measures.amounts(values, self.worlds) for values in self.values]
        self.held = [setting.measures.held(values, self.worlds) for values in self.values]
        self.rows = {kind: {id: row for row, id in enumerate(ids(columns, kind))} for kind in columns.records}
        self._measures: dict[int, Measures] = {}

    def apart(self) -> Array:
        """[worlds] The worlds that may not be counted."""
        return self.block.apart()

    def record(self, world: int) -> tuple[Measures, Columns, Values]:
        """A world told by a ledger, evaluated as a record is: a world of it for each set of readings."""
        future, setting = self.future, self.future.setting
        events = as_events(setting.slots, self.block, world)
        told = Source(SAMPLED, "\n".join(json.dumps(event) for event in events))
        ledger = future.workspace.read_ledger([*future.workspace.ledger_sources, told])
        composition, columns = future.workspace.composed(AsOf(future.outlook.until, FOREVER - 1), ledger)
        if id(composition) not in self._measures:  # without money in the ledger it is another one
            self._measures[id(composition)] = Measures(composition, columns.grid, future.outlook.starts)
        chosen = World(columns, {}, reading_inputs(composition, setting.sets))
        return (
            self._measures[id(composition)],
            columns,
            evaluate(composition.program, chosen, columns.shape, self.nodes).values,
        )

    def differences(self, world: int, told: int | None = None) -> list[str]:
        """Where a sampled world and the record that tells it part: in a total, a state, or any day or amount of an
        event, a norm or a transfer.
        """
        measures, columns, record = self.record(world if told is None else told)
        sets, out = range(len(self.values)), list[str]()
        amounts, held = measures.amounts(record, len(sets)), measures.held(record, len(sets))
        for number in sets:
            label = f"world {world}, readings {number}"
            for figure, month in _unlike(self.amounts[number][..., world], amounts[..., number]):
                sums = self.amounts[number][figure, month, world], amounts[figure, month, number]
                out.append(f"{label}: figure {figure} of month {month} is {sums[0]}, and on record {sums[1]}")
            for place, month in _unlike(self.held[number][..., world], held[..., number]):
                out.append(f"{label}: {measures.states[place].name} parts in month {month}")
            out += [f"{label}: {line}" for line in self._nodes(self.values[number], world, record, number, columns)]
        return out

    def _nodes(self, sampled: Values, world: int, record: Values, number: int, columns: Columns) -> Iterator[str]:
        """Where the nodes part, in the rows of the events that came."""
        nodes = self.future.setting.composition.program.nodes
        came = {kind: [self.rows[kind][id] for id in ids(columns, kind)] for kind in columns.records}
        for index in self.nodes:
            here, there = _column(sampled[index], world), _column(record[index], number)
            domain = nodes[index].domain
            if domain not in (ONE, CELL):
                rows = came.get(domain, [])
                here = np.broadcast_to(here, len(self.rows.get(domain, ())))[rows]
                there = np.broadcast_to(there, len(rows))
            for (row,) in _unlike(here, there):
                name = f" of {columns.id(domain, row)}" if domain in columns.records else f" in row {row}"
                values = (int(_at(each, row)) for each in (here, there))
                yield f"node {index} ({nodes[index].operator}){name} is {', and on record '.join(map(str, values))}"

    def norms(self, number: int, world: int) -> set[tuple[str, int, str]]:
        """The norms that have come into being, by id, with the day due and the state, under a set of readings."""
        setting, until = self.future.setting, self.future.outlook.until
        out: set[tuple[str, int, str]] = set()
        for norm in setting.composition.norms:
            if norm.domain == ONE and _succeeded(norm, setting.composition, until):
                continue
            days = {name: self._day(getattr(norm.dates, name), number, world) for name in _DATES}
            due, ended = days.pop("due"), days.pop("terminated")
            if norm.kind != "obligation" and due is not None:
                lapsed = np.where(due < NEVER, due + 1, due)
                ended = lapsed if ended is None else np.minimum(ended, lapsed)
            codes, _ = state(until, due=due if norm.kind == "obligation" else None, terminated=ended, **days)  # type: ignore[arg-type]
            for row in np.flatnonzero(codes):
                named = norm.domain in setting.columns.records
                event = setting.columns.id(norm.domain, int(row)) if named else "" if norm.domain == ONE else str(row)
                id = "/".join(part for part in (norm.clause, event, norm.name) if part)
                out.add((id, NEVER if due is None else int(_at(due[:, 0], row)), STATES[int(codes[row, 0])]))
        return out

    def _day(self, formula: object, number: int, world: int) -> Array | None:
        return None if formula is None else _column(self.values[number][formula.index], world)[:, None]  # type: ignore[attr-defined]


_DATES = ("arises", "due", "fulfilled", "violated", "discharged", "terminated", "suspended")


def unlike_whole(setting: Setting, worlds: int, compiled: bool = False) -> list[str]:
    """Where the program that is folded once for all readings, by numpy or by compiled loops, parts from the whole one,
    which the kernel works out for each: in a world set apart, a total or a state.
    """
    out: list[str] = []
    compile_loops(compiled)
    try:
        laid = setting.laid(setting.draw(0, worlds), worlds)
        for number, evaluate_folded in enumerate(evaluators(setting, worlds)):
            folded, apart = evaluate_folded(laid, worlds)
            whole, _ = by_numpy(setting, setting.sets[number])(laid, worlds)
            out += [f"readings {number}: world {world} is set apart" for world in np.flatnonzero(apart)]
            for name, measured in (("total", setting.measures.amounts), ("state", setting.measures.held)):
                places = _unlike(measured(folded, worlds), measured(whole, worlds))
                out += [f"readings {number}: {name} at {place} parts" for place in places]
    finally:
        prepare(0)
        compile_loops(True)
    return out


def ids(columns: Columns, kind: str) -> Iterable[str]:
    """The ids of the records of a kind, in order."""
    return [columns.id(kind, row) for row in range(len(columns.records[kind].table))]


def _succeeded(norm: Norm, composition: Composition, day: int) -> bool:
    return any(norm.text.starts < other.starts <= day for other in composition.agreement.texts_of(norm.clause))


def _column(values: Array, world: int) -> Array:
    return values[:, min(world, values.shape[1] - 1)]


def _at(values: Array, row: int) -> int:
    return values[min(row, len(values) - 1)]


def _unlike(here: Array, there: Array) -> list[tuple[int, ...]]:
    return list(zip(*np.nonzero(np.atleast_1d(here != there)), strict=True))
