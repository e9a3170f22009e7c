"""Whether the moments that one event tells of follow each other as its kind says.

Knows tables, dates, instants and which of them must not come before which. Does not know lines, clauses or what the
moments are of.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from adidem.kernel.event import Column, EventKind
from adidem.kernel.period import show_day, show_instant
from adidem.kernel.problem import Problem
from adidem.kernel.source import Span
from adidem.records.values import FOREVER, MISSING

if TYPE_CHECKING:
    from adidem.records.ledger import Ledger


def misordered(kinds: Mapping[str, EventKind], ledger: "Ledger") -> Iterator[Problem]:
    """The events, as told last, of which a moment comes before another that it must follow. Problems: L116."""
    for name, table in ledger.tables.items():
        last = table.superseded == FOREVER
        for column in kinds[name].columns:
            own = table.columns[column.name]
            if column.not_before:
                other = table.columns[column.not_before]
                for row in np.flatnonzero(last & (own != MISSING) & (other != MISSING) & (own < other)).tolist():
                    yield _before(column, ledger, name, row)
            if column.past:
                for row in np.flatnonzero(last & (own != MISSING) & (own >= table.occurred)).tolist():
                    yield _not_past(column, ledger, name, row)


def _before(column: Column, ledger: "Ledger", kind: str, row: int) -> Problem:
    own, other = (_shown(column, ledger, kind, row, name) for name in (column.name, column.not_before))
    sentence = f"{column.name} is {own}, before {column.not_before}, {other}"
    mend = "correct one of the two; one that has not come yet is left out"
    return Problem("L116", sentence, _place(column, ledger, kind, row), mend)


def _not_past(column: Column, ledger: "Ledger", kind: str, row: int) -> Problem:
    own, day = _shown(column, ledger, kind, row, column.name), show_day(int(ledger.tables[kind].occurred[row]))
    sentence = f"{column.name} is {own}, and the {kind} of {day} comes before that day is over"
    mend = f"let the {kind} occur on a later day, or name an earlier one"
    return Problem("L116", sentence, _place(column, ledger, kind, row), mend)


def _shown(column: Column, ledger: "Ledger", kind: str, row: int, name: str) -> str:
    """A moment, of the type of the column."""
    value = int(ledger.tables[kind].columns[name][row])
    if column.type == "date":
        return show_day(value)
    return show_instant(value)


def _place(column: Column, ledger: "Ledger", kind: str, row: int) -> Span:
    """Where the event, as it is written, says the column."""
    span = ledger.span(kind, row)
    found = re.search(rf'"{column.name}"\s*:\s*"([^"]+)"', span.source.line(span.line))
    return replace(span, column=found.start(1) + 1, length=len(found[1])) if found else span
