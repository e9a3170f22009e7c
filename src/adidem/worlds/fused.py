"""Plain arithmetic over drivers in one compiled pass, a few worlds at a time, where nothing can go wrong.

Knows the four operations, arrays and registers. Does not know what a formula is for, nor what is done about a world
in which it has no value: there, and for every other formula, `expression` does the work. The bits are the same.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from adidem.kernel.term import Syntax
from adidem.worlds.compiling import can_be_called, compiled, once
from adidem.worlds.elementary import Float64
from adidem.worlds.expression import constant

_TILE = 1_024
_OPERATIONS = {"+": 0, "-": 1, "*": 2, "/": 3}
_REGISTER, _WIDE, _EACH, _SCALAR = range(4)
_MOST_WIDE = 4
"""So many arrays of all rows and worlds a formula may read: for each number of them the loop is another one."""


def fused(syntax: Syntax, names: Mapping[str, Float64], rows: int, worlds: int) -> Float64 | None:
    """[rows, worlds] The value of a formula; None where it is not plain arithmetic, or has no value somewhere.

    names  id of a driver → float64 [1 or rows, 1 or worlds]; id of a parameter → float64 [1] or [worlds]
    """
    code = _Code(names, rows, worlds)
    if syntax.operation not in _OPERATIONS or not code.write(syntax) or not 1 <= len(code.wide) <= _MOST_WIDE:
        return None
    wide = (*code.wide, *[code.wide[0]] * (_MOST_WIDE - len(code.wide)))
    each = np.array(code.each).reshape(-1, worlds)
    scalars = np.array(code.scalars).reshape(-1, rows)
    out = np.empty((rows, worlds))
    return out if _loop()(np.array(code.steps, np.int64), wide, each, scalars, out) else None


class _Code:
    """A formula as steps: an operation, and of either side its kind and number. A step's register bears its number."""

    def __init__(self, names: Mapping[str, Float64], rows: int, worlds: int):
        self.names, self.rows, self.worlds = names, rows, worlds
        self.steps: list[tuple[int, int, int, int, int]] = []
        self.wide: list[Float64] = []
        self.each: list[Float64] = []
        self.scalars: list[Float64] = []
        self._known: dict[str, tuple[int, int]] = {}

    def write(self, syntax: Syntax) -> tuple[int, int] | None:
        """The kind and the number of a part's value; None where it is not plain arithmetic."""
        if syntax.operation in _OPERATIONS:
            left, right = (self.write(part) for part in syntax.parts)
            if left is None or right is None:
                return None
            self.steps.append((_OPERATIONS[syntax.operation], *left, *right))
            return _REGISTER, len(self.steps) - 1
        if syntax.operation not in ("literal", "column"):
            return None
        literal = syntax.literal
        if not isinstance(literal, str):
            return self._keep(self.scalars, _SCALAR, np.full(self.rows, constant(literal)))
        if literal not in self._known:
            self._known[literal] = self._named(np.atleast_2d(self.names[literal]))
        return self._known[literal]

    def _named(self, values: Float64) -> tuple[int, int]:
        if values.shape[1] == 1:
            return self._keep(self.scalars, _SCALAR, np.broadcast_to(values[:, 0], (self.rows,)))
        if len(values) == 1:
            return self._keep(self.each, _EACH, values[0])
        return self._keep(self.wide, _WIDE, np.ascontiguousarray(values))

    @staticmethod
    def _keep(kept: list[Float64], kind: int, values: Float64) -> tuple[int, int]:
        kept.append(values)
        return kind, len(kept) - 1


def _one_by_one(steps: Any, wide: Any, each: Float64, scalars: Float64, out: Float64) -> bool:
    """Fill [rows, worlds]; whether nothing was divided by zero, and all is finite."""
    rows, worlds = out.shape
    registers = np.empty((len(steps), _TILE))
    good = True
    for row in range(rows):
        for start in range(0, worlds, _TILE):
            stop = min(start + _TILE, worlds)
            for step in range(len(steps)):
                last = step == len(steps) - 1
                into = out[row, start:stop] if last else registers[step, 0 : stop - start]
                left = _side(steps[step, 1], steps[step, 2], row, start, stop, wide, each, scalars, registers)
                right = _side(steps[step, 3], steps[step, 4], row, start, stop, wide, each, scalars, registers)
                operation = steps[step, 0]
                if operation == 0:
                    _add(left, right, into)
                elif operation == 1:
                    _subtract(left, right, into)
                elif operation == 2:
                    _multiply(left, right, into)
                else:
                    for i in range(len(right)):
                        good = good & (right[i] != 0.0)
                    _divide(left, right, into)
            numbers = out[row, start:stop]
            for i in range(len(numbers)):
                good = good & (abs(numbers[i]) < np.inf)
        if not good:
            return False
    return good


def _side(
    kind: int,
    number: int,
    row: int,
    start: int,
    stop: int,
    wide: Any,
    each: Float64,
    scalars: Float64,
    registers: Float64,
) -> Float64:
    """One side of an operation: [worlds of the tile], or [1] where all are alike."""
    if kind == _REGISTER:
        return registers[number, 0 : stop - start]
    if kind == _WIDE:
        return wide[number][row, start:stop]
    if kind == _EACH:
        return each[number, start:stop]
    return scalars[number, row : row + 1]


def _add(left: Float64, right: Float64, into: Float64) -> None:
    if len(left) == len(into) and len(right) == len(into):
        for i in range(len(into)):
            into[i] = left[i] + right[i]
    elif len(left) == len(into):
        one = right[0]
        for i in range(len(into)):
            into[i] = left[i] + one
    else:
        one, many = left[0], len(right) == len(into)
        for i in range(len(into)):
            into[i] = one + right[i if many else 0]


def _subtract(left: Float64, right: Float64, into: Float64) -> None:
    if len(left) == len(into) and len(right) == len(into):
        for i in range(len(into)):
            into[i] = left[i] - right[i]
    elif len(left) == len(into):
        one = right[0]
        for i in range(len(into)):
            into[i] = left[i] - one
    else:
        one, many = left[0], len(right) == len(into)
        for i in range(len(into)):
            into[i] = one - right[i if many else 0]


def _multiply(left: Float64, right: Float64, into: Float64) -> None:
    if len(left) == len(into) and len(right) == len(into):
        for i in range(len(into)):
            into[i] = left[i] * right[i]
    elif len(left) == len(into):
        one = right[0]
        for i in range(len(into)):
            into[i] = left[i] * one
    else:
        one, many = left[0], len(right) == len(into)
        for i in range(len(into)):
            into[i] = one * right[i if many else 0]


def _divide(left: Float64, right: Float64, into: Float64) -> None:
    if len(left) == len(into) and len(right) == len(into):
        for i in range(len(into)):
            into[i] = left[i] / right[i]
    elif len(left) == len(into):
        one = right[0]
        for i in range(len(into)):
            into[i] = left[i] / one
    else:
        one, many = left[0], len(right) == len(into)
        for i in range(len(into)):
            into[i] = one / right[i if many else 0]


@once
def _loop() -> Callable[..., Any]:
    for function in (_side, _add, _subtract, _multiply, _divide):
        can_be_called(function)
    return compiled(_one_by_one)
