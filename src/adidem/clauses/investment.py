"""What an investor has committed, and what of it the company has called.

Committed and funded are two figures: a commitment is drawn by calls, each of which the investor owes within a time,
and never more than what is committed in all. What was called under an earlier text of the clause counts against a
later one.
"""

from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import greater, lesser

TERMS = (
    TermForm("investor", "party", about="who funds"),
    TermForm("company", "party", about="who is funded"),
    TermForm("committed", "money", about="how much in all, earlier texts included"),
    TermForm("fund_within", "duration", required=False, asks="How long after a call must it be funded?"),
)
FUNDING = EventKind(
    "funding",
    (Column("by", "party"), Column("amount", "money")),
    says="a company calls for part of what is committed to it",
)


def compile(clause: Composer) -> None:
    """Each call is owed as far as the commitment still has room for it."""
    investor, company = clause.word("investor"), clause.word("company")
    occurred, order = clause.day("funding"), clause.order("funding")
    amount = clause.column("funding", "amount")
    zero = clause.program.constant(0, amount.unit, "nothing")
    ours = clause.one_of("funding", "by", (company,))
    called = ours.where(amount, zero)
    room = greater(clause.term("committed") - (called.until(order, order) - called), zero)
    owed = clause.in_force(occurred).where(lesser(called, room), zero)
    due = clause.after(occurred, "fund_within") if clause.has("fund_within") else occurred
    clause.leg("funding", investor, company, owed, due, occurred)
    clause.flow("called", owed.sum())
    clause.standing(
        "obligation",
        investor,
        company,
        f"fund what {company} calls for, up to {clause.clause.terms['committed'].text} in all",
    )


FAMILY = Family("investment", "what an investor has committed, and funds when called", TERMS, compile, (FUNDING,))
