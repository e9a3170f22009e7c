"""The periods in which is settled, and how they follow each other when they are closed.

Knows months, quarters and years of the calendar, and the pairs for which they were closed. Does not know what is
settled in them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from adidem.kernel.period import ALWAYS, AsOf, day
from adidem.kernel.source import Span

_LABEL = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTHS = re.compile(r"\d{4}-\d{2}--\d{4}-\d{2}")


@dataclass(frozen=True, slots=True)
class Period:
    """A month, quarter or year, from its first to its last day."""

    label: str
    first: int
    last: int

    def holds(self, on: int) -> bool:
        """Whether a day lies in it."""
        return self.first <= on <= self.last


@dataclass(frozen=True, slots=True)
class Closing:
    """A period that was closed: for which pair, how questions were read, what was settled, and by whom.

    digest  the hash of what was settled
    """

    id: str
    period: Period
    as_of: AsOf
    readings: dict[str, str]
    digest: str
    preparer: str
    approved_by: str
    span: Span | None = None


def period_of(label: str) -> Period | None:
    """The period of a label: `2025`, `2025-Q3`, `2025-09`; none of the year 9999, which no day follows."""
    found = _LABEL.fullmatch(label)
    if found is None or found["year"] in ("0000", "9999"):
        return None
    months = 3 if found["quarter"] else 1 if found["month"] else 12
    start = (int(found["quarter"] or found["month"] or 1) - 1) * months
    year, ends = int(found["year"]), start + months
    following = date(year + ends // 12, ends % 12 + 1, 1)
    return Period(label, day(date(year, start + 1, 1)), day(following) - 1)


def period_days(label: str) -> tuple[int, int] | None:
    """The first and last day of a period, or of months as in `2025-07--2026-06`; of a day, as in `2025-06-30`, all days
    up to it; else None.
    """
    period = period_of(label)
    if period is not None:
        return period.first, period.last
    if _MONTHS.fullmatch(label):
        first, last = (period_of(month) for month in label.split("--"))
        return (first.first, last.last) if first and last and first.first < last.first else None
    if _DAY.fullmatch(label) is None or period_of(label[:7]) is None:
        return None
    try:
        return ALWAYS, day(date.fromisoformat(label))
    except ValueError:
        return None


def like(period: Period, on: int) -> Period | None:
    """The period of the same length that holds a day; none after the year 9998."""
    when = date(1970, 1, 1) + timedelta(days=on)
    month, quarter = f"{when.year:04}-{when.month:02}", f"{when.year:04}-Q{(when.month + 2) // 3}"
    return period_of(f"{when.year:04}" if len(period.label) == 4 else quarter if "Q" in period.label else month)


def following(period: Period) -> Period | None:
    """The period of the same length that comes next; none after the year 9998."""
    return like(period, period.last + 1)


def settler(closings: Sequence[Closing], on: int) -> Closing | None:
    """The closing that settled what was fixed on a day: of the period that holds it, or of the first one after it.

    closings  oldest first
    """
    return next((closing for closing in closings if closing.period.last >= on), None)
