"""Formulas over drivers, evaluated in float64 for all worlds of a block, and the worlds in which one has no value.

Knows the syntax of formulas, arrays, and why a world is set apart. Does not know drivers' paths, chance or events.

The kernel evaluates formulas of an agreement in whole numbers, for money is paid by them; nothing is paid by these.
Only what every processor rounds alike is used: + - * / and comparisons.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from adidem.kernel.period import Duration
from adidem.kernel.term import Quantity, Syntax, Value
from adidem.worlds.elementary import Float64
from adidem.worlds.walk import Bools

_DAYS = {"days": 1.0, "business days": 1.4, "months": 30.4375, "years": 365.25}
DIVIDES, NO_NUMBER, TOO_LARGE = "divides by zero", "is not a number", "is too large"
EVERYWHERE = np.ones((1, 1), bool)


@dataclass
class Apart:
    """The worlds that are set apart, by the reason, in words."""

    worlds: int
    reasons: dict[str, Bools] = field(default_factory=dict[str, Bools])

    def mark(self, reason: str, where: Bools) -> None:
        """Set apart the worlds in which it holds in any row.

        where  bool, [rows, worlds] or what spreads to it
        """
        if not where.any():
            return
        wrong = np.broadcast_to(where, np.broadcast_shapes(where.shape, (1, self.worlds))).any(axis=0)
        self.reasons[reason] = np.asarray(self.reasons[reason] | wrong if reason in self.reasons else wrong)

    def unless_finite(self, name: str, values: Float64, where: Bools = EVERYWHERE) -> None:
        """Set apart the worlds in which a value is no number or beyond every bound."""
        # A sum is not finite where one of its values is not; one that is too large itself decides nothing.
        if np.isfinite(values.sum()):
            return
        wrong = ~np.isfinite(values)
        if wrong.any():
            self.mark(f"{name} {NO_NUMBER}", np.isnan(values) & where)
            self.mark(f"{name} {TOO_LARGE}", np.isinf(values) & where)

    @property
    def any(self) -> Bools:
        """[worlds] Whether each world is set apart, for any reason."""
        out = np.zeros(self.worlds, bool)
        for worlds in self.reasons.values():
            out |= worlds
        return out


@dataclass
class Expression:
    """One evaluation of a formula: the names it may use, and where in rows and worlds something went wrong.

    names  id of a driver → float64 [rows, worlds]; id of a parameter → float64 [1] or [worlds]
    wrong  what went wrong → bool [rows, worlds]
    """

    names: Mapping[str, Float64]
    wrong: dict[str, Bools] = field(default_factory=dict[str, Bools])

    def number(self, syntax: Syntax) -> Float64:
        """The value, float64, [rows, worlds] or what spreads to it."""
        operation, parts = syntax.operation, syntax.parts
        match operation:
            case "literal" | "column":
                return self._leaf(syntax)
            case "+" | "-" | "*" | "/":
                return self._arithmetic(operation, *(self.number(part) for part in parts))
            case _:
                return self.holds(syntax).astype(np.float64)

    def holds(self, syntax: Syntax) -> Bools:
        """Whether it is so, bool. Of `and` and `or` the right side counts only where the left one does not decide."""
        operation, parts = syntax.operation, syntax.parts
        match operation:
            case "and" | "or":
                left = self.holds(parts[0])
                other = Expression(self.names)
                right = other.holds(parts[1])
                for what, where in other.wrong.items():
                    self._note(what, where & (left if operation == "and" else ~left))
                return left & right if operation == "and" else left | right
            case "not":
                return ~self.holds(parts[0])
            case "<" | "<=" | ">" | ">=" | "is" | "is not":
                return self._compared(operation, *(self.number(part) for part in parts))
            case _:
                value = self.number(syntax)
                return self._compared("is not", value, np.zeros(1))

    def _leaf(self, syntax: Syntax) -> Float64:
        literal = syntax.literal
        if isinstance(literal, str):
            return self.names[literal]
        return np.array([constant(literal)])

    def _arithmetic(self, operation: str, left: Float64, right: Float64) -> Float64:
        match operation:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case _:
                zero = right == 0
                self._note(DIVIDES, zero)
                return left / np.where(zero, np.nan, right)

    def _compared(self, operation: str, left: Float64, right: Float64) -> Bools:
        # A comparison with what is no number is false, and would hide it.
        for side in (left, right):
            self._note(NO_NUMBER, np.isnan(side))
        match operation:
            case "<":
                return left < right
            case "<=":
                return left <= right
            case ">":
                return left > right
            case ">=":
                return left >= right
            case "is":
                return left == right
            case _:
                return left != right

    def _note(self, what: str, where: Bools) -> None:
        if where.any():
            self.wrong[what] = self.wrong[what] | where if what in self.wrong else where


def constant(literal: Value | None) -> float:
    """A literal as a number: money in minor units, a rate as a fraction, a length of time in days, a date as a day.

    A month is taken for a twelfth of 365.25 days, a business day for 7/5 of a day.
    """
    if isinstance(literal, Quantity):
        return literal.value / literal.unit.denominator
    if isinstance(literal, Duration):
        return literal.number * _DAYS[literal.unit]
    assert isinstance(literal, int), literal
    return float(literal)


def number_of(
    syntax: Syntax, names: Mapping[str, Float64], apart: Apart, name: str, where: Bools = EVERYWHERE
) -> Float64:
    """The value of the formula `name`, float64; worlds in which it has none are set apart.

    where  bool [rows, worlds]: where it is asked for at all
    """
    expression = Expression(names)
    value = expression.number(syntax)
    divided = np.zeros((1, 1), bool)
    for what, wrong in expression.wrong.items():
        apart.mark(f"{name} {what}", wrong & where)
        divided = divided | wrong
    if expression.wrong:
        value = np.where(divided, 0.0, value)
    apart.unless_finite(name, value, where)
    return value


def holds_of(syntax: Syntax, names: Mapping[str, Float64], apart: Apart, name: str, where: Bools = EVERYWHERE) -> Bools:
    """Whether the formula `name` holds, bool; worlds in which that cannot be said are set apart."""
    expression = Expression(names)
    value = expression.holds(syntax)
    for what, wrong in expression.wrong.items():
        apart.mark(f"{name} {what}", wrong & where)
    return value
