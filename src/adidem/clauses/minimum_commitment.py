"""A customer commits to spend, or to use, so much with a provider (take or pay).

Milestones say how much in all by which day; a periodic commitment says how much every month, quarter or year. What is
committed is money, or a quantity of which what falls short is paid at a price. What was paid counts once: towards later
milestones, or by what makes it up, or by what is drawn from it. The words are those of the FOCUS specification, dataset
Contract Commitment: category (Spend or Usage; 1.3), model (Continuous or Discontinuous; 1.4).
"""

from functools import partial

from adidem.clauses.parts.balances import Lots, drawn
from adidem.clauses.parts.commitment import RECORDED, USAGE, WAIVED, Commitment, milestones_of, refused
from adidem.clauses.parts.common import idle, spoken_of, stands
from adidem.clauses.parts.years import YEAR_STARTS, year_starts
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, greater
from adidem.kernel.norm import NormDates
from adidem.kernel.period import MONTHS, NEVER, show_day
from adidem.kernel.problem import ProblemError
from adidem.kernel.quantity import DAYS
from adidem.kernel.term import Milestone

_optional = partial(TermForm, required=False)
_ON_TOP = ("overage_rate", "overage_discount")
TERMS = (
    TermForm("customer", "party", about="who commits"),
    TermForm("provider", "party", about="to whom"),
    TermForm("services", "scope", asks="Which spend counts towards the commitment?", about="which spend counts"),
    _optional("limited", "scope", about="which of it counts only up to a share of the commitment"),
    _optional("limited_to", "rate", about="that share"),
    _optional("milestones", "milestones", about="how much, in all, by which day; or else `every`"),
    _optional("every", "every", about="month, quarter or year: how often so much is committed anew"),
    year_starts("every=year"),
    _optional("amount", "money", about="what is to be spent in each period"),
    _optional("quantity", "count", about="or what is to be used in each"),
    _optional("price", "money", about="what one unit costs, where a quantity is committed"),
    _optional(
        "model",
        "choice",
        choices=("continuous", "discontinuous"),
        about="continuous: each period for itself, what is not used in it is lost; discontinuous: all of them together",
    ),
    _optional(
        "first_period",
        "choice",
        choices=("whole", "none"),
        beside=("every",),
        asks="Is a first period of which the clause stands only a part committed in full?",
    ),
    TermForm(
        "shortfall",
        "choice",
        choices=("payable", "none", "prepaid"),
        asks="Must what falls short be paid?",
        about="whether what falls short must be paid, and whether later spend is then drawn from it",
    ),
    _optional(
        "credit_within",
        "duration",
        beside=("shortfall=prepaid",),
        asks="For how long can spend be drawn from prepaid shortfall, and what becomes of the rest?",
    ),
    _optional(
        "credit_counts",
        "flag",
        beside=("shortfall=prepaid",),
        asks="Does spend that is drawn from prepaid shortfall count towards the commitment again?",
    ),
    _optional(
        "waiver",
        "choice",
        choices=("forgiven", "deferred"),
        about="what becomes of a shortfall that is waived: it is gone, or is added to what is committed next",
    ),
    _optional("make_up_within", "duration", about="how long spend beyond later commitments makes a paid shortfall up"),
    _optional(
        "carry_forward",
        "choice",
        choices=("all", "capped", "none"),
        beside=("every",),
        asks="What becomes of what is spent beyond the commitment of a period?",
    ),
    _optional("carry_forward_to", "rate", about="the most that is carried, as a share of the commitment"),
    _optional("overage_rate", "rate", about="what is paid on top of spend beyond the commitment"),
    _optional("overage_discount", "rate", about="what is given back of it"),
    _optional("rounding", "rounding", about="of prices and of overage; its place is the period"),
    _optional(
        "pay_within",
        "duration",
        asks="How long after its milestone or period must a shortfall be paid?",
        open_in=lambda clause: stands(clause, ("shortfall=payable", "shortfall=prepaid", *_ON_TOP)),
        about="when what is owed must be paid",
    ),
)


