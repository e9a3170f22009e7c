"""A lender lends, and the borrower pays interest and pays back: at once, in instalments, or when the loan is called.

The days are known from the text; what is owed on each is formulas, so that a rate or principal that may be off gives a
figure with a range. A floating rate is that of the last fixing of its index; until the fixing of a reset's own day is
told, interest at that rate is provisional. What a loan says, and where that comes from, stands in `lending`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from adidem.clauses.parts.accrual import Accrual, Move, Stretch
from adidem.clauses.parts.amounts import first, nothing, of_this_text, within
from adidem.clauses.parts.common import spoken_of
from adidem.clauses.parts.guarantee import GUARANTEE_CALL, guaranteed
from adidem.clauses.parts.lending import CALL, DRAWDOWN, FIXING, PREPAYMENT, TERMS, plan, unsound
from adidem.clauses.parts.schedule_of_payments import Stop, Wrong, business_days_before, stops
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family
from adidem.kernel.formula import Formula, greater, lesser, no
from adidem.kernel.period import ALWAYS, Duration, show_day
from adidem.kernel.problem import Problem, ProblemError


@dataclass(frozen=True)
class Floating:
    """The rate from a reset on, and whether its own fixing is not known."""

    rate: Formula
    unknown: Formula


def compile(clause: Composer) -> None:
    """What is lent, and on each day of the schedule what interest and principal are owed.

    Problems: A151 terms that only together say something; A180 to A182 days that make no schedule.
    """
    if problems := list(unsound(clause)):
        raise ProblemError(problems)
    try:
        days = stops(plan(clause))
    except Wrong as wrong:
        term = clause.clause.terms.get(wrong.term)
        span = term.span if term is not None else clause.clause.span
        sentence = f"in clause {clause.clause.id}, {wrong.sentence}"
        raise ProblemError([Problem(wrong.code, sentence, span, wrong.mend)]) from None
    lender, borrower = clause.word("lender"), clause.word("borrower")
    principal = clause.term("principal")
    moves = list(_moves(clause, days[-1].day))
    fixed = nothing(principal)
    if clause.has("drawn"):
        fixed, day = principal, clause.date(days[0].day)
        paid_out = principal - clause.term("issue_discount") if clause.has("issue_discount") else principal
        if clause.clause.stands(days[0].day):
            amount = clause.in_force(day).where(paid_out, nothing(principal))
            clause.leg("drawdown", lender, borrower, amount, day, day, period=show_day(days[0].day))
    called = _called(clause) if clause.has("call_notice") else None
    _repaid(clause, days, Accrual(clause, moves, called), fixed)
    clause.standing("obligation", borrower, lender, "pay interest, and pay back what is lent, as it falls due")
    if clause.has("guarantor"):
        guaranteed(clause)


def _repaid(clause: Composer, days: list[Stop], accrual: Accrual, fixed: Formula) -> None:
    """The walk along the schedule: accrue, capitalise or pay interest, pay back."""
    zero = nothing(fixed)
    rate, unknown, planned = clause.term("rate") if clause.has("rate") else None, no(clause.program), fixed
    prepaid_next = clause.has("prepayment") and clause.word("prepayment") == "reduces-next"
    until, called = clause.given("capitalised_until") if clause.has("capitalised_until") else ALWAYS, accrual.called
    fixed, planned = fixed.over(accrual.fine), planned.over(accrual.fine)
    stretches: list[Stretch] = []
    before: Stop | None = None
    for stop in days:
        held, last = accrual.held(fixed, stop.day), stop is days[-1]
        over = called <= clause.date(stop.day) if called is not None else None
        if before is not None:
            assert rate is not None
            stretches.append(Stretch(before.day, stop.day, fixed, held, rate))
        if stop.principal or called is not None:
            due = zero
            if stop.principal and not last:
                due = lesser(clause.term("instalment"), held)
            if prepaid_next and stop.principal and not last:
                owed = accrual.held(planned, stop.day, adds=True)
                step = lesser(clause.term("instalment"), owed)
                planned, due = planned - step, lesser(held, greater(held - (owed - step), zero))
            due = held if last else over.where(held, due) if over is not None else due
            _owed(clause, "principal", stop, accrual.coins(due), called, None)
            fixed = fixed - due
        if stop.interest and stretches:
            interest = accrual.interest(stretches)
            if isinstance(until, int) and stop.day <= until and not last:
                kept = over.where(zero, interest) if over is not None else interest
                interest, fixed = interest - kept, fixed + kept
            _owed(clause, "interest", stop, accrual.coins(interest), called, unknown)
            stretches = []
        if stop.reset:
            floating = _floating(clause, stop.day, rate)
            rate, unknown = floating.rate, unknown | floating.unknown
        before = stop


def _owed(
    clause: Composer, name: str, stop: Stop, amount: Formula, called: Formula | None, unknown: Formula | None
) -> None:
    """What the borrower owes on a day, or on that on which the loan is called before it."""
    if not clause.clause.stands(stop.paid) or amount.fixed() == 0:
        return
    due = clause.date(stop.paid, f"{name} of {show_day(stop.paid)}")
    binds = clause.in_force(due)
    if called is not None:
        due = lesser(due, called)
    owed = binds.where(amount, nothing(amount))
    lender, borrower = clause.word("lender"), clause.word("borrower")
    provisional = None if unknown is None or unknown.fixed() == 0 else unknown
    clause.leg(name, borrower, lender, owed, due, due, period=show_day(stop.paid), provisional=provisional)


def _floating(clause: Composer, reset: int, before: Formula | None) -> Floating:
    """The rate from a reset on: that of the last fixing until its day; the rate before it while there is none."""
    lead = clause.given("fix_before") if clause.has("fix_before") else None
    calendar = clause.all.agreement.calendar
    if isinstance(lead, Duration) and calendar is not None:
        reset = business_days_before(reset, lead.number, calendar)
    day, order = clause.day("fixing"), clause.order("fixing")
    when = clause.date(reset, f"fixing of {show_day(reset)}")
    mine = clause.one_of("fixing", "index", (clause.word("index"),))
    nobody = clause.program.constant(-1, order.unit, "none")
    row = mine.where(order, nobody).latest(day, when)
    column = clause.column("fixing", "rate")
    zero = clause.program.constant(0, column.unit, "no rate")
    rate = order.equals(row).where(column, zero).until(day, when)
    if clause.has("spread"):
        rate = rate + clause.term("spread")
    if clause.has("below_index"):
        rate = rate - clause.term("below_index")
    if clause.has("floor"):
        rate = greater(rate, clause.term("floor"))
    if clause.has("cap"):
        rate = lesser(rate, clause.term("cap"))
    if before is not None:
        rate = (nobody < row).where(rate, before)
    last = mine.where(day, clause.date(ALWAYS, "always")).latest(day, when)
    return Floating(rate, last < when)


def _moves(clause: Composer, maturity: int) -> Iterator[Move]:
    """What events draw, as far as there is room; and what they pay back early."""
    lender, borrower = clause.word("lender"), clause.word("borrower")
    if clause.has("drawn_from"):
        day, amount = _told(clause, "drawdown", maturity)
        in_time = clause.term("drawn_from") <= day
        if clause.has("drawn_until"):
            in_time = in_time & (day <= clause.term("drawn_until"))
        amount = within(clause, "drawdown", in_time.where(amount, nothing(amount)), clause.term("principal"))
        clause.leg("drawdown", lender, borrower, of_this_text(clause, day, amount), day, day)
        yield Move(True, amount, day)
        drawn = amount.until(day, clause.day("prepayment"))
    else:
        drawn = clause.term("principal")
    if clause.has("prepayment") and clause.word("prepayment") != "none":
        day, amount = _told(clause, "prepayment", maturity)
        amount = within(clause, "prepayment", amount, drawn)
        own = of_this_text(clause, day, amount)
        clause.leg("prepayment", borrower, lender, own, day, day)
        if clause.has("prepayment_fee"):
            fee = own.scale(clause.term("prepayment_fee"), clause.rounding()[0])
            clause.leg("prepayment-fee", borrower, lender, fee, day, day)
        yield Move(False, amount, day)


def _told(clause: Composer, kind: str, maturity: int) -> tuple[Formula, Formula]:
    """[records] The days and amounts of the borrower's events about this loan, under earlier texts of it too."""
    day, amount = clause.day(kind), clause.column(kind, "amount")
    own = clause.one_of(kind, "by", (clause.word("borrower"),)) & clause.one_of(kind, "loan", (clause.clause.id,))
    counts = own & (day <= clause.date(maturity, "the maturity")) & spoken_of(clause, day)
    return day, counts.where(amount, nothing(amount))


def _called(clause: Composer) -> Formula:
    """The day by which all must be paid back, as the lender has first called it; or never."""
    day = clause.day("call")
    mine = clause.one_of("call", "by", (clause.word("lender"),)) & clause.one_of("call", "loan", (clause.clause.id,))
    called = first(clause, day.or_never(mine & spoken_of(clause, day)))
    return clause.after(called, "call_notice")


FAMILY = Family(
    "loan",
    "a lender lends, and the borrower pays interest and pays back",
    TERMS,
    compile,
    (DRAWDOWN, PREPAYMENT, CALL, FIXING, GUARANTEE_CALL),
)
