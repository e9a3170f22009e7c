"""The ledger: one JSON event a line, append-only, read into columns.

Knows lines, kinds of event and how values are spelled. Does not know clauses, readings or which events count as of a
day.

No object is made for an event: each kind is a table of int64 columns, with names as places in one list of words, so
that a hundred thousand events are read in well under a second and the tables can be kept as they are.
"""

import hashlib
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from adidem.kernel.event import COMMON, Column, EventKind
from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.quantity import Array
from adidem.kernel.source import Source, Span
from adidem.records.abroad import idle_rates, is_abroad, levelled
from adidem.records.batch import whole_column, whole_instants
from adidem.records.moments import misordered
from adidem.records.plain import (
    Place,
    Row,
    Rows,
    every,
    file_and_line,
    place,
    plain_rows,
    said,
    strange_columns,
    told_anew,
)
from adidem.records.refusal import few_alike, no_event, not_there, place_of, twice
from adidem.records.seal import broken_seals
from adidem.records.stages import misjoined
from adidem.records.values import FOREVER, MISSING, Spelling

_DECODE = msgspec.json.Decoder(dict[str, Any]).decode
_NO_PARTY = "name the parties in the front matter of the agreement, under sides"


@dataclass
class Table:
    """All events of one kind, in the order of the files; a corrected event stands once for each time it was told.

    ids         [events] places in the ledger's words
    occurred    [events] days, in the agreement's zone
    seconds     [events] second of the day on which it occurred, -1 where only the day is known
    recorded    [events] seconds since 1970-01-01
    superseded  [events] the second from which a correction or withdrawal takes its place
    place       [events, 2] file and line
    columns     of each column: [events]; MISSING where the event does not say
    """

    ids: Array
    occurred: Array
    seconds: Array
    recorded: Array
    superseded: Array
    place: Array
    columns: dict[str, Array]

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, keep: "Array | NDArray[np.bool_]") -> "Table":
        """The events at these places."""
        if keep.dtype == bool and keep.all():
            return self
        return Table(
            self.ids[keep],
            self.occurred[keep],
            self.seconds[keep],
            self.recorded[keep],
            self.superseded[keep],
            self.place[keep],
            {name: column[keep] for name, column in self.columns.items()},
        )


