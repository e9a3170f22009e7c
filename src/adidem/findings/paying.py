"""How what is owed is met: set off against each other, paid, and borne interest for where it is late.

Knows the transfers of one world, payments, and what clauses of netting and of late interest say there. Does not know
formulas, nor how a figure came about.

Interest on what is paid late is worked out here and nowhere else, from the parts in which a figure was met: simple
interest, the part × the rate of a year × the days of delay ÷ the days of a year (Actual/365 Fixed or Actual/360, 2006
ISDA Definitions, section 4.16(d) and (e)).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from adidem.kernel.composition import Composition
from adidem.kernel.formula import Formula
from adidem.kernel.period import EPOCH, MONTHS, NEVER, Every, day
from adidem.kernel.quantity import Array, round_fraction
from adidem.kernel.transfer import LateInterest, Leg, Netting, Part, Payment, Transfer, matched
from adidem.records.columns import Columns
from adidem.records.values import MISSING

INTEREST = "interest"
"""The name of what is owed for paying late: the last part of its figure's id."""


@dataclass(frozen=True, slots=True)
class Late:
    """One part of a figure that is late: how much, since which day, until which, and by which payment it ended.

    until          the day on which it was paid; where nothing has paid it yet, the as-of day
    by             the payment; empty where nothing has paid it yet
    """

    amount_minor: int
    since: int
    until: int
    by: str


@dataclass(frozen=True, slots=True)
class Accrued:
    """Interest on one figure: the figure, the clause's terms in this world, and the parts that were late.

    rate, denominator  of a year
    year               the days of which it has so many
    """

    of: str
    terms: LateInterest
    rate: int
    denominator: int
    year: int
    late: tuple[Late, ...]

    @property
    def amount_minor(self) -> int:
        """What is owed for it, rounded by the rule and at the place that the clause names."""
        exact = [self._exact(part) for part in self.late]
        if self.terms.place == "line":
            return sum(round_fraction(amount, self.terms.rounding) for amount in exact)
        return round_fraction(sum(exact, Fraction(0)), self.terms.rounding)

    @property
    def open(self) -> bool:
        """Whether it still accrues."""
        return any(not part.by for part in self.late)

    @property
    def until(self) -> int:
        """The last day for which it is counted."""
        return max(part.until for part in self.late)

    def rounded(self, part: Late) -> int:
        """What one part bears, where each is rounded alone."""
        return round_fraction(self._exact(part), self.terms.rounding)

    def _exact(self, part: Late) -> Fraction:
        days = part.until - part.since
        return Fraction(part.amount_minor * self.rate * days, self.denominator * self.year)


@dataclass
class Met:
    """What met the transfers of one world: parts by figure, payments left over, and the interest that is owed."""

    parts: dict[str, list[Part]]
    left: list[tuple[Payment, int]]
    interest: list[tuple[Transfer, Accrued]] = field(default_factory=list[tuple[Transfer, Accrued]])


