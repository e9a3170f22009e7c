"""How a value and the range in which it may lie are held against each other.

Knows values that are numbers, and their units. Does not know how either is spelled.
"""

from dataclasses import replace
from math import lcm

from adidem.kernel.period import Duration
from adidem.kernel.term import Quantity, Value


def size(value: Value) -> tuple[str, int]:
    """The unit and the number of a value that can have a range."""
    if isinstance(value, Quantity):
        return str(value.unit), value.value
    if isinstance(value, Duration):
        return value.unit, value.number
    assert isinstance(value, int)
    return "date", value


def levelled(value: Value, bounds: tuple[Value, Value] | None) -> tuple[Value, tuple[Value, Value] | None]:
    """A quantity and its range over one denominator."""
    if bounds is None or not isinstance(value, Quantity):
        return value, bounds
    low, high = bounds
    assert isinstance(low, Quantity)
    assert isinstance(high, Quantity)
    common = lcm(*(q.unit.denominator for q in (value, low, high)))
    level = [
        Quantity(q.value * (common // q.unit.denominator), replace(q.unit, denominator=common))
        for q in (value, low, high)
    ]
    return level[0], (level[1], level[2])
