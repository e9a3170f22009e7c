"""One party pays the other a share of revenue, period by period.

The share is taken of the revenue of the products in scope that falls into the time in which the text binds, rounded
by the rule and at the place that the text names, and paid until a cap over the life of the clause is reached. What
the cap holds back is kept as a figure.
"""

from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, greater, lesser
from adidem.kernel.quantity import Rounding

TERMS = (
    TermForm("payer", "party", about="who pays the share"),
    TermForm("payee", "party", about="to whom"),
    TermForm("of", "party", about="whose revenue is shared"),
    TermForm("products", "scope", asks="The revenue of which products is shared?", about="of which products"),
    TermForm("rate", "rate", asks="At what rate?", about="the share", settable=True),
    TermForm("every", "every", about="month, quarter or year"),
    TermForm("pay_within", "duration", asks="How long after a period ends is its share due?", about="when it is due"),
    TermForm(
        "rounding", "rounding", asks="How, and where, is it rounded?", about="the rule, and the place: line or period"
    ),
    TermForm("cap", "money", required=False, about="the most that is paid over the life of the clause"),
)
REVENUE = EventKind(
    "revenue",
    (Column("by", "party"), Column("product", "name"), Column("amount", "money", signed=True)),
    says="a party earns, or gives back, revenue",
)


def compile(clause: Composer) -> None:
    """The share of each period, as far as the cap has room."""
    every, (rounding, place) = clause.every(), clause.rounding()
    closes = clause.closes(every)
    share = _share(clause, closes, rounding, place)
    zero = clause.program.constant(0, share.unit, "nothing")
    paid = share
    if clause.has("cap"):
        before = clause.carried("paid", share.unit) + clause.flowing("paid", share.unit)
        room = greater(clause.term("cap") - before, zero)
        paid = lesser(share, room)
        clause.flow("withheld", closes.where(share - paid, zero))
    clause.flow("paid", closes.where(paid, zero))
    last = clause.last_day()
    due = clause.after(last, "pay_within")
    clause.leg("share", clause.word("payer"), clause.word("payee"), closes.where(paid, zero), due, last, every)
    payer, payee, of = clause.word("payer"), clause.word("payee"), clause.word("of")
    whose = "its revenue" if of == payer else f"the revenue of {of}"
    clause.standing("obligation", payer, payee, f"pay {payee} a share of {whose} every {every}")


def _share(clause: Composer, closes: Formula, rounding: Rounding, place: str) -> Formula:
    """[periods] The share of what was earned since the last close, before any cap."""
    occurred = clause.day("revenue")
    mine = (
        clause.one_of("revenue", "by", (clause.word("of"),))
        & clause.in_scope("products", "revenue", "product")
        & clause.in_force(occurred)
    )
    amount = clause.column("revenue", "amount")
    zero = clause.program.constant(0, amount.unit, "nothing")
    shares: list[Formula] = []
    for applies, rate in clause.terms_by_day("rate", occurred):
        base = (mine & applies).where(amount, zero)
        if place == "line":
            shares.append(base.scale(rate, rounding).sum().since(closes))
        else:
            shares.append(base.sum().since(closes).scale(rate, rounding))
    out = shares[0]
    for more in shares[1:]:
        out = out + more
    return out


FAMILY = Family("revenue-share", "one party pays the other a share of revenue", TERMS, compile, (REVENUE,))
