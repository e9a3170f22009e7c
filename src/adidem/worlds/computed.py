"""Columns of events that a formula of an outlook works out: bounds, parts and spelling of their numbers.

Knows types of column. Does not know formulas, chance or worlds.

Money is worked out in minor units; a rate and a count in parts of one. A date and an instant come so long after the
column before which they do not lie; one that names none, after the beginning, in UTC, of the day on which the event
comes.
"""

from dataclasses import dataclass
from fractions import Fraction

from adidem.kernel.event import Column
from adidem.kernel.literal import Misspelt
from adidem.kernel.period import show_day, show_instant
from adidem.kernel.quantity import show_money
from adidem.kernel.term import Syntax

MOST_PARTS = 2**53
"""The largest number of parts that an outlook tells, or works out: a float is exact up to there."""
MOST_DAYS = 36_525
"""A date or an instant comes no longer than this after what it follows: a hundred years."""
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Computed:
    """A column that is worked out.

    parts  how many parts of the column make one of what the formula is a number of
    """

    formula: Syntax
    column: Column
    parts: int

    @property
    def is_moment(self) -> bool:
        """Whether it is a date or an instant, and its number so long after another moment."""
        return is_moment(self.column)

    @property
    def least(self) -> float:
        """The least number of parts. What rounds to zero is not negative."""
        return -MOST_PARTS if self.column.signed and not self.is_moment else -0.5

    @property
    def most(self) -> int:
        """The largest number of parts."""
        return MOST_DAYS * parts_a_day(self.column) if self.is_moment else MOST_PARTS


def is_moment(column: Column) -> bool:
    """Whether a column holds a date or an instant."""
    return column.type in ("date", "instant")


def parts_a_day(column: Column) -> int:
    """How many parts of a column of dates or instants a day has."""
    return column.unit("").denominator


def spelled(column: Column, parts: int, currency: str) -> str:
    """A number of a column as a ledger tells it."""
    match column.type:
        case "money":
            return show_money(parts, currency)
        case "date":
            return show_day(parts)
        case "instant":
            return show_instant(parts)
        case _:
            return _decimal(Fraction(parts, column.denominator))


def _decimal(exact: Fraction) -> str:
    """In digits, where so many are enough; else as a fraction."""
    whole = exact * 10**_DIGITS
    if whole.denominator != 1:
        return f"{exact.numerator}/{exact.denominator}"
    ones, rest = divmod(abs(int(whole)), 10**_DIGITS)
    digits = f"{ones}.{rest:0{_DIGITS}}".rstrip("0").removesuffix(".")
    return f"-{digits}" if exact < 0 else digits


def parts_of(column: Column, text: str) -> int:
    """A fixed rate or count, in parts of one. Raises Misspelt."""
    parts = column.parts(text)
    if abs(parts) > MOST_PARTS:
        raise Misspelt(f"“{text}” is more than an outlook works out exactly")
    return parts
