"""What is committed with a provider, what counts towards it, and how what is short or beyond becomes money.

Knows events of use, the terms of a commitment and its unit: money, or things of which so many are to be used. Does not
know milestones or periods.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from adidem.clauses.parts.common import together
from adidem.clauses.parts.shares import more_than_all
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.formula import Formula, lesser, no, yes
from adidem.kernel.operator import noun
from adidem.kernel.period import NEVER, Duration, Every
from adidem.kernel.problem import Problem
from adidem.kernel.quantity import Unit
from adidem.kernel.term import Milestone, Quantity, Value

USAGE = EventKind(
    "usage",
    (
        Column("by", "party"),
        Column("of", "party"),
        Column("service", "name"),
        Column("amount", "money", signed=True),
        Column("quantity", "count", required=False, signed=True, denominator=10**6),
        Column("unit", "name", required=False),
    ),
    says="a customer uses a provider's service, or is given back what it had spent",
)
WAIVED = EventKind(
    "shortfall-waiver",
    (Column("by", "party"), Column("clause", "name"), Column("of", "date")),
    says="a provider waives the shortfall of the milestone of a day, or of the period in which that day lies",
)
RECORDED = EventKind(
    "contract-commitment",
    (
        Column("clause", "name"),
        Column("starts", "text"),
        Column("ends", "text"),
        Column("amount", "money", required=False),
        Column("quantity", "count", required=False, denominator=10**6),
        Column("unit", "name", required=False),
        Column("category", "name", required=False),
        Column("model", "name", required=False),
        Column("interval", "name", required=False),
    ),
    says="what the provider's record says of a commitment, in FOCUS's words: no clause acts upon it",
)
_PARTS = 10**6
"""How fine a quantity is counted, as events tell it."""
_BACK = ("make-up", "credit", "overage-discount")
"""What the provider gives back, or takes off what it bills."""
_OVERAGE = {"overage": "overage_rate", "overage-discount": "overage_discount"}
_CAPPED, _LIMITED = "write carry_forward: capped, and carry_forward_to:", "write limited:, and limited_to:"
_ROUNDED, _TWICE = "add rounding: half even, per period", "leave it out where a shortfall is prepaid"
_MONTHLY = ("make_up_within", "credit_within")


class Commitment:
    """What one text commits to, counted in its unit.

    spent       [usage] what of each event counts, in the unit
    owing       whether what falls short is paid; `prepaid`, whether later spend is then drawn from it
    continuous  whether each period is counted for itself
    """

    def __init__(self, clause: Composer):
        self.clause, self.program = clause, clause.program
        self.customer, self.provider = clause.word("customer"), clause.word("provider")
        eligible = (
            clause.one_of("usage", "by", (self.customer,))
            & clause.one_of("usage", "of", (self.provider,))
            & clause.in_scope("services", "usage", "service")
        )
        self.occurred, amount = clause.day("usage"), clause.column("usage", "amount")
        self.unit = amount.unit
        committed = next(_committed(clause)).unit
        if committed.kind == "count":
            self.unit = Unit("count", committed.name, _PARTS)
            amount = clause.column("usage", "quantity").with_others("times", detail=(1, self.unit))
            told = clause.one_of("usage", "unit", (committed.name,)) | ~clause.says("usage", "unit")
            eligible = eligible & told
        self.zero = self.program.constant(0, self.unit, "nothing")
        self.spent = (eligible & _in_time(clause, self.occurred)).where(amount, self.zero)
        self.continuous, self.prepaid = self.chosen("model", "continuous"), self.chosen("shortfall", "prepaid")
        self.owing = self.chosen("shortfall", "payable") | self.prepaid
        clause.flow("used", clause.in_force(self.occurred).where(self.spent, self.zero).sum())

    def chosen(self, name: str, choice: str) -> Formula:
        """Whether a choice is this one; a plain no where the text cannot be read so."""
        return self.clause.chosen(name, choice) if choice in _choices(self.clause, name) else no(self.program)

    def counted(self, target: Formula, total: Callable[[Formula], Formula]) -> Formula:
        """What counts towards a target; of what is limited at most a share of it, in whole cents or parts."""
        if not self.clause.has("limited"):
            return total(self.spent)
        limited = self.clause.in_scope("limited", "usage", "service")
        most = target.scale(self.clause.term("limited_to"), "down")
        return total(limited.where(self.zero, self.spent)) + lesser(total(limited.where(self.spent, self.zero)), most)

    @property
    def verb(self) -> str:
        """What the customer must do."""
        return "spend" if self.unit.kind == "money" else "use"

    def carries(self) -> bool:
        """Whether something can be carried from one period into the next: spend beyond, or a shortfall put off."""
        shapes = _choices(self.clause, "carry_forward") - {"none"} or _choices(self.clause, "model") - {"continuous"}
        return bool(shapes) or "deferred" in _choices(self.clause, "waiver")

    def kept(self, target: Formula, beyond: Formula) -> Formula:
        """What of the spend beyond a period's commitment is carried into the next."""
        if not self.clause.has("carry_forward"):
            return self.chosen("model", "discontinuous").where(beyond, self.zero)
        out = self.chosen("carry_forward", "all").where(beyond, self.zero)
        if self.clause.has("carry_forward_to"):
            most = target.scale(self.clause.term("carry_forward_to"), "down")
            out = self.chosen("carry_forward", "capped").where(lesser(beyond, most), out)
        return out

    def once(self, drawn: Formula) -> Formula:
        """What of the spend that was drawn from a prepaid shortfall does not count: it was counted when it was paid."""
        if not self.clause.has("credit_counts"):
            return drawn
        return self.clause.term("credit_counts").where(self.zero, drawn)

    def waived(self, total: Callable[[Formula, Formula], Formula]) -> Formula:
        """Whether the provider has waived a shortfall.

        total  adds up waivers by the days of which they speak
        """
        kind, times = "shortfall-waiver", Unit("count", "waivers")
        once, none = (self.program.constant(number, times) for number in (1, 0))
        mine = self.clause.one_of(kind, "clause", (self.clause.clause.id,))
        mine = mine & self.clause.one_of(kind, "by", (self.provider,))
        return total(mine.where(once, none), self.clause.column(kind, "of")) > none

    def owes(self, name: str, amount: Formula, day: Formula, period: str = "", every: Every | None = None) -> None:
        """A figure of the clause: what the customer pays, or is given back. Units are paid at their price."""
        within = self.clause.has("pay_within") and name != "credit"
        due = self.clause.after(day, "pay_within") if within else day
        pair = (self.provider, self.customer) if name in _BACK else (self.customer, self.provider)
        if self.unit.kind != "money":
            units = amount.with_others("times", detail=(1, Unit("rate", "", amount.unit.denominator)))
            amount = self.clause.term("price").scale(units, self.clause.rounding()[0])
        if name in _OVERAGE:
            amount = amount.scale(self.clause.term(_OVERAGE[name]), self.clause.rounding()[0])
        self.clause.leg(name, *pair, amount, due, day, every, period)

    def charges(self, beyond: Formula, day: Formula, period: str = "", every: Every | None = None) -> None:
        """What is beyond the commitment costs more, or less."""
        for name, term in _OVERAGE.items():
            if self.clause.has(term):
                self.owes(name, beyond, day, period, every)

    def looks_beyond(self) -> bool:
        """Whether the text says anything of spend beyond the commitment."""
        return any(self.clause.has(term) for term in ("make_up_within", *_OVERAGE.values()))


