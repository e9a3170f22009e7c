"""A provider holds so much capacity ready by certain days, and answers for what is missing.

The mirror of a minimum commitment: there the customer takes or pays, here the provider is ready or gives something for
it: a credit for each unit and day, the right to go elsewhere with what finds no room, or as many days more. Capacity is
a sum of what events say became available, and was withdrawn; a day is missed if at its end too little was there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce

from adidem.clauses.parts.acts import done, either
from adidem.clauses.parts.amounts import as_rate, day_before, first, in_unit, next_day, nothing
from adidem.clauses.parts.commitment import ascending
from adidem.clauses.parts.common import idle, needs, together
from adidem.clauses.parts.ladder import rounded
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, greater, lesser
from adidem.kernel.norm import NormDates
from adidem.kernel.period import NEVER, show_day
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import DAYS, Unit
from adidem.kernel.term import Milestone

TERMS = (
    TermForm("provider", "party", about="who holds it ready"),
    TermForm("customer", "party", about="for whom"),
    TermForm(
        "capacity", "scope", asks="What counts as capacity that is ready?", about="what is held, as events call it"
    ),
    TermForm("milestones", "milestones", about="how much in all, by which day: `quantity` with its unit"),
    TermForm("reserved_until", "date", False, "Until when is it held ready?", about="the last day"),
    TermForm("grace", "duration", False, about="how long after a milestone nothing is given for what is missing"),
    TermForm(
        "credit", "money", False, "What is given for capacity that is missing?", about="for each unit and day missing"
    ),
    TermForm("credit_cap", "money", False, about="the most that is given in all"),
    TermForm("rounding", "rounding", False, about="of what has been given in all, `per period`"),
    TermForm("pay_within", "duration", False, "How long after a month is its credit due?", beside=("credit",)),
    TermForm("elsewhere", "names", False, about="acts that the customer is free to do elsewhere while it is missing"),
    TermForm("scope", "scope", False, about="with which assets"),
    TermForm("elsewhere_after", "duration", False, about="how long after a milestone they become free"),
    TermForm(
        "extension",
        "choice",
        False,
        "Is the reservation extended by the days that were missed?",
        ("day for day", "none"),
        beside=("reserved_until",),
    ),
)
CAPACITY = EventKind(
    "capacity",
    (
        Column("by", "party"),
        Column("what", "name"),
        Column("quantity", "count", signed=True, denominator=10**6),
        Column("unit", "name", required=False),
    ),
    says="a provider has so much capacity more ready from that day on, or less",
)
_PARTS = 10**6


@dataclass(frozen=True)
class _Step:
    """What must be ready from the end of one day to that of another."""

    name: str
    words: str
    wanted: Formula
    day: Formula
    last: Formula


def compile(clause: Composer) -> None:
    """Of each milestone, whether enough is there; of each month, what is given for what is missing.

    Problems: A151 terms that need each other; A170 milestones that do not ascend; A171 a unit that is not known.
    """
    if problems := list(_unsound(clause)):
        raise ProblemError(problems)
    provider, customer = clause.word("provider"), clause.word("customer")
    arises, ends = clause.life()
    occurred = clause.day("capacity")
    steps = _steps(clause, ends)
    ready = _ready(clause, steps[0].wanted.unit)
    for step in steps:
        there = ready.until(occurred, step.day)
        done = step.day.or_never(clause.in_force(step.day) & (step.wanted <= there))
        says = f"hold {step.words} ready for {customer}"
        dates = NormDates(arises, step.day, done, terminated=ends)
        clause.norm(f"milestone {step.name}", "obligation", provider, customer, dates, says)
        clause.tells(**{f"{step.name} committed": step.wanted, f"{step.name} lacks": step.wanted - there})
        if clause.has("elsewhere"):
            _goes_elsewhere(clause, step, ready)
    if clause.has("reserved_until"):
        last = clause.term("reserved_until")
        if clause.has("extension"):
            late = _missed(clause, steps, ready, clause.as_of(), _any_missing)
            longer = last.after("days", in_unit(late, DAYS))
            last = clause.chosen("extension", "day for day").where(longer, last)
        over = next_day(last)
        clause.lasting("", "obligation", provider, customer, steps[0].day, over, f"hold it ready for {customer}")
    if clause.has("credit"):
        _credits(clause)


def _ready(clause: Composer, unit: Unit) -> Formula:
    """[capacity] What each event adds to what the provider has ready."""
    mine = clause.one_of("capacity", "by", (clause.word("provider"),)) & clause.in_scope("capacity", "capacity", "what")
    mine = mine & (clause.one_of("capacity", "unit", (unit.name,)) | ~clause.says("capacity", "unit"))
    quantity = in_unit(clause.column("capacity", "quantity"), unit)
    return mine.where(quantity, nothing(quantity))


def _steps(clause: Composer, ends: Formula) -> list[_Step]:
    milestones = [each for each in clause.listed("milestones") if isinstance(each, Milestone)]
    until = clause.term("reserved_until") if clause.has("reserved_until") else clause.date(NEVER, "never")
    final = lesser(until, day_before(ends))
    out: list[_Step] = []
    for number, each in enumerate(milestones):
        name, amount = show_day(each.by), each.amount
        with clause.program.written_at(each.span):
            unit = Unit("count", amount.unit.name, _PARTS)
            wanted = clause.program.constant(amount.value, amount.unit, f"by {name}").over(_PARTS)
            assert wanted.unit == unit
        later = milestones[number + 1 :]
        last = lesser(final, clause.date(later[0].by)) if later else final
        out.append(_Step(name, each.amount_words, wanted, clause.date(each.by, f"milestone {name}"), last))
    return out


def _missing(clause: Composer, step: _Step, there: Formula) -> Formula:
    """How much is missing while so much is there."""
    return greater(step.wanted - there, nothing(step.wanted))


def _any_missing(clause: Composer, step: _Step, there: Formula) -> Formula:
    """One while too little is there."""
    one, none = (clause.program.constant(number, Unit("count", "missed")) for number in (1, 0))
    return (there < step.wanted).where(one, none)


def _missed(
    clause: Composer,
    steps: list[_Step],
    ready: Formula,
    day: Formula,
    measure: Callable[[Composer, _Step, Formula], Formula],
    begins: Formula | None = None,
) -> Formula:
    """What was missing, added up over the days until one, and not before the day `begins`.

    Between two events nothing changes. So it is what was missing at the milestone, on each day since, and for each
    event what it changed, on each day from its own.
    """
    occurred, order = clause.day("capacity"), clause.order("capacity")
    there = ready.until(order, order)
    total: Formula | None = None
    for step in steps:
        since = clause.after(step.day, "grace") if clause.has("grace") else step.day
        if begins is not None:
            since = greater(since, day_before(begins))
        end = greater(since, lesser(day, step.last))
        change = measure(clause, step, there) - measure(clause, step, there - ready)
        # Whole days, so that nothing is rounded; what has not come is not so many days away that they are too many.
        own = change.scale(as_rate(lesser(occurred, clause.as_of()) - since), "down")
        changed, by_day = (each.until(occurred, end) - each.until(occurred, since) for each in (change, own))
        passed = end - since
        at_first = measure(clause, step, ready.until(occurred, since))
        here = at_first.scale(as_rate(passed), "down") + changed.scale(as_rate(passed), "down") + changed - by_day
        total = here if total is None else total + here
    assert total is not None
    return total


def _credits(clause: Composer) -> None:
    """Month by month, what is given in all less what was given before: rounding takes a cent once.

    Each text gives for its own days. Of a month that is over, the text that stands at its end speaks for all of them;
    the cap, too, is that of the clause.
    """
    closes, last = clause.closes("month"), clause.last_day()
    texts = [text for text in clause.all.agreement.texts_of(clause.clause.id) if "credit" in text.terms]
    earlier = [text for text in texts if text.starts < clause.clause.starts]
    later = [text.starts for text in texts if text.starts > clause.clause.starts]
    given = _given([*(Composer(clause.all, text) for text in earlier), clause])
    zero = nothing(given)
    speaks = closes & (clause.date(clause.clause.starts) <= last) if earlier else closes
    speaks = speaks & (last < clause.date(min(later))) if later else speaks
    amount = speaks.where(given - given.previous(), zero)
    if clause.has("credit_cap"):
        before = clause.carried("credited", given.unit) + clause.flowing("credited", given.unit)
        amount = lesser(amount, greater(clause.term("credit_cap") - before, zero))
    clause.flow("credited", amount)
    due = clause.after(last, "pay_within") if clause.has("pay_within") else last
    clause.leg("credit", clause.word("provider"), clause.word("customer"), amount, due, last, "month")


def _given(texts: list[Composer]) -> Formula:
    """[periods] What these texts have given in all by the last day of each, rounded by the rule of the last of them."""
    rule, out = texts[-1].rounding()[0], list[Formula]()
    for text in texts:
        arises, ends = text.life()
        steps = _steps(text, ends)
        units = _missed(text, steps, _ready(text, steps[0].wanted.unit), text.last_day(), _missing, arises)
        if len(texts) == 1:
            return text.term("credit").scale(as_rate(units), rule)
        exact = text.term("credit").over(_PARTS).scale(as_rate(units), "down")  # in so fine parts nothing is rounded
        out.append(exact)
    return rounded(reduce(Formula.__add__, out), rule)


def _goes_elsewhere(clause: Composer, step: _Step, ready: Formula) -> None:
    """While too little is there, the customer may do with others what it would do here."""
    names, holder, other = clause.words("elsewhere"), clause.word("customer"), clause.word("provider")
    after = clause.after(step.day, "elsewhere_after") if clause.has("elsewhere_after") else step.day
    occurred, day = clause.day("capacity"), clause.day("act")
    missing = ready.until(occurred, day) < step.wanted
    reason = f"{either(names)} elsewhere while {other} has less than {step.words} ready"
    free = done(clause, holder, names) & missing & (after < day) & (day <= step.last)
    clause.permits(free, holder, other, names, reason)
    arises = after.or_never((ready.until(occurred, after) < step.wanted) & clause.in_force(after))
    order = clause.order("capacity")
    enough = occurred.or_never((after < occurred) & (step.wanted <= ready.until(order, order)))
    dates = NormDates(arises, terminated=lesser(next_day(step.last), first(clause, enough)))
    clause.norm(f"elsewhere {step.name}", "permission", holder, other, dates, reason)


def _unsound(clause: Composer) -> Iterator[Problem]:
    """Whether terms go together, and milestones ascend in a unit that is known."""
    text, has = clause.clause, clause.has
    if has("credit") and not (has("rounding") and clause.rounding()[1] == "period"):
        yield together(
            text, "gives a credit, and does not say how it is rounded", "add rounding: half even, per period"
        )
    pairs = (("elsewhere", "scope"), ("scope", "elsewhere"), ("elsewhere_after", "elsewhere"))
    yield from needs(clause, (*pairs, ("credit_cap", "credit"), ("rounding", "credit")))
    yield from idle(clause, TERMS)
    yield from ascending(clause, counted=True)


FAMILY = Family("capacity-reservation", "a provider holds so much capacity ready", TERMS, compile, (CAPACITY,))
