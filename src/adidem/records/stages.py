"""Whether each later stage of a record names a record that is there, is the only one of its kind, and comes after it.

Knows tables and which kind of event joins which. Does not know lines, values or clauses.

A stage and its record may stand in different files of the ledger.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from adidem.kernel.event import EventKind
from adidem.kernel.period import show_day
from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.source import Span
from adidem.records.values import FOREVER, MISSING

if TYPE_CHECKING:
    from adidem.records.ledger import Ledger

_MOST_NAMES = 500
_MOST_WORDED = 20


def misjoined(kinds: Mapping[str, EventKind], ledger: "Ledger", seen: Mapping[str, tuple[str, int]]) -> list[Problem]:
    """The stages that join nothing, what another joins already, or what comes later; as they were told last.

    seen  the id of every event of the files → its kind
    Problems: L112 no such record; L113 a second stage of one record; L115 a stage on a day before
    its record.
    """
    # Past a number that anybody reads, the last one stands for all others: they are only counted.
    lost: list[Problem] = []
    names: dict[str, list[str]] = {}
    second: list[Problem] = []
    early: list[Problem] = []
    for kind in (kinds[name] for name in ledger.tables if kinds[name].joins):
        table = ledger.tables[kind.name]
        early += _early(kind, ledger)
        told = np.flatnonzero(table.superseded == FOREVER)
        first: dict[int, int] = {}
        for row in (int(r) for r in told[np.argsort(table.occurred[told], kind="stable")]):
            code = int(table.columns[kind.joins][row])
            named = ledger.words[code]
            if seen.get(named, ("",))[0] != kind.joins:
                records = names[kind.joins] if kind.joins in names else _names(kind.joins, seen, names)
                lost.append(_lost(kind, named, ledger, row, seen, records) if len(lost) <= _MOST_WORDED else lost[-1])
            elif first.setdefault(code, row) != row:
                at = first[code]
                second.append(_second(kind, named, ledger, row, at) if len(second) <= _MOST_WORDED else second[-1])
    return [*lost, *second, *early]


def _early(kind: EventKind, ledger: "Ledger") -> list[Problem]:
    """The stages of a kind that are told on a day before that of their record."""
    record = ledger.tables.get(kind.joins)
    if record is None:
        return []
    stage = ledger.tables[kind.name]
    row_of = np.full(len(ledger.words), -1, np.int64)
    last = np.flatnonzero(record.superseded == FOREVER)
    row_of[record.ids[last]] = last
    told = np.flatnonzero((stage.superseded == FOREVER) & (stage.columns[kind.joins] != MISSING))
    told = told[row_of[stage.columns[kind.joins][told]] >= 0]
    of = row_of[stage.columns[kind.joins][told]]
    before = stage.occurred[told] < record.occurred[of]
    found: list[Problem] = []
    for row, at in zip(told[before].tolist(), of[before].tolist(), strict=True):
        found.append(_before(kind, ledger, row, at) if len(found) <= _MOST_WORDED else found[-1])
    return found


def _before(kind: EventKind, ledger: "Ledger", row: int, at: int) -> Problem:
    named = ledger.words[int(ledger.tables[kind.joins].ids[at])]
    day, record = (show_day(int(ledger.tables[of].occurred[r])) for of, r in ((kind.name, row), (kind.joins, at)))
    sentence = f"{_article(kind.name)} of {day} cannot belong to the {kind.joins} {named} of {record}, which came later"
    mend = f"correct the day on which the {kind.name} or the {kind.joins} occurred"
    see = ((ledger.span(kind.joins, at), f"the {kind.joins}"),)
    return Problem("L115", sentence, _within(ledger, kind, row, named), mend, see)


def _names(joins: str, seen: Mapping[str, tuple[str, int]], names: dict[str, list[str]]) -> list[str]:
    """Some ids of events of a kind, listed once."""
    names[joins] = list(islice((id for id, (of, _) in seen.items() if of == joins), _MOST_NAMES))
    return names[joins]


def _lost(
    kind: EventKind,
    named: str,
    ledger: "Ledger",
    row: int,
    seen: Mapping[str, tuple[str, int]],
    records: list[str],
) -> Problem:
    what = f"{named} is an event of the kind {seen[named][0]}" if named in seen else f"there is no {kind.joins} {named}"
    mend = did_you_mean(named, records) if records else f"append the {kind.joins} to the ledger first"
    sentence = f"{_article(kind.name)} names the {kind.joins} that it belongs to, and {what}"
    return Problem("L112", sentence, _within(ledger, kind, row, named), mend)


def _second(kind: EventKind, named: str, ledger: "Ledger", row: int, first: int) -> Problem:
    sentence = f"the {kind.joins} {named} has {_article(kind.name)} already, and may have one"
    id = ledger.words[int(ledger.tables[kind.name].ids[first])]
    mend = f"take one of the two out, or correct the first one, {id}"
    see = ((_within(ledger, kind, first, named), "the first"),)
    return Problem("L113", sentence, _within(ledger, kind, row, named), mend, see)


def _within(ledger: "Ledger", kind: EventKind, row: int, named: str) -> Span:
    """The place in its line where an event names its record."""
    span = ledger.span(kind.name, row)
    line = span.source.line(span.line)
    found = re.search(rf'"{kind.joins}"\s*:\s*"({re.escape(named)})"', line)
    return replace(span, column=found.start(1) + 1, length=len(named)) if found else span


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
