"""How values are written: money, rates, counts, durations, dates, names, scopes.

Knows spelling. Does not know terms, events or formulas.

Each `parse_…` takes text and returns a value, or raises `Misspelt` with the sentence for the reader.
"""

import re
from datetime import date
from fractions import Fraction
from typing import get_args

from adidem.kernel.period import NEVER, Duration, DurationUnit, day
from adidem.kernel.quantity import LIMIT, ROUNDINGS, Unit, exponent, money
from adidem.kernel.term import Quantity, Scope

_MONEY = re.compile(r"([A-Z]{3})\s+(-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)\s*(k|m|bn)?")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_FRACTION = re.compile(r"(\d+)\s*/\s*(\d+)")
_DECIMAL = re.compile(r"\d+(?:\.\d+)?")
_COUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z][A-Za-z0-9 -]*)?")
_DURATION = re.compile(r"(\d+)\s+(business day|day|week|month|year)s?")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*")
_FACTORS = {None: 1, "k": 10**3, "m": 10**6, "bn": 10**9}


_LONGEST = 1_000


class Misspelt(ValueError):
    """A text that is no value of its type; `at` is how far in it goes wrong."""

    def __init__(self, sentence: str, at: int = 0, mend: str = ""):
        super().__init__(sentence)
        self.sentence, self.at, self.mend = sentence, at, mend


def _bounded(text: str) -> str:
    """The text without blanks around it, of a length that any value has."""
    stripped = text.strip()
    if len(stripped) > _LONGEST:
        raise Misspelt(
            f"“{stripped[:40]}…” has {len(stripped):,} characters, more than any value", mend="write it shorter"
        )
    return stripped


def parse_money(text: str) -> Quantity:
    """`USD 13 bn`, `USD 1,234.56`: minor units, every digit kept."""
    found = _MONEY.fullmatch(_bounded(text))
    if not found:
        raise Misspelt(f"“{text}” is no amount of money", mend="write the currency first: USD 13 bn, USD 1,234.56")
    currency, digits, factor = found.groups()
    minor = Fraction(digits.replace(",", "")) * _FACTORS[factor] * 10 ** exponent(currency)
    if minor.denominator != 1:
        raise Misspelt(f"“{text}” has more digits than {currency} has", mend="write no parts of the smallest coin")
    if abs(minor) > LIMIT:
        raise Misspelt(f"“{text}” is more than can be kept exactly")
    return Quantity(int(minor), money(currency))


def parse_rate(text: str) -> Quantity:
    """`20 %`, `3/16`, `0.125`: exact."""
    text = _bounded(text)
    if found := _PERCENT.fullmatch(text):
        value = Fraction(found[1]) / 100
    elif found := _FRACTION.fullmatch(text):
        if int(found[2]) == 0:
            raise Misspelt(f"“{text}” divides by zero")
        value = Fraction(int(found[1]), int(found[2]))
    elif _DECIMAL.fullmatch(text):
        value = Fraction(text)
    else:
        raise Misspelt(f"“{text}” is no rate", mend="write 20 %, 3/16 or 0.2")
    if value.denominator > 10**9 or value.numerator > 10**12:
        raise Misspelt(f"“{text}” has more digits than a rate can keep", mend="write at most nine decimal places")
    return Quantity(value.numerator, Unit("rate", "", value.denominator))


def parse_count(text: str) -> Quantity:
    """`4.5 GW`, `3`: so many of something."""
    found = _COUNT.fullmatch(_bounded(text))
    if not found:
        raise Misspelt(f"“{text}” is no number of anything", mend="write the number first: 4.5 GW")
    value = Fraction(found[1])
    return Quantity(value.numerator, Unit("count", (found[2] or "").strip(), value.denominator))


def parse_duration(text: str) -> Duration:
    """`10 business days`, `30 days`, `6 weeks`, `18 months`, `2 years`."""
    found = _DURATION.fullmatch(_bounded(text))
    if not found:
        raise Misspelt(f"“{text}” is no length of time", mend="write 10 business days, 30 days, 18 months or 2 years")
    number, unit = int(found[1]), found[2] + "s"
    if number > 100_000:
        raise Misspelt(f"“{text}” is longer than any agreement")
    if unit == "weeks":
        number, unit = number * 7, "days"
    assert unit in get_args(DurationUnit)
    return Duration(number, unit)  # type: ignore[arg-type]


def parse_date(text: str) -> int:
    """`2025-01-21`, or `never`: days since 1970-01-01."""
    text = _bounded(text)
    if text == "never":
        return NEVER
    found = _DATE.fullmatch(text)
    if not found:
        raise Misspelt(f"“{text}” is no date", mend="write year-month-day: 2025-01-21")
    try:
        return day(date(*(int(part) for part in found.groups())))
    except ValueError:
        raise Misspelt(f"the date {text} does not exist", mend="look at the month's number of days") from None


def parse_flag(text: str) -> bool:
    """`yes` or `no`."""
    if _bounded(text) not in ("yes", "no"):
        raise Misspelt(f"“{text}” stands where yes or no is needed", mend="write yes or no")
    return _bounded(text) == "yes"


def parse_word(text: str) -> str:
    """A name: letters, digits, and . _ - / inside."""
    if not _WORD.fullmatch(_bounded(text)):
        raise Misspelt(f"“{text}” is no name", mend="write one word of letters, digits, -, _, . and /")
    return _bounded(text)


def parse_scope(text: str) -> Scope:
    """`every workload`, `new workload`, `every model, product except ui-design`, `everything`."""
    inside, marker, outside = _bounded(text).partition(" except ")
    new_only = False
    for lead in ("every new ", "every ", "new "):
        if inside.startswith(lead):
            inside, new_only = inside.removeprefix(lead), "new" in lead
            break
    classes = tuple(parse_word(part) for part in inside.split(","))
    without = tuple(parse_word(part) for part in outside.split(",")) if marker else ()
    return Scope(classes, without, new_only)


PLACES = ("line", "period")
"""Where every family can round; one that can do so elsewhere too says it."""


def parse_rounding(text: str, places: tuple[str, ...] = PLACES) -> str:
    """`half even, per period`: the rule and the place."""
    rule, _, place = _bounded(text).partition(", per ")
    if rule not in ROUNDINGS or place not in places:
        *first, last = (f"“, per {each}”" for each in sorted(places, reverse=True))
        mend = f"write one of {', '.join(ROUNDINGS)}, then {', '.join(first)} or {last}"
        raise Misspelt(f"“{text}” is no rounding", mend=mend)
    return _bounded(text)


def parse_time(text: str) -> str:
    """`17:00`: an hour of the day."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text.strip()):
        raise Misspelt(f"“{text}” is no time of day", mend="write 17:00")
    return text.strip()
