"""Why a figure is what it is: its formula again, at one period and one world, down to events and terms.

Knows the program and how to walk back through it. Does not know how an explanation is shown.

Nothing of this is stored: one figure's cone is evaluated anew. What a branch did not take, and what is zero, is left
out; what is left recomputes the figure exactly.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from adidem.findings.figure import Figure
from adidem.findings.outcome import Outcome, Result
from adidem.findings.paying import Accrued, Late
from adidem.findings.worlds import reading_inputs
from adidem.kernel.engine import Columns, evaluate
from adidem.kernel.formula import CELL, ONE, Node, Program
from adidem.kernel.period import period_label, show_day
from adidem.kernel.quantity import DAYS, Array, Unit, money
from adidem.kernel.source import Span
from adidem.kernel.transfer import Leg

MOST_LISTED = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an explanation: what was done, to what, and what came out.

    operation  an operator of the program, `sum` where several amounts were added, `rounded` where an exact amount
               became whole minor units; `interest` on parts that were `late` by so many `days`; for a leaf `event`,
               `term`, `figure` for one settled before, which has an explanation of its own, `quantity` for what a
               clause carried from an earlier period, or `given`
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
    accrued = figure.accrued
    step = walk.step(figure.leg.amount.index, figure.row) if accrued is None else _interest(walk, figure, accrued)
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


def _interest(walk: "Walk", figure: Figure, accrued: Accrued) -> Step:
    """Interest on what was late: the rate of a year × each part × its days of delay ÷ the days of a year."""
    terms, unit = accrued.terms, money(figure.transfer.currency)
    rate = walk.step(terms.rate.index, 0)
    count = terms.text.terms["day_count"]
    year = Step("term", accrued.year, DAYS, (), count.span, f"{terms.text.id}.day_count")

    def late(part: Late) -> Step:
        owed = Step("figure", part.amount_minor, unit, (), None, accrued.of)
        days = Step(
            "days", part.until - part.since, DAYS, (), None, f"{show_day(part.since)} to {show_day(part.until)}"
        )
        return Step("late", part.amount_minor, unit, (owed, days), None, part.by)

    if terms.place == "period" or len(accrued.late) == 1:
        parts = (rate, year, *map(late, accrued.late))
        return Step("interest", accrued.amount_minor, unit, parts, detail=terms.rounding)
    each = (
        Step("interest", accrued.rounded(part), unit, (rate, year, late(part)), detail=terms.rounding)
        for part in accrued.late
    )
    return Step("sum", accrued.amount_minor, unit, tuple(each))


class Walk:
    """Walks back through the program in one world."""

    def __init__(self, outcome: Outcome, result: Result):
        self.outcome = outcome
        self.program = outcome.composition.program
        self.choice = outcome.worlds.choices[result.world]
        self.values: dict[int, Array] = {}
        self.root = 0
        self.own: Leg | None = None
        legs = [leg for leg in outcome.composition.legs if leg.domain == CELL]
        self.settled = {part.index: leg for leg in legs for _, part in leg.texts}
        self.every = {leg.clause: leg.every for leg in legs if not (leg.every or "").startswith("year")}
        flows = outcome.composition.flows
        self.flowed = {flow.index: name for name, found in flows.items() for flow in found if flow.domain == CELL}

    def step(self, index: int, row: int) -> Step:
        """The steps behind one value."""
        self._evaluated(index, row)
        return self._step(index, row)

    def _evaluated(self, index: int, row: int) -> None:
        """Have the values of a cone at hand."""
        if index not in self.values:
            legs = [leg.amount.index for leg in self.outcome.composition.legs]
            columns = OneWorld(self.outcome.columns, reading_inputs(self.outcome.composition, [self.choice]))
            wanted = cone(self.program, [index, *legs])
            self.values = evaluate(self.program, columns, self.outcome.columns.shape, wanted).values
        self.root = row
        self.own = next((leg for leg in self.outcome.composition.legs if leg.amount.index == index), None)

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
        if index in self.settled and (row < self.root or (value and self._other(self.settled[index]))):
            return Step("figure", value, node.unit, (), None, self._figure(self.settled[index], row))
        if index in self.flowed and row < self.root:
            return Step("quantity", value, node.unit, (), None, self._carried(self.flowed[index], row))
        match node.operator:
            case "constant":
                return Step("term", value, node.unit, (), node.span, node.words, node=index)
            case "input":
                return replace(self._leaf(node, row, value), node=index)
            case "same" | "times":
                return self._recast(node, row, value) or self._step(node.arguments[0], row)
            case "scale" if (whole := self._exact(node)) is not None:
                return Step("rounded", value, node.unit, (self._step(whole, row),), node.span, detail=str(node.detail))
            case "subtract" if (flow := self._flow(node)) is not None:
                return self._step(flow, row)
            case "latest" if (place := self._greatest(node, row)) is not None:
                return self._step(node.arguments[0], place)
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
                parts = _gathered(self._met(node, row))
                if len(parts) == 1:
                    return parts[0]
                if not parts:
                    return Step("given", value, node.unit, (), node.span, "nothing")
                return Step("sum", value, node.unit, parts, node.span)
            case _:
                parts = tuple(self._step(argument, row) for argument in node.arguments)
                detail = "" if node.unit.kind == "money" and node.unit.denominator > 1 else str(node.detail or "")
                return self._simple(Step(node.operator, value, node.unit, parts, node.span, detail=detail))

    def _recast(self, node: Node, row: int, value: int) -> Step | None:
        """A number of days that became a part of a year, or by which something is multiplied."""
        inner = self.program.nodes[node.arguments[0]]
        if node.unit.kind != "rate" or inner.unit.name != DAYS.name:
            return None
        days = self._value(node.arguments[0], row)
        if value != days:
            return Step("given", value, node.unit, (), node.span, f"{days} days, in parts of a year")
        if node.unit.denominator > 1:
            return Step("given", days, node.unit, (), node.span, f"{days} of {node.unit.denominator} days")
        if inner.operator != "subtract":
            return Step("given", days, DAYS, (), node.span, "so many")
        until, since = (show_day(self._value(argument, row)) for argument in inner.arguments)
        return Step("days", days, DAYS, (), None, f"{since} to {until}")

    def _greatest(self, node: Node, row: int) -> int | None:
        """The row whose value was the greatest of those that count."""
        values, wanted = self.values[node.arguments[0]], self.values[node.arguments[2]]
        inside = self.values[node.arguments[1]][:, 0] <= wanted[min(row, len(wanted) - 1), 0]
        if not inside.any() or len(values) != len(inside):
            return None
        return int(np.flatnonzero(inside)[values[inside, 0].argmax()])

    def _exact(self, node: Node) -> int | None:
        """The amount in parts of a minor unit that a scaling rounds to whole ones, if it does no more."""
        recast = self.program.nodes[node.arguments[0]]
        if recast.operator != "times" or recast.unit.kind != "money":
            return None
        inner = recast.arguments[0]
        return inner if self.program.nodes[inner].unit.denominator > recast.unit.denominator else None

    def _flow(self, node: Node) -> int | None:
        """What a quantity gained in one period, where its sum so far less that of the period before is taken."""
        nodes, (now, before) = self.program.nodes, node.arguments
        if nodes[before].operator != "previous" or nodes[before].arguments[0] != now:
            return None
        while nodes[now].operator == "same":
            now = nodes[now].arguments[0]
        return nodes[now].arguments[0] if nodes[now].operator == "total" else None

    def _carried(self, name: str, row: int) -> str:
        """A quantity of a clause with the period for which it was carried."""
        every = self.every.get(name.rpartition(".")[0], "month")
        return f"{name}, {period_label(int(self.outcome.columns.grid.last_day[row]), every)}"

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
            parts = _gathered(p for part in step.parts for p in (part.parts if part.operation == "sum" else (part,)))
            return parts[0] if len(parts) == 1 else Step("sum", step.number, step.unit, parts, step.span)
        if step.operation == "scale" and step.parts[1].operation == "given" and _is_one(step.parts[1]):
            return step.parts[0]
        return step

    def _other(self, leg: Leg) -> bool:
        """Whether a leg is another than the one whose figure is explained."""
        return self.own is not None and (leg.clause, leg.name) != (self.own.clause, self.own.name)

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

    def events(self, index: int, row: int) -> int:
        """How many records one value is made of: those that met in its sums, as far as they are not nothing."""
        self._evaluated(index, row)
        seen: set[tuple[int, int]] = set()
        records: dict[str, set[int]] = {}
        stack = [(index, row)]
        while stack:
            index, at = stack.pop()
            node = self.program.nodes[index]
            if (index, at) in seen or (index in self.settled and at < self.root):
                continue
            seen.add((index, at))
            if node.domain not in (ONE, CELL):
                records.setdefault(node.domain, set()).add(at)
                continue
            stack += self._behind(node, index, at)
        return sum(len(rows) for rows in records.values())

    def _behind(self, node: Node, index: int, row: int) -> Iterator[tuple[int, int]]:
        """The values of which one value is made, as far as they are not nothing."""
        match node.operator:
            case "where":
                yield node.arguments[1 if self._value(node.arguments[0], row) else 2], row
            case "pick":
                yield node.arguments[1 + self._value(node.arguments[0], 0)], row
            case "at":
                when = self._value(node.arguments[1], row)
                cell = int(self.outcome.columns.grid.cell(np.array([when]))[0])
                yield node.arguments[0], min(max(cell, 0), len(self.outcome.columns.grid) - 1)
            case "sum" | "since" | "total" | "until" | "previous":
                yield from (
                    (node.arguments[0], at) for at in self._rows(node, row) if self._value(node.arguments[0], at)
                )
            case _:
                yield from ((argument, row) for argument in node.arguments)

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


def _is_one(step: Step) -> bool:
    return step.number == step.unit.denominator


def _gathered(parts: Iterable[Step]) -> tuple[Step, ...]:
    """The parts of a sum, those that one quantity carried from several periods as one."""
    out: list[Step] = []
    for part in parts:
        name, _, period = part.name.partition(", ")
        before = out[-1] if out else part
        if before is not part and part.operation == before.operation == "quantity":
            theirs, _, periods = before.name.partition(", ")
            if theirs == name:
                since = periods.partition(" to ")[0]
                out[-1] = replace(before, number=before.number + part.number, name=f"{name}, {since} to {period}")
                continue
        out.append(part)
    return tuple(out)


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
