"""Between which values each row of a formula can lie, over all worlds.

Knows operators, periods and the least and greatest value of what is drawn. Does not know worlds or how text is made.

A value is a `Range`: [rows] least, [rows] greatest. Where the two are the same, the row is the same in every world.
Whatever could leave ±LIMIT is cut there and named in `unsafe`: a world in which it happens is to be set apart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.domain import Shape
from adidem.kernel.formula import CELL, ONE, Node, Program
from adidem.kernel.operator import OPERATORS
from adidem.kernel.period import ALWAYS, NEVER
from adidem.kernel.quantity import Array, Overflow, scale

LIMIT = 2**62 - 1
Mask = NDArray[np.bool_]
_MOVES = frozenset(("sum", "earliest", "total", "running", "since", "previous", "at", "through", "until", "latest"))


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest value of each row."""

    low: Array
    high: Array

    @property
    def fixed(self) -> Mask:
        """[rows] Whether the row is the same in every world."""
        return self.low == self.high

    def part(self, rows: slice, of: int) -> "Range":
        """Some rows of a domain that has `of`; of a value that has one row for all of them, that one."""
        return self if len(self.low) == 1 != of else Range(self.low[rows], self.high[rows])


@dataclass
class Ranges:
    """The ranges of a program's nodes.

    of       node → range
    unsafe   nodes whose exact value could lie outside ±LIMIT
    stepped  nodes that carry state in a circle, whose moves see no period later than their own
    """

    program: Program
    shape: Shape
    of: dict[int, Range] = field(default_factory=dict[int, Range])
    unsafe: set[int] = field(default_factory=set[int])
    stepped: frozenset[int] = frozenset()

    def whole(self, index: int) -> None:
        """A node over all its rows at once."""
        node = self.program.nodes[index]
        args = [self.of[a] for a in node.arguments]
        if node.operator in _MOVES:
            self.of[index] = self._cut(index, *self._moved(index, node, args))
        else:
            self.of[index] = self.elementwise(index, node, args)

    def rows(self, where: str) -> int:
        """How many rows a domain has."""
        return {ONE: 1, CELL: len(self.shape.grid)}.get(where, len(self.shape.cells_of(where)))

    def circle(self, order: Sequence[int]) -> None:
        """Nodes that carry state in a circle, period by period, as the engine takes them."""
        nodes = self.program.nodes
        for index in order:
            rows = self.rows(nodes[index].domain)
            self.of[index] = Range(np.zeros(rows, np.int64), np.zeros(rows, np.int64))
        for cell in range(len(self.shape.grid)):
            for index in order:
                mine = self._part(nodes[index].domain, cell)
                if mine.start == mine.stop:
                    continue
                found = self._step(index, nodes[index], cell)
                self.of[index].low[mine] = found.low
                self.of[index].high[mine] = found.high

    def _part(self, where: str, cell: int) -> slice:
        if where == CELL:
            return slice(cell, cell + 1)
        return slice(0, 1) if where == ONE else self.shape.rows_in(where, cell)

    def _step(self, index: int, node: Node, cell: int) -> Range:
        domains = [self.program.nodes[a].domain for a in node.arguments]
        args = [
            self.of[a].part(self._part(where, cell), self.rows(where))
            for a, where in zip(node.arguments, domains, strict=True)
        ]
        if node.operator not in _MOVES:
            return self.elementwise(index, node, args)
        before = Range(self.of[index].low[cell - 1 : cell], self.of[index].high[cell - 1 : cell])
        match node.operator:
            case "sum":
                return self._cut(index, *_added_up(args[0]))
            case "earliest":
                return Range(np.array([args[0].low.min(initial=NEVER)]), np.array([args[0].high.min(initial=NEVER)]))
            case "running" if cell:
                return Range(np.minimum(before.low, args[0].low), np.minimum(before.high, args[0].high))
            case "total" if cell:
                return self._cut(index, *_plus(before, args[0]))
            case "since" if cell:
                closes = self.of[node.arguments[1]]
                at = min(cell - 1, len(closes.low) - 1)
                return self._cut(index, *_plus(_carried(before, closes, at), args[0]))
            case "total" | "running" | "since":
                return args[0]
            case "previous":
                of = self.of[node.arguments[0]]
                first = np.array([node.detail], np.int64)
                return Range(of.low[cell - 1 : cell], of.high[cell - 1 : cell]) if cell else Range(first, first)
            case "at":
                return self._at(self.of[node.arguments[0]], args[1], node.detail, cell)
            case _:
                raise AssertionError(f"{node.operator} cannot carry state")

    # Elementwise

    def elementwise(self, index: int, node: Node, args: Sequence[Range]) -> Range:
        """The range of an operator that takes row by row."""
        if node.operator == "scale":
            return self._scaled(index, node, args)
        rule = _RULES.get(node.operator)
        if rule is not None:
            return self._cut(index, *rule(node.detail, args))
        # What is left never falls as an argument grows, so that the ends give the ends.
        array = OPERATORS[node.operator].array
        assert array is not None, node.operator
        low = array(node.detail, [a.low[:, None] for a in args])[:, 0]
        high = array(node.detail, [a.high[:, None] for a in args])[:, 0]
        return Range(low, high)

    def _scaled(self, index: int, node: Node, args: Sequence[Range]) -> Range:
        amount, by = args
        denominator = self.program.nodes[node.arguments[1]].unit.denominator
        ends: list[Array] = []
        try:
            for a in (amount.low, amount.high):
                ends += [scale(a, n, denominator, node.detail) for n in (by.low, by.high)]
        except Overflow:
            self.unsafe.add(index)
            size = np.full(np.broadcast(amount.low, by.low).shape, LIMIT)
            return Range(-size, size)
        return self._cut(index, np.minimum.reduce(ends), np.maximum.reduce(ends), None)

    def _cut(self, index: int, low: Array, high: Array, about: Any = None) -> Range:
        """Within ±LIMIT; `about` is the same in floating point, where the integers may have wrapped."""
        if about is not None:
            far = (np.abs(about[0]) > LIMIT / 2) | (np.abs(about[1]) > LIMIT / 2)
            low, high = np.where(far, -LIMIT, low), np.where(far, LIMIT, high)
            if far.any():
                self.unsafe.add(index)
        elif (low < -LIMIT).any() or (high > LIMIT).any():
            self.unsafe.add(index)
        return Range(np.maximum(low, -LIMIT), np.minimum(high, LIMIT))

    # Moves

    def _moved(self, index: int, node: Node, args: Sequence[Range]) -> tuple[Array, Array, Any]:
        count = len(self.shape.grid)
        match node.operator:
            case "sum" | "earliest":
                return self._gathered(node, args)
            case "total" | "running" | "since" | "previous":
                return self._along(node, [_over(a, count) for a in args])
            case "at":
                found = self._at(args[0], args[1], node.detail, None)
            case "through":
                found = _between(args[0], args[1].low, args[1].high, node.detail)
            case _:
                return _until(node, args)
        return found.low, found.high, None

    def _at(self, value: Range, when: Range, otherwise: int, last: int | None) -> Range:
        last = len(value.low) - 1 if last is None else min(last, len(value.low) - 1)
        grid = self.shape.grid
        return _between(value, np.minimum(grid.cell(when.low), last), np.minimum(grid.cell(when.high), last), otherwise)

    def _gathered(self, node: Node, args: Sequence[Range]) -> tuple[Array, Array, Any]:
        grid, value = self.shape.grid, args[0]
        summed = node.operator == "sum"
        when = args[1] if len(args) > 1 else value if not summed else None
        own = self.shape.cells_of(node.detail)
        first, last = (own, own) if when is None else (grid.cell(when.low), grid.cell(when.high))
        value = _over(value, len(first))
        count, empty = len(grid), 0 if summed else NEVER
        low, high = np.full(count, empty, np.int64), np.full(count, empty, np.int64)
        about = np.zeros((2, count))
        for row in range(len(first)):
            start, stop = max(int(first[row]), 0), min(int(last[row]) + 1, count)
            certain = first[row] == last[row]
            a, b = int(value.low[row]), int(value.high[row])
            if summed:
                a, b = (a, b) if certain else (min(a, 0), max(b, 0))
                low[start:stop] += a
                high[start:stop] += b
                about[0, start:stop] += abs(a)
                about[1, start:stop] += abs(b)
            else:
                low[start:stop] = np.minimum(low[start:stop], np.maximum(a, grid.cuts[start:stop]))
                if certain:
                    high[start:stop] = np.minimum(high[start:stop], b)
        return low, high, about if summed else None

    def _along(self, node: Node, args: Sequence[Range]) -> tuple[Array, Array, Any]:
        value = args[0]
        if node.operator == "previous":
            first = np.array([node.detail], np.int64)
            return np.concatenate([first, value.low[:-1]]), np.concatenate([first, value.high[:-1]]), None
        if node.operator == "running":
            return np.minimum.accumulate(value.low), np.minimum.accumulate(value.high), None
        low, high = value.low.copy(), value.high.copy()
        about = np.abs([low, high]).astype(np.float64)
        for cell in range(1, len(low)):
            before = Range(low[cell - 1 : cell], high[cell - 1 : cell])
            if node.operator == "since":
                before = _carried(before, args[1], cell - 1)
            for side, kept, new in ((0, before.low, low), (1, before.high, high)):
                about[side, cell] += abs(float(kept[0]))
                new[cell] = np.clip(int(kept[0]) + int(new[cell]), -LIMIT, LIMIT)
        return low, high, about


