"""How exports spell numbers and days: exact decimals, instants with or without a zone, days in the usual orders.

Knows spelling. Does not know columns, rules or files.

A number is kept to its last digit: `18.00663861840` has eleven decimal places and stays so through every sum.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction

from adidem.kernel.literal import Misspelt
from adidem.kernel.period import day
from adidem.kernel.quantity import LIMIT, Rounding, exponent, round_fraction

EXACT = Context(prec=1_000, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
"""Additions in it are exact, or raise."""
MOST_DIGITS = 100
NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?"
GROUPED = r"[+-]?[$€£¥]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?"
COMMA = r"[+-]?[$€£¥]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?"
SPELLED = {"plain": (NUMBER, "", ""), "grouped": (GROUPED, "$€£¥,", ""), "comma": (COMMA, "$€£¥.", ",")}
"""Of each way of writing a number: its pattern, the signs to leave out, and what stands for the decimal point."""
_ORDERED = {
    "month/day/year": (re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})"), (2, 0, 1)),
    "day/month/year": (re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})"), (2, 1, 0)),
    "day.month.year": (re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})"), (2, 1, 0)),
}
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T].+)?")
_MOMENT = timedelta(microseconds=1)


def number(text: str, spelled: str = "plain") -> Decimal:
    """A decimal number with every digit. Raises Misspelt."""
    bare = text.strip(" ")
    pattern, out, point = SPELLED[spelled]
    if len(bare) > MOST_DIGITS or not re.fullmatch(pattern, bare):
        others = [name for name, (other, _, _) in SPELLED.items() if re.fullmatch(other, bare)]
        mend = f"say how amounts are written: numbers: {' or '.join(others)}" if others and len(bare) < 40 else ""
        raise Misspelt(f"“{bare[:40]}” is no number", mend=mend)
    return Decimal(bare.translate(str.maketrans(point, "." if point else "", out)))


def added(one: Decimal, other: Decimal) -> Decimal:
    """The exact sum; it keeps the decimal places of the one that has more."""
    return EXACT.add(one, other)


def shown(value: Decimal) -> str:
    """Every digit, without an exponent."""
    return f"{value:f}"


def minor_units(value: Decimal, currency: str, rounding: Rounding | None) -> int | None:
    """An amount in the currency's smallest coin; None where it has parts of one and no rounding is named.

    Raises Misspelt for an amount that is more than a ledger can keep.
    """
    exact = Fraction(value.scaleb(exponent(currency), EXACT))
    if exact.denominator != 1 and rounding is None:
        return None
    minor = round_fraction(exact, rounding or "half even")
    if abs(minor) > LIMIT // 2:
        raise Misspelt(f"{currency} {shown(value)} is more than can be kept exactly")
    return minor


def written(minor: int, currency: str) -> str:
    """`USD 1234.56`, as an event says it."""
    return f"{currency} {shown(of_minor(minor, currency))}"


def of_minor(minor: int, currency: str) -> Decimal:
    """The decimal number of so many of the currency's smallest coin."""
    return Decimal(minor).scaleb(-exponent(currency), EXACT)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day in the agreement's zone; and the instant, where one is said and belongs to the event."""

    day: int
    instant: str = ""


@dataclass
class Days:
    """Reads the days of one file, each distinct text once.

    zone   that of the agreement, in which days begin
    named  the zone of instants that do not say theirs; None where the rules name none
    """

    zone: tzinfo
    spelled: str = "iso"
    named: tzinfo | None = None

    def __post_init__(self) -> None:
        self._known: dict[tuple[str, bool], Moment] = {}

    def moment(self, text: str, exclusive: bool = False) -> Moment:
        """The day of a text; of the last moment before it, where it is exclusive. Raises Misspelt."""
        found = self._known.get((text, exclusive))
        if found is None:
            found = self._known[text, exclusive] = self._moment(text.strip(), exclusive)
        return found

    def _moment(self, text: str, exclusive: bool) -> Moment:
        if self.spelled != "iso":
            return Moment(self._ordered(text) - exclusive)
        found = _ISO.fullmatch(text)
        if not found:
            slashes = any(pattern.fullmatch(text) for pattern, _ in _ORDERED.values())
            mend = "say how days are written: dates: month/day/year, day/month/year or day.month.year"
            raise Misspelt(f"“{text[:40]}” is no day", mend=mend if slashes else "")
        if not found[1]:
            return Moment(_read(lambda: date.fromisoformat(text), text) - exclusive)
        when = _instant(text)
        if when.tzinfo is None:
            if self.named is None:
                raise Misspelt(f"“{text}” does not say its zone", mend="name it in the rules: zone: UTC")
            when = when.replace(tzinfo=self.named)
        try:
            local = (when - _MOMENT if exclusive else when).astimezone(self.zone)
        except OverflowError:
            raise Misspelt(f"“{text}” is no instant") from None
        said = "" if exclusive else when.isoformat().replace("+00:00", "Z")
        return Moment(day(local.date()), said)

    def _ordered(self, text: str) -> int:
        pattern, order = _ORDERED[self.spelled]
        found = pattern.fullmatch(text)
        if not found:
            raise Misspelt(f"“{text[:40]}” is not written {self.spelled}")
        year, month, of_month = (int(found[place + 1]) for place in order)
        return _read(lambda: date(year + 2000 if year < 100 else year, month, of_month), text)


def _read(read: Callable[[], date], text: str) -> int:
    try:
        return day(read())
    except ValueError:
        raise Misspelt(f"the day {text} does not exist") from None


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Misspelt(f"“{text[:40]}” is no instant") from None
