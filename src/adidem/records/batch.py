"""Whole files and whole columns at once, where every line and value of them is plain.

Knows lines of JSON and how values are spelled. Does not know problems: a file or a column in which one thing is not plain is left
alone, for whoever reads line by line and value by value and words what is wrong. What is read here is what is read there, to the unit.
"""

import re
from collections.abc import Callable, Container, Sequence
from itertools import count, repeat
from typing import Any

import msgspec
import numpy as np

from adidem.kernel.event import Column
from adidem.kernel.quantity import LIMIT, Array, exponent
from adidem.records.values import MISSING, Spelling

_MONEY = re.compile(
    r"^([A-Z]{3}) (-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+))(?:\.([0-9]{2})| ?(k|m|bn))?$", re.ASCII | re.MULTILINE
)
_HUNDREDTHS = {"": 100, "k": 10**5, "m": 10**8, "bn": 10**11}


Row = dict[str, Any]
Place = tuple[int, int]


def whole_file(text: str, decode: Callable[[str], Row], kinds: Container[str], seen: Container[str]) -> list[Row] | None:
    """The events of a file, one from each line; None unless each is one, of a known kind, with an id of its own."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    try:
        events = list(map(decode, lines))
    except (msgspec.MsgspecError, RecursionError):
        return None
    said, ids = [event.get("kind") for event in events], [event.get("id") for event in events]
    if not _are(str, said) or not _are(str, ids) or len(set(ids)) < len(ids):
        return None
    known = all(kind in kinds for kind in set(said)) and not any(id in seen for id in ids)
    return events if known else None


def sort_by_kind(
    events: list[Row],
    file: int,
    rows: dict[str, list[Row]],
    places: dict[str, list[Place]],
    seen: dict[str, tuple[str, int]],
) -> None:
    """Add a whole file's events to those of their kinds, with file and line; and to each id its kind and row."""
    lines: dict[str, list[int]] = {kind: [] for kind in dict.fromkeys(event["kind"] for event in events)}
    before = {kind: len(rows.setdefault(kind, [])) for kind in lines}
    for line, event in enumerate(events, 1):
        kind = event["kind"]
        rows[kind].append(event)
        lines[kind].append(line)
    for kind, numbers in lines.items():
        first = before[kind]
        places.setdefault(kind, []).extend(zip(repeat(file), numbers))
        ids = (event["id"] for event in rows[kind][first:])
        seen.update(zip(ids, zip(repeat(kind), count(first))))


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
    return np.array([value == "yes" for value in values], np.int64)


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
