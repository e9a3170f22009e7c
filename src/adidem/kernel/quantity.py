"""Numbers and what they are numbers of: units, exact rates, named rounding.

Knows int64 arrays, units and rounding. Does not know clauses, dates or text.

Money is int64 minor units. A rate is an int64 numerator over a denominator that its unit carries, so that it is exact
and still one array. Whatever would leave int64 is refused, never wrapped.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.int64]
Kind = Literal["flag", "date", "money", "rate", "count", "name"]
Rounding = Literal["half even", "half up", "down", "up"]

ROUNDINGS: tuple[Rounding, ...] = ("half even", "half up", "down", "up")
LIMIT = 2**63 - 1
_SAFE = 2**62


@dataclass(frozen=True, slots=True)
class Unit:
    """What an int64 counts.

    flag   0 or 1
    date   days since 1970-01-01; over 86,400, seconds
    money  minor units of the currency `name`
    rate   numerators over `denominator`
    count  things called `name`, over `denominator`
    name   places in the vocabulary of names
    """

    kind: Kind
    name: str = ""
    denominator: int = 1

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()

    def like(self, other: "Unit") -> bool:
        """Whether the two may be added and compared: same kind and name; denominators are brought together first."""
        return (self.kind, self.name) == (other.kind, other.name)


FLAG = Unit("flag")
DATE = Unit("date")
INSTANT = Unit("date", "", 86_400)
NAME = Unit("name")
DAYS = Unit("count", "days")

_EXPONENTS: dict[str, int] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Currencies whose minor unit is not a hundredth (ISO 4217, table A.1)."""


def money(currency: str) -> Unit:
    """The unit of amounts in `currency`, an ISO 4217 code."""
    return Unit("money", currency)


def exponent(currency: str) -> int:
    """How many decimal places the minor unit of `currency` has (ISO 4217, table A.1)."""
    return _EXPONENTS.get(currency, 2)


class Overflow(ArithmeticError):
    """A figure left int64: the engine turns it into a problem that names the formula."""


def scale(amount: Array, numerator: Array, denominator: int, rounding: Rounding) -> Array:
    """`amount × numerator / denominator`, exact beyond 64 bits inside and rounded once.

    amount     [..., worlds]  minor units
    numerator  [..., worlds]
    returns    [..., worlds]  minor units
    raises     Overflow when a result does not fit int64
    """
    assert denominator > 0
    size = int(np.abs(amount).max(initial=0))
    by = int(np.abs(numerator).max(initial=0))
    if size * by <= _SAFE and denominator <= _SAFE:
        whole, rest = np.divmod(amount * numerator, denominator)
        return whole + _carry(whole, rest, denominator, rounding)
    if (size * by) // denominator > _SAFE:
        raise Overflow
    # amount = quotient × denominator + remainder, so only remainder × numerator needs to fit.
    if max(by, 1) * denominator > _SAFE:
        return _scale_slowly(amount, numerator, denominator, rounding)
    quotient, remainder = np.divmod(amount, denominator)
    whole, rest = np.divmod(remainder * numerator, denominator)
    whole = whole + quotient * numerator
    return whole + _carry(whole, rest, denominator, rounding)


def _carry(whole: Array, rest: Array, denominator: int, rounding: Rounding) -> Array:
    """0 or 1: what rounding adds to the floor `whole`, given the remainder `rest` in [0, denominator)."""
    twice = 2 * rest
    match rounding:
        case "half even":
            up = (twice > denominator) | ((twice == denominator) & (whole % 2 != 0))
        case "half up":  # halves go away from zero
            up = (twice > denominator) | ((twice == denominator) & (whole >= 0))
        case "down":  # towards zero
            up = (rest > 0) & (whole < 0)
        case "up":  # away from zero
            up = (rest > 0) & (whole >= 0)
    return up.astype(np.int64)


def _scale_slowly(amount: Array, numerator: Array, denominator: int, rounding: Rounding) -> Array:
    amount, numerator = np.broadcast_arrays(amount, numerator)
    flat = [
        round_fraction(Fraction(int(a) * int(n), denominator), rounding)
        for a, n in zip(amount.flat, numerator.flat, strict=True)
    ]
    return np.array(flat, dtype=np.int64).reshape(amount.shape)


def round_fraction(value: Fraction, rounding: Rounding) -> int:
    """One exact fraction to a whole number, by the same rule as `scale`."""
    whole, rest = divmod(value.numerator, value.denominator)
    twice = 2 * rest - value.denominator
    match rounding:
        case "half even":
            up = twice > 0 or (twice == 0 and whole % 2 != 0)
        case "half up":
            up = twice > 0 or (twice == 0 and whole >= 0)
        case "down":
            up = rest > 0 and whole < 0
        case "up":
            up = rest > 0 and whole >= 0
    return whole + up


def show_money(minor: int, currency: str) -> str:
    """`USD 1,234.56`, every digit."""
    places = exponent(currency)
    whole, rest = divmod(abs(minor), 10**places)
    return f"{currency} {'-' if minor < 0 else ''}{whole:,}" + (f".{rest:0{places}d}" if places else "")


def show_rate(value: Fraction) -> str:
    """`20 %` where the percentage is a short decimal, else `3/16`."""
    percent = value * 100
    scaled = percent * 10**12
    if scaled.denominator == 1:
        return f"{Decimal(scaled.numerator).scaleb(-12):f}".rstrip("0").rstrip(".") + " %"
    return f"{value.numerator}/{value.denominator}"