def _plus(a: Range, b: Range) -> tuple[Array, Array, Any]:
    return a.low + b.low, a.high + b.high, None


def _minus(_detail: Any, args: Sequence[Range]) -> tuple[Array, Array, Any]:
    return args[0].low - args[1].high, args[0].high - args[1].low, None


def _times(detail: Any, args: Sequence[Range]) -> tuple[Array, Array, Any]:
    ends = [np.clip(end.astype(object) * detail[0], -LIMIT - 1, LIMIT + 1).astype(np.int64) for end in _ends(args[0])]
    return np.minimum(*ends), np.maximum(*ends), None


def _ends(value: Range) -> tuple[Array, Array]:
    return value.low, value.high


def _added_up(value: Range) -> tuple[Array, Array, Any]:
    about = [np.abs(end).astype(np.float64).sum(keepdims=True) for end in _ends(value)]
    return value.low.sum(keepdims=True), value.high.sum(keepdims=True), np.array(about)


def _carried(before: Range, closes: Range, cell: int) -> Range:
    """What is carried past a period that may close."""
    if closes.low[cell] == closes.high[cell] == 0:
        return before
    zero = np.zeros_like(before.low)
    if closes.low[cell] > 0 or closes.high[cell] < 0:
        return Range(zero, zero)
    return Range(np.minimum(before.low, 0), np.maximum(before.high, 0))


