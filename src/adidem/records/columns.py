"""From the ledger to the columns that a program reads: what counts as of a pair, joined into records, on a grid of
periods.

Knows tables, joins and the inputs of a program. Does not know what clauses do with them.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field

import numpy as np

from adidem.kernel.composition import Composition
from adidem.kernel.domain import Shape
from adidem.kernel.event import NOTHING, Column, EventKind
from adidem.kernel.formula import CELL, ONE
from adidem.kernel.period import NEVER, AsOf, Grid, period_of
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import Array
from adidem.kernel.source import Span
from adidem.records.abroad import unconverted
from adidem.records.ledger import Ledger, Table
from adidem.records.values import MISSING
from adidem.records.windows import window_edge


@dataclass
class Record:
    """The records of one kind as of a pair: the events in order, and for each later stage its row there, or -1."""

    table: Table
    stages: dict[str, Array] = field(default_factory=dict[str, Array])


class Columns(Mapping[tuple[str, str], Array]):
    """The inputs of a program, made when asked for: (domain, name) → [rows or cells or 1, worlds or 1]."""

    def __init__(self, composition: Composition, ledger: Ledger, as_of: AsOf, start: int, late_after: int = 86_400):
        self.composition, self.ledger, self.as_of = composition, ledger, as_of
        self.late_after = late_after
        self.stages: dict[str, Table] = {}
        self._codes = self._translated()
        self.records = self._records()
        self.grid = Grid.over(min([start, *self._first_days()]), as_of.occurred)
        self.shape = Shape(self.grid, {kind: self.grid.cell(r.table.occurred) for kind, r in self.records.items()})
        self.chosen: dict[tuple[str, str], Array] = {}
        self._made: dict[tuple[str, str], Array] = {}

    def _first_days(self) -> Iterator[int]:
        """Of each kind the day of the first event, and the one before the first instant that an event tells: whatever
        the zone, no window begins before it.
        """
        for name, record in self.records.items():
            table = record.table
            if len(table):
                yield int(table.occurred.min())
            for column in self.composition.kinds[name].columns:
                told = table.columns[column.name][table.columns[column.name] != MISSING]
                if column.type == "instant" and len(told):
                    yield int(told.min()) // 86_400 - 1

    def choose(self, values: Mapping[str, Array]) -> None:
        """What each world takes for questions and assumed terms: name of the input → [1, worlds]."""
        self.chosen = {(ONE, name): value for name, value in values.items()}

    def under(self, composition: Composition) -> "Columns":
        """The same records as the inputs of another program, whose texts speak of the same kinds of event."""
        other = copy(self)
        other.composition, other.chosen, other._made = composition, {}, {}
        other._codes = other._translated()
        return other

    def __getitem__(self, key: tuple[str, str]) -> Array:
        if key in self.chosen:
            return self.chosen[key]
        if key not in self._made:
            self._made[key] = self._make(*key).reshape(-1, 1)
        return self._made[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def id(self, kind: str, row: int) -> str:
        """The id of a record."""
        return self.ledger.words[int(self.records[kind].table.ids[row])]

    # The records

    def _translated(self) -> Array:
        """Places in the ledger's words → numbers in the program's vocabulary; a word it has not has a number of its
        own."""
        vocabulary = self.composition.vocabulary
        codes = np.arange(len(self.ledger.words), dtype=np.int64) + 2**32
        for word, code in vocabulary.items():
            place = self.ledger.places.get(word)
            if place is not None:
                codes[place] = code
        return codes

    def _records(self) -> dict[str, Record]:
        records: dict[str, Record] = {}
        seen = {kind: self._counting(table) for kind, table in self.ledger.tables.items()}
        for kind, table in seen.items():
            if not self.composition.kinds[kind].joins:
                order = np.lexsort((np.arange(len(table)), table.recorded, table.occurred))
                in_order = bool((order[1:] > order[:-1]).all())
                records[kind] = Record(table if in_order else table.only(order))
        for kind, table in seen.items():
            if self.composition.kinds[kind].joins in records:
                self._join(self.composition.kinds[kind], table, records)
        return records

    def _counting(self, table: Table) -> Table:
        """The events that had occurred by the day, as recorded by the second."""
        known = (table.recorded <= self.as_of.recorded) & (self.as_of.recorded < table.superseded)
        return table.only(known & (table.occurred <= self.as_of.occurred))

    def _join(self, kind: EventKind, table: Table, records: dict[str, Record]) -> None:
        """Give each record its later stage, by the id that the stage names; the first one counts that is not told as
        earlier than its record.
        """
        record = records[kind.joins]
        named = table.columns[kind.joins]
        row_of = np.full(len(self.ledger.words), -1, np.int64)
        row_of[record.table.ids] = np.arange(len(record.table))
        order = np.lexsort((table.recorded, table.occurred))
        found = row_of[named[order]]
        there = found >= 0
        there[there] = table.occurred[order[there]] >= record.table.occurred[found[there]]
        rows = np.full(len(record.table), -1, np.int64)
        # Where an index is given twice numpy keeps the last value: backwards, that is the first stage.
        rows[found[there][::-1]] = order[there][::-1]
        record.stages[kind.name] = rows
        self.stages[kind.name] = table

    # The columns

    def _make(self, domain: str, name: str) -> Array:
        if domain == ONE:
            return np.array([self.as_of.occurred if name == "as of" else self._default(name)], np.int64)
        if domain == CELL:
            if name == "last day":
                return self.grid.last_day
            if name.startswith("closes "):
                return self.grid.closes(name.removeprefix("closes "))
            if " in " in name:
                window, _, zone = name.partition(" in ")
                of, _, edge = window.partition(" ")
                return window_edge(self.grid.last_day, of, edge, zone)  # type: ignore[arg-type]
            cycle, _, edge = name.rpartition(" ")
            return period_of(self.grid.last_day, cycle)[edge == "ends"]
        if domain not in self.records:
            return np.zeros(0, np.int64)
        return self._of_records(self.records[domain], domain, name)

    def _default(self, name: str) -> int:
        """A question that no world chooses is read the first way; an assumed term has its value."""
        if name.startswith("term "):
            return self.composition.assumptions[name.removeprefix("term ")].value
        return 0

    def _of_records(self, record: Record, kind: str, name: str) -> Array:
        if (kind, name) in self.composition.scopes:
            column, scope = self.composition.scopes[kind, name]
            codes = record.table.columns[column]
            inside = np.zeros(len(self.ledger.words) + 1, np.int64)
            for code in {*codes.tolist()} - {MISSING}:
                inside[code] = scope.takes_in(self.ledger.words[code])
            return inside[np.where(codes == MISSING, -1, codes)]
        if name == "order":
            return np.arange(len(record.table), dtype=np.int64)
        if name.startswith("join "):
            to, on, where = _join_named(name.removeprefix("join "))
            return self._joined(record.table, to, on, where)
        if name.startswith("earliest "):
            to, on, where = _join_named(name.removeprefix("earliest "))
            record_of, _, stage = to.partition(".")
            return self._earliest(record.table, record_of, stage, on, where)
        if name.startswith("first "):
            act, _, holder = name.removeprefix("first ").partition(" by ")
            return self._first(record.table, act, holder)
        stage, _, rest = name.rpartition(".")
        if not stage:
            return self._column(record.table, kind, rest)
        rows = record.stages.get(stage)
        if rows is None:
            return np.full(len(record.table), self._missing(stage, rest), np.int64)
        values = self._column(self.stages[stage], stage, rest)
        absent = self._missing(stage, rest)
        return np.where(rows >= 0, values[np.maximum(rows, 0)], absent) if len(values) else np.full(len(rows), absent)

    def _column(self, table: Table, kind: str, name: str) -> Array:
        if name == "occurred":
            return table.occurred
        if name == "late":
            return (table.seconds > self.late_after).astype(np.int64)
        values = table.columns[name]
        missing, column = values == MISSING, self._column_of(kind, name)
        if column.type == "money":
            self._converted(table, kind, name)
        if column.absent != NOTHING:
            return np.where(missing, column.absent, values)
        return np.where(missing, NOTHING, self._codes[np.where(missing, 0, values)]) if len(values) else values

    def _converted(self, table: Table, kind: str, name: str) -> None:
        """Problems: L114 an amount in another currency, and a formula reads it without its exchange rate."""
        ours = self.composition.currency()
        row, why = unconverted(self.composition.program, kind, name, table.columns, ours)
        if row >= 0:
            file, line = table.place[row].tolist()
            mend = f"say exchange_rates: in each clause that counts it, bring that rate, or write it in {ours}"
            raise ProblemError([Problem("L114", why, Span(self.ledger.sources[file], line), mend)])

    def _column_of(self, kind: str, name: str) -> Column:
        column = self.composition.kinds[kind].column(name)
        assert column is not None, (kind, name)
        return column

    def _missing(self, kind: str, name: str) -> int:
        return NEVER if name == "occurred" else self._column_of(kind, name).absent

    def _joined(self, table: Table, to: str, on: str, where: str) -> Array:
        """[records] The latest record of kind `to` with the same word in column `on`, not later than the record; or
        -1.
        """
        rows = self._matching(to, where)
        if not len(rows) or not len(table):
            return np.full(len(table), -1, np.int64)
        # One sorted key of word and day: the last key not above ours, of the same word, is the one.
        other = self.records[to].table
        keys = other.columns[on] * 2**33 + other.occurred
        order = rows[np.argsort(keys[rows], kind="stable")]
        found = np.searchsorted(keys[order], table.columns[on] * 2**33 + table.occurred, side="right") - 1
        row = order[np.maximum(found, 0)]
        return np.where((found >= 0) & (other.columns[on][row] == table.columns[on]), row, -1)

    def _matching(self, kind: str, where: str) -> Array:
        """The rows of a kind that hold one of the words named in each column; `stage.column` is of a later stage."""
        if kind not in self.records:
            return np.zeros(0, np.int64)
        record, places = self.records[kind], self.ledger.places
        keep = np.ones(len(record.table), bool)
        for part in where.split("; ") if where else ():
            path, _, names = part.partition(" in ")
            stage, _, column = path.rpartition(".")
            if not stage:
                codes = record.table.columns[column]
            elif stage in record.stages and len(self.stages[stage]):
                rows = record.stages[stage]
                codes = np.where(rows >= 0, self.stages[stage].columns[column][np.maximum(rows, 0)], MISSING)
            else:
                return np.zeros(0, np.int64)
            keep &= np.isin(codes, [places[name] for name in names.split(",") if name in places])
        return np.flatnonzero(keep)

    def _earliest(self, table: Table, to: str, stage: str, on: str, where: str) -> Array:
        """[records] The record of kind `to` with the same word in column `on` whose later stage came first; or -1."""
        rows = self._matching(to, where)
        if not len(rows):
            return np.full(len(table), -1, np.int64)
        record = self.records[to]
        days = self.stages[stage].occurred[record.stages[stage]]
        first: dict[int, int] = {}
        for row in sorted(rows.tolist(), key=lambda row: int(days[row])):
            first.setdefault(int(record.table.columns[on][row]), row)
        return np.array([first.get(int(word), -1) for word in table.columns[on]], np.int64)

    def _first(self, table: Table, act: str, holder: str) -> Array:
        """[acts] The first act of that name by the holder with the same asset, on the day of each or later; or -1."""
        mine = self._matching("act", f"act in {act}; by in {holder}")
        keys = table.columns["asset"] * 2**33 + table.occurred
        order = mine[np.argsort(keys[mine], kind="stable")]
        found = np.searchsorted(keys[order], keys, side="left")
        row = order[np.minimum(found, len(order) - 1)] if len(order) else np.zeros(len(table), np.int64)
        same = (found < len(order)) & (table.columns["asset"][row] == table.columns["asset"])
        return np.where(same, row, -1)


def _join_named(name: str) -> tuple[str, str, str]:
    """Kind, column and condition of `KIND on COLUMN where COLUMN in WORD,WORD; …`."""
    head, _, where = name.partition(" where ")
    to, _, on = head.partition(" on ")
    return to, on, where