class Paying:
    """How what is owed is met, in each of the worlds of one evaluation."""

    def __init__(self, composition: Composition, columns: Columns, values: Mapping[int, Array]):
        self.composition, self.columns, self.values = composition, columns, values
        self.day = columns.as_of.occurred
        self.payments = payments(composition, columns)

    def concerns(self, leg: Leg) -> bool:
        """Whether what is owed by a leg is set off against others, or bears interest where it is late."""
        return any(leg.clause in each.clauses for each in (*self.composition.nettings, *self.composition.late))

    def due(self, leg: Leg, due: int, world: int) -> int:
        """The day on which a transfer is due: that of the clause, or the settlement day on which it is netted."""
        for netting in self.composition.nettings:
            theirs = leg.clause in netting.clauses and {leg.payer, leg.payee} <= set(netting.between)
            for every, chosen in netting.ends_of if theirs and self._stands(netting, due, world) else ():
                if self._value(chosen, world):
                    return last_of(due, every)
        return due

    def met(self, transfers: Sequence[Transfer], world: int) -> Met:
        """What meets these transfers: netting on each due day after what was paid by it, then payments; and interest
        on what was late.
        """
        set_off = self._set_off(transfers, world, self.day)
        parts, left = matched(transfers, [*self.payments, *set_off])
        out = Met(parts, [(payment, rest) for payment, rest in left if payment not in set_off])
        out.interest = list(self._interest(transfers, parts, world))
        if out.interest:
            owed = [transfer for transfer, _ in out.interest]
            own = {transfer.clause for transfer in owed}
            mine = [payment for payment, _ in out.left if payment.pays.partition("/")[0] in own]
            more, rest = matched(owed, mine)
            out.parts |= more
            out.left = [each for each in out.left if each[0] not in mine] + rest
        return out

    def to_come(self, transfers: Sequence[Transfer], world: int) -> list[Payment]:
        """What will be set off after the as-of day, if nothing else is paid until then."""
        return [payment for payment in self._set_off(transfers, world, NEVER) if payment.day > self.day]

    def _set_off(self, transfers: Sequence[Transfer], world: int, until: int) -> list[Payment]:
        out: list[Payment] = []
        days = sorted({t.due for t in transfers if t.due <= until}) if self.composition.nettings else []
        for each in days:
            out += self._netted(transfers, out, each, world)
        return out

    def _netted(self, transfers: Sequence[Transfer], before: Sequence[Payment], on: int, world: int) -> list[Payment]:
        """What is set off on one day, as payments to and fro of the same amount, each naming the figure it meets."""
        out: list[Payment] = []
        parts, _ = matched(transfers, [*(p for p in self.payments if p.day <= on), *before])
        rest = {t.id: t.amount_minor - sum(part.amount_minor for part in parts[t.id]) for t in transfers}
        for netting in self.composition.nettings:
            if not self._stands(netting, on, world):
                continue
            overdue = bool(self._value(netting.overdue, world))
            mine = [
                t
                for t in sorted(transfers, key=lambda t: (t.due, t.id))
                if t.clause in netting.clauses and rest[t.id] > 0 and (t.due <= on if overdue else t.due == on)
            ]
            if not any(t.due == on for t in mine):
                continue
            for one, other in _pairs(netting.between):
                for currency in dict.fromkeys(t.currency for t in mine):
                    there, back = (
                        [t for t in mine if (t.payer, t.payee, t.currency) == (*way, currency)]
                        for way in ((one, other), (other, one))
                    )
                    amount = min(sum(rest[t.id] for t in there), sum(rest[t.id] for t in back))
                    for side in (there, back):
                        out += _applied(side, rest, amount, on, netting.text.id)
        return out

    def _interest(
        self, transfers: Iterable[Transfer], parts: Mapping[str, Sequence[Part]], world: int
    ) -> Iterable[tuple[Transfer, Accrued]]:
        for transfer in transfers:
            for terms in self.composition.late:
                if transfer.clause in terms.clauses and self._stands(terms, transfer.due, world):
                    accrued = self._accrued(transfer, parts[transfer.id], terms, world)
                    if accrued is not None and accrued.amount_minor:
                        yield self._owed(transfer, accrued), accrued

    def _accrued(self, transfer: Transfer, parts: Sequence[Part], terms: LateInterest, world: int) -> Accrued | None:
        grace_ends = transfer.due + self._value(terms.grace, world)
        since = transfer.due if self._value(terms.from_due, world) else grace_ends
        late = [Late(part.amount_minor, since, part.day, part.by) for part in parts if part.day > grace_ends]
        rest = transfer.amount_minor - sum(part.amount_minor for part in parts)
        if rest > 0 and self.day > grace_ends:
            late.append(Late(rest, since, self.day, ""))
        rate, year = self._value(terms.rate, world), self._value(terms.year, world)
        return Accrued(transfer.id, terms, rate, terms.rate.unit.denominator, year, tuple(late)) if late else None

    def _owed(self, transfer: Transfer, accrued: Accrued) -> Transfer:
        id = f"{accrued.terms.text.id}/{transfer.id}/{INTEREST}"
        return replace(
            transfer,
            id=id,
            clause=accrued.terms.text.id,
            amount_minor=accrued.amount_minor,
            due=accrued.until,
            provisional=accrued.open,
        )

    def _stands(self, rule: Netting | LateInterest, on: int, world: int) -> bool:
        arises, ends = (self._value(formula, world) for formula in rule.life)
        return arises <= on < ends

    def _value(self, formula: Formula, world: int) -> int:
        values = self.values[formula.index]
        return int(values[0, min(world, values.shape[1] - 1)])


def formulas(composition: Composition) -> list[Formula]:
    """What the clauses of netting and of late interest have written."""
    out: list[Formula] = []
    for netting in composition.nettings:
        out += [*netting.life, *(chosen for _, chosen in netting.ends_of), netting.overdue]
    for terms in composition.late:
        out += [*terms.life, terms.rate, terms.year, terms.grace, terms.from_due]
    return out


def last_of(on: int, every: Every) -> int:
    """The last day of the month, quarter or year in which a day lies."""
    if on >= NEVER // 2:
        return on
    months = MONTHS[every]
    when = EPOCH.fromordinal(EPOCH.toordinal() + on)
    first = (when.month - 1) // months * months + months  # the month after the period's last, counted from 0
    return day(when.replace(year=when.year + first // 12, month=first % 12 + 1, day=1)) - 1


def payments(composition: Composition, columns: Columns) -> list[Payment]:
    """The payments of the record as of the pair."""
    record = columns.records.get("payment")
    if record is None:
        return []
    table, words = record.table, columns.ledger.words
    currency = composition.currency()
    columns_of = (table.ids, *(table.columns[name] for name in ("by", "to", "amount", "pays")), table.occurred)
    return [
        Payment(words[id], words[by], words[to], currency, amount, on, words[pays])
        for id, by, to, amount, pays, on in zip(*(column.tolist() for column in columns_of), strict=True)
        if amount != MISSING
    ]


def _pairs(parties: Sequence[str]) -> Iterable[tuple[str, str]]:
    return ((one, other) for place, one in enumerate(parties) for other in parties[place + 1 :])


def _applied(side: Sequence[Transfer], rest: dict[str, int], amount: int, on: int, clause: str) -> Iterable[Payment]:
    """So much of one side's transfers met, those first that were due first."""
    for transfer in side:
        part = min(amount, rest[transfer.id])
        if part:
            amount -= part
            rest[transfer.id] -= part
            yield Payment(clause, transfer.payer, transfer.payee, transfer.currency, part, on, transfer.id)
