"""Whole columns of values at once, where every value of a column is spelled in a plain way.

Knows how values are spelled. Does not know events, kinds or problems: a column in which one value is not plain is left
alone, for whoever reads value by value and words what is wrong. What is read here is what is read there, to the unit.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from adidem.kernel.event import Column
from adidem.kernel.quantity import LIMIT, Array, exponent
from adidem.records.values import MISSING, Spelling

_MONEY = re.compile(
    r"^([A-Z]{3}) (-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+))(?:\.([0-9]{2})| ?(k|m|bn))?$", re.ASCII | re.MULTILINE
)
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


def _money(spelling: Spelling, values: list[Any]) -> Array | None:
    """One search over all of them; those with another number of decimal places than two are not plain."""
    if not _are(str, values):
        return None
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
