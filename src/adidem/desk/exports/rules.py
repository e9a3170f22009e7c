"""A rules file: YAML with places, read into the rules by which rows become events.

Knows keys, their types, and what is wrong where. Does not know which columns a file has.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from adidem.desk.exports.rule_words import VALUE, Words
from adidem.kernel.event import Column, EventKind
from adidem.kernel.literal import Misspelt, parse_money
from adidem.kernel.problem import did_you_mean
from adidem.kernel.source import Source, Span
from adidem.records.rules import (
    DATES,
    NULLS,
    NUMBERS,
    SUMS,
    Amount,
    Condition,
    Named,
    RowRule,
    Rules,
    Value,
    When,
)
from adidem.text import block

_TOP = {
    "kind": "the kind of event",
    "rows": "the rules, first to last",
    "event": "what every row becomes, where one rule is enough",
    "cost": "which column of cost counts",
    "occurred": "the column that says when",
    "sum": f"what is added up into one event: {', '.join(SUMS)}",
    "apart": "columns whose values are kept apart in a sum",
    "key": "columns by which a row is known again",
    "id": "the columns that name the event of a row",
    "each": "whether what lists several components is a row for each",
    "rounding": "how a sum becomes whole cents",
    "zone": "of instants that do not say theirs",
    "dates": f"how days are written: {', '.join(DATES)}",
    "numbers": f"how amounts are written: {', '.join(NUMBERS)}",
    "null": "texts that stand for NULL",
    "separator": "what stands between the columns of a CSV file",
    "currency": "of amounts, where no column says it",
    "totals": "columns of money to sum up for the report",
}
_RULE = ("when", "event", "kind", "cost", "occurred", "leave out")
_WHEN = ("column", "exclusive")
_MEND_ID = "write id: {column: NAME} at the top of the rules, beside kind"
_NEVER = ("correction", "withdrawal")
_NO_CURRENCY = "XXX"  # ISO 4217: where there is none; what is wrong is said beside it
COSTS = ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost")


@dataclass(frozen=True)
class Preset:
    """What is known of a format before any rules are read.

    when    the column that says when, and whether it is the first instant after
    costs   its columns of cost, one of which the rules must name; none where it has no such choice
    kind    the kind of event where rules and command line name none
    each    the column that may list several things, each of which can be a row of its own
    """

    when: tuple[str, bool] | None = None
    costs: tuple[str, ...] = ()
    currency: str = ""
    totals: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    kind: str = ""
    each: str = ""


@dataclass
class RulesReader:
    """Reads a rules file, and collects what is wrong with it.

    Problems: T04x broken YAML; I101 a key that is not known; I102 a key that is missing; I103 a value of the wrong
    kind; I104 an unknown kind of event; I105 a column that the kind of event has not, or needs, or a word that cannot
    stand in it.
    """

    kinds: Mapping[str, EventKind]
    parties: Collection[str]
    preset: Preset
    kind: str = ""
    words: Words = field(default_factory=Words)

    def read(self, source: Source) -> Rules | None:
        """The rules of a file; None where something is wrong."""
        if not source.text.strip():
            self.words.wrong("I102", "the rules file is empty", Span(source, 1), "write rows:, by docs/import.md")
            return None
        top, problems = block.read_block(source, 1, source.text, "")
        self.words.problems += problems
        if top is None:
            return None
        self.words.known(top, [key for key in _TOP if key != ("id" if self.preset.each else "each")], "a rules file")
        rules = self._rules(top, Span(source, 1))
        return None if self.words.problems else rules

    def _rules(self, top: block.Mapping, span: Span) -> Rules:
        rows = self._rows(top, span)
        told = "sum" in top.entries or "id" in top.entries
        if self.preset.costs and not told and any(rule.kind is not None for rule in rows):
            mend = "write sum: day, month or year; or sum: row for an event of every row"
            self.words.wrong("I102", "the rules do not say what is added up into one event", span, mend)
        together = self.words.choice(top, "sum", SUMS, "row")
        preset = self.preset
        each = self.words.choice(top, "each", ("incident", preset.each), "incident") if preset.each else "incident"
        each = each.removeprefix("incident")
        key = self.words.columns(top, "key") or tuple(Named((name,)) for name in preset.key)
        id, prefix = self._id(top, together)
        return Rules(
            rows=tuple(rows),
            together=together,
            apart=self.words.columns(top, "apart"),
            key=(*key, Named((each,))) if each else key,
            id=id,
            prefix=prefix,
            rounding=self.words.rounding(top),
            zone=self.words.zone(top),
            dates=self.words.choice(top, "dates", DATES, "iso"),
            numbers=self.words.choice(top, "numbers", NUMBERS, "plain"),
            nulls=self.words.texts(top, "null") if "null" in top.entries else NULLS,
            separator=self.words.separator(top),
            totals=(*preset.totals, *(c.words for c in self.words.columns(top, "totals"))),
            shown=preset.shown,
            currency=preset.currency,
            each=each,
            span=top.entries["sum"].key_span if "sum" in top.entries else span,
        )

    def _id(self, top: block.Mapping, together: str) -> tuple[tuple[Named, ...], str]:
        """By which columns each row names its event; none where the rules do not say it."""
        entry = top.entries.get("id")
        if entry is not None and together != "row":
            sentence = f"id names an event of each row, and sum: {together} makes one of several"
            self.words.wrong("I103", sentence, entry.key_span, "write sum: row, or leave id out")
        if entry is not None and "key" in top.entries:
            sentence = "both id and key say by what a row is known again"
            self.words.wrong("I103", sentence, entry.key_span, "leave key out: the id is enough")
        return self.words.id(top)

    def _rows(self, top: block.Mapping, span: Span) -> list[RowRule]:
        entry = top.entries.get("rows")
        if entry is None:
            if "event" not in top.entries:
                self.words.wrong("I102", "no rule says what a row becomes", span, "write rows: with when: and event:")
                return []
            return [rule] if (rule := self._rule(top, top, span)) is not None else []
        if "event" in top.entries:
            mend = "put the event under its rule, or leave rows: out"
            self.words.wrong("I103", "both rows and event say what a row becomes", top.entries["event"].key_span, mend)
        if isinstance(entry.value, block.Scalar) and entry.value.text == "none":
            return []
        if not isinstance(entry.value, block.Listing):
            self.words.wrong("I103", "rows is no list of rules", entry.key_span, "begin each rule with a dash")
            return []
        found: list[RowRule] = []
        for item in entry.value.items:
            if not isinstance(item, block.Mapping):
                self.words.wrong(
                    "I103", "a rule does not consist of keys with values", item.span, "write when: and event:"
                )
                continue
            self.words.known(item, _RULE, "a rule")
            rule = self._rule(item, top, item.span)
            found += [rule] if rule is not None else []
        return found

    def _rule(self, item: block.Mapping, top: block.Mapping, span: Span) -> RowRule | None:
        conditions = self.words.conditions(item)
        out = item.entries.get("leave out")
        if out is not None and isinstance(out.value, block.Scalar):
            return RowRule(None, conditions, left_out=out.value.text, span=out.key_span)
        event = item.entries.get("event")
        if event is None or not isinstance(event.value, block.Mapping):
            code, what = ("I102", "has no event") if event is None else ("I103", "says no columns of its event")
            mend = "write event: {by: …}, or leave out: with the reason"
            self.words.wrong(code, f"the rule {what}", event.key_span if event else span, mend)
            return None
        kind = self._kind(item, top, event.key_span)
        if kind is None:
            return None
        values: list[tuple[str, Value]] = []
        amount = self._cost(item, top, kind, event.key_span)
        for name, entry in event.value.entries.items():
            column = kind.column(name)
            if column is None and name != "basis":
                known = [c.name for c in kind.columns]
                sentence = f"an event of the kind {kind.name} has no column {name}"
                mend = _MEND_ID if name == "id" and not self.preset.each else did_you_mean(name, known)
                self.words.wrong("I105", sentence, entry.key_span, mend)
            elif column is not None and column.type == "money" and isinstance(entry.value, block.Mapping):
                amount = self._amount(name, entry, top)
            elif (value := self.words.value(entry)) is not None:
                values.append((name, value))
                self._fits(kind, name, value)
                self._counted(column, value, top)
        self._complete(kind, [name for name, _ in values], amount, event.key_span)
        conditions += tuple(
            Condition(value.column, equal=tuple(said for said, _ in value.words))
            for _, value in values
            if value.column is not None and value.words
        )
        occurred = self._when(item, top, span)
        return RowRule(kind, conditions, tuple(values), amount, occurred, span=span)

    def _kind(self, item: block.Mapping, top: block.Mapping, span: Span) -> EventKind | None:
        entry = item.entries.get("kind") or top.entries.get("kind")
        name = self.words.text(entry) if entry is not None else (self.kind or self.preset.kind)
        where = entry.value.span if entry is not None else span
        if entry is not None and self.kind and name != self.kind:
            self.words.wrong(
                "I104", f"the rules say {name}, and --as says {self.kind}", where, "leave one of the two out"
            )
            return None
        if not name:
            self.words.wrong(
                "I102", "nothing says what kind of event a row becomes", span, "write kind: usage, or type --as"
            )
            return None
        if name not in self.kinds or name in _NEVER:
            known = [kind for kind in self.kinds if kind not in _NEVER]
            what = "is made by the import itself" if name in _NEVER else "is spoken of by no clause family"
            self.words.wrong("I104", f"the kind of event {name} {what}", where, did_you_mean(name, known))
            return None
        return self.kinds[name]

    def _cost(self, item: block.Mapping, top: block.Mapping, kind: EventKind, span: Span) -> Amount | None:
        """The amount of a rule in a format that has several columns of cost."""
        entry = item.entries.get("cost") or top.entries.get("cost")
        money = [column for column in kind.columns if column.type == "money"]
        if entry is None:
            if self.preset.costs and any(column.required for column in money):
                mend = f"write cost: and one of {', '.join(self.preset.costs)}"
                self.words.wrong("I102", "the rules do not say which cost counts", span, mend)
            return None
        if not money:
            return None
        name = self.words.text(entry)
        if self.preset.costs and name not in self.preset.costs:
            sentence = f"“{name}” is no column of cost"
            self.words.wrong("I103", sentence, entry.value.span, did_you_mean(name, self.preset.costs))
        return Amount(money[0].name, Named((name,), entry.value.span), self._currency(top, entry.key_span))

    def _currency(self, top: block.Mapping, span: Span) -> Value:
        entry = top.entries.get("currency")
        if entry is not None:
            return self._currency_value(entry)
        if self.preset.currency:
            return Value(column=Named((self.preset.currency,)))
        self.words.wrong("I102", "the rules name no currency", span, "write currency: USD, or currency: {column: NAME}")
        return Value(_NO_CURRENCY)

    def _currency_value(self, entry: block.Entry) -> Value:
        value = self.words.value(entry) or Value(_NO_CURRENCY)
        try:
            if value.column is None:
                parse_money(f"{value.constant} 1")
        except Misspelt:
            sentence = f"“{value.constant}” is no currency"
            self.words.wrong(
                "I103", sentence, entry.value.span, "write its three capital letters, as in USD (ISO 4217)"
            )
        return value

    def _amount(self, name: str, entry: block.Entry, top: block.Mapping) -> Amount | None:
        assert isinstance(entry.value, block.Mapping)
        self.words.known(entry.value, (*VALUE, "sign"), name)
        column = entry.value.entries.get("column")
        if column is None:
            self.words.wrong("I102", f"{name} names no column", entry.key_span, "write {column: NAME, currency: USD}")
            return None
        own = entry.value.entries.get("currency")
        currency = self._currency_value(own) if own is not None else self._currency(top, entry.key_span)
        sign = self.words.choice(entry.value, "sign", ("kept", "reversed"), "kept")
        return Amount(name, self.words.named(column), currency, sign == "reversed")

    def _fits(self, kind: EventKind, name: str, value: Value) -> None:
        """Words of the rules themselves must be able to stand in the event's column."""
        column = kind.column(name)
        if column is None or (value.column is not None and not value.words):
            return
        allowed = {"party": tuple(self.parties), "flag": ("yes", "no"), "choice": column.choices}.get(column.type)
        for word in [said for _, said in value.words] if value.words else [value.constant]:
            if allowed is not None and word not in allowed:
                what = "no party of the agreement" if column.type == "party" else f"no {name}"
                assert value.span is not None
                self.words.wrong("I105", f"“{word}” is {what}", value.span, did_you_mean(word, allowed))
            if column.type == "money":
                self._money(word, value)

    def _counted(self, column: Column | None, value: Value, top: block.Mapping) -> None:
        """A sum adds up money alone: rows that say the same number would become one event that says it once."""
        entry = top.entries.get("sum")
        if column is not None and column.type == "count" and value.column is not None and entry is not None:
            if self.words.text(entry) == "row":
                return
            sentence = f"{column.name} is a number of its own in each row, and a sum adds up money alone"
            self.words.wrong("I103", sentence, value.span or entry.key_span, "write sum: row")

    def _money(self, word: str, value: Value) -> None:
        try:
            parse_money(word)
        except Misspelt as wrong:
            assert value.span is not None
            self.words.wrong("I105", wrong.sentence, value.span, wrong.mend)

    def _complete(self, kind: EventKind, named: list[str], amount: Amount | None, span: Span) -> None:
        named = [*named, amount.of] if amount is not None else named
        for column in kind.columns:
            if column.required and column.name not in named and not (column.type == "money" and self.preset.costs):
                sentence = f"an event of the kind {kind.name} needs {column.name}, and the rule does not say it"
                self.words.wrong("I105", sentence, span, f"add {column.name}: a word, or {{column: NAME}}")

    def _when(self, item: block.Mapping, top: block.Mapping, span: Span) -> When | None:
        entry = item.entries.get("occurred") or top.entries.get("occurred")
        if entry is None:
            if self.preset.when is not None:
                return When(Named((self.preset.when[0],)), self.preset.when[1])
            self.words.wrong("I102", "the rules do not say when it occurred", span, "write occurred: {column: NAME}")
            return None
        match entry.value:
            case block.Mapping(entries, _) if "column" in entries:
                self.words.known(entry.value, _WHEN, "occurred")
                flag = entries.get("exclusive")
                return When(self.words.named(entries["column"]), flag is not None and self.words.flag(flag))
            case block.Scalar(_, _):
                return When(self.words.named(entry))
        self.words.wrong("I103", "occurred names no column", entry.key_span, "write occurred: {column: NAME}")
        return None
