"""Whole columns of values at once, where every value of a column is spelled in a plain way.

Knows how values are spelled. Does not know events, kinds or problems: a column in which one value is not plain is left
alone, for whoever reads value by value and words what is wrong. What is read here is what is read there, to the unit.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.event import Column
from adidem.kernel.quantity import LIMIT, Array, exponent
from adidem.records.values import MISSING, SECONDS, Spelling

_MONEY = re.compile(
    r"^([A-Z]{3}) (-?(?:[0-9]{1,20}|[0-9]{1,3}(?:,[0-9]{3}){1,6}))(?:\.([0-9]{2})| ?(k|m|bn))?$",
    re.ASCII | re.MULTILINE,
)
_CURRENCY = re.compile("[A-Z]{3} ")
_ZERO = ord("0")
_HUNDREDTHS = {"": 100, "k": 10**5, "m": 10**8, "bn": 10**11}


def whole_column(spelling: Spelling, column: Column, values: list[Any]) -> Array | None:
    """[events] The values of a column, MISSING where there is none; None where they must be read one by one."""
    present = values if None not in values else [value for value in values if value is not None]
    if len(present) < len(values) and column.required:
        return None
    match column.type:
        case "money":
            found = _money(spelling, present) if present else np.zeros(0, np.int64)
        case "flag":
            found = _flags(present)
        case "rate" | "count" | "date" | "instant":
            found = None if present else np.zeros(0, np.int64)
        case _:
            found = _names(spelling, present)
    if found is None or len(present) == len(values):
        return found
    out = np.full(len(values), MISSING, np.int64)
    out[[value is not None for value in values]] = found
    return out


def whole_instants(spelling: Spelling, values: list[Any]) -> Array | None:
    """[events, 3] Day, second of the day and second since 1970-01-01; None where they must be read one by one."""
    if not _are(str, values):
        return None
    days = _days(values)
    if days is not None:
        return np.stack([days, np.full(len(days), -1), days * SECONDS], axis=1)
    place = {text: number for number, text in enumerate(dict.fromkeys(values))}
    try:
        distinct = [spelling.instant(text) for text in place]
    except ValueError:
        return None
    table = np.array(distinct, np.int64).reshape(-1, 3)
    return table[np.fromiter(map(place.__getitem__, values), np.int64, len(values))]


def _are(type_: type, values: Sequence[Any]) -> bool:
    return set(map(type, values)) <= {type_}


def _names(spelling: Spelling, values: list[Any]) -> Array | None:
    return spelling.places(values) if _are(str, values) and all(values) else None


def _flags(values: list[Any]) -> Array | None:
    if not _are(str, values) or not set(values) <= {"yes", "no"}:
        return None
    return np.fromiter(map("yes".__eq__, values), np.int64, len(values))


def _days(values: list[str]) -> Array | None:
    """[values] Days since 1970-01-01, where all are dates such as 2025-01-21 that exist."""
    data = _characters(values)
    if data is None or len(data) != 11 * len(values):
        return None
    rows = data.reshape(-1, 11)
    digits = rows[:, [0, 1, 2, 3, 5, 6, 8, 9]].astype(np.int64) - _ZERO
    if not ((rows[:, [4, 7, 10]] == [45, 45, 10]).all() and digits.min(initial=0) >= 0 and digits.max(initial=0) <= 9):
        return None
    year, month, of_month = digits[:, :4] @ [1000, 100, 10, 1], digits[:, 4:6] @ [10, 1], digits[:, 6:] @ [10, 1]
    if not (year.min(initial=1) >= 1 and month.min(initial=1) >= 1 and month.max(initial=1) <= 12):
        return None
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    first, last = (each.astype("datetime64[D]").astype(np.int64) for each in (months, months + 1))
    days = first + of_month - 1
    return days if bool(((days >= first) & (days < last)).all()) else None


def _money(spelling: Spelling, values: list[Any]) -> Array | None:
    """Amounts of currencies with two decimal places, none of which is written with more."""
    if not _are(str, values):
        return None
    found = _hundredths(spelling, values)
    return found if found is not None else _searched(spelling, values)


def _hundredths(spelling: Spelling, values: list[str]) -> Array | None:
    """[values] Minor units where all are of one currency, with two decimal places and nothing else: USD 1234.56."""
    data, currency = _characters(values), values[0][:3]
    if data is None or not _CURRENCY.fullmatch(values[0][:4]) or exponent(currency) != 2:
        return None
    ends = np.flatnonzero(data == 10)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts
    # Four characters before the number, the point and the line end: what is left must be digits.
    digits = data.astype(np.int64) - _ZERO
    if not (
        len(ends) == len(values)
        and lengths.min() >= 8
        and lengths.max() <= 20
        and all((data[starts + n] == ord(character)).all() for n, character in enumerate(values[0][:4]))
        and (data[ends - 3] == ord(".")).all()
        and np.count_nonzero((digits >= 0) & (digits <= 9)) == len(data) - 6 * len(values)
    ):
        return None
    out = np.zeros(len(values), np.int64)
    for power in range(int(lengths.max()) - 5):
        place = ends - 1 - power - (power >= 2)
        out += np.where(place > starts + 3, digits[place], 0) * 10**power
    spelling.currencies.add(currency)
    return out


def _characters(values: list[str]) -> NDArray[np.uint8] | None:
    """The values one after the other, a line end after each; None where not all is ASCII."""
    try:
        return np.frombuffer(("\n".join(values) + "\n").encode("ascii"), np.uint8)
    except UnicodeEncodeError:
        return None


def _searched(spelling: Spelling, values: list[str]) -> Array | None:
    """[values] Minor units where all are in one of the usual forms: USD 1,234.56, USD 13 bn."""
    joined = "\n".join(values)
    found = _MONEY.findall(joined)
    if len(found) != len(values) or joined.count("\n") != len(values) - 1:
        return None
    currencies = {currency for currency, *_ in found}
    if any(exponent(currency) != 2 for currency in currencies):
        return None
    minor = [
        int(whole.replace(",", "") + parts) if parts else int(whole.replace(",", "")) * _HUNDREDTHS[factor]
        for _, whole, parts, factor in found
    ]
    if max(minor) > LIMIT or min(minor) < -LIMIT:
        return None
    spelling.currencies |= currencies
    return np.array(minor, np.int64)
