"""The provider charges its customer no more than others for comparable services (most favoured customer).

Comparable is what lies in one class of the scope, at a volume that is not above the one named. The lowest price that
another was ever charged while the clause ran stays the measure, also when that other pays more again. What follows is
for the text: the difference is paid back on what is used from that day on, and perhaps on what was used so long before
(look-back); or the price is reset, and that of the customer's next price; or both.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from adidem.clauses.parts.acts import anything
from adidem.clauses.parts.amounts import as_rate, day_before, in_unit, nothing, of_this_text
from adidem.clauses.parts.commitment import USAGE
from adidem.clauses.parts.common import spoken_of, together
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, greater, lesser
from adidem.kernel.norm import NormDates
from adidem.kernel.period import NEVER
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import Unit
from adidem.kernel.term import Scope

MOST = 2**61
"""Minor units: what nobody charges for one unit. It stands where no price of another counts yet.

Where there is no price at all, what is read as the lowest says nothing; nor is the customer charged anything then, and
nothing is not above it.
"""
REFUNDS = ("remedy=refund", "remedy=both")
TERMS = (
    TermForm("customer", "party", about="who is charged no more than others"),
    TermForm("provider", "party", about="who charges"),
    TermForm(
        "services", "scope", asks="Which services are comparable?", about="classes of which all services are comparable"
    ),
    TermForm(
        "volume", "count", False, "Up to what volume does another's price count?", about="the most that such a one buys"
    ),
    TermForm(
        "remedy",
        "choice",
        asks="Is the difference paid back, or the price reset, or both?",
        choices=("refund", "reset", "both"),
        about="what follows a lower price to another",
    ),
    TermForm("every", "every", False, about="month, quarter or year for which a difference is paid back"),
    TermForm("pay_within", "duration", False, about="how long after that, or after a lower price, it is due"),
    TermForm("rounding", "rounding", False, about="the rule by which a difference is rounded, per line"),
    TermForm("look_back", "duration", False, "How far back is a difference paid back?", beside=REFUNDS),
    TermForm(
        "reset_within", "duration", False, "How soon must the price be reset?", beside=("remedy=reset", "remedy=both")
    ),
)
PRICE = EventKind(
    "price",
    (
        Column("by", "party"),
        Column("to", "name"),
        Column("service", "name"),
        Column("amount", "money"),
        Column("volume", "count", required=False, denominator=10**6),
    ),
    says="from its day on, a provider charges somebody so much for one unit of a service",
)


@dataclass(frozen=True)
class Compared:
    """Services of one class.

    own, others  [prices] those of the customer; those of others that count
    used         [usage] how much the customer uses; and in the time of earlier texts of the clause too, `ever`
    """

    own: Formula
    others: Formula
    used: Formula
    ever: Formula


def compile(clause: Composer) -> None:
    """Each lower price to another is a violation; the difference is owed, or the price reset, as the text says.

    Problems: A151 terms that only together say something.
    """
    if problems := list(_unsound(clause)):
        raise ProblemError(problems)
    provider, customer = clause.word("provider"), clause.word("customer")
    day = clause.day("price")
    classes = [(flag, _compared(clause, scope)) for flag, scope in _classes(clause)]
    each_wrong = [flag & _wrong(clause, each) for flag, each in classes]
    wrong = reduce(Formula.__or__, each_wrong)
    what = anything(clause.clause, "services")
    dates = NormDates(day.or_never(wrong), violated=day.or_never(wrong))
    clause.norm("parity", "prohibition", provider, customer, dates, f"charge {customer} more than others for {what}")
    remedies = {*clause.clause.terms["remedy"].values}
    if remedies & {"refund", "both"}:
        _refund(clause, classes)
    if remedies & {"reset", "both"}:
        resets = ~clause.chosen("remedy", "refund")
        due = clause.after(day, "reset_within") if clause.has("reset_within") else None
        by = due or clause.as_of()
        days = [_reset(clause, each, by).or_never(w) for (_, each), w in zip(classes, each_wrong, strict=True)]
        done = reduce(lesser, days)
        dates = NormDates(day.or_never(wrong & resets), due, done)
        clause.norm("reset", "obligation", provider, customer, dates, f"reset the price of {customer} to the lowest")
    clause.standing("prohibition", provider, customer, f"charge {customer} more than others for {what}")


def _classes(clause: Composer) -> Iterator[tuple[Formula, Scope]]:
    """Each class of services that are comparable, with the readings on which they are."""
    for flag, scope in clause.alternatives("services"):
        assert isinstance(scope, Scope)
        for name in scope.classes:
            yield flag, Scope((name,), scope.without)


def _compared(clause: Composer, scope: Scope) -> Compared:
    provider, customer = (clause.word("provider"),), (clause.word("customer"),)
    priced = clause.one_of("price", "by", provider) & clause.within("price", "service", scope)
    own = clause.one_of("price", "to", customer)
    others = priced & ~own & spoken_of(clause, clause.day("price"))
    if clause.has("volume"):
        others = others & (clause.column("price", "volume") <= _number(clause))
    by = clause.one_of("usage", "by", customer) & clause.one_of("usage", "of", provider)
    using, used_on = by & clause.within("usage", "service", scope), clause.day("usage")
    quantity = clause.column("usage", "quantity")
    used, ever = (
        (using & days).where(quantity, nothing(quantity))
        for days in (clause.in_force(used_on), spoken_of(clause, used_on))
    )
    return Compared(priced & own, others, used, ever)


def _number(clause: Composer) -> Formula:
    """The volume named, as a number of what events count."""
    volume = clause.term("volume")
    return in_unit(volume, Unit("count", "", volume.unit.denominator))


def _own_place(clause: Composer, each: Compared, own: Formula, when: Formula) -> Formula:
    """Which price the customer is charged at the places `when` in an order `own` of prices."""
    order = clause.order("price")
    return each.own.where(order, clause.program.constant(-1, order.unit, "none")).latest(own, when)


def _own_price(clause: Composer, each: Compared, own: Formula, when: Formula) -> Formula:
    """What the customer is charged at the places `when` in an order `own` of prices; nothing where not yet said."""
    return clause.column("price", "amount").through(_own_place(clause, each, own, when), 0)


def _lowest(clause: Composer, each: Compared, own: Formula, when: Formula) -> Formula:
    """The lowest price of others up to the places `when` in an order `own` of prices; `MOST` where there is none."""
    amount = clause.column("price", "amount")
    below = each.others.where(_less(amount), clause.program.constant(-MOST, amount.unit, "none"))
    return _less(below.latest(own, when))


def _less(amount: Formula) -> Formula:
    """The same amount below nothing."""
    return amount.with_others("times", detail=(-1, amount.unit))


def _below(clause: Composer, price: Formula, lowest: Formula) -> Formula:
    """By how much the lowest price of others lies below a price."""
    zero, none = (clause.program.constant(n, price.unit, word) for n, word in ((0, "nothing"), (MOST, "none")))
    return (lowest < none).where(greater(price - lowest, zero), zero)


def _wrong(clause: Composer, each: Compared) -> Formula:
    """[prices] Whether another is charged less than the customer is then, or the customer more than another was."""
    order, amount = clause.order("price"), clause.column("price", "amount")
    more = each.own & (_below(clause, amount, _lowest(clause, each, order, order)) > nothing(amount))
    return (each.others & (amount < _own_price(clause, each, order, order))) | more


def _refund(clause: Composer, classes: list[tuple[Formula, Compared]]) -> None:
    """The difference on what is used since a lower price, period by period; and with a look-back, on what was used."""
    provider, customer, rounding = clause.word("provider"), clause.word("customer"), clause.rounding()[0]
    price, used = clause.day("price"), clause.day("usage")
    refunds = ~clause.chosen("remedy", "reset")
    lines: list[Formula] = []
    before: list[Formula] = []
    for flag, each in classes:
        below = _below(clause, _own_price(clause, each, price, used), _lowest(clause, each, price, used))
        zero = nothing(below)
        lines.append((flag & refunds).where(below.scale(as_rate(each.used), rounding), zero))
        if clause.has("look_back"):
            newly = (flag & refunds & each.others).where(_newly(clause, each), zero)
            newly = of_this_text(clause, price, newly)  # an earlier text has looked back from prices of its own days
            before.append(newly.scale(as_rate(_looked_back(clause, each)), rounding))
    closes = clause.closes(clause.every())
    line = reduce(Formula.__add__, lines)
    owed = closes.where(line.sum().since(closes), nothing(line))
    clause.flow("difference", line.sum())
    last = clause.last_day()
    clause.leg("refund", provider, customer, owed, clause.after(last, "pay_within"), last, clause.every())
    if before:
        back = reduce(Formula.__add__, before)
        clause.leg("look-back", provider, customer, back, clause.after(price, "pay_within"), price)


def _newly(clause: Composer, each: Compared) -> Formula:
    """[prices] By how much a price lies below the customer's, and below all that others were charged before."""
    order = clause.order("price")
    one = clause.program.constant(1, order.unit, "the one before")
    own = _own_price(clause, each, order, order)
    before = _below(clause, own, _lowest(clause, each, order, order - one))
    return _below(clause, own, _lowest(clause, each, order, order)) - before