def _in_time(clause: Composer, occurred: Formula) -> Formula:
    """[usage] Whether use can still be part of the commitment: not after the last milestone, or the text's last day;
    but always where later use may count, under another text or as drawn from what is prepaid.
    """
    days, texts = [each.by for each in milestones_of(clause)], clause.all.agreement.texts_of(clause.clause.id)
    last = clause.date(max(days), "the last milestone") if days else clause.bounds()[1]
    if texts[-1] is not clause.clause or last.fixed() == NEVER or (days and "prepaid" in _choices(clause, "shortfall")):
        return yes(clause.program)
    return occurred <= last.at(occurred, NEVER)


def milestones_of(clause: Composer) -> list[Milestone]:
    """Those that the text has, as it has them."""
    found = clause.listed("milestones") if clause.has("milestones") else ()
    return [each for each in found if isinstance(each, Milestone)]


def _choices(clause: Composer, name: str) -> set[Value]:
    """The values that a term can have under some reading."""
    term = clause.clause.terms.get(name)
    return set(term.values) if term is not None else set()


def _committed(clause: Composer) -> Iterator[Quantity]:
    """The amounts that are committed."""
    yield from (each.amount for each in milestones_of(clause))
    for name in ("amount", "quantity"):
        if clause.has(name):
            yield from (value for value in _choices(clause, name) if isinstance(value, Quantity))