def _flag(certain: Mask, possible: Mask) -> tuple[Array, Array, Any]:
    return certain.astype(np.int64), possible.astype(np.int64), None


def _equal(_detail: Any, args: Sequence[Range]) -> tuple[Array, Array, Any]:
    a, b = args
    return _flag(a.fixed & b.fixed & (a.low == b.low), (a.low <= b.high) & (b.low <= a.high))


def _where(_detail: Any, args: Sequence[Range]) -> tuple[Array, Array, Any]:
    condition, value, otherwise = args
    yes = (condition.low > 0) | (condition.high < 0)
    no = (condition.low == 0) & (condition.high == 0)
    low = np.where(yes, value.low, np.where(no, otherwise.low, np.minimum(value.low, otherwise.low)))
    high = np.where(yes, value.high, np.where(no, otherwise.high, np.maximum(value.high, otherwise.high)))
    return low, high, None


def _pick(_detail: Any, args: Sequence[Range]) -> tuple[Array, Array, Any]:
    question, *choices = args
    low, high = choices[0].low, choices[0].high
    for number, choice in enumerate(choices[1:], 1):
        sure = question.fixed & (question.low == number)
        maybe = (question.low <= number) & (number <= question.high)
        low = np.where(sure, choice.low, np.where(maybe, np.minimum(low, choice.low), low))
        high = np.where(sure, choice.high, np.where(maybe, np.maximum(high, choice.high), high))
    return low, high, None


