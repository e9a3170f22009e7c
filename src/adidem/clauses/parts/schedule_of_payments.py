"""The days of a loan: cycles, ends of months, business days, and what part of a year lies between two days.

Knows days and exact fractions. Does not know terms, formulas or amounts.

Day counts are those of the 2006 ISDA Definitions, section 4.16: Actual/Actual (b), Actual/365 (Fixed) (d), Actual/360
(e) and 30E/360 (g). Cycles, stubs, ends of months and shifts of days are those of the ACTUS Technical Specification,
sections on schedules and on the terms endOfMonthConvention and businessDayConvention.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

import numpy as np

from adidem.kernel.period import EPOCH, Calendar, Duration, day, show_day

DayCount = Literal["A/365", "A/360", "30E/360", "A/A"]
DAY_COUNTS: tuple[DayCount, ...] = ("A/365", "A/360", "30E/360", "A/A")
SHIFTS = ("following", "modified-following", "preceding", "modified-preceding")
MOST = 1_200
"""More days than a loan that is paid monthly for a century has."""

_LAST_OF_30E = 30


class Wrong(ValueError):
    """Days that make no schedule: the code, the term that is wrong, the sentence and the mend."""

    def __init__(self, code: str, term: str, sentence: str, mend: str):
        super().__init__(sentence)
        self.code, self.term, self.sentence, self.mend = code, term, sentence, mend


@dataclass(frozen=True, slots=True)
class Cycle:
    """Days that come again: the first, and how long after each the next; `term` names it where it is wrong.

    apart  the first is not one of them, but the day from which they are counted
    """

    first: int
    every: Duration
    term: str
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What the terms say of days.

    end_of_month  True: a cycle that begins on the last day of a month stays there; None: the text does not say
    last_period   `short` or `long`, of what is left before the maturity; empty: the text does not say
    shift         how a day that is no business day is moved; empty: not at all
    to_shifted    whether interest counts to the moved day
    """

    start: int
    maturity: int
    interest: Cycle | None
    principal: Cycle | None
    reset: Cycle | None
    end_of_month: bool | None = None
    last_period: str = ""
    shift: str = ""
    to_shifted: bool = False
    calendar: Calendar | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """A day on which something happens: up to it interest counts, and `paid` is the day of payment."""

    day: int
    paid: int
    interest: bool
    principal: bool
    reset: bool


def stops(plan: Plan) -> list[Stop]:
    """The days of a loan from its start to its maturity, in order.

    Problems: A180 a cycle that never ends or is longer than the loan; A181 days in the wrong order; A182 the text does
    not say what the schedule hangs on.
    """
    if plan.maturity <= plan.start:
        sentence = f"the loan is over on {show_day(plan.maturity)}, and begins on {show_day(plan.start)}"
        raise Wrong("A181", "maturity", sentence, "let it begin before it is over")
    of = {
        name: set(_cycle(plan, cycle)) if cycle else set[int]()
        for name, cycle in (("interest", plan.interest), ("principal", plan.principal), ("reset", plan.reset))
    }
    paid_on = of["interest"] | of["principal"]
    found: dict[int, Stop] = {}
    for each in sorted({plan.start, plan.maturity} | paid_on | of["reset"]):
        last = each == plan.maturity
        moved = shifted(each, plan.shift, plan.calendar) if each in paid_on or last else each
        counts = moved if plan.to_shifted else each
        kinds = (each in of["interest"] or last, each in of["principal"] or last, each in of["reset"])
        same = found.get(counts)
        if same is not None:
            kinds = (same.interest or kinds[0], same.principal or kinds[1], same.reset or kinds[2])
        found[counts] = Stop(counts, moved, *kinds)
    return [found[each] for each in sorted(found)]


def _cycle(plan: Plan, cycle: Cycle) -> list[int]:
    """The days of a cycle from the start up to, and without, the maturity; without a last one where the period that is
    left is joined with the one before.
    """
    if cycle.first < plan.start:
        sentence = f"{cycle.term} begins on {show_day(cycle.first)}, before the loan does on {show_day(plan.start)}"
        raise Wrong("A181", cycle.term, sentence, "let it begin with the loan, or later")
    days, each = list[int](), cycle.first
    for each in cycle_days(cycle, plan.end_of_month):
        if not days and each > plan.maturity:
            sentence = f"{cycle.term} is longer than the loan: its first day would be {show_day(each)}"
            mend = f"let it begin before the loan is over on {show_day(plan.maturity)}"
            raise Wrong("A180", cycle.term, sentence, mend)
        if each >= plan.maturity:
            break
        days.append(each)
        if len(days) > MOST:
            raise Wrong("A180", cycle.term, f"{cycle.term} has more than {MOST:,} days", "let it be longer")
    if cycle.term != "reset_cycle" and days and each != plan.maturity and days[-1] > plan.start:
        if not plan.last_period:
            sentence = f"{cycle.term} does not end on the maturity, and nothing says what comes of the days left over"
            raise Wrong("A182", cycle.term, sentence, "add last_period: short, or long where they join what is before")
        if plan.last_period == "long":
            days.pop()
    return days