def compile(clause: Composer) -> None:
    """At each milestone, or as each period closes: what is short, and what of it is owed, made up or drawn from."""
    forms = [form for form in TERMS if form.name != YEAR_STARTS]  # of quarters it says something by itself
    if problems := [*refused(clause), *idle(clause, forms)]:
        raise ProblemError(problems)
    (_by_periods if clause.has("every") else _by_milestones)(Commitment(clause))


def _by_milestones(work: Commitment) -> None:
    """What was short before and had to be paid counts at later milestones, and so does what was spent beyond."""
    clause, zero = work.clause, work.zero
    arises, ends = clause.life()
    paid = clause.brought("shortfall", work.unit) if work.unit.kind == "money" else zero
    if clause.has("make_up_within") and work.unit.kind == "money":
        paid = paid - clause.brought("make-up", work.unit)
    lots, late, before = Lots(zero), zero, None
    *_, last = milestones = milestones_of(clause)
    for milestone in milestones:
        earlier, before = before, milestone
        if not clause.clause.stands(milestone.by):
            continue  # another text of the clause speaks for that day
        name = show_day(milestone.by)
        day = clause.date(milestone.by, f"milestone {name}")
        committed = _committed(work, milestone, f"by {name}")
        lacks = committed - work.counted(committed, lambda spent, day=day: spent.until(work.occurred, day)) - paid
        if work.continuous.fixed() != 0:
            step, alone = _alone(work, milestone, earlier)
            committed, lacks = work.continuous.where(step, committed), work.continuous.where(alone + late, lacks)
        if lots.lots and work.prepaid.fixed() != 0:
            lacks = lacks + _again(work, lots, day, earlier)
        short, binds = greater(lacks, zero), clause.in_force(day)
        falls, waived_on = binds & work.owing, None
        if clause.has("waiver"):
            waived = work.waived(lambda count, of, day=day: of.equals(day).where(count, count - count).until(of, day))
            gone = (binds & waived).where(short, zero)
            late = work.chosen("waiver", "deferred").where(gone, zero)
            falls, paid, waived_on = falls & ~waived, paid + (gone - late), day.or_never(waived)
        owed = falls.where(short, zero)
        work.owes("shortfall", owed, day, name)
        paid = paid + owed
        beyond = binds.where(greater(zero - lacks, zero), zero) if work.looks_beyond() else zero
        if clause.has("make_up_within"):
            made = lots.draw(beyond, day)
            work.owes("make-up", made, day, name)
            paid, beyond = paid - made, beyond - made
            lots.grant(owed, day, clause.after(day, "make_up_within"))
            clause.tells(**{f"{name} made up": made})
        elif work.prepaid.fixed() != 0:
            good = clause.after(day, "credit_within") if clause.has("credit_within") else clause.date(NEVER, "never")
            lots.grant(work.prepaid.where(owed, zero), day, good)
        if milestone is last or work.continuous.fixed() != 0:
            work.charges(beyond if milestone is last else work.continuous.where(beyond, zero), day, name)
        dates = NormDates(arises, day, day.or_never(binds & ~(short > zero)), discharged=waived_on, terminated=ends)
        says = f"{work.verb} {milestone.amount_words} in all with {work.provider}"
        clause.norm(f"milestone {name}", "obligation", work.customer, work.provider, dates, says)
        clause.tells(**{f"{name} committed": committed, f"{name} lacks": lacks, f"{name} owed": owed})
    if lots.lots and work.prepaid.fixed() != 0:
        _credited(work, lots)


def _committed(work: Commitment, milestone: Milestone, words: str) -> Formula:
    with work.program.written_at(milestone.span):
        amount = work.program.constant(milestone.amount.value, milestone.amount.unit, words)
        return amount.over(work.unit.denominator)


def _alone(work: Commitment, milestone: Milestone, earlier: Milestone | None) -> tuple[Formula, Formula]:
    """What a milestone counted for itself adds to the one before, and what of that is lacking of the spend since."""
    committed, day = _committed(work, milestone, "in all"), work.clause.date(milestone.by)
    if earlier is None:
        return committed, committed - work.counted(committed, lambda spent: spent.until(work.occurred, day))
    step, since = committed - _committed(work, earlier, "before"), work.clause.date(earlier.by)
    return step, step - work.counted(step, lambda s: s.until(work.occurred, day) - s.until(work.occurred, since))


