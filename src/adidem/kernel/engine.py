"""Running the program: one `evaluate` for the record, for readings and for sampled worlds alike.

Knows nodes, columns and periods. Does not know clauses, families or where columns come from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from adidem.kernel import domain
from adidem.kernel.domain import Meeting, Shape
from adidem.kernel.formula import CELL, ONE, Formula, Node, Program
from adidem.kernel.operator import OPERATORS, Arrays
from adidem.kernel.period import ALWAYS, NEVER
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import LIMIT, Array, Overflow, scale
from adidem.kernel.schedule import last_uses, schedule

Columns = Mapping[tuple[str, str], Array]
"""(domain, name) → [rows or cells or 1, worlds or 1]"""

_VALUES = {
    "sum": Meeting(np.add, 0),
    "total": Meeting(np.add, 0),
    "since": Meeting(np.add, 0),
    "until": Meeting(np.add, 0),
    "latest": Meeting(np.maximum, ALWAYS),
    "earliest": Meeting(np.minimum, NEVER),
    "running": Meeting(np.minimum, NEVER),
}
_BITS = dict.fromkeys(_VALUES, Meeting(np.bitwise_or, 0))


@dataclass
class Evaluation:
    """What came out: the values of the formulas wanted, and the bits of what they rest on where that was asked for."""

    values: dict[int, Array] = field(default_factory=dict[int, Array])
    bits: dict[int, Array] = field(default_factory=dict[int, Array])

    def of(self, formula: Formula) -> Array:
        """The values of a formula that was wanted."""
        return self.values[formula.index]


def evaluate(
    program: Program,
    columns: Columns,
    shape: Shape,
    wanted: Iterable[int],
    basis: Mapping[str, int] | None = None,
) -> Evaluation:
    """Run the program over columns.

    wanted  the nodes whose values are asked for
    basis   of each input that is a question or an assumed term, its bit: given, the bits are carried along

    Problems: F002 a figure leaves int64; F003 clauses wait for each other in a circle.
    """
    wanted = set(wanted)
    steps = schedule(program, wanted)
    uses = last_uses(program, steps, wanted)
    run = _Run(program, columns, shape, basis)
    for number, step in enumerate(steps):
        if len(step) == 1 and step[0] not in program.nodes[step[0]].arguments:
            run.whole(step[0])
        else:
            run.loop(step)
        for spent in uses.get(number, ()):
            run.forget(spent)
    return Evaluation(run.values, run.bits)


class _Run:
    """One evaluation in progress."""

    def __init__(self, program: Program, columns: Columns, shape: Shape, basis: Mapping[str, int] | None):
        self.program, self.columns, self.shape, self.basis = program, columns, shape, basis
        self.values: dict[int, Array] = {}
        self.bits: dict[int, Array] = {}
        self.bounds: dict[int, int] = {}

    def forget(self, index: int) -> None:
        for kept in (self.values, self.bits):
            kept.pop(index, None)

    def whole(self, index: int) -> None:
        """A node over all its rows or periods at once."""
        node = self.program.nodes[index]
        args = [self.values[a] for a in node.arguments]
        self._bound(index, node, args)
        self.values[index] = self._input(node) if node.operator == "input" else self._form(node, args, _VALUES)
        if self.basis is None:
            return
        bits = [self.bits[a] for a in node.arguments]
        rule = OPERATORS[node.operator].basis
        if node.operator == "input":
            self.bits[index] = np.full((1, 1), self.basis.get(node.detail[0], 0), np.int64)
        elif not any(b.any() for b in bits):
            self.bits[index] = np.zeros((1, 1), np.int64)
        elif rule is not None:
            self.bits[index] = rule(args, bits)
        elif node.operator in _MOVES:
            full = [np.broadcast_to(b, (len(v), b.shape[1])) for b, v in zip(bits, args, strict=True)]
            self.bits[index] = self._moved(node, args, full)
        else:
            self.bits[index] = _together(bits)

    def _input(self, node: Node) -> Array:
        return self.columns[node.domain, node.detail[0]]

    def _form(self, node: Node, args: Arrays, meetings: Mapping[str, Meeting]) -> Array:
        if node.operator == "scale":
            try:
                return scale(args[0], args[1], self.program.nodes[node.arguments[1]].unit.denominator, node.detail)
            except Overflow:
                raise ProblemError([_too_large(node)]) from None
        array = OPERATORS[node.operator].array
        return array(node.detail, args) if array is not None else self._move(node, args, meetings)

    def _move(self, node: Node, args: Arrays, meetings: Mapping[str, Meeting]) -> Array:
        count = len(self.shape.grid)
        match node.operator:
            case "sum":
                cells = domain.cells_of_rows(self.shape, node.detail, args[1] if len(args) > 1 else None)
                return domain.gather_rows(args[0], cells, count, meetings["sum"])
            case "earliest":
                return domain.gather_rows(args[0], self.shape.grid.cell(args[0]), count, meetings["earliest"])
            case "total" | "running":
                return meetings[node.operator].ufunc.accumulate(_over_cells(args[0], count), axis=0)
            case "since":
                return domain.since(_over_cells(args[0], count), args[1], meetings["since"])
            case "previous":
                return domain.previous(_over_cells(args[0], count), node.detail if meetings is _VALUES else 0)
            case "at":
                return domain.at(self.shape, args[0], args[1], node.detail if meetings is _VALUES else 0)
            case "through":
                return domain.through(args[0], args[1], node.detail if meetings is _VALUES else 0)
            case "until" | "latest":
                return domain.until(args[0], args[1], args[2], meetings[node.operator])
            case _:
                raise AssertionError(node.operator)

    def _moved(self, node: Node, args: Arrays, bits: Arrays) -> Array:
        """The bits of a move: those of the values that met, and of the days by which they did."""
        match node.operator:
            case "sum":
                cells = domain.cells_of_rows(self.shape, node.detail, args[1] if len(args) > 1 else None)
                return domain.gather_rows(_together(bits), cells, len(self.shape.grid), _BITS["sum"])
            case "earliest":
                own = domain.cells_of_rows(self.shape, node.detail, None)  # under another reading it may come sooner
                return domain.gather_rows(bits[0], own, len(self.shape.grid), _BITS["sum"])
            case "until" | "latest":
                days = np.bitwise_or.reduce(bits[1], axis=0, keepdims=True)  # those that did not come too
                return domain.until(bits[0], args[1], args[2], _BITS["until"]) | days | bits[2]
            case "at" | "through":
                return self._move(node, [bits[0], args[1]], _BITS) | bits[1]
            case "since":  # where it hangs on a reading what closes, all that came before may count
                own, closes = _over_cells(_together(bits), len(self.shape.grid)), args[1] * (not bits[1].any())
                return domain.since(own, closes, _BITS["since"])
            case _:
                return self._move(node, bits, _BITS)

    def _bound(self, index: int, node: Node, args: Arrays) -> None:
        """Prove that the result stays in int64; where the proof fails look at the values; where they fail too,
        refuse.
        """
        if node.operator in ("input", "constant"):
            value = self._input(node) if node.operator == "input" else np.array([node.detail[0]])
            self.bounds[index] = int(np.abs(value).max(initial=0))
            return
        bounds = [self.bounds[a] for a in node.arguments]
        rule = OPERATORS[node.operator].bound
        meeting = max((len(a) for a in args), default=1)
        if node.operator == "scale":
            denominator = self.program.nodes[node.arguments[1]].unit.denominator
            self.bounds[index] = min(LIMIT, bounds[0] * bounds[1] // denominator + 1)
            return
        bound = rule(bounds, node.detail, meeting) if rule is not None else max(bounds, default=0)
        if bound > LIMIT:
            bound = self._looked_at(node, args, bound)
        self.bounds[index] = bound

    def _looked_at(self, node: Node, args: Arrays, bound: int) -> int:
        tight = [int(np.abs(a).max(initial=0)) for a in args]
        if node.operator in ("sum", "total", "since", "until"):
            sums = np.abs(args[0]).astype(np.float64).sum(axis=0)
            actual = int(sums.max(initial=0) * 1.000001) + 1
        else:
            rule = OPERATORS[node.operator].bound
            actual = rule(tight, node.detail, 1) if rule is not None else bound
        if actual > LIMIT:
            raise ProblemError([_too_large(node)])
        return actual

    def loop(self, order: tuple[int, ...]) -> None:
        """Nodes that carry state in a circle: period by period."""
        nodes = self.program.nodes
        outside = {a for index in order for a in nodes[index].arguments} - set(order)
        worlds = max([self.values[a].shape[1] for a in outside], default=1)
        for index in order:
            rows = self._rows(nodes[index].domain)
            self.values[index] = np.zeros((rows, worlds), np.int64)
            self.bounds[index] = LIMIT // 4
            if self.basis is not None:
                self.bits[index] = np.zeros((rows, worlds), np.int64)
        for cell in range(len(self.shape.grid)):
            for index in order:
                mine = self._part(nodes[index].domain, cell)
                if mine.start != mine.stop or mine.start is None:  # a period without records has nothing to judge
                    self._step(index, cell, mine)
        for index in order:
            if nodes[index].unit.kind in ("money", "count"):
                self.bounds[index] = int(np.abs(self.values[index]).max(initial=0))
                if self.bounds[index] > LIMIT // 4:
                    raise ProblemError([_too_large(nodes[index])])

    def _rows(self, where: str) -> int:
        return {ONE: 1, CELL: len(self.shape.grid)}.get(where, len(self.shape.cells_of(where)))

    def _step(self, index: int, cell: int, mine: slice) -> None:
        node = self.program.nodes[index]
        args = [self._sliced(a, cell, self.values) for a in node.arguments]
        self.values[index][mine] = self._stepped(node, index, args, cell, self.values, _VALUES)
        if self.basis is None:
            return
        bits = [self._sliced(a, cell, self.bits) for a in node.arguments]
        rule = OPERATORS[node.operator].basis
        if rule is not None:
            self.bits[index][mine] = rule(args, bits)
        elif node.operator in _MOVES:
            self.bits[index][mine] = self._stepped(node, index, bits, cell, self.bits, _BITS)
        else:
            self.bits[index][mine] = _together(bits)

    def _part(self, where: str, cell: int) -> slice:
        if where == CELL:
            return slice(cell, cell + 1)
        return slice(None) if where == ONE else self.shape.rows_in(where, cell)

    def _sliced(self, index: int, cell: int, kept: Mapping[int, Array]) -> Array:
        value, where = kept[index], self.program.nodes[index].domain
        return value if len(value) == 1 != self._rows(where) else value[self._part(where, cell)]

    def _stepped(
        self,
        node: Node,
        index: int,
        args: Arrays,
        cell: int,
        kept: Mapping[int, Array],
        meetings: Mapping[str, Meeting],
    ) -> Array:
        array = OPERATORS[node.operator].array
        if array is not None or node.operator == "scale":
            return self._form(node, args, meetings)
        before = kept[index][cell - 1 : cell]
        values = meetings is _VALUES
        match node.operator:
            case "sum" | "earliest" if len(args) == 1:
                return _reduced(args[0], meetings[node.operator])
            case "total" | "running":
                return meetings[node.operator].ufunc(before, args[0]) if cell else args[0]
            case "since":
                closed, own = self.values[node.arguments[1]][cell - 1 : cell], args[0]
                if not values:
                    closed, own = closed * (self._sliced(node.arguments[1], cell - 1, self.bits) == 0), _together(args)
                return meetings["since"].ufunc(own, np.where(closed, 0, before)) if cell else own
            case "previous":
                kept_before = kept[node.arguments[0]][cell - 1 : cell]
                return kept_before if cell else np.full((1, 1), node.detail if values else 0, np.int64)
            case "at":
                when = self._sliced(node.arguments[1], cell, self.values)
                value = _over_cells(kept[node.arguments[0]], len(self.shape.grid))
                return domain.at(self.shape, value, when, node.detail if values else 0, cell)
            case _:
                raise AssertionError(f"{node.operator} cannot carry state")


_MOVES = frozenset(("sum", "earliest", "total", "running", "since", "previous", "at", "through", "until", "latest"))


def _reduced(value: Array, meeting: Meeting) -> Array:
    return meeting.ufunc.reduce(value, axis=0, keepdims=True, initial=meeting.empty)


def _over_cells(value: Array, count: int) -> Array:
    return np.broadcast_to(value, (count, value.shape[1])) if len(value) == 1 != count else value


def _together(bits: Arrays) -> Array:
    return reduce(np.bitwise_or, bits)


def _too_large(node: Node) -> Problem:
    sentence = f"{node.words or 'a figure'} is larger than {LIMIT:,} minor units, the most that is kept exactly"
    return Problem("F002", sentence, node.span, "look for an amount or a rate that is too large")
