"""Days, durations, calendars, and the grid of periods on which an agreement runs.

Knows dates as whole days since 1970-01-01. Does not know the clock, holidays by name or time zones: calendars arrive
as data.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Literal

import numpy as np

from adidem.kernel.quantity import Array

DurationUnit = Literal["days", "business days", "months", "years"]
Every = Literal["month", "quarter", "year"]

EPOCH = date(1970, 1, 1)
NEVER = 2**31 - 1
"""The date of what has not happened; later than every date, and far enough from int64's end to be added to."""
ALWAYS = -(2**31)
"""Earlier than every date."""

MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
Cycle = str
"""How periods follow each other: a word of `Every`, or `year from 1 July` where a year does not start in January."""
_NAMES = "January February March April May June July August September October November December"
FIRSTS = tuple(f"1 {name}" for name in _NAMES.split())


def day(when: date) -> int:
    """Days since 1970-01-01."""
    return (when - EPOCH).days


def show_day(number: int) -> str:
    """The ISO date, or `never`."""
    if number >= NEVER // 2:
        return "never"
    if number <= ALWAYS // 2:
        return "always"
    if not day(date.min) <= number <= day(date.max):
        return "after 9999" if number > 0 else "before 0001"
    return (EPOCH + timedelta(days=number)).isoformat()


def show_instant(second: int) -> str:
    """The second since 1970-01-01 as an ISO instant in UTC."""
    return datetime.fromtimestamp(second, UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Duration:
    """So many days, business days, months or years. One month is not thirty days."""

    number: int
    unit: DurationUnit

    def __str__(self) -> str:
        return f"{self.number} {self.unit}" if self.number != 1 else f"1 {self.unit[:-1]}"


@dataclass(frozen=True, slots=True)
class AsOf:
    """The pair every question is asked for: what had occurred by the end of `occurred`, as recorded by `recorded`.

    occurred  day
    recorded  second since 1970-01-01, inclusive
    """

    occurred: int
    recorded: int


@dataclass(frozen=True, eq=False)
class Calendar:
    """The business days of one named calendar, as a sorted array, with how periods are counted there."""

    name: str
    business_days: Array
    first_day_included: bool = False

    def after(self, start: Array, number: Array) -> Array:
        """The day that is `number` business days after `start`; NEVER stays NEVER.

        With the first day included, a business day on which the period starts counts as its day one.
        """
        side = "left" if self.first_day_included else "right"
        position = np.searchsorted(self.business_days, start, side=side) + number - 1
        known = (start < NEVER) & (position < len(self.business_days))
        return np.where(known, self.business_days[np.clip(position, 0, len(self.business_days) - 1)], NEVER)


def add_months(start: Array, number: Array) -> Array:
    """The same day so many months on, or the month's last day where it has no such day; NEVER stays NEVER."""
    known = np.abs(start) < NEVER // 2
    days = np.where(known, start, 0).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    offset = (days - months.astype("datetime64[D]")).astype(np.int64)
    target = months + number.astype("timedelta64[M]")
    last = ((target + 1).astype("datetime64[D]") - np.timedelta64(1, "D")).astype(np.int64)
    moved = np.minimum(target.astype("datetime64[D]").astype(np.int64) + offset, last)
    return np.where(known, moved, start)


def month_index(days: Array) -> Array:
    """Months since January 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def counted_from(year_starts: str, every: Every) -> Cycle:
    """The periods of years that start on such a day: `quarter from 1 February`; `quarter` where they are calendar's."""
    first = FIRSTS.index(year_starts) % MONTHS[every]
    return f"{every} from {FIRSTS[first]}" if first else every


def period_of(days: Array, cycle: Cycle) -> tuple[Array, Array]:
    """The first and the last day of the period in which each day lies."""
    every, _, start = cycle.partition(" from ")
    months, offset = MONTHS[every], FIRSTS.index(start) if start else 0
    begins = (month_index(days) - offset) // months * months + offset
    edges = np.stack([begins, begins + months]).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return edges[0], edges[1] - 1


@dataclass(frozen=True)
class Grid:
    """The periods of a run: cell i is [cuts[i], cuts[i + 1]).

    Cells are calendar months. The last one ends with the as-of day, so that a period which is not over is never taken
    for one that is.
    """

    cuts: Array

    @classmethod
    def over(cls, first: int, last: int) -> "Grid":
        """Monthly cells from the month of `first` to the day `last`, or to the first day where that is later."""
        start = int(period_of(np.array(first), "month")[0])
        stop = max(last, start) + 1
        return cls(np.unique(np.append(period_of(np.arange(start, stop), "month")[0], stop)))

    def __len__(self) -> int:
        return len(self.cuts) - 1

    def cell(self, days: Array) -> Array:
        """The cell in which each day lies: -1 before the first, len(self) past the last."""
        return np.searchsorted(self.cuts, days, side="right") - 1

    @cached_property
    def last_day(self) -> Array:
        """[cells] The last day of each cell."""
        return self.cuts[1:] - 1

    def closes(self, cycle: Cycle) -> Array:
        """[cells] 1 where a period ends with the cell."""
        return (period_of(self.last_day, cycle)[1] == self.last_day).astype(np.int64)


def period_label(last_day: int, cycle: Cycle | None) -> str:
    """The name of the period that ends on `last_day`: `2025-06`, `2025-Q2`, `2025`; the day itself without a cycle.

    One that is none of the calendar's is named by its first and last month, `2025-07--2026-06`: an interval with the
    double hyphen that stands for the solidus where that cannot be (ISO 8601:2004, 4.4.2).
    """
    ends = EPOCH + timedelta(days=last_day)
    match cycle:
        case "month":
            return f"{ends.year}-{ends.month:02d}"
        case "quarter":
            return f"{ends.year}-Q{(ends.month + 2) // 3}"
        case "year":
            return str(ends.year)
        case None:
            return ends.isoformat()
        case _:
            return "--".join(show_day(int(edge))[:7] for edge in period_of(np.array(last_day), cycle))
