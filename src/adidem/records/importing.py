"""From rows of a file, as far as they are alike, to the events that they make; and the account of every row.

Knows groups of rows, rules, exact sums and kinds of event. Does not know files, nor what the ledger says already.

Every row is in one of four heaps: mapped, left out by a rule, unmapped, or rejected with a reason. The sums of the
four are the sum of the file, to the last digit; what rounding took of the mapped ones is kept apart.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Literal

from adidem.kernel.event import Column, EventKind
from adidem.kernel.literal import Misspelt
from adidem.kernel.period import show_day
from adidem.kernel.problem import Problem, did_you_mean
from adidem.records.exported import Days, Moment, added, minor_units, number, of_minor, shown, written
from adidem.records.provenance import Origin, short_hash
from adidem.records.rules import RowRule, Rules, Value
from adidem.records.totals import Total, Totals, add_up

Heap = Literal["mapped", "left_out", "unmapped", "rejected"]
HEAPS: tuple[Heap, ...] = ("mapped", "left_out", "unmapped", "rejected")
UNMAPPED = -1
_LENGTHS = {"month": 7, "year": 4}
_shown_day = lru_cache(100_000)(show_day)
MOST_LISTED = 1_000


@dataclass(slots=True)
class Group:
    """Rows of which a file says the same in every column that the rules look at, amounts apart.

    rule      the place of the rule that they meet first, or UNMAPPED
    said      of each column that the rule needs, or for which unmapped rows are told apart: the text; None for NULL
    amount    what stands in the rule's column of money; with `text` where it is no number
    totals    of each column of money that the file has
    first     the first row, from 1; `line` where it is known already
    """

    rule: int
    said: dict[str, str | None]
    amount: Total
    totals: dict[str, Total]
    rows: int
    first: int
    last: int
    currency: str | None = None
    text: str = ""
    line: int | None = None


@dataclass(slots=True)
class Rejected:
    """Rows that make no event although a rule speaks of them, or that cannot be read at all; and why. `other` is a row
    of the same id, or 0.
    """

    row: int
    rows: int
    reason: str
    mend: str = ""
    line: int | None = None
    sum: Decimal | None = None
    other: int = 0


@dataclass(slots=True)
class Unmapped:
    """Rows of which no rule speaks: what they say in the columns that tell them apart."""

    row: int
    rows: int
    said: dict[str, str | None]
    totals: dict[str, Decimal]
    line: int | None = None


@dataclass(slots=True)
class Wanted:
    """An event that the file asks for: what it says, before the amount is rounded."""

    kind: EventKind
    says: dict[str, str]
    day: int
    instant: str
    currency: str
    exact: Decimal | None
    rows: int
    first: int
    last: int
    place: tuple[str | None, ...]
    named: tuple[str, ...] = ()
    totals: Totals = field(default_factory=dict[tuple[str, str], Total])
    id: str = ""


def in_order(kind: EventKind, says: Mapping[str, str]) -> None:
    """Raises Misspelt where a moment comes before another that it must follow."""
    for column in kind.columns:
        if column.not_before in says and column.name in says:
            one, other = (datetime.fromisoformat(says[name]) for name in (column.name, column.not_before))
            if one < other:
                raise Misspelt(f"{column.name} is {says[column.name]}, before {column.not_before}")


@dataclass
class Making:
    """Makes events of the groups of one file.

    hashed    gives the hash of the file, which is asked for when all its rows are in
    currency  that of the agreement's money; empty where neither it nor the ledger has one yet
    """

    rules: Rules
    days: Days
    parties: Collection[str]
    name: str
    hashed: Callable[[], str]
    currency: str = ""
    rows: dict[Heap, int] = field(default_factory=lambda: dict.fromkeys(HEAPS, 0))
    sums: dict[Heap, Totals] = field(default_factory=lambda: {heap: {} for heap in HEAPS})
    rejected: list[Rejected] = field(default_factory=list[Rejected])
    unmapped: list[Unmapped] = field(default_factory=list[Unmapped])
    left_out: dict[str, int] = field(default_factory=dict[str, int])
    problems: list[Problem] = field(default_factory=list[Problem])
    wanted: dict[tuple[object, ...], Wanted] = field(default_factory=dict[tuple[object, ...], Wanted])
    exact: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    rounded: dict[str, Decimal] = field(default_factory=dict[str, Decimal])

    @property
    def sha256(self) -> str:
        """The hash of the file."""
        return self.hashed()

    def add(self, group: Group) -> None:
        """Take in the rows of a group."""
        currency = group.currency or ""
        totals = {(column, currency): total for column, total in group.totals.items()}
        if group.rule == UNMAPPED:
            sums = {column: total.sum for column, total in group.totals.items() if total.numbers}
            self.unmapped.append(Unmapped(group.first, group.rows, group.said, sums, group.line))
            if len(self.unmapped) > 4 * MOST_LISTED:
                self.unmapped = sorted(self.unmapped, key=lambda u: u.row)[:MOST_LISTED]
            self._count("unmapped", group.rows, totals)
            return
        rule = self.rules.rows[group.rule]
        if rule.left_out:
            self.left_out[rule.left_out] = self.left_out.get(rule.left_out, 0) + group.rows
            self._count("left_out", group.rows, totals)
            return
        try:
            self._want(rule, group, totals)
        except Misspelt as wrong:
            self._reject(group, wrong)
            self._count("rejected", group.rows, totals)
        else:
            self._count("mapped", group.rows, totals)

    def events(self) -> dict[str, dict[str, Any]]:
        """Every event by its id, with its source and, where amounts were added up, a note of the exact sum.

        Problems, collected: I108 parts of the smallest coin without a rounding.
        """
        out: dict[str, dict[str, Any]] = {}
        again: dict[tuple[str | None, ...], int] = {}
        broken: list[Wanted] = []
        sha256 = self.sha256
        self._told_apart()
        for wanted in sorted(self.wanted.values(), key=lambda w: (w.day, w.first)):
            try:
                says = self._settled(wanted)
            except Misspelt as wrong:
                self._take_back(wanted, wrong)
                continue
            if says is None:
                broken.append(wanted)
                continue
            id = wanted.id or self._made(wanted, says, again)
            origin = Origin(self.name, sha256, wanted.first, wanted.last, wanted.rows)
            out[id] = {"kind": wanted.kind.name, **says, "source": str(origin), **self._note(wanted)}
        if broken:
            self.problems.append(self._unrounded(broken))
        return out

    def _told_apart(self) -> None:
        """Take back rows that have one id between them: which of them tells the event nobody can say."""
        heaps: dict[str, list[tuple[object, ...]]] = {}
        for heap, wanted in self.wanted.items():
            if wanted.id:
                heaps.setdefault(wanted.id, []).append(heap)
        for id, alike in heaps.items():
            rows = sorted(self.wanted[heap].first for heap in alike)
            for heap in alike if len(alike) > 1 else ():
                wanted = self.wanted.pop(heap)
                wrong = Misspelt(f"the id {id} is that of this row", mend="name more columns in id, or mend the file")
                self._take_back(wanted, wrong, next(row for row in rows if row != wanted.first))

    def _made(self, wanted: Wanted, says: dict[str, str], again: dict[tuple[str | None, ...], int]) -> str:
        """An id of what the event says, where no column names it; `again` counts those that say the same."""
        period = self._period(wanted.day)
        place = self._place(wanted, period, says)
        number_of = again[place] = again.get(place, 0) + 1
        return f"{wanted.kind.name}-{period}-{short_hash((*place, str(number_of)))}"

    def _want(self, rule: RowRule, group: Group, totals: Totals) -> None:
        assert rule.kind is not None
        says = {name: said for name, value in rule.values if (said := self._said(rule.kind, name, value, group))}
        in_order(rule.kind, says)
        moment = self._moment(rule, group)
        exact, currency = self._money(rule, group)
        place = tuple(group.said.get(column.words) for column in (*self.rules.apart, *self.rules.key))
        heap: tuple[object, ...] = (group.first, *place)
        if self.rules.together != "row":
            heap = (rule.kind.name, self._period(moment.day), currency, tuple(sorted(says.items())), place)
            moment = Moment(moment.day)
        of_amount = (rule.amount.of,) if rule.amount is not None else ()
        named = tuple(sorted({"occurred", *of_amount, *(name for name, _ in rule.values)}))
        new = Wanted(rule.kind, says, moment.day, moment.instant, currency, exact, 0, 0, 0, place, named)
        new.id = self.rules.id_of(group.said)
        self._join(heap, new, group, totals)

    def _join(self, heap: tuple[object, ...], new: Wanted, group: Group, totals: Totals) -> None:
        found = self.wanted.setdefault(heap, new)
        if found is new:
            found.totals = totals
        else:
            found.exact = added(found.exact or Decimal(0), new.exact) if new.exact is not None else found.exact
            add_up(found.totals, totals)
        found.day = max(found.day, new.day)
        found.first = min(found.first or group.first, group.first)
        found.last, found.rows = max(found.last, group.last), found.rows + group.rows

    def _said(self, kind: EventKind, name: str, value: Value, group: Group) -> str:
        """What an event says in a column; empty where it says nothing."""
        if value.column is None:
            return value.constant
        text = group.said.get(value.column.words)
        column = kind.column(name)
        if not text:
            if column is None or not column.required:
                return ""
            raise Misspelt(f"{value.column.words} is {'NULL' if text is None else 'empty'}, and {name} needs a value")
        said = dict(value.words).get(text, text)
        if column is not None and column.type in ("date", "instant"):
            return self._when(value.column.words, column, said)
        if column is not None:
            self._check(column, said)
        return said

    def _when(self, name: str, column: Column, text: str) -> str:
        """A day, or an instant, as an event says it."""
        try:
            moment = self.days.moment(text)
        except Misspelt as wrong:
            raise Misspelt(f"{name}: {wrong.sentence}", mend=wrong.mend) from None
        if column.type == "instant" and not moment.instant:
            raise Misspelt(f"{name}: “{text[:40]}” does not say the time of day")
        return moment.instant if column.type == "instant" else show_day(moment.day)

    def _check(self, column: Column, said: str) -> None:
        allowed: Iterable[str] = column.choices
        what = f"no {column.name}"
        if column.type == "party":
            allowed, what = self.parties, "no party of the agreement"
        elif column.type == "flag":
            allowed, what = ("yes", "no"), "neither yes nor no"
        elif column.type != "choice":
            return
        if said not in allowed:
            raise Misspelt(f"“{said}” is {what}", mend=did_you_mean(said, allowed))

    def _moment(self, rule: RowRule, group: Group) -> Moment:
        assert rule.occurred is not None
        column = rule.occurred.column.words
        text = group.said.get(column)
        if not text or not text.strip():
            raise Misspelt(f"{column} is {'NULL' if text is None else 'empty'}: it does not say when")
        try:
            return self.days.moment(text, rule.occurred.exclusive)
        except Misspelt as wrong:
            raise Misspelt(f"{column}: {wrong.sentence}", mend=wrong.mend) from None

    def _money(self, rule: RowRule, group: Group) -> tuple[Decimal | None, str]:
        if rule.amount is None:
            return None, ""
        column, found = rule.amount.column.words, group.amount
        if found.null or found.empty:
            raise Misspelt(f"{column} is {'NULL' if found.null else 'empty'}, and no amount: it is not taken for zero")
        if found.other:
            number(group.text, self.rules.numbers)  # says what is wrong with it
            raise Misspelt(f"“{group.text}” is no number")
        currency = self._currency(rule.amount.currency, group)
        self.currency = self.currency or currency
        if currency != self.currency:
            raise Misspelt(
                f"{column} is in {currency}, and the agreement's money in {self.currency}: no exchange rate is named",
                mend=f"import amounts in {self.currency}, or leave these rows out by a rule",
            )
        return -found.sum if rule.amount.reversed else found.sum, currency

    def _currency(self, value: Value, group: Group) -> str:
        text = value.constant if value.column is None else group.said.get(value.column.words)
        code = (text or "").strip()
        if len(code) == 3 and code.isascii() and code.isupper():
            return code
        column = value.column.words if value.column is not None else "currency"
        raise Misspelt(f"{column} is {'NULL' if text is None else f'“{code[:20]}”'}, and no currency such as USD")

    def _settled(self, wanted: Wanted) -> dict[str, str] | None:
        """What the event says, its amount rounded; None where it must not be. Raises Misspelt for what is negative."""
        said = {"occurred": wanted.instant or _shown_day(wanted.day), **wanted.says}
        if wanted.exact is None:
            return said
        minor = minor_units(wanted.exact, wanted.currency, self.rules.rounding)
        if minor is None:
            return None
        column = self._money_of(wanted.kind)
        if minor < 0 and not column.signed:
            sentence = f"{column.name} comes to {wanted.currency} {shown(wanted.exact)}, and a {wanted.kind.name}"
            raise Misspelt(f"{sentence} may not be negative", mend="map what is given back to a kind that may be")
        for heap, value in ((self.exact, wanted.exact), (self.rounded, of_minor(minor, wanted.currency))):
            heap[wanted.currency] = added(heap.get(wanted.currency, Decimal(0)), value)
        said[column.name] = written(minor, wanted.currency)
        order = [c.name for c in wanted.kind.columns]
        return {"occurred": said.pop("occurred"), **{name: said[name] for name in order if name in said}}

    @cached_property
    def _amounts(self) -> dict[str, str]:
        return {rule.kind.name: rule.amount.of for rule in self.rules.rows if rule.kind is not None and rule.amount}

    def _money_of(self, kind: EventKind) -> Column:
        """The column in which an event says its amount."""
        named = kind.column(self._amounts.get(kind.name, ""))
        return named or next(column for column in kind.columns if column.type == "money")

    def _place(self, wanted: Wanted, period: str, says: dict[str, str]) -> tuple[str | None, ...]:
        """What an event's id stands for: by it the same event is known again when the file comes changed."""
        head = (self.name, wanted.kind.name)
        if self.rules.together != "row":
            flat = [part for pair in sorted(wanted.says.items()) for part in pair]
            return (*head, period, wanted.currency, *flat, *wanted.place)
        if self.rules.key:
            return (*head, *wanted.named, *wanted.place)
        return (*head, *(part for pair in says.items() for part in pair))

    def _note(self, wanted: Wanted) -> dict[str, str]:
        if wanted.exact is None:
            return {}
        words = [f"exactly {wanted.currency} {shown(wanted.exact)}"]
        names = [column.words for column in self.rules.apart]
        words += [
            f"{name} {part if part is not None else 'NULL'}" for name, part in zip(names, wanted.place, strict=False)
        ]
        return {"note": "; ".join(words)}

    def _period(self, day: int) -> str:
        return _shown_day(day)[: _LENGTHS.get(self.rules.together, 10)]

    def _count(self, heap: Heap, rows: int, totals: Totals) -> None:
        self.rows[heap] += rows
        add_up(self.sums[heap], totals)

    def _reject(self, group: Group, wrong: Misspelt) -> None:
        exact = group.amount.sum if group.amount.numbers else None
        self.refuse(Rejected(group.first, group.rows, wrong.sentence, wrong.mend, group.line, exact))

    def refuse(self, rejected: Rejected) -> None:
        """Keep what is rejected, the earliest rows first where they become many."""
        self.rejected.append(rejected)
        if len(self.rejected) > 4 * MOST_LISTED:
            self.rejected = sorted(self.rejected, key=lambda r: r.row)[:MOST_LISTED]

    def _take_back(self, wanted: Wanted, wrong: Misspelt, other: int = 0) -> None:
        """Rows that were mapped, and whose sum can be no event, are rejected together."""
        self.refuse(Rejected(wanted.first, wanted.rows, wrong.sentence, wrong.mend, None, wanted.exact, other))
        self._count("mapped", -wanted.rows, {key: total.taken_back() for key, total in wanted.totals.items()})
        self._count("rejected", wanted.rows, wanted.totals)

    def _unrounded(self, broken: list[Wanted]) -> Problem:
        first = broken[0]
        assert first.exact is not None
        more = f" (and {len(broken) - 1:,} more such sums)" if len(broken) > 1 else ""
        amount = f"{first.currency} {shown(first.exact)}"
        sentence = f"{self.name}: {amount} has parts of the smallest coin, and the rules name no rounding{more}"
        mend = "add rounding: half even, half up, down or up; what it takes is shown"
        return Problem("I108", sentence, self.rules.span, mend)
