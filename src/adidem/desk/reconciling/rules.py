"""How one counterparty writes its statements: a rules file, read once for all of its statements.

Knows keys, their types, and what is wrong where. Does not know which columns a statement has.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from adidem.desk.exports.rule_words import Words
from adidem.kernel.literal import Misspelt, parse_date, parse_money
from adidem.kernel.quantity import Rounding
from adidem.kernel.source import Source, Span
from adidem.records.rules import DATES, NULLS, NUMBERS, Condition, Named, Value
from adidem.text import block

KINDS = ("line", "adjustment", "total")
"""What a row can be: a line, the correction of a prior period, or the figure of a clause."""
_TOP = (
    "clause",
    "period",
    "reference",
    "line",
    "occurred",
    "base",
    "rate",
    "exchange",
    "amount",
    "currency",
    "figure",
    "known_at",
    "rows",
    "rates",
    "rounding",
    "zone",
    "dates",
    "numbers",
    "null",
    "separator",
)
_COLUMNS = ("reference", "occurred", "base", "rate", "exchange", "amount")
_ROW = ("when", "is", "leave out")


@dataclass(frozen=True, slots=True)
class RowKind:
    """What the rows are that meet all conditions; `left_out` says why they are none."""

    conditions: tuple[Condition, ...]
    kind: str = "line"
    left_out: str = ""


@dataclass(frozen=True)
class StatementRules:
    """All that the rules file of a counterparty says.

    columns   key → the column of that name, for those that say numbers, days and references
    values    `clause`, `period`, `line` and `currency`: a word, or what a column says, put into our words
    figure    the name of the stream of transfers that is stated; all of a clause's where it is empty
    known_at  the day up to whose end they knew the record
    percent   whether a rate of 20 means 20 %
    """

    columns: dict[str, Named]
    values: dict[str, Value]
    rows: tuple[RowKind, ...] = ()
    figure: str = ""
    known_at: int | None = None
    percent: bool = False
    rounding: Rounding | None = None
    zone: str = ""
    dates: str = "iso"
    numbers: str = "plain"
    nulls: tuple[str, ...] = NULLS
    separator: str = ","

    def named(self) -> list[Named]:
        """Every column that must be there."""
        said = [value.column for value in self.values.values() if value.column is not None]
        tested = [condition.column for row in self.rows for condition in row.conditions]
        return [*self.columns.values(), *said, *tested]


@dataclass
class StatementRulesReader:
    """Reads such a file, and collects what is wrong with it.

    Problems: T04x broken YAML; I101 a key that is not known; I102 a key that is missing; I103 a value of the wrong
    kind; D351 a clause that the agreement has not.
    """

    clauses: Collection[str]
    words: Words = field(default_factory=Words)

    def read(self, source: Source) -> StatementRules | None:
        """The rules; None where something is wrong."""
        if not source.text.strip():
            self.words.wrong("I102", "the rules file is empty", Span(source, 1), "write it by docs/reconcile.md")
            return None
        top, problems = block.read_block(source, 1, source.text, "")
        self.words.problems += problems
        if top is None:
            return None
        self.words.known(top, _TOP, "a rules file of statements")
        rules = self._rules(top, Span(source, 1))
        return None if self.words.problems else rules

    def _rules(self, top: block.Mapping, span: Span) -> StatementRules:
        words = self.words
        for key, why in (("clause", "which clause a line is about"), ("amount", "which column has their amount")):
            if key not in top.entries:
                words.wrong("I102", f"the rules do not say {why}", span, f"write {key}: …, by docs/reconcile.md")
        if "currency" not in top.entries:
            words.wrong("I102", "the rules name no currency", span, "write currency: USD, or currency: {column: NAME}")
        values: dict[str, Value] = {}
        for key in ("clause", "period", "line", "currency"):
            entry = top.entries.get(key)
            value = words.value(entry) if entry is not None else None
            if value is not None and entry is not None:
                values[key] = value
                self._fits(key, entry, value)
        figure = top.entries.get("figure")
        return StatementRules(
            columns={key: self._column(top.entries[key]) for key in _COLUMNS if key in top.entries},
            values=values,
            rows=self._rows(top),
            figure=words.text(figure) if figure is not None else "",
            known_at=self._day(top),
            percent=words.choice(top, "rates", ("percent", "fraction"), "fraction") == "percent",
            rounding=words.rounding(top),
            zone=words.zone(top),
            dates=words.choice(top, "dates", DATES, "iso"),
            numbers=words.choice(top, "numbers", NUMBERS, "plain"),
            nulls=words.texts(top, "null") if "null" in top.entries else NULLS,
            separator=words.separator(top),
        )

    def _column(self, entry: block.Entry) -> Named:
        """A column, as a word or as {column: NAME}."""
        match entry.value:
            case block.Mapping(entries, _) if "column" in entries:
                self.words.known(entry.value, ("column",), entry.key)
                return self.words.named(entries["column"])
            case block.Scalar(_, _):
                return self.words.named(entry)
        self.words.wrong("I103", f"{entry.key} names no column", entry.key_span, f"write {entry.key}: {{column: NAME}}")
        return Named(("",))

    def _fits(self, key: str, entry: block.Entry, value: Value) -> None:
        """A line is always read off a column; our words for their clauses and currencies must be such."""
        if key in ("line", "period") and value.column is None:
            mend = f"write {key}: {{column: NAME}}"
            self.words.wrong("I103", f"{key} names no column", entry.value.span, mend)
        ours = [word for _, word in value.words] if value.column is not None else [value.constant]
        span = value.span or entry.value.span
        for word in ours if key == "clause" else ():
            if word not in self.clauses:
                sentence = f"“{word}” is no clause of the agreement that money is owed under"
                self.words.wrong("D351", sentence, span, _one_of(self.clauses))
        for word in ours if key == "currency" else ():
            try:
                parse_money(f"{word} 1")
            except Misspelt:
                mend = "write its three capital letters, as in USD (ISO 4217)"
                self.words.wrong("I103", f"“{word}” is no currency", span, mend)

    def _rows(self, top: block.Mapping) -> tuple[RowKind, ...]:
        entry = top.entries.get("rows")
        if entry is None:
            return (RowKind(()),)
        if not isinstance(entry.value, block.Listing):
            self.words.wrong("I103", "rows is no list of rules", entry.key_span, "begin each rule with a dash")
            return ()
        found: list[RowKind] = []
        for item in entry.value.items:
            if not isinstance(item, block.Mapping):
                mend = "write when: and is: line, adjustment or total"
                self.words.wrong("I103", "a rule does not consist of keys with values", item.span, mend)
                continue
            self.words.known(item, _ROW, "a rule")
            out, is_ = item.entries.get("leave out"), item.entries.get("is")
            if (out is None) == (is_ is None):
                mend = f"write is: {', '.join(KINDS)}; or leave out: with the reason"
                self.words.wrong("I102", "a rule says what a row is, or why it is left out", item.span, mend)
                continue
            kind = self.words.one_of(is_, KINDS, "line") if is_ is not None else "line"
            found.append(RowKind(self.words.conditions(item), kind, self.words.text(out) if out is not None else ""))
        return tuple(found)

    def _day(self, top: block.Mapping) -> int | None:
        entry = top.entries.get("known_at")
        if entry is None:
            return None
        try:
            return parse_date(self.words.text(entry))
        except Misspelt as wrong:
            self.words.wrong("I103", wrong.sentence, entry.value.span, wrong.mend)
            return None


def _one_of(words: Collection[str]) -> str:
    return f"write one of: {', '.join(sorted(words))}" if words else "add a clause under which money is owed"
