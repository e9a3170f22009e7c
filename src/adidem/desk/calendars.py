"""Calendars by name: holidays into business days, once, at the edge; and whether there is a time zone of a name.

Knows countries, holidays and zones. Does not know what clauses make of them.
"""

from datetime import date
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from adidem.desk import cache as results
from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.period import Calendar, day
from adidem.kernel.problem import Problem

FIRST_YEAR, LAST_YEAR = 2000, 2060
LONGEST_CODE = 3


def business_calendar(clause: Clause) -> tuple[Calendar | None, list[Problem]]:
    """The calendar that a notice clause names. Problems: A111 no such calendar."""
    name = str(clause.terms["calendar"].value)
    closed = _holidays(name)
    if closed is None:
        mend = "write the code of a country, such as US"
        return None, [Problem("A111", f"there is no calendar {name}", clause.terms["calendar"].span, mend)]
    days = np.arange(day(date(FIRST_YEAR, 1, 1)), day(date(LAST_YEAR + 1, 1, 1)))
    weekday = (days + 3) % 7
    business = days[(weekday < 5) & ~np.isin(days, closed)]
    first_day = clause.terms.get("first_day")
    return Calendar(name, business, first_day is not None and first_day.value == "included"), []


def unknown_zones(agreement: Agreement) -> list[Problem]:
    """Time zones that clauses name, and that there are not. Problems: A111."""
    named = [clause.terms["zone"] for clause in agreement.clauses if "zone" in clause.terms]
    mend = "write an IANA name, such as America/Los_Angeles"
    return [
        Problem("A111", f"there is no time zone {term.value}", term.span, mend)
        for term in named
        if not _is_zone(str(term.value))
    ]


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@cache
def _holidays(name: str) -> list[int] | None:
    """The days on which a country is closed; None where there is no such country."""
    key = results.key(name, results.version("holidays"), f"{FIRST_YEAR} {LAST_YEAR}")
    kept = results.get("holidays", key)
    if kept is not None:
        return np.frombuffer(kept, "<i8").tolist()
    # Importing the holidays takes a tenth of a second, which is paid once for a country.
    import holidays
    from holidays.registry import COUNTRIES

    if not any(name in codes for codes in COUNTRIES.values() if len(name) <= LONGEST_CODE):
        return None
    found = holidays.country_holidays(name, years=range(FIRST_YEAR, LAST_YEAR + 1))
    days = [day(when) for when in found]
    results.put("holidays", key, np.array(days, "<i8").tobytes())
    return days