def _looked_back(clause: Composer, each: Compared) -> Formula:
    """[prices] How much was used before the day of a price, and not longer before it than the look-back."""
    day, used = clause.day("price"), clause.day("usage")
    yesterday = day_before(day)
    return each.ever.until(used, yesterday) - each.ever.until(clause.after(used, "look_back"), yesterday)


def _reset(clause: Composer, each: Compared, due: Formula) -> Formula:
    """[prices] The day of the price that the customer is charged when it is due, where that is no more than the lowest
    price of others up to this one; or never.
    """
    order, day = clause.order("price"), clause.day("price")
    lowest = _lowest(clause, each, order, order)
    charged = _own_place(clause, each, day, due)
    price = clause.column("price", "amount").through(charged, 0)
    return greater(day, day.through(charged, NEVER)).or_never(price <= lowest)


def _unsound(clause: Composer) -> Iterator[Problem]:
    """Whether what is paid back says when and how; each use is rounded on its own."""
    pays = {*clause.clause.terms["remedy"].values} & {"refund", "both"}
    for name in ("every", "pay_within", "rounding") if pays else ():
        if not clause.has(name):
            yield together(clause.clause, f"pays a difference back, and does not say {name}", f"add {name}:", "remedy")
    if clause.has("rounding") and clause.rounding()[1] != "line":
        sentence = "rounds differences by the period, and the price can change within one"
        yield together(clause.clause, sentence, f"write {clause.rounding()[0]}, per line", "rounding")


FAMILY = Family("price-parity", "a customer is charged no more than others", TERMS, compile, (PRICE, USAGE))
