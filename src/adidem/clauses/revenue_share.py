"""One party pays the other a share of revenue, period by period.

The share is taken of the revenue that counts and falls into the time in which the text binds, by one rate or by
tiers, and rounded by the rule and at the place that the text names. Then, in this order: a floor lifts what a period
pays; caps of the year and of the clause's life limit it, and what they hold back is kept as a figure; a part is kept
in until an advance is recouped; tax is withheld. At the end of a year a true-up brings its payments to the minimum.

The words are those of published royalty and revenue-share agreements: net revenue, minimum guarantee, recoupable
advance, true-up, gross-up (of tax at the source of royalties speaks article 12 of the OECD Model Tax Convention).
"""

from adidem.clauses.parts import ladder, revenue
from adidem.clauses.parts.limits import TERMS as LIMITS
from adidem.clauses.parts.limits import is_latest, misfits, of_year, year_is_up
from adidem.clauses.parts.revenue import REVENUE
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, greater, lesser
from adidem.kernel.literal import PLACES
from adidem.kernel.period import NEVER, show_day
from adidem.kernel.problem import ProblemError
from adidem.kernel.quantity import Rounding, Unit
from adidem.kernel.term import Quantity

TERMS = (
    TermForm("payer", "party", about="who pays the share"),
    TermForm("payee", "party", about="to whom"),
    TermForm("of", "party", about="whose revenue is shared"),
    TermForm("products", "scope", asks="The revenue of which products is shared?", about="of which products"),
    TermForm("rate", "rate", asks="At what rate?", about="the share; with tiers, below the first", settable=True),
    TermForm("every", "every", about="month, quarter or year"),
    TermForm("pay_within", "duration", asks="How long after a period ends is its share due?", about="when it is due"),
    TermForm(
        "rounding",
        "rounding",
        choices=(*PLACES, "cumulative total"),
        asks="How, and where, is it rounded?",
        about="the rule, and the place: line, period or cumulative total",
    ),
    *revenue.TERMS,
    *ladder.TERMS,
    *LIMITS,
    TermForm("advance", "money", required=False, about="what is paid when the text begins to bind, and then recouped"),
    TermForm(
        "recoup_at_most",
        "rate",
        required=False,
        asks="Up to what part of each period's share is kept in until the advance is recouped?",
        beside=("advance",),
        about="the most of a period's share that is kept in to recoup the advance; without it all of it",
    ),
    TermForm("withholding", "rate", False, about="the tax that the payer withholds of what it pays", disputable=False),
    TermForm(
        "withholding_borne_by",
        "choice",
        required=False,
        choices=("payee", "payer"),
        asks="Who bears the tax that is withheld?",
        beside=("withholding",),
        about="the payee, who receives less; or the payer, who grosses up. Without it the payee does",
    ),
)


def compile(clause: Composer) -> None:
    """What each period pays, and what a year does.

    Problems: T202, A107, T221, A131 to A136: terms that do not fit each other.
    """
    if problems := [*revenue.misread(clause), *ladder.misplaced(clause), *misfits(clause, TERMS)]:
        raise ProblemError(problems)
    every, (rounding, place) = clause.every(), clause.rounding()
    closes = clause.closes(every)
    share = _share(clause, closes, rounding, place)
    zero = clause.program.constant(0, share.unit, "nothing")
    if clause.has("floor"):
        bound = clause.in_force(clause.last_day())
        low = clause.term("floor") - clause.flowing("paid", share.unit)
        share = bound.where(greater(share, low), share)
    paid = _capped(clause, share, closes, zero, rounding)
    clause.flow("paid", closes.where(paid, zero))
    last = clause.last_day()
    due = clause.after(last, "pay_within")
    payer, payee, of = clause.word("payer"), clause.word("payee"), clause.word("of")
    if clause.has("cap_reached"):
        back = _given_back(clause, zero, rounding)
        clause.flow("paid", zero - closes.where(back, zero))
        clause.leg("refund", payee, payer, closes.where(back, zero), due, last, every)
    cash = _after_tax(clause, _recouped(clause, paid, closes, zero, rounding), closes, zero, rounding)
    clause.leg("share", payer, payee, closes.where(cash, zero), due, last, every)
    if clause.has("minimum"):
        _true_up(clause, zero, rounding)
    whose = "its revenue" if of == payer else f"the revenue of {of}"
    clause.standing("obligation", payer, payee, f"pay {payee} a share of {whose} every {every}")


def _share(clause: Composer, closes: Formula, rounding: Rounding, place: str) -> Formula:
    """[periods] The share of what was earned since the last close, before any floor or cap."""
    occurred = clause.day("revenue")
    mine, amount = revenue.counted(clause), revenue.amount(clause, rounding)
    zero = clause.program.constant(0, amount.unit, "nothing")
    if clause.has("tiers") or clause.has("deductions_limit"):
        if clause.has("deductions_limit"):
            base = revenue.limited(clause, mine, amount, closes, rounding)
        else:
            base = mine.where(amount, zero).sum().since(closes)
        if clause.has("tiers"):
            parts = [ladder.climbed(clause, base, closes)]
        else:
            parts = [ladder.exact(clause, base, ladder.rate_of_period(clause))]
        return ladder.settled(clause, parts, closes, rounding, place)
    shares: list[Formula] = []
    for applies, rate in clause.terms_by_day("rate", occurred):
        base = (mine & applies).where(amount, zero)
        if place == "line":
            shares.append(base.scale(rate, rounding).sum().since(closes))
        elif place == "period":
            shares.append(base.sum().since(closes).scale(rate, rounding))
        else:
            shares.append(ladder.exact(clause, base.sum().since(closes), rate))
    if place == "cumulative total":
        return ladder.settled(clause, shares, closes, rounding, place)
    out = shares[0]
    for more in shares[1:]:
        out = out + more
    return out


