"""The operators of the program: one table, with the unit rule, the array form, the basis form and the words of each.

Knows arrays, units and words. Does not know nodes, clauses or how a run is scheduled.

Arrays are [rows or cells or 1, worlds or 1]. Worlds come last, and no operator knows how many there are. The basis
form says on which questions and assumed terms a result rests: one bit each, and only those of the branch that was
taken.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adidem.kernel.period import NEVER, add_months
from adidem.kernel.quantity import DATE, DAYS, FLAG, Array, Unit, scale

Arrays = Sequence[Array]
Units = Sequence[Unit]


class UnitMismatch(TypeError):
    """Two quantities that cannot meet; the message is the sentence for the reader."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator.

    words   how a figure's explanation says it, with {0}, {1} … for the arguments and {detail}
    unit    the unit of the result, from those of the arguments; raises UnitMismatch
    array   the values, from the detail and the arguments' values; None for those that move between domains
    basis   the bits, from the arguments' values and bits; None where every argument counts
    bound   how large a result can be, from the bounds of the arguments and how many values meet in one
    """

    words: str
    unit: Callable[[Units, Any], Unit]
    array: Callable[[Any, Arrays], Array] | None = None
    basis: Callable[[Arrays, Arrays], Array] | None = None
    bound: Callable[[Sequence[int], Any, int], int] | None = None


def _alike(units: Units, _detail: Any) -> Unit:
    first = units[0]
    for other in units[1:]:
        if not first.like(other):
            raise UnitMismatch(unlike(first, other))
        if first.denominator != other.denominator:
            raise AssertionError("bring denominators together first")
    return first


def _apart(units: Units, detail: Any) -> Unit:
    """From one day to another it is so many days."""
    return replace(DAYS, denominator=units[0].denominator) if _alike(units, detail).kind == "date" else units[0]


def unlike(first: Unit, other: Unit) -> str:
    """Why two quantities cannot meet, as a sentence."""
    return f"{noun(first)} cannot be added to or compared with {noun(other)}{_why(first, other)}"


def noun(unit: Unit) -> str:
    """A quantity of the unit, as a sentence calls it."""
    nouns = {"flag": "a yes or no", "date": "a date", "rate": "a rate", "name": "a name"}
    if unit.kind == "count" and not unit.name:
        return "a bare number"
    return nouns.get(unit.kind) or (f"an amount in {unit.name}" if unit.kind == "money" else f"a number of {unit.name}")


def _why(first: Unit, other: Unit) -> str:
    if first.kind == other.kind == "money":
        return ": no clause names an exchange rate"
    names = {first.name, other.name}
    if names == {"days", "months"}:
        return ": a month has no fixed number of days"
    if "business days" in names and names & {"days", "months"}:
        return ": which days are business days is for a calendar to say"
    return ""


def _compared(units: Units, detail: Any) -> Unit:
    _alike(units, detail)
    return FLAG


def _flags(units: Units, _detail: Any) -> Unit:
    for unit in units:
        if unit.kind != "flag":
            raise UnitMismatch(f"{noun(unit)} stands where a yes or no is needed")
    return FLAG


def _where(units: Units, detail: Any) -> Unit:
    _flags(units[:1], detail)
    return _alike(units[1:], detail)


def _scaled(units: Units, _detail: Any) -> Unit:
    amount, rate = units
    if rate.kind != "rate":
        raise UnitMismatch(f"{noun(rate)} stands where a rate is needed")
    return amount


def _moved(units: Units, _detail: Any) -> Unit:
    if units[0] != DATE:
        raise UnitMismatch(f"{noun(units[0])} stands where a date is needed")
    return DATE


def _first(units: Units, _detail: Any) -> Unit:
    return units[0]


def _detail_unit(_units: Units, detail: Any) -> Unit:
    return detail[1]


def _both(values: Arrays, bits: Arrays) -> Array:
    """What a conjunction rests on: all when it holds; when it fails, one part that fails, firm ground first."""
    (a, b), (on_a, on_b) = values, bits
    firm = ((a == 0) & (on_a == 0)) | ((b == 0) & (on_b == 0))
    return np.where(firm, 0, np.where(a == 0, on_a, np.where(b == 0, on_b, on_a | on_b)))


def _either(values: Arrays, bits: Arrays) -> Array:
    (a, b), (on_a, on_b) = values, bits
    firm = ((a != 0) & (on_a == 0)) | ((b != 0) & (on_b == 0))
    return np.where(firm, 0, np.where(a != 0, on_a, np.where(b != 0, on_b, on_a | on_b)))


def _taken(values: Arrays, bits: Arrays) -> Array:
    """The branch taken; and the condition, unless both come to the same and the other rests on no more."""
    own, other = np.where(values[0] != 0, bits[1], bits[2]), np.where(values[0] != 0, bits[2], bits[1])
    return np.where((values[1] == values[2]) & (other & ~own == 0), own, own | bits[0])


def _picked(values: Arrays, bits: Arrays) -> Array:
    own = _pick(None, [values[0], *bits[1:]])
    differ = np.zeros((1, 1), bool)
    for value, on in zip(values[1:], bits[1:], strict=True):
        differ = differ | (value != values[1]) | (on & ~own != 0)
    return np.where(differ, own | bits[0], own)


def _pick(_detail: Any, args: Arrays) -> Array:
    index, *choices = args
    out = choices[0]
    for number, choice in enumerate(choices[1:], 1):
        out = np.where(index == number, choice, out)
    return out


def _scale_basis(values: Arrays, bits: Arrays) -> Array:
    return bits[0] | np.where(values[0] == 0, 0, bits[1])


def _after_days(_detail: Any, args: Arrays) -> Array:
    start, number = args
    return np.where(np.abs(start) < NEVER // 2, start + number, start)


def _after_months(_detail: Any, args: Arrays) -> Array:
    start, number = np.broadcast_arrays(*args)
    return add_months(start, number)


def _after_business_days(calendar: Any, args: Arrays) -> Array:
    return calendar.after(*args)


def _summed(bounds: Sequence[int], _detail: Any, meeting: int) -> int:
    return bounds[0] * max(1, meeting)


OPERATORS: dict[str, Operator] = {
    "constant": Operator("{detail}", _detail_unit, lambda detail, _: np.full((1, 1), detail[0], np.int64)),
    "input": Operator("{detail}", _detail_unit),
    "same": Operator("{0}", _first, lambda _, args: args[0]),
    # arithmetic
    "add": Operator("{0} plus {1}", _alike, lambda _, a: a[0] + a[1], bound=lambda b, _d, _n: b[0] + b[1]),
    "subtract": Operator("{0} less {1}", _apart, lambda _, a: a[0] - a[1], bound=lambda b, _d, _n: b[0] + b[1]),
    "times": Operator("{0}", _detail_unit, lambda d, a: a[0] * d[0], bound=lambda b, d, _n: b[0] * abs(d[0])),
    "scale": Operator(
        "{1} of {0}, rounded {detail}",
        _scaled,
        None,  # needs the denominator of its rate: the engine calls `scale`
        _scale_basis,
    ),
    "minimum": Operator("the lesser of {0} and {1}", _alike, lambda _, a: np.minimum(a[0], a[1])),
    "maximum": Operator("the greater of {0} and {1}", _alike, lambda _, a: np.maximum(a[0], a[1])),
    # comparison and logic
    "less": Operator("{0} is less than {1}", _compared, lambda _, a: (a[0] < a[1]).astype(np.int64)),
    "at most": Operator("{0} is at most {1}", _compared, lambda _, a: (a[0] <= a[1]).astype(np.int64)),
    "equal": Operator("{0} is {1}", _compared, lambda _, a: (a[0] == a[1]).astype(np.int64)),
    "and": Operator("{0} and {1}", _flags, lambda _, a: a[0] & a[1], _both),
    "or": Operator("{0} or {1}", _flags, lambda _, a: a[0] | a[1], _either),
    "not": Operator("not {0}", _flags, lambda _, a: 1 - a[0]),
    "where": Operator("{1} if {0}, else {2}", _where, lambda _, a: np.where(a[0] != 0, a[1], a[2]), _taken),
    "pick": Operator(
        "as {0} is read", lambda u, d: _alike(u[1:], d), _pick, _picked, lambda b, _d, _n: max(b[1:], default=0)
    ),
    # days
    "after days": Operator("{1} days after {0}", _moved, _after_days, bound=lambda b, _d, _n: NEVER * 2),
    "after months": Operator("{1} months after {0}", _moved, _after_months, bound=lambda b, _d, _n: NEVER * 2),
    "after business days": Operator(
        "{1} business days after {0}", _moved, _after_business_days, bound=lambda b, _d, _n: NEVER * 2
    ),
    # from one domain to another: the forms are in `domain`
    "sum": Operator("the sum of {0} in the period", _first, bound=_summed),
    "earliest": Operator("the first of {0} in the period", _first),
    "total": Operator("{0}, cumulated", _first, bound=_summed),
    "running": Operator("the first of {0} so far", _first),
    "since": Operator("{0}, since the last close", _first, bound=_summed),
    "previous": Operator("{0} at the end of the period before", _first),
    "at": Operator("{0} as of {1}", _first),
    "through": Operator("{0} of the joined record", _first),
    "until": Operator("the sum of {0} up to {2}", _first, bound=_summed),
    "latest": Operator("the last of {0} up to {2}", _first),
}


def scaled(amount: Array, rate: Array, denominator: int, rounding: Any) -> Array:
    """The array form of `scale`."""
    return scale(amount, rate, denominator, rounding)