@dataclass
class Ledger:
    """The events of a workspace by kind, with the words that stand in their columns."""

    words: list[str]
    tables: dict[str, Table]
    sources: list[Source]
    currency: str = ""

    @cached_property
    def digest(self) -> str:
        """The hash of what it was read from."""
        return digest_of(self.sources)

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each word in `words`."""
        return dict(zip(self.words, range(len(self.words)), strict=True))

    def span(self, kind: str, row: int) -> Span:
        """Where an event is written."""
        file, line = self.tables[kind].place[row]
        return Span(self.sources[int(file)], int(line))


@dataclass
class LedgerReader:
    """Reads ledger files into tables, and collects what is wrong with them.

    Problems: L101 a line that is no JSON object; L102 a key that every event has is missing; L103 unknown kind; L104
    unknown column; L105 missing column; L106 a value of the wrong type; L107 unknown party; L108 negative money; L109
    an id twice with other content; L110 a broken seal; L111 a correction of what is not there; L112 a stage of a
    record that is not there; L113 a second stage of one record; L114 money in a second currency; L115 a stage on a
    day before its record; L116 moments of one event in the wrong order; L118 an exchange rate that converts nothing.
    """

    kinds: dict[str, EventKind]
    parties: Iterable[str] | None  # None where no agreement says who they are
    spelling: Spelling
    currency: str = ""
    problems: list[Problem] = field(default_factory=list[Problem])
    _split: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def read(self, sources: list[Source]) -> Ledger:
        """The ledger of these files together."""
        for source in sources:
            self.problems += broken_seals(source)
        rows, places, seen = plain_rows(sources, self.kinds, self.parties or (), self.spelling) or self._rows(sources)
        superseded = {kind: [FOREVER] * len(found) for kind, found in rows.items()}
        self._correct(rows, places, superseded, seen, sources)
        ledger = Ledger(self.spelling.words, {}, sources)
        for kind in sorted(rows):
            table = self._table(self.kinds[kind], rows[kind], places[kind], sources)
            table[0].superseded = np.array(superseded[kind], np.int64)
            ledger.tables[kind] = table[0].only(table[1])
        ledger.currency = self.currency
        strange = (*misjoined(self.kinds, ledger, seen), *misordered(self.kinds, ledger))
        self.problems = few_alike([*self.problems, *strange])
        return ledger

    def _rows(self, sources: list[Source]) -> Rows:
        """What `plain_rows` gives, line by line, with what is wrong in words."""
        rows: dict[str, list[Row]] = {}
        places: dict[str, list[Place]] = {}
        seen: dict[str, tuple[str, int]] = {}
        for number in range(len(sources)):
            self._lines(number, sources, rows, places, seen)
        return rows, places, seen

    def _lines(
        self,
        number: int,
        sources: list[Source],
        rows: dict[str, list[Row]],
        places: dict[str, list[Place]],
        seen: MutableMapping[str, tuple[str, int]],
    ) -> None:
        source = sources[number]
        for line, text in enumerate(source.text.split("\n"), 1):
            if not text or text.isspace():
                continue
            try:
                event = _DECODE(text)
            except (msgspec.MsgspecError, RecursionError) as wrong:
                self.problems.append(no_event(source, line, text, str(wrong)))
                continue
            kind, id = event.get("kind"), event.get("id")
            if not isinstance(kind, str) or kind not in self.kinds:
                self._unknown(source, line, kind)
                continue
            found, where = rows.setdefault(kind, []), places.setdefault(kind, [])
            if isinstance(id, str) and seen.setdefault(id, (kind, len(found))) != (kind, len(found)):
                self._twice(event, rows, places, seen[id], Span(source, line), sources)
                continue
            found.append(event)
            where.append(place(number, line))

    def _twice(
        self,
        event: Row,
        rows: dict[str, list[Row]],
        places: dict[str, list[Place]],
        first: tuple[str, int],
        span: Span,
        sources: list[Source],
    ) -> None:
        """The same event twice is one event; two of one id that differ are an error."""
        kind, row = first
        before = rows[kind][row]
        if {k: v for k, v in before.items() if k != "seal"} != {k: v for k, v in event.items() if k != "seal"}:
            file, line = file_and_line(places[kind][row])
            self.problems.append(twice(before, event, span, Span(sources[file], line)))

    def _unknown(self, source: Source, line: int, kind: object) -> None:
        if kind is None:
            self.problems.append(Problem("L102", "the event has no kind", Span(source, line), 'add "kind": …'))
            return
        sentence = f"no clause of this agreement speaks of events of the kind {kind}"
        mend = did_you_mean(str(kind), self.kinds)
        self.problems.append(Problem("L103", sentence, self._within(source, line, str(kind), "kind"), mend))

    def _correct(
        self,
        rows: dict[str, list[Row]],
        places: dict[str, list[Place]],
        superseded: dict[str, list[int]],
        seen: MutableMapping[str, tuple[str, int]],
        sources: list[Source],
    ) -> None:
        """Each correction tells its event anew, from the second at which it was recorded; a withdrawal ends it."""
        told = [
            (self._second(event), where, event)
            for kind in ("correction", "withdrawal")
            for event, where in zip(rows.get(kind, []), places.get(kind, []), strict=True)
        ]
        for since, where, event in sorted(told, key=lambda t: t[:2]):
            if event.get("corrects") is None:
                continue  # a column that is missing is told where columns are read
            target = seen.get(str(event.get("corrects")))
            file, line = file_and_line(where)
            if target is None or target[0] in ("correction", "withdrawal"):
                span = self._within(sources[file], line, str(event.get("corrects") or ""), "corrects")
                others = (id for id, (of, _) in seen.items() if of not in ("correction", "withdrawal"))
                self.problems.append(not_there(event.get("corrects"), others, span))
                continue
            if since == FOREVER:
                continue
            of, row = target
            superseded[of][row] = min(since, superseded[of][row])
            if event["kind"] == "correction":
                changes = {
                    k: v for k, v in event.items() if k not in ("id", "kind", "corrects", "occurred", "seal", "note")
                }
                changes |= {"occurred": event["changes_occurred"]} if "changes_occurred" in event else {}
                changes.pop("changes_occurred", None)
                seen[str(event["corrects"])] = (of, len(rows[of]))
                rows[of].append(told_anew(rows[of][row], changes))
                places[of].append(where)
                superseded[of].append(FOREVER)

    def _second(self, event: Row) -> int:
        """The second at which an event was recorded; never where it does not say, which is a problem of its own."""
        try:
            return self.spelling.instant(event.get("recorded"))[2]
        except ValueError:
            return FOREVER

    def _table(
        self, kind: EventKind, rows: list[Row], places: list[Place], sources: list[Source]
    ) -> tuple[Table, Array]:
        def at(row: int, value: object = "", name: str = "") -> Span:
            file, line = file_and_line(places[row])
            return self._within(sources[file], line, str(value), name)

        known = {*COMMON, *(column.name for column in kind.columns)}
        good = np.ones(len(rows), bool)
        for row, keys in strange_columns(rows, known) if kind.name != "correction" else ():
            good[row] = False
            for key in keys:
                sentence = f"an event of the kind {kind.name} has no column {key}"
                self.problems.append(Problem("L104", sentence, at(row, key), did_you_mean(key, known)))
        ids = self._column(Column("id", "id"), rows, good, at)
        occurred, recorded = self._when("occurred", rows, good, at), self._when("recorded", rows, good, at)
        columns = {column.name: self._column(column, rows, good, at) for column in kind.columns}
        self.problems += idle_rates(columns, rows, self.currency, good, at)
        where = np.array(places, np.int64)
        placed = np.stack([where >> 32, where & 0xFFFFFFFF], axis=1)
        table = Table(ids, occurred[0], occurred[1], recorded[2], np.zeros(0, np.int64), placed, columns)
        return table, good

    def _column(self, column: Column, rows: list[Row], good: Array, at: Callable[..., Span]) -> Array:
        name = column.name
        whole = whole_column(self.spelling, column, every(rows, name))
        if whole is not None:
            self._check(column, rows, whole, good, at)
            return whole
        out = np.full(len(rows), MISSING, np.int64)
        parse = self.spelling.parser(column)
        for row, value in enumerate(every(rows, name)):
            if value is None:
                if column.required:
                    good[row] = False
                    code = "L102" if name == "id" else "L105"
                    sentence = f"the event has no {name}"
                    self.problems.append(Problem(code, sentence, at(row, ""), f'add "{name}": …'))
                continue
            try:
                out[row] = parse(value)
            except ValueError as wrong:
                good[row] = False
                self.problems.append(
                    Problem("L106", f"{name}: {wrong}", at(row, value, name), getattr(wrong, "mend", ""))
                )
        self._check(column, rows, out, good, at)
        return out

    def _check(self, column: Column, rows: list[Row], out: Array, good: Array, at: Callable[..., Span]) -> None:
        """Parties must be known, choices allowed, money not negative."""
        if column.type == "choice" or (column.type == "party" and self.parties is not None):
            allowed = list(self.parties or ()) if column.type == "party" else list(column.choices)
            codes = [self.spelling.word(word) for word in allowed]
            for row in np.flatnonzero(~np.isin(out, [*codes, MISSING])).tolist():
                good[row] = False
                word = self.spelling.words[out[row]]
                code = "L107" if column.type == "party" else "L106"
                what = "no party of the agreement" if column.type == "party" else f"no {column.name}"
                self.problems.append(
                    Problem(
                        code,
                        f"“{word}” is {what}",
                        at(row, word, column.name),
                        did_you_mean(word, allowed) or _NO_PARTY,
                    )
                )
        if column.type in ("money", "rate", "count") and not column.signed:
            for row in np.flatnonzero((out < 0) & (out != MISSING)).tolist():
                good[row] = False
                value = said(rows[row], column.name)
                mend = "write it without its sign; what takes something back is an event of its own"
                sentence = f"{column.name} is negative: {value}"
                self.problems.append(Problem("L108", sentence, at(row, value, column.name), mend))
        if column.type == "money":
            self._one_currency(column, rows, out, good, at)

    def _one_currency(self, column: Column, rows: list[Row], out: Array, good: Array, at: Callable[..., Span]) -> None:
        """Amounts of one currency alone can be added: that of the agreement's terms, or else of the first event."""
        currencies = self.spelling.currencies
        if len(currencies) == 1:
            self.currency = self.currency or min(currencies)
        if not currencies - {self.currency}:
            return
        for row in map(int, np.flatnonzero(out != MISSING)):
            value = said(rows[row], column.name)
            found, abroad = value.split()[0], is_abroad(rows[row])
            self.currency = self.currency or ("" if abroad else found)
            if abroad and (level := levelled(int(out[row]), found, self.currency)) is not None:
                out[row] = level
            elif found != self.currency:
                good[row] = False
                terms = f"{column.name} is in {found}, and the agreement's money in {self.currency}"
                why = "its coins are too small to be converted" if abroad else "no clause names an exchange rate"
                sentence = f"{terms}: {why}"
                mend = f"write the amount in {self.currency}, as the agreement would have it converted"
                self.problems.append(Problem("L114", sentence, at(row, value, column.name), mend))

    def _when(self, name: str, rows: list[Row], good: Array, at: Callable[..., Span]) -> tuple[Array, Array, Array]:
        """[events] day, second of the day (or -1), and second since 1970-01-01."""
        whole = whole_instants(self.spelling, every(rows, name))
        if whole is not None:
            return whole[:, 0], whole[:, 1], whole[:, 2]
        out = np.full((len(rows), 3), -1, np.int64)
        instant = self.spelling.instant
        for row, value in enumerate(every(rows, name)):
            try:
                if value is None:
                    good[row] = False
                    verb = "it was recorded" if name == "recorded" else "it occurred"
                    sentence = f"the event does not say when {verb}"
                    self.problems.append(Problem("L102", sentence, at(row, ""), f'add "{name}": "2025-01-21"'))
                else:
                    out[row] = instant(value)
            except ValueError as wrong:
                good[row] = False
                self.problems.append(
                    Problem("L106", f"{name}: {wrong}", at(row, value, name), getattr(wrong, "mend", ""))
                )
        return out[:, 0], out[:, 1], out[:, 2]

    def _within(self, source: Source, line: int, value: str, key: str = "") -> Span:
        """The place of a value in its line, behind its key."""
        if source.name not in self._split:
            self._split[source.name] = source.lines()
        column, length = place_of(self._split[source.name][line - 1], value, key)
        return Span(source, line, column, length)


def digest_of(sources: Iterable[Source]) -> str:
    """The hash of the files' texts together."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.text.encode())
    return digest.hexdigest()
