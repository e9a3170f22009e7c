"""A guarantor pays, or pays a share of, what the borrower of a loan does not.

Knows calls on a guarantee and its limit. Does not know the loan's schedule: the lender calls what was not paid. The
words are those of the ACTUS contract type CEG: what event is covered, how much, until when, settled within what time.
"""

from adidem.clauses.parts.amounts import nothing, of_this_text, within
from adidem.clauses.parts.common import spoken_of
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import TermForm

_GROUNDS = ("non-payment", "delay")
TERMS = (
    TermForm("guarantor", "party", False, about="who pays what the borrower does not"),
    TermForm("guarantee_share", "rate", False, about="the share of it that is covered"),
    TermForm("guarantee_limit", "money", False, "How much does the guarantor pay at most?", beside=("guarantor",)),
    TermForm(
        "guarantee_upon",
        "choice",
        False,
        "Is the guarantee called upon delay, or upon non-payment alone?",
        _GROUNDS,
        beside=("guarantor",),
    ),
    TermForm("guarantee_until", "date", False, "Until when can it be called?", beside=("guarantor",)),
    TermForm("guarantee_within", "duration", False, "How long has the guarantor to pay?", beside=("guarantor",)),
    TermForm("guarantee_fee", "money", False, about="what the guarantee costs"),
    TermForm("guarantee_fee_by", "party", False, about="who pays for it"),
    TermForm("guarantee_fee_on", "date", False, about="on which day"),
)
GUARANTEE_CALL = EventKind(
    "guarantee-call",
    (
        Column("by", "party"),
        Column("loan", "name"),
        Column("amount", "money"),
        Column("ground", "choice", choices=_GROUNDS),
    ),
    says="a lender calls on a guarantee for what was not paid, or not in time",
)


def guaranteed(clause: Composer) -> None:
    """What is called is owed by the guarantor: its share, up to the limit in all."""
    kind, guarantor, lender = GUARANTEE_CALL.name, clause.word("guarantor"), clause.word("lender")
    day, amount = clause.day(kind), clause.column(kind, "amount")
    counts = (
        clause.one_of(kind, "by", (lender,)) & clause.one_of(kind, "loan", (clause.clause.id,)) & spoken_of(clause, day)
    )
    if clause.has("guarantee_upon"):
        failed = clause.one_of(kind, "ground", ("non-payment",))
        counts = counts & (failed | clause.chosen("guarantee_upon", "delay"))
    if clause.has("guarantee_until"):
        counts = counts & (day <= clause.term("guarantee_until"))
    owed = counts.where(amount, nothing(amount)).scale(clause.term("guarantee_share"), clause.rounding()[0])
    if clause.has("guarantee_limit"):
        owed = within(clause, kind, owed, clause.term("guarantee_limit"))
    due = clause.after(day, "guarantee_within") if clause.has("guarantee_within") else day
    clause.leg("guarantee", guarantor, lender, of_this_text(clause, day, owed), due, day)
    clause.lasting("guarantee", "obligation", guarantor, lender, *clause.life(), "pay what the borrower does not")
    if clause.has("guarantee_fee"):
        on = clause.term("guarantee_fee_on")
        fee = clause.in_force(on).where(clause.term("guarantee_fee"), nothing(amount))
        clause.leg("guarantee-fee", clause.word("guarantee_fee_by"), guarantor, fee, on, on)