def _capped(clause: Composer, share: Formula, closes: Formula, zero: Formula, rounding: Rounding) -> Formula:
    """[periods] What of a share the caps leave room for."""
    if not clause.has("cap") and not clause.has("annual_cap"):
        return share
    owed, carries = share, None
    if clause.has("over_annual_cap"):
        carries = clause.chosen("over_annual_cap", "carried") & clause.in_force(clause.last_day())
        deferred = clause.carried("deferred", share.unit) + clause.flowing("deferred", share.unit)
        owed = share + carries.where(deferred, zero)
    paid = owed
    for room in _rooms(clause, rounding):
        paid = lesser(paid, greater(room, zero))
    clause.flow("withheld", closes.where(share - paid, zero))
    if carries is not None:
        clause.flow("deferred", (closes & carries).where(share - paid, zero))
    return paid


def _rooms(clause: Composer, rounding: Rounding) -> list[Formula]:
    """[periods] What each cap leaves of all that is paid so far; below nothing where more is paid than it allows."""
    unit = clause.column("revenue", "amount").unit
    rooms: list[Formula] = []
    if clause.has("cap"):
        before = clause.carried("paid", unit) + clause.flowing("paid", unit)
        rooms.append(clause.term("cap") - before)
    if clause.has("annual_cap"):
        before = clause.carried_since("paid", unit, clause.closes("year")) + clause.flowing("paid", unit)
        rooms.append(of_year(clause, "annual_cap", rounding) - before)
    return rooms


def _given_back(clause: Composer, zero: Formula, rounding: Rounding) -> Formula:
    """[periods] What was paid beyond a cap that is now lower, where the text has it refunded."""
    over = zero
    for room in _rooms(clause, rounding):
        over = greater(over, zero - room)
    refunds = clause.chosen("cap_reached", "refund") & is_latest(clause)
    return refunds.where(over, zero)


def _recouped(clause: Composer, paid: Formula, closes: Formula, zero: Formula, rounding: Rounding) -> Formula:
    """[periods] What is paid beside what is kept in to recoup the advance, which is paid once, when the text binds."""
    if not clause.has("advance"):
        return paid
    payer, payee = clause.word("payer"), clause.word("payee")
    arises, _ = clause.life()
    binds = arises < clause.date(NEVER, "never")
    before = clause.brought("advance", zero.unit)
    own = binds.where(greater(clause.term("advance") - before, zero), zero)
    due = clause.after(arises, "pay_within")
    clause.leg("advance", payer, payee, own, due, arises, period=show_day(clause.clause.starts))
    left = before + own - clause.carried("recouped", zero.unit) - clause.flowing("recouped", zero.unit)
    most = paid.scale(clause.term("recoup_at_most"), rounding) if clause.has("recoup_at_most") else paid
    kept = greater(lesser(most, left), zero)
    clause.flow("recouped", closes.where(kept, zero))
    return paid - kept


def _after_tax(clause: Composer, due: Formula, closes: Formula, zero: Formula, rounding: Rounding) -> Formula:
    """[periods] What reaches the payee; the tax is kept as a figure, on the amount grossed up where the payer bears
    it.
    """
    if not clause.has("withholding"):
        return due
    tax = due.scale(clause.term("withholding"), rounding)
    if not clause.has("withholding_borne_by"):
        clause.flow("tax", closes.where(tax, zero))
        return due - tax
    rate = clause.given("withholding")
    assert isinstance(rate, Quantity)
    of_net = Unit("rate", "", rate.unit.denominator - rate.value)
    on_top = due.scale(clause.program.constant(rate.value, of_net, clause.id_of("withholding")), rounding)
    grossed = clause.chosen("withholding_borne_by", "payer")
    clause.flow("tax", closes.where(grossed.where(on_top, tax), zero))
    return grossed.where(due, due - tax)


def _true_up(clause: Composer, zero: Formula, rounding: Rounding) -> None:
    """What a year's payments are short of its minimum is owed when the year is up, as far as the caps leave room."""
    closes = clause.closes("year")
    credited = clause.carried_since("paid", zero.unit, closes) + clause.flowing("paid", zero.unit)
    short = of_year(clause, "minimum", rounding) - credited
    for room in _rooms(clause, rounding):
        short = lesser(short, room)
    owed = (closes & year_is_up(clause)).where(greater(short, zero), zero)
    clause.flow("paid", owed)
    cash = _after_tax(clause, owed, closes, zero, rounding)
    last = clause.last_day()
    due = clause.after(last, "pay_within")
    clause.leg("true-up", clause.word("payer"), clause.word("payee"), cash, due, last, "year")


FAMILY = Family("revenue-share", "one party pays the other a share of revenue", TERMS, compile, (REVENUE,))