def refused(clause: Composer) -> Iterator[Problem]:
    """What a commitment cannot say. Problems: A151 terms that need or exclude each other; A170 milestones that do not
    ascend; A162 a share over 100 %; A171 a unit that is not known.
    """
    text, has = clause.clause, clause.has
    amounts = list(_committed(clause))
    if has("milestones") == has("every") or has("every") != (has("amount") != has("quantity")):
        mend = "write milestones:, or every: with amount: or quantity:"
        yield together(text, "does not say how much is committed, and by when, in one way", mend, "every")
        return
    units = any(amount.unit.kind == "count" for amount in amounts)
    share, places = has("overage_rate") or has("overage_discount"), has("rounding") and clause.rounding()[1]
    shortfall, apart = _choices(clause, "shortfall"), "continuous" in _choices(clause, "model")
    carried = _choices(clause, "carry_forward")
    wrong = (
        ("carry_forward", carried - {"none"} and apart, "carries what a continuous one loses", "write discontinuous"),
        ("carry_forward", ("capped" in carried) != has("carry_forward_to"), "caps in one term alone", _CAPPED),
        ("limited", has("limited") != has("limited_to"), "limits services, or says how far, alone", _LIMITED),
        ("milestones", units and not has("price"), "counts units that have no price", "add price:"),
        ("rounding", (units or share) and places != "period", "does not say how it rounds", _ROUNDED),
        ("make_up_within", "prepaid" in shortfall and has("make_up_within"), "gives a shortfall back twice", _TWICE),
    )
    yield from (together(text, sentence, mend, name) for name, found, sentence, mend in wrong if found)
    for name in _MONTHLY if has("every") else ():
        if any(isinstance(value, Duration) and value.unit != "months" for value in _choices(clause, name)):
            yield together(text, f"counts {name} in other than months", "write it in months: 12 months", name)
    yield from ascending(clause)
    yield from more_than_all([text.terms[name] for name in ("limited_to", "overage_discount") if has(name)])


def ascending(clause: Composer, counted: bool = False) -> Iterator[Problem]:
    """What milestones, or the amount of a period, cannot be. Problems: A170 they do not ascend; A171 a unit that is not
    known, or is money where things are `counted`.
    """
    text = clause.clause
    for earlier, later in pairwise(milestones_of(clause)):
        one, other = (replace(each.amount.unit, denominator=1) for each in (earlier, later))
        if later.by <= earlier.by or one != other or _size(later) < _size(earlier):
            mend = "write milestones from the first day to the last, each a sum from the start in one unit"
            sentence = f"the milestone {later.amount_words} does not come after {earlier.amount_words}"
            see = ((earlier.span, earlier.amount_words),) if earlier.span else ()
            yield Problem("A170", sentence, later.span, mend, see)
    for amount in _committed(clause):
        of = amount.unit
        if (of.kind == "count" and (not of.name or _PARTS % of.denominator)) or (counted and of.kind == "money"):
            sentence = f"clause {text.id} counts in no unit that is known: {noun(of)}"
            yield Problem("A171", sentence, text.span, "write what is counted, to six places: 5000.5 GPU hours")
            return


def _size(milestone: Milestone) -> Fraction:
    return Fraction(milestone.amount.value, milestone.amount.unit.denominator)