def _again(work: Commitment, lots: Lots, day: Formula, earlier: Milestone | None) -> Formula:
    """What of the spend of a milestone was drawn from earlier shortfalls, and so has counted already."""
    whole = lots.by(work.spent, work.occurred, day)
    if work.continuous.fixed() == 0 or earlier is None:
        return work.once(whole)
    before = lots.by(work.spent, work.occurred, work.clause.date(earlier.by))
    return work.once(work.continuous.where(whole - before, whole))


def _credited(work: Commitment, lots: Lots) -> None:
    """What is drawn from prepaid shortfalls, taken off month by month."""
    closes, last = work.clause.closes("month"), work.clause.last_day()
    so_far = lots.by(work.spent, work.occurred, last)
    work.owes("credit", closes.where(so_far - so_far.previous(), work.zero), last, every="month")


def _by_periods(work: Commitment) -> None:
    """Each period that closes in the time of the text is counted, with what is carried into it."""
    clause, zero, every = work.clause, work.zero, work.clause.every()
    closes, last = clause.closes(every), clause.last_day()
    much = "amount" if work.unit.kind == "money" else "quantity"
    target = clause.term(much).over(work.unit.denominator)
    binds, opens = closes & clause.in_force(last), _first_day(work, last)
    if clause.has("first_period"):
        binds = binds & (clause.chosen("first_period", "whole") | spoken_of(clause, opens))
    lacks = target - work.counted(target, lambda spent: spent.sum().since(closes))
    carried = clause.carried("carried", work.unit) if work.carries() else zero
    lacks = lacks - carried if work.carries() else lacks
    if work.prepaid.fixed() != 0:
        wanted = (clause.in_force(last) & work.prepaid).where(greater(work.spent.sum(), zero), zero)
        credit = drawn(clause, wanted, "credit_within")
        lacks = lacks + work.once(credit.since(closes))
        work.owes("credit", clause.closes("month").where(credit, zero), last, every="month")
    short, beyond = (binds.where(greater(lack, zero), zero) for lack in (lacks, zero - lacks))
    owed, late, waived_on = work.owing.where(short, zero), zero, None
    if clause.has("waiver"):
        waived = work.waived(lambda count, of: count.sum(of).since(closes))
        owed, late = waived.where(zero, owed), (waived & work.chosen("waiver", "deferred")).where(short, zero)
        waived_on = last.or_never(waived)
    if work.prepaid.fixed() != 0 or clause.has("make_up_within"):
        clause.flow("granted", owed)
    made = drawn(clause, beyond, "make_up_within") if clause.has("make_up_within") else zero
    kept = work.kept(target, beyond - made) if work.carries() else zero
    if work.carries():
        clause.flow("carried", binds.where(kept - late - carried, zero))
    work.owes("shortfall", owed, last, every=every)
    if clause.has("make_up_within"):
        work.owes("make-up", made, last, every=every)
    work.charges(beyond - made - kept, last, every=every)
    dates = NormDates(opens.or_never(binds), last, last.or_never(~(short > zero)), discharged=waived_on)
    says = f"{work.verb} {clause.clause.terms[much].text} a {every} with {work.provider}"
    clause.norm("period", "obligation", work.customer, work.provider, dates, says, every)
    clause.standing("obligation", work.customer, work.provider, says)
    clause.tells(committed=target, lacks=lacks, owed=owed, made_up=made, carried=kept - late)


def _first_day(work: Commitment, last: Formula) -> Formula:
    """[periods] The first day of the month, quarter or year that ends with each."""
    one, months = (work.program.constant(number, DAYS) for number in (1, -MONTHS[work.clause.every()]))
    return last.after("days", one).after("months", months)


FAMILY = Family(
    "minimum-commitment",
    "a customer commits to spend, or to use, so much by certain days or in each period",
    TERMS,
    compile,
    (USAGE, WAIVED, RECORDED),
)