def _days(_detail: Any, args: Sequence[Range]) -> tuple[Array, Array, Any]:
    start, number = args
    moved = OPERATORS["after days"].array
    assert moved is not None
    low, high = (moved(None, [s, n]) for s, n in ((start.low, number.low), (start.high, number.high)))
    finite = (np.abs(start.low) < NEVER // 2) & (np.abs(start.high) < NEVER // 2)
    sure = finite | (start.fixed & number.fixed)
    wide_low = np.minimum(start.low, start.low + number.low)
    wide_high = np.maximum(start.high, start.high + number.high)
    return np.where(sure, low, wide_low), np.where(sure, high, wide_high), None


def _months(_detail: Any, args: Sequence[Range]) -> tuple[Array, Array, Any]:
    start, number = args
    moved = OPERATORS["after months"].array
    assert moved is not None
    low, high = (moved(None, [s, n]) for s, n in ((start.low, number.low), (start.high, number.high)))
    finite = (np.abs(start.low) < NEVER // 2) & (np.abs(start.high) < NEVER // 2)
    sure = finite | (start.fixed & number.fixed)
    most = 31 * np.maximum(np.abs(number.low), np.abs(number.high)) + 31
    return np.where(sure, low, start.low - most), np.where(sure, high, start.high + most), None


def _both(_detail: Any, args: Sequence[Range]) -> tuple[Array, Array, Any]:
    return np.minimum(args[0].low, args[1].low), np.minimum(args[0].high, args[1].high), None


def _either(_detail: Any, args: Sequence[Range]) -> tuple[Array, Array, Any]:
    return np.maximum(args[0].low, args[1].low), np.maximum(args[0].high, args[1].high), None


_RULES: dict[str, Callable[[Any, Sequence[Range]], tuple[Array, Array, Any]]] = {
    "add": lambda _, a: _plus(a[0], a[1]),
    "subtract": _minus,
    "times": _times,
    "less": lambda _, a: _flag(a[0].high < a[1].low, a[0].low < a[1].high),
    "at most": lambda _, a: _flag(a[0].high <= a[1].low, a[0].low <= a[1].high),
    "equal": _equal,
    "and": _both,
    "or": _either,
    "not": lambda _, a: (1 - a[0].high, 1 - a[0].low, None),
    "where": _where,
    "pick": _pick,
    "after days": _days,
    "after months": _months,
}


def _over(value: Range, count: int) -> Range:
    if len(value.low) == 1 != count:
        return Range(np.repeat(value.low, count), np.repeat(value.high, count))
    return value


def _between(value: Range, first: Array, last: Array, otherwise: int) -> Range:
    """[queries] What lies in the rows first … last of each query; `otherwise` for those before the first row."""
    low, high = np.empty(len(first), np.int64), np.empty(len(first), np.int64)
    most = len(value.low) - 1
    for query, (a, b) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        rows = slice(max(min(a, most), 0), min(b, most) + 1) if b >= 0 else slice(0, 0)
        least, greatest = value.low[rows], value.high[rows]
        if a < 0 or most < 0:
            least, greatest = np.append(least, otherwise), np.append(greatest, otherwise)
        low[query], high[query] = least.min(), greatest.max()
    return Range(low, high)


def _until(node: Node, args: Sequence[Range]) -> tuple[Array, Array, Any]:
    value, own, when = args
    count = max(len(value.low), len(own.low))
    value, own = _over(value, count), _over(own, count)
    queries = len(when.low)
    low, high, about = np.empty(queries, np.int64), np.empty(queries, np.int64), np.zeros((2, queries))
    for query in range(queries):
        sure = own.high <= when.low[query]
        maybe = (own.low <= when.high[query]) & ~sure
        if node.operator == "until":
            lows, highs = (
                [value.low[sure], np.minimum(value.low[maybe], 0)],
                [value.high[sure], np.maximum(value.high[maybe], 0)],
            )
            ends = (sum(int(x.sum()) for x in side) for side in (lows, highs))
            low[query], high[query] = (min(max(end, -LIMIT), LIMIT) for end in ends)  # `about` tells what was cut
            about[:, query] = [sum(np.abs(x).astype(float).sum() for x in side) for side in (lows, highs)]
        else:
            some = sure | maybe
            low[query] = value.low[sure].max() if sure.any() else min([ALWAYS, *value.low[maybe].tolist()])
            high[query] = value.high[some].max() if sure.any() else max([ALWAYS, *value.high[maybe].tolist()])
    return low, high, about if node.operator == "until" else None
