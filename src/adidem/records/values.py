"""How values of events are spelled: names, money, yes and no, days and instants.

Knows JSON values and the agreement's zone. Does not know kinds of event.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from adidem.kernel.event import Column
from adidem.kernel.literal import Misspelt, parse_date, parse_money
from adidem.kernel.period import day
from adidem.kernel.quantity import Array
from adidem.kernel.term import Quantity

MISSING = -(2**62)
"""In a column: the event does not say. It is no amount, no name and no day."""
SECONDS = 86_400
"""Of a day."""
FOREVER = 2**62
"""The second at which nothing takes an event's place."""
UNBOUNDED = FOREVER // 2
"""The second by which everything is recorded: that of whoever asks for no instant."""


@dataclass
class Spelling:
    """Turns values as written into int64, each distinct text once."""

    zone: tzinfo = UTC
    words: list[str] = field(default_factory=list[str])
    currencies: set[str] = field(default_factory=set[str])
    _codes: defaultdict[str, int] = field(default_factory=defaultdict[str, int])
    _money: dict[str, int] = field(default_factory=dict[str, int])
    _instants: dict[str, tuple[int, int, int]] = field(default_factory=dict[str, tuple[int, int, int]])

    def __post_init__(self) -> None:
        # A word that is new gets the next place, with no line of Python run for it.
        self._codes.default_factory = self._codes.__len__

    def places(self, texts: Sequence[str]) -> Array:
        """The places of many words in `words`."""
        out = np.fromiter(map(self._codes.__getitem__, texts), np.int64, len(texts))
        self.words += islice(self._codes, len(self.words), None)
        return out

    def place(self, text: str) -> int | None:
        """The place of a word, if it has one."""
        return self._codes.get(text)

    def word(self, text: str) -> int:
        """The place of a word in `words`."""
        code = self._codes.get(text)
        if code is None:
            code = self._codes[text] = len(self.words)
            self.words.append(text)
        return code

    def parser(self, column: Column) -> Callable[[Any], int]:
        """How values of a column are read."""
        match column.type:
            case "money":
                return self.money
            case "flag":
                return _flag
            case "rate" | "count":
                return partial(_number, column)
            case "date":
                return _day
            case "instant":
                return self._second
            case _:
                return self.name

    def name(self, value: Any) -> int:
        """A name, id or text."""
        if not isinstance(value, str) or not value:
            raise Misspelt(f"“{value}” is no text", mend="write it between double quotes")
        return self.word(value)

    def money(self, value: Any) -> int:
        """Minor units of `USD 1,234.56`."""
        known = self._money.get(value) if isinstance(value, str) else None
        if known is not None:
            return known
        if not isinstance(value, str):
            raise Misspelt(f"{value} is no amount of money", mend='write it as text with its currency: "USD 1,234.56"')
        quantity: Quantity = parse_money(value)
        self.currencies.add(quantity.unit.name)
        self._money[value] = quantity.value
        return quantity.value

    def instant(self, value: Any) -> tuple[int, int, int]:
        """Day in the zone, second of that day (-1 where only the day is said), second since 1970-01-01."""
        known = self._instants.get(value) if isinstance(value, str) else None
        if known is None:
            known = self._instant(value)
            self._instants[value] = known
        return known

    def _second(self, value: Any) -> int:
        """Seconds since 1970-01-01 of an instant that says its time of day."""
        _, of_day, second = self.instant(value)
        if of_day < 0:
            raise Misspelt(f"“{value}” does not say the time of day", mend="write 2025-01-21T18:40:00Z")
        return second

    def _instant(self, value: Any) -> tuple[int, int, int]:
        if not isinstance(value, str):
            raise Misspelt(f"{value} is no date", mend='write "2025-01-21" or "2025-01-21T18:40:00Z"')
        if value == "never":
            raise Misspelt("“never” is no day on which something happens", mend="write the day, or leave the event out")
        if "T" not in value:
            number = parse_date(value)
            return number, -1, number * SECONDS
        try:
            when = datetime.fromisoformat(value)
            local = when.astimezone(self.zone)
        except (ValueError, OverflowError):
            raise Misspelt(f"“{value}” is no instant", mend="write 2025-01-21T18:40:00Z") from None
        if when.tzinfo is None:
            raise Misspelt(f"“{value}” does not say its zone", mend="add Z, or an offset such as -08:00")
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        return day(date(local.year, local.month, local.day)), seconds, int(when.timestamp())


def _number(column: Column, value: Any) -> int:
    """A rate, or a number of what the column counts: parts of its denominator."""
    if not isinstance(value, str):
        raise Misspelt(f"{value} is no text", mend=f'write it between double quotes: "{value}"')
    return column.parts(value)


def _day(value: Any) -> int:
    if not isinstance(value, str):
        raise Misspelt(f"{value} is no date", mend='write "2025-01-21"')
    return parse_date(value)


def _flag(value: Any) -> int:
    if value in ("yes", "no"):
        return int(value == "yes")
    if isinstance(value, bool):
        return int(value)
    raise Misspelt(f"“{value}” stands where yes or no is needed", mend='write "yes" or "no"')