def cycle_days(cycle: Cycle, end_of_month: bool | None) -> Iterator[int]:
    """The days of a cycle, without end; each is counted from the first, so that a short month changes no later one.

    Problems: A180 a cycle that never ends; A182 it begins on the last day of a month, and no text says what follows.
    """
    every = cycle.every
    if every.number == 0 or every.unit == "business days":
        what = "never ends: its next day is the same" if every.number == 0 else "is counted in business days"
        mend = "write a day, a month or more, such as 3 months"
        raise Wrong("A180", cycle.term, f"{cycle.term} {what}", mend)
    number = 1 if cycle.apart else 0
    if every.unit == "days":
        while True:
            yield cycle.first + number * every.number
            number += 1
    first = EPOCH + timedelta(days=cycle.first)
    at_end = (first + timedelta(days=1)).month != first.month
    longest = 31
    if at_end and first.day < longest and end_of_month is None:
        sentence = f"{cycle.term} begins on the last day of a month, {first}: on which day it goes on is not said"
        raise Wrong("A182", cycle.term, sentence, "add end_of_month: yes, or no where it stays on that day")
    months = every.number * (12 if every.unit == "years" else 1)
    while True:
        yield _months_on(first, number * months, at_end and bool(end_of_month))
        number += 1


def _months_on(first: date, months: int, at_end: bool) -> int:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = day(following) - 1
    return last if at_end else min(day(date(year, month + 1, 1)) + first.day - 1, last)


def shifted(when: int, shift: str, calendar: Calendar | None) -> int:
    """The day to which one that is no business day is moved: the next or the one before; `modified`, in its month."""
    if not shift or calendar is None:
        return when
    days = calendar.business_days
    following = int(days[min(np.searchsorted(days, when), len(days) - 1)])
    preceding = int(days[max(np.searchsorted(days, when, side="right") - 1, 0)])
    moved, other = (following, preceding) if shift.endswith("following") else (preceding, following)
    same_month = (EPOCH + timedelta(days=moved)).month == (EPOCH + timedelta(days=when)).month
    return moved if same_month or not shift.startswith("modified") else other


def business_days_before(when: int, number: int, calendar: Calendar) -> int:
    """The business day so many before a day."""
    place = int(np.searchsorted(calendar.business_days, when))
    return int(calendar.business_days[max(place - number, 0)]) if number else when


def pieces(count: DayCount, start: int, end: int) -> list[tuple[int, int, Fraction]]:
    """Stretches of days between two, each with the part of a year that one of its days is.

    They may overlap: what parts of a year they are adds up. In 30E/360 the 31st counts nothing, and the last day of
    February as many as are missing to thirty.
    """
    if count != "A/A" and count != "30E/360":
        return [(start, end, Fraction(1, 365 if count == "A/365" else 360))]
    first, last = (EPOCH + timedelta(days=each) for each in (start, end - 1))
    if count == "A/A":
        years = ((day(date(y, 1, 1)), day(date(y + 1, 1, 1))) for y in range(first.year, last.year + 1))
        return [(max(a, start), min(b, end), Fraction(1, b - a)) for a, b in years]
    out = [(start, end, Fraction(1, 360))]
    for each in range(start, end):
        today, next_day = EPOCH + timedelta(days=each), EPOCH + timedelta(days=each + 1)
        extra = _thirty(next_day) - _thirty(today) - 1
        if extra:
            out.append((each, each + 1, Fraction(extra, 360)))
    return out


def _thirty(when: date) -> int:
    """The number of a day where every month has thirty: that of the 31st is that of the 30th."""
    return when.year * 360 + when.month * 30 + min(when.day, _LAST_OF_30E)


def fraction(count: DayCount, start: int, end: int) -> Fraction:
    """The part of a year from one day to another."""
    return sum((part * (b - a) for a, b, part in pieces(count, start, end)), Fraction(0))
