"""The figure of a clause in a period, on the record as it stands and on one that is supposed to be otherwise.

Knows the program, tables of events, and the one `evaluate`. Does not know why another record is supposed, nor what a
family means: which records enter a figure is read off the sums of its formula.

Nothing here works a figure out: a supposed record is another table of events, a supposed term another text of the
clause, and both are run by the program that settles.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from adidem.findings.altered import Altered, with_term
from adidem.findings.explain import cone
from adidem.findings.worlds import reading_inputs
from adidem.kernel.agreement import Clause
from adidem.kernel.compose import compose
from adidem.kernel.composition import Composition
from adidem.kernel.engine import evaluate
from adidem.kernel.family import Family
from adidem.kernel.formula import CELL, ONE
from adidem.kernel.period import period_label
from adidem.kernel.problem import ProblemError
from adidem.kernel.quantity import Array
from adidem.kernel.transfer import Leg
from adidem.records.abroad import RATES
from adidem.records.columns import Columns
from adidem.records.ledger import Ledger, Table
from adidem.records.values import MISSING

Flags = NDArray[np.bool_]
_MEETING = ("sum", "until")


@dataclass(frozen=True, eq=False)
class Added:
    """Records that are supposed to have come besides, each made like one that did.

    like    [added] rows whose other columns they take
    day, key, amount  [added] their own
    rates   exchange rates of their own: column → [added]
    """

    like: Array
    day: Array
    key: Array
    amount: Array
    rates: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Edits:
    """The records of the figure's kind as they are supposed to be; None where a column stands as it is.

    keep    [rows] whether each counts
    amount  [rows] minor units
    day     [rows] when it occurred
    key     [rows] what it is about, as a place in the ledger's words
    set_    other columns of records of any kind: (kind, column) → [rows]
    """

    keep: Flags | None = None
    amount: Array | None = None
    day: Array | None = None
    key: Array | None = None
    added: tuple[Added, ...] = ()
    set_: tuple[tuple[str, str, Array], ...] = ()


AS_IT_STANDS = Edits()


@dataclass
class Supposed:
    """The figure of one clause in one period, and what it would be on another record or under another text.

    first, last  the days of the period
    label        its name, as figures have it
    choice       question → reading
    leg          the name of the stream of transfers; all of the clause where it is empty
    """

    composition: Composition
    columns: Columns
    families: Mapping[str, Family]
    clause: str
    label: str
    first: int
    last: int
    choice: Mapping[str, str]
    leg: str = ""
    runs: int = 0
    _known: dict[object, int | None] = field(default_factory=dict[object, "int | None"])
    _last: tuple[Edits, Columns] | None = None
    _composed: dict[object, "Composition | None"] = field(default_factory=dict[object, "Composition | None"])

    # What there is

    @cached_property
    def record(self) -> Ledger:
        """The ledger with only those events of each kind that count as of the pair, in order."""
        under = self.columns.ledger
        tables = {kind: record.table for kind, record in self.columns.records.items()}
        return _like(under, {**under.tables, **tables})

    @cached_property
    def texts(self) -> list[Clause]:
        """The texts of the clause that stand on some day of the period; else the last before it."""
        texts = self.composition.agreement.texts_of(self.clause)
        now = [text for text in texts if text.starts <= self.last and text.ends > self.first]
        return now or texts[-1:]

    @cached_property
    def entering(self) -> dict[str, Flags]:
        """Kind of record → [rows] whether each enters the figure: its value met others in a sum of the formula."""
        program = self.composition.program
        legs = self._legs(self.composition)
        inside = [i for i in cone(program, [leg.amount.index for leg in legs]) if program.nodes[i].operator in _MEETING]
        meet = [program.nodes[i] for i in inside]
        meet = [node for node in meet if node.unit.kind == "money" and node.detail not in (CELL, ONE)]
        met_at = {id(node): self._unrounded(node.arguments[0]) for node in meet}
        wanted = {*met_at.values(), *(argument for node in meet for argument in node.arguments)}
        self._choose(self.composition, self.columns)
        values = evaluate(program, self.columns, self.columns.shape, wanted).values
        out: dict[str, Flags] = {}
        for node in meet:
            kind = str(node.detail)
            count = len(self.columns.shape.cells_of(kind))
            value = values[met_at[id(node)]][:, :1]
            met = np.broadcast_to(value, (count, 1))[:, 0] != 0 if count else np.zeros(0)
            days = self._days(kind) if len(node.arguments) == 1 else values[node.arguments[1]][:, 0]
            own = np.broadcast_to(days, (count,))
            counts = own <= self.last if node.operator == "until" else (own >= self.first) & (own <= self.last)
            out[kind] = out.get(kind, np.zeros(count, bool)) | (met.astype(bool) & counts)
        return out

    @cached_property
    def kind(self) -> str:
        """The kind of record that lines of a statement speak of: of those that enter, the one with most rows; empty
        where the record has none of such a kind.
        """
        told = [kind for kind in self.entering if kind in self.record.tables]
        return max(told, key=lambda kind: int(self.entering[kind].sum()), default="")

    @property
    def table(self) -> Table:
        """The records of that kind."""
        return self.record.tables[self.kind]

    @cached_property
    def key_column(self) -> str:
        """The column that says what a record is about: the one of which a scope asks, or else its first name."""
        asked = [column for (kind, _), (column, _) in self.composition.scopes.items() if kind == self.kind]
        named = [column.name for column in self.composition.kinds[self.kind].columns if column.type == "name"]
        return next(iter([*asked, *named]), "")

    @cached_property
    def amount_column(self) -> str:
        """The column with the amount."""
        named = [column.name for column in self.composition.kinds[self.kind].columns if column.type == "money"]
        return "amount" if "amount" in named else next(iter(named), "")

    @cached_property
    def payer(self) -> str:
        """Who owes the figure where it is more than nothing: the first party of the clause that pays under it."""
        text, payers = self.texts[-1], [leg.payer for leg in self._legs(self.composition)]
        named = [form.name for form in self.families[text.family].terms if form.type == "party"]
        parties = [str(text.terms[name].value) for name in named if name in text.terms]
        return next((party for party in parties if party in payers), next(iter(payers), ""))

    def rate_columns(self) -> list[tuple[str, str]]:
        """Kinds of record, and their columns, that tell an exchange rate by which the figure is worked out."""
        program = self.composition.program
        inside = cone(program, [leg.amount.index for leg in self._legs(self.composition)])
        named = ((n.domain, str(n.detail[0])) for n in map(program.nodes.__getitem__, inside) if n.operator == "input")
        found: dict[tuple[str, str], None] = {}
        for kind, name in named:
            event = self.composition.kinds.get(kind)
            column = event.column(name) if event is not None else None
            if column is not None and name in RATES and kind in self.record.tables:
                found[kind, name] = None
        return list(found)

    def _unrounded(self, index: int) -> int:
        """What a value was before a rate was applied: a record whose part is rounded away enters all the same."""
        node = self.composition.program.nodes[index]
        while node.operator in ("scale", "times"):
            index = node.arguments[0]
            node = self.composition.program.nodes[index]
        return index

    def _days(self, kind: str) -> Array:
        return self.columns.records[kind].table.occurred if kind in self.columns.records else np.zeros(0, np.int64)

    def _legs(self, composition: Composition) -> list[Leg]:
        legs = [leg for leg in composition.legs if leg.clause == self.clause and leg.domain in (CELL, ONE)]
        return [leg for leg in legs if not self.leg or leg.name == self.leg]

    def _choose(self, composition: Composition, columns: Columns) -> None:
        choice = {id: question.readings[0] for id, question in composition.questions.items()}
        choice |= {id: reading for id, reading in self.choice.items() if id in choice}
        columns.choose(reading_inputs(composition, [choice]))

    # What it comes to

    def figure(self, edits: Edits = AS_IT_STANDS, altered: Sequence[Altered] = ()) -> int | None:
        """The figure in minor units, as `payer` owes it; None where no such agreement can be run."""
        key = (edits, tuple((one.term, one.words) for one in altered))
        if key not in self._known:
            composition = self._with(altered)
            self._known[key] = None
            if composition is not None:
                with suppress(ProblemError):  # a supposed text or record that cannot be run is no explanation
                    self._known[key] = self._sums(composition, edits).get(self.label, 0)
        return self._known[key]

    def by_period(self) -> dict[str, int]:
        """Period → figure in minor units, of every period that is over, on the record as it stands."""
        return self._sums(self.composition, AS_IT_STANDS)

    def labels(self) -> list[str]:
        """The periods of which the clause has figures, as far as the record goes."""
        days = self.columns.grid.last_day
        labels: dict[str, None] = {}
        for leg in self._legs(self.composition):
            if leg.domain == ONE:
                labels[leg.period] = None
            elif leg.every is not None:
                closed = np.flatnonzero(self.columns.grid.closes(leg.every))
                labels |= dict.fromkeys(period_label(int(days[cell]), leg.every) for cell in closed)
        return list(labels)

    def _with(self, altered: Sequence[Altered]) -> Composition | None:
        """The program of the agreement with some terms replaced."""
        if not altered:
            return self.composition
        key = tuple((one.term, one.words) for one in altered)
        if key not in self._composed:
            agreement = self.composition.agreement
            for one in altered:
                agreement = with_term(agreement, one, self.texts)
            try:
                self._composed[key] = compose(agreement, self.families, self.columns.ledger.currency)
            except ProblemError:
                self._composed[key] = None
        return self._composed[key]

    def _sums(self, composition: Composition, edits: Edits) -> dict[str, int]:
        """Period → what the legs of the clause come to; what flows back is taken off."""
        self.runs += 1
        columns = self._columns(edits)
        columns = columns if columns.composition is composition else columns.under(composition)
        self._choose(composition, columns)
        legs = self._legs(composition)
        wanted = [f.index for leg in legs for f in (leg.amount, leg.fixed)]
        values = evaluate(composition.program, columns, columns.shape, wanted).values
        days, out = columns.grid.last_day, dict[str, int]()
        for leg in legs:
            count = len(days) if leg.domain == CELL else 1
            amount = np.broadcast_to(values[leg.amount.index][:, :1], (count, 1))[:, 0]
            fixed = np.broadcast_to(values[leg.fixed.index][:, :1], (count, 1))[:, 0] <= columns.as_of.occurred
            closes = columns.grid.closes(leg.every) != 0 if leg.every is not None else np.ones(count, bool)
            sign = 1 if leg.payer == self.payer else -1
            for row in np.flatnonzero((amount != 0) & fixed & closes):
                label = period_label(int(days[row]), leg.every) if leg.domain == CELL else leg.period
                out[label] = out.get(label, 0) + sign * int(amount[row])
        return out

    # Another record

    def _columns(self, edits: Edits) -> Columns:
        """The columns of a record that is supposed; those of the last one are kept."""
        if edits is AS_IT_STANDS:
            return self.columns
        if self._last is None or self._last[0] is not edits:
            start, late = int(self.columns.grid.cuts[0]), self.columns.late_after
            made = Columns(self.composition, self._edited(edits), self.columns.as_of, start, late)
            self._last = (edits, made)
        return self._last[1]

    def _edited(self, edits: Edits) -> Ledger:
        """The record with some of its events otherwise."""
        tables = dict(self.record.tables)
        for kind, column, values in edits.set_:
            tables[kind] = replace(tables[kind], columns={**tables[kind].columns, column: values})
        if self.kind in tables:
            tables[self.kind] = self._table(tables[self.kind], edits)
        return _like(self.record, tables)

    def _table(self, table: Table, edits: Edits) -> Table:
        columns = dict(table.columns)
        if edits.amount is not None:
            columns[self.amount_column] = edits.amount
        if edits.key is not None:
            columns[self.key_column] = edits.key
        occurred = table.occurred if edits.day is None else edits.day
        table = replace(table, columns=columns, occurred=occurred)
        kept = table if edits.keep is None else table.only(edits.keep)
        return _joined([kept, *(self._made(table, added) for added in edits.added)])

    def _made(self, table: Table, added: Added) -> Table:
        made = table.only(added.like)
        columns = {**made.columns, self.amount_column: added.amount, **added.rates}
        if self.key_column:
            columns[self.key_column] = np.where(added.key >= 0, added.key, columns[self.key_column])
        ids = np.full(len(made), len(self.record.words) - 1, np.int64)
        return replace(made, ids=ids, occurred=added.day, columns=columns)


def _like(ledger: Ledger, tables: dict[str, Table]) -> Ledger:
    """A ledger of other tables in the same words; their places are looked up once for all."""
    out = Ledger(ledger.words, tables, ledger.sources, ledger.currency)
    out.places = ledger.places
    return out


def _joined(tables: Sequence[Table]) -> Table:
    first = tables[0]
    if len(tables) == 1:
        return first
    parts = {
        name: np.concatenate([getattr(table, name) for table in tables])
        for name in ("ids", "occurred", "seconds", "recorded", "superseded", "place")
    }
    columns = {name: np.concatenate([table.columns[name] for table in tables]) for name in first.columns}
    return Table(**parts, columns=columns)


def said_amounts(table: Table, column: str) -> Array:
    """[rows] Minor units, nothing where an event does not say."""
    values = table.columns[column]
    return np.where(values == MISSING, 0, values)
