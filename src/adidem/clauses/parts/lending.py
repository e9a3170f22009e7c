"""What a loan says: its terms, the events it speaks of, and the days that follow from them.

Knows terms and how they go together. Does not know formulas. The terms and their meaning are those of the ACTUS
contract types PAM, LAM, CLM and CEG (ACTUS Technical Specification, www.actusfrf.org), in the words of loan agreements.
"""

from collections.abc import Iterator
from itertools import islice

from adidem.clauses.parts.common import idle, needs, together
from adidem.clauses.parts.guarantee import TERMS as GUARANTEE
from adidem.clauses.parts.schedule_of_payments import DAY_COUNTS, MOST, SHIFTS, Cycle, Plan, Wrong, cycle_days
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import TermForm
from adidem.kernel.period import Duration
from adidem.kernel.problem import Problem
from adidem.kernel.term import Quantity

TERMS = (
    TermForm("lender", "party", about="who lends"),
    TermForm("borrower", "party", about="to whom"),
    TermForm("principal", "money", about="how much, or how much at most"),
    TermForm("drawn", "date", False, about="the day on which all of it is lent", disputable=False),
    TermForm("drawn_from", "date", False, about="from when events draw on it", disputable=False),
    TermForm("drawn_until", "date", False, "Until when can it be drawn?", beside=("drawn_from",)),
    TermForm("issue_discount", "money", False, about="what the lender keeps back when all of it is lent"),
    TermForm("rate", "rate", False, about="of a year; of a floating loan until the first reset"),
    TermForm("index", "name", False, about="the index that a floating loan follows, as fixings name it"),
    TermForm("spread", "rate", False, about="what is added to the index", beside=("index",)),
    TermForm("below_index", "rate", False, about="what is taken off the index"),
    TermForm("floor", "rate", False, "How low can the rate become?", beside=("index",)),
    TermForm("cap", "rate", False, "How high can the rate become?", beside=("index",)),
    TermForm("first_reset", "date", False, about="the first day with a rate by the index", disputable=False),
    TermForm("reset_cycle", "duration", False, "How often is it fixed anew?", beside=("index",), disputable=False),
    TermForm("fix_before", "duration", False, about="how long before a reset its rate is fixed", disputable=False),
    TermForm(
        "day_count", "choice", choices=DAY_COUNTS, about="what part of a year lies between two days", disputable=False
    ),
    TermForm("interest_cycle", "duration", False, "How often is interest paid before the maturity?", disputable=False),
    TermForm("first_interest", "date", False, about="the first day on which it is paid", disputable=False),
    TermForm("capitalised_until", "date", False, about="until when it is added to the principal", disputable=False),
    TermForm("maturity", "date", False, about="the day on which all that is left is paid back", disputable=False),
    TermForm("instalment", "money", False, about="what is paid back on each day of its cycle"),
    TermForm("instalment_cycle", "duration", False, about="how often", disputable=False),
    TermForm("first_instalment", "date", False, about="the first day on which it is paid", disputable=False),
    TermForm(
        "last_period",
        "choice",
        False,
        choices=("short", "long"),
        about="whether days left over before the maturity are a period, or join the one before",
        disputable=False,
    ),
    TermForm("end_of_month", "flag", False, about="whether a last day of a month stays one", disputable=False),
    TermForm(
        "business_days",
        "choice",
        False,
        "When is paid what falls due on no business day?",
        choices=SHIFTS,
        about="how such a day is moved",
        disputable=False,
    ),
    TermForm(
        "interest_counts_to",
        "choice",
        False,
        choices=("scheduled-day", "moved-day"),
        about="to which day interest counts where a day is moved",
        disputable=False,
    ),
    TermForm("call_notice", "duration", False, about="how long after it is called all must be paid back"),
    TermForm(
        "prepayment",
        "choice",
        False,
        "May it be paid back before it is due, and which instalments does that reduce?",
        ("none", "reduces-next", "reduces-last"),
        disputable=False,
    ),
    TermForm("prepayment_fee", "rate", False, about="a share of what is prepaid"),
    TermForm("rounding", "rounding", asks="How, and where, is interest rounded?", about="the rule and the place"),
    *GUARANTEE,
)
DRAWDOWN = EventKind(
    "drawdown",
    (Column("by", "party"), Column("loan", "name"), Column("amount", "money")),
    says="a borrower draws on a loan; `loan` is the id of its clause",
)
PREPAYMENT = EventKind(
    "prepayment",
    (Column("by", "party"), Column("loan", "name"), Column("amount", "money")),
    says="a borrower pays back before it must",
)
CALL = EventKind(
    "call", (Column("by", "party"), Column("loan", "name")), says="a lender calls a loan: it is to be paid back"
)
FIXING = EventKind(
    "fixing",
    (Column("index", "name"), Column("rate", "rate", signed=True)),
    says="an index of interest is fixed; the event occurs on the day of the fixing",
)


