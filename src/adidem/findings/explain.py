"""Why a figure is what it is: its formula again, at one period and one world, down to events and terms.

Knows the program and how to walk back through it. Does not know how an explanation is shown.

Nothing of this is stored: one figure's cone is evaluated anew. What a branch did not take, and what is zero, is left
out; what is left recomputes the figure exactly.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from adidem.findings.outcome import Figure, Outcome, Result
from adidem.findings.worlds import reading_inputs
from adidem.kernel.engine import Columns, evaluate
from adidem.kernel.formula import CELL, ONE, Node, Program
from adidem.kernel.period import period_label
from adidem.kernel.quantity import Array, Unit
from adidem.kernel.source import Span
from adidem.kernel.transfer import Leg

MOST_LISTED = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an explanation: what was done, to what, and what came out.

    operation  an operator of the program, `sum` where several amounts were added; for a leaf `event`, `term`, or
               `figure` for one settled before, which has an explanation of its own
    number     what came out, over `unit.denominator`
    """

    operation: str
    number: int
    unit: Unit
    parts: tuple["Step", ...] = ()
    span: Span | None = None
    name: str = ""
    column: str = ""
    detail: str = ""
    node: int = -1

    def leaves(self) -> Iterator["Step"]:
        """The events and terms at its end."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


@dataclass
class Explanation:
    """A figure with its steps, and under which readings they hold."""

    figure: Figure
    result: Result
    step: Step
    walk: "Walk"
    readings: dict[str, str] = field(default_factory=dict[str, str])


def explain(outcome: Outcome, result: Result, figure: Figure) -> Explanation:
    """The steps that lead to a figure under one combination of readings."""
    walk = outcome.walks.get(result.world)
    if not isinstance(walk, Walk):
        walk = outcome.walks[result.world] = Walk(outcome, result)
    step = walk.step(figure.leg.amount.index, figure.row)
    readings = {q: outcome.worlds.choices[result.world][q] for q in figure.questions}
    return Explanation(figure, result, step, walk, readings)


def cone(program: Program, roots: Iterable[int]) -> list[int]:
    """The nodes that some nodes are made of."""
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(program.nodes[node].arguments)
    return sorted(seen)


class Walk:
    """Walks back through the program in one world."""

    def __init__(self, outcome: Outcome, result: Result):
        self.outcome = outcome
        self.program = outcome.composition.program
        self.choice = outcome.worlds.choices[result.world]
        self.values: dict[int, Array] = {}
        self.root = 0
        legs = [leg for leg in outcome.composition.legs if leg.domain == CELL]
        self.settled = {part.index: leg for leg in legs for _, part in leg.texts}

    def step(self, index: int, row: int) -> Step:
        """The steps behind one value."""
        if index not in self.values:
            legs = [leg.amount.index for leg in self.outcome.composition.legs]
            columns = OneWorld(self.outcome.columns, reading_inputs(self.outcome.composition, [self.choice]))
            wanted = cone(self.program, [index, *legs])
            self.values = evaluate(self.program, columns, self.outcome.columns.shape, wanted).values
        self.root = row
        return self._step(index, row)

    @cache  # noqa: B019 - a walk lives as long as its outcome
    def between(self, start: int, root: int) -> frozenset[int]:
        """The nodes of the root's cone that depend on `start`."""
        moved = {start}
        nodes = self.program.nodes
        while True:
            more = {i for i in cone(self.program, [root]) if i not in moved and moved & set(nodes[i].arguments)}
            if not more:
                return frozenset(moved - {start})
            moved |= more

    def _value(self, index: int, row: int) -> int:
        values = self.values[index]
        return int(values[min(row, len(values) - 1), 0]) if len(values) else 0

    def _step(self, index: int, row: int) -> Step:
        node = self.program.nodes[index]
        value = self._value(index, row)
        if index in self.settled and row < self.root:
            return Step("figure", value, node.unit, (), None, self._figure(self.settled[index], row))
        match node.operator:
            case "constant":
                return Step("term", value, node.unit, (), node.span, node.words, node=index)
            case "input":
                return replace(self._leaf(node, row, value), node=index)
            case "same" | "times":
                return self._step(node.arguments[0], row)
            case "where":
                taken = 1 if self._value(node.arguments[0], row) else 2
                return self._step(node.arguments[taken], row)
            case "pick":
                return self._step(node.arguments[1 + self._value(node.arguments[0], 0)], row)
            case "at":
                when = self._value(node.arguments[1], row)
                cell = int(self.outcome.columns.grid.cell(np.array([when]))[0])
                return self._step(node.arguments[0], min(max(cell, 0), len(self.outcome.columns.grid) - 1))
            case "through":
                return self._step(node.arguments[0], max(0, self._value(node.arguments[1], row)))
            case "sum" | "since" | "total" | "until" | "previous":
                parts = tuple(self._met(node, row))
                if len(parts) == 1:
                    return parts[0]
                return Step("sum", value, node.unit, parts, node.span)
            case _:
                parts = tuple(self._step(argument, row) for argument in node.arguments)
                return self._simple(
                    Step(node.operator, value, node.unit, parts, node.span, detail=str(node.detail or ""))
                )

    def _figure(self, leg: Leg, row: int) -> str:
        """The id of a figure of an earlier period."""
        label = period_label(int(self.outcome.columns.grid.last_day[row]), leg.every)
        return "/".join(part for part in (leg.clause, label, leg.name) if part)

    def _simple(self, step: Step) -> Step:
        """A sum or a limit with nothing on its other side says no more than the one side."""
        if step.operation in ("add", "subtract") and len(step.parts) == 2 and step.parts[1].number == 0:
            return step.parts[0]
        if step.operation == "maximum" and step.parts[1].number == 0 < step.number:
            return step.parts[0]
        if step.operation == "add" and step.parts[0].number == 0:
            return step.parts[1]
        if step.operation == "add":
            parts = tuple(p for part in step.parts for p in (part.parts if part.operation == "sum" else (part,)))
            return Step("sum", step.number, step.unit, parts, step.span)
        return step

    def _leaf(self, node: Node, row: int, value: int) -> Step:
        name = node.detail[0]
        if node.domain in (ONE, CELL):
            if name.startswith("term "):
                id = name.removeprefix("term ")
                assumption = self.outcome.composition.assumptions[id]
                return Step("term", value, node.unit, (), assumption.term.span, id, detail=assumption.term.basis)
            return Step("given", value, node.unit, (), node.span, name)
        columns = self.outcome.columns
        place = columns.records[node.domain].table.place[row]
        span = Span(columns.ledger.sources[int(place[0])], int(place[1]))
        return Step("event", value, node.unit, (), span, columns.id(node.domain, row), f"{node.domain}.{name}")

    def _met(self, node: Node, row: int) -> Iterator[Step]:
        """The non-zero values that met in a sum."""
        inner = node.arguments[0]
        for at in self._rows(node, row):
            if self._value(inner, at):
                part = self._step(inner, at)
                yield from part.parts if part.operation == "sum" else (part,)

    def _rows(self, node: Node, row: int) -> Iterator[int]:
        """The rows of the argument that meet in one row of the node."""
        columns, inner = self.outcome.columns, node.arguments[0]
        match node.operator:
            case "sum":
                domain = self.program.nodes[inner].domain
                if len(node.arguments) == 1:
                    cells = columns.shape.cells_of(domain)
                else:
                    cells = columns.grid.cell(self.values[node.arguments[1]][:, 0])
                values = self.values[inner][:, 0] if len(self.values[inner]) else np.zeros(0, np.int64)
                values = np.broadcast_to(values, cells.shape) if len(values) == 1 else values
                yield from (int(r) for r in np.flatnonzero((cells == row) & (values != 0)))
            case "since":
                closes = self.values[node.arguments[1]][:, 0]
                first = row
                while first > 0 and not closes[first - 1]:
                    first -= 1
                yield from range(first, row + 1)
            case "total":
                yield from range(row + 1)
            case "previous":
                yield from range(row - 1, row) if row else ()
            case _:
                own, when = self.values[node.arguments[1]][:, 0], self._value(node.arguments[2], row)
                yield from (int(r) for r in np.flatnonzero(own <= when))


class OneWorld(Mapping[tuple[str, str], Array]):
    """Columns with the choices of some worlds in place of those of the run, and with changes to single columns."""

    def __init__(
        self, columns: Columns, inputs: Mapping[str, Array], changed: Mapping[tuple[str, str], Array] | None = None
    ):
        self.under = columns
        self.changed = {**{(ONE, name): value for name, value in inputs.items()}, **(changed or {})}

    def __getitem__(self, key: tuple[str, str]) -> Array:
        if key in self.changed:
            return self.changed[key]
        if key[0] == ONE and key[1].startswith("term "):
            composition = self.under.composition  # type: ignore[attr-defined]
            return np.array([[composition.assumptions[key[1].removeprefix("term ")].value]], np.int64)
        return self.under[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.under)

    def __len__(self) -> int:
        return len(self.under)
