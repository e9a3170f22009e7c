"""Columns of money in SQL: which texts are amounts, and their exact sums.

Knows SQL and how amounts are spelled. Does not know files, rules or what becomes of a row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from adidem.records.exported import EXACT, MOST_DIGITS, NUMBER, SPELLED, added
from adidem.records.totals import Total

_SIMPLE = r"-?[0-9]{1,12}(\.[0-9]{1,18})?"
_PLACES = 18
_EXACT = re.compile(r"DECIMAL\(\d+,\d+\)|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
OTHERWISE = "\x01"
"""Stands before a text that would be a number if it were written in another way."""


@dataclass(frozen=True)
class Money:
    """SQL for one column of money. What a file keeps as decimals or whole numbers is exact as it is; all else is text.

    The sorts of amounts: 0 simple, 1 another spelling of a number, 2 NULL, 3 empty, 4 none.
    """

    column: tuple[str, str]
    spelled: str
    nulls: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether its type is exact."""
        return _EXACT.fullmatch(self.column[1]) is not None

    @property
    def text(self) -> str:
        """The amount itself, or its text without blanks about it."""
        if self.exact:
            return self.column[0]
        text = f"trim({as_text(*self.column)})"
        pattern, out, point = SPELLED[self.spelled]
        if not out:
            return text
        plain = f"translate({text}, {quoted(point + out)}, {quoted('.' if point else '')})"
        kept = ", ".join(map(quoted, ("", *self.nulls)))
        # What would be a number if it were written in another way is marked, and so is none.
        cases = f"WHEN regexp_full_match({text}, {quoted(pattern)}) THEN {plain} WHEN {text} IN ({kept}) THEN {text}"
        return f"CASE {cases} ELSE '{OTHERWISE}' || {text} END"

    def sort(self, text: str) -> str:
        """Which sort of amount it is."""
        if self.exact:
            return f"CASE WHEN {text} IS NULL THEN 2 ELSE 0 END"
        simple, number = f"regexp_full_match({text}, {quoted(_SIMPLE)})", f"regexp_full_match({text}, {quoted(NUMBER)})"
        nulls = f" OR {text} IN ({', '.join(map(quoted, self.nulls))})" if self.nulls else ""
        cases = f"WHEN {simple} THEN 0 WHEN {text} IS NULL{nulls} THEN 2 WHEN {text} = '' THEN 3"
        return f"CASE {cases} WHEN {number} AND length({text}) <= {MOST_DIGITS} THEN 1 ELSE 4 END"

    def kind(self, text: str, sort: str) -> str:
        """What tells rows apart: the sort of their amount, where a number is one however it is spelled."""
        return f"CAST({text} IS NULL AS TINYINT)" if self.exact else f"(CASE {sort} WHEN 1 THEN 0 ELSE {sort} END)"

    def sums(self, text: str, sort: str, name: str) -> list[str]:
        """One total, named part by part: sum, decimal places, other spellings; how many zero, NULL, empty, none."""
        return [f"{part} AS {own}" for part, own in zip(self._sums(text, sort), self.names(name), strict=True)]

    def _sums(self, text: str, sort: str) -> list[str]:
        if self.exact:
            places = self.column[1].partition(",")[2].removesuffix(")") or "0"
            zeros, null = f"count(*) FILTER ({text} = 0)", f"count(*) - count({text})"
            return [f"sum({text})", places, "NULL", zeros, null, "0", "0"]
        counts = [f"count(*) FILTER ({sort} = {number})" for number in (2, 3, 4)]
        decimal = f"CASE WHEN {sort} = 0 THEN CAST({text} AS DECIMAL(38, {_PLACES})) END"
        places = f"CASE WHEN {sort} = 0 AND contains({text}, '.') THEN length({text}) - strpos({text}, '.') ELSE 0 END"
        zeros = f"count(*) FILTER ({decimal} = 0)"
        return [f"sum({decimal})", f"max({places})", f"list({text}) FILTER ({sort} = 1)", zeros, *counts]

    def names(self, name: str) -> list[str]:
        """The names of a total's parts."""
        return [f"{name}_{part}" for part in range(7)]

    def joined(self, name: str) -> list[str]:
        """The total of several totals, part by part."""
        total, places, others, *counts = self.names(name)
        spelled = "NULL" if self.exact else f"flatten(list({others}) FILTER ({others} IS NOT NULL))"
        return [f"sum({total})", f"max({places})", spelled, *(f"sum({count})" for count in counts)]


def total_of(values: Iterator[Any], rows: int) -> Total:
    """One total of a group, from the seven figures of `Money.sums`."""
    summed, places, others, zeros, null, empty, other = (next(values) for _ in range(7))
    total = Total(Decimal(0), rows - null - empty - other, zeros, null, empty, other)
    if summed is not None:
        # All digits behind those of the source are zeros: to cut them off is exact.
        total.sum = Decimal(summed).quantize(_unit(places), context=EXACT)
    for text in others or ():
        value = Decimal(text)
        total.zeros += value == 0
        total.sum = added(total.sum, value)
    return total


@cache
def _unit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def as_text(column: str, type_: str) -> str:
    """SQL for a column as text."""
    if type_ == "VARCHAR":
        return column
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"(CAST(make_timestamp(epoch_us({column})) AS VARCHAR) || '+00:00')"
    return f"CAST({column} AS VARCHAR)"


def quoted(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