def plan(clause: Composer) -> Plan:
    """The days that the terms give. Problems: A180 there are more instalments than any loan has."""
    start = _day(clause, "drawn" if clause.has("drawn") else "drawn_from")
    end_of_month = bool(clause.given("end_of_month")) if clause.has("end_of_month") else None
    principal = _cycle(clause, "instalment_cycle", "first_instalment", start)
    if clause.has("maturity"):
        maturity = _day(clause, "maturity")
    else:
        assert principal is not None
        maturity = _last_instalment(clause, principal, end_of_month)
    return Plan(
        start,
        maturity,
        _cycle(clause, "interest_cycle", "first_interest", start),
        principal,
        _cycle(clause, "reset_cycle", "first_reset", start),
        end_of_month,
        clause.word("last_period") if clause.has("last_period") else "",
        clause.word("business_days") if clause.has("business_days") else "",
        clause.has("interest_counts_to") and clause.word("interest_counts_to") == "moved-day",
        clause.all.agreement.calendar,
    )


def _day(clause: Composer, name: str) -> int:
    value = clause.given(name)
    assert isinstance(value, int)
    return value


def _cycle(clause: Composer, name: str, first: str, start: int) -> Cycle | None:
    """A cycle; without a first day of its own it begins one length after the loan, one of resets with it."""
    if not clause.has(name):
        return None
    every = clause.given(name)
    assert isinstance(every, Duration)
    if clause.has(first):
        return Cycle(_day(clause, first), every, name)
    return Cycle(start, every, name, apart=name != "reset_cycle")


def _last_instalment(clause: Composer, cycle: Cycle, end_of_month: bool | None) -> int:
    """The day on which the instalments have paid back all of it."""
    principal, instalment = clause.given("principal"), clause.given("instalment")
    assert isinstance(principal, Quantity)
    assert isinstance(instalment, Quantity)
    number = -(-principal.value // instalment.value) if instalment.value else MOST + 1
    if number > MOST:
        mend = "say maturity:, or let the instalments be larger"
        raise Wrong("A180", "instalment", f"its instalments would not end: there would be more than {MOST:,}", mend)
    return next(islice(cycle_days(cycle, end_of_month), max(number - 1, 0), None))


_NEEDS = (
    ("issue_discount", "drawn"),
    ("below_index", "index"),
    ("index", "reset_cycle"),
    ("first_reset", "reset_cycle"),
    ("fix_before", "index"),
    ("first_interest", "interest_cycle"),
    ("capitalised_until", "interest_cycle"),
    ("instalment", "instalment_cycle"),
    ("instalment_cycle", "instalment"),
    ("first_instalment", "instalment_cycle"),
    ("interest_counts_to", "business_days"),
    ("business_days", "interest_counts_to"),
    ("prepayment_fee", "prepayment"),
    ("guarantor", "guarantee_share"),
    ("guarantee_share", "guarantor"),
    ("guarantee_fee", "guarantor"),
    ("guarantee_fee", "guarantee_fee_by"),
    ("guarantee_fee_by", "guarantee_fee_on"),
    ("guarantee_fee_on", "guarantee_fee"),
)


def _at_most(clause: Composer, less: str, more: str) -> bool:
    """Whether one term is not above another, as far as both are settled."""
    one, other = clause.clause.terms[less], clause.clause.terms[more]
    if one.readings or other.readings:
        return True
    assert isinstance(one.value, Quantity)
    assert isinstance(other.value, Quantity)
    return one.value.value * other.value.unit.denominator <= other.value.value * one.value.unit.denominator


def unsound(clause: Composer) -> Iterator[Problem]:
    """Whether the terms go together. Problems: A110 no calendar; A130 a share of more than everything; A151."""
    text = clause.clause
    yield from idle(clause, TERMS)
    yield from needs(clause, _NEEDS)
    if clause.has("drawn") == clause.has("drawn_from"):
        mend = "write drawn: with the day on which all of it is lent, or drawn_from: where events draw on it"
        yield together(text, "does not say, once, when it is drawn", mend)
    if not clause.has("maturity") and not clause.has("instalment"):
        yield together(text, "never ends: it has neither a maturity nor instalments", "add maturity:")
    if not clause.has("maturity") and clause.has("drawn_from"):
        mend = "add maturity:"
        yield together(text, "does not say when what events draw is paid back", mend)
    if not clause.has("rate") and not clause.has("index"):
        yield together(text, "has no rate", "add rate:, or index: with reset_cycle:")
    late = clause.has("first_reset") and clause.has("drawn") and clause.given("first_reset") != clause.given("drawn")
    if clause.has("index") and not clause.has("rate") and late:
        yield together(text, "has no rate until its first reset", "add rate:", "first_reset")
    for less, more in (("floor", "cap"), ("issue_discount", "principal")):
        if clause.has(less) and clause.has(more) and not _at_most(clause, less, more):
            yield together(text, f"has more as its {less} than as its {more}", f"let {less} be less", less)
    share = clause.given("guarantee_share") if clause.has("guarantee_share") else None
    if isinstance(share, Quantity) and share.value > share.unit.denominator:
        sentence = "guarantee_share is more than all of it"
        yield Problem("A130", sentence, text.terms["guarantee_share"].span, "write 100 % at most")
    dated = [name for name in ("business_days", "fix_before") if clause.has(name)]
    if dated and clause.all.agreement.calendar is None:
        sentence = f"{dated[0]} cannot be counted: no clause of the family notice names a calendar"
        mend = "add a notice clause with zone, calendar, cut_off, first_day and deemed_receipt"
        yield Problem("A110", sentence, text.terms[dated[0]].span, mend)
