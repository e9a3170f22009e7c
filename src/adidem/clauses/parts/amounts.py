"""Amounts, numbers and days, as several families handle them.

Knows units, days, and records in their order. Does not know what is paid, nor why.
"""

from adidem.kernel.composer import Composer
from adidem.kernel.formula import Formula, greater, lesser
from adidem.kernel.period import NEVER
from adidem.kernel.quantity import DAYS, Unit


def nothing(of: Formula) -> Formula:
    """No amount, in the unit of another."""
    return of.program.constant(0, of.unit, "nothing")


def in_unit(number: Formula, unit: Unit) -> Formula:
    """The same whole number, of another unit."""
    return number.with_others("times", detail=(1, unit))


def as_rate(number: Formula) -> Formula:
    """A number, as that by which an amount is multiplied."""
    return in_unit(number, Unit("rate", "", number.unit.denominator))


def within(clause: Composer, kind: str, amount: Formula, limit: Formula) -> Formula:
    """[records] Each amount, as far as a limit for all of them together still has room for it, the first come first."""
    order = clause.order(kind)
    room = limit - (amount.until(order, order) - amount)
    return lesser(amount, greater(room, nothing(amount)))


def of_this_text(clause: Composer, day: Formula, amount: Formula) -> Formula:
    """[records] What comes about on days of this text of the clause, and not of one whose place it took."""
    return clause.in_force(day).where(amount, nothing(amount)) if clause.clause.replaces else amount


def first(clause: Composer, day: Formula) -> Formula:
    """The first of the days of records, as known on the day that is asked for; never where there is none."""
    return day.earliest().at(clause.as_of(), NEVER)


def next_day(day: Formula) -> Formula:
    """The day after."""
    return day.after("days", day.program.constant(1, DAYS, "one day"))


def day_before(day: Formula) -> Formula:
    """The day before."""
    return day.after("days", day.program.constant(-1, DAYS, "the day before"))
