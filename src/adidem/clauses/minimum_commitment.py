"""A customer commits to spend so much with a provider by certain days (take or pay).

Milestones are cumulative: what is spent beyond one counts towards the next, and so does a shortfall that had to be
paid. The words are those of the FOCUS specification, version 1.3, dataset Contract Commitment, and of published cloud
commitments.
"""

from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, greater
from adidem.kernel.norm import NormDates
from adidem.kernel.period import show_day
from adidem.kernel.term import Milestone

TERMS = (
    TermForm("customer", "party", about="who commits"),
    TermForm("provider", "party", about="to whom"),
    TermForm("services", "scope", asks="Which spend counts towards the commitment?", about="which spend counts"),
    TermForm("milestones", "milestones", about="how much, in all, by which day"),
    TermForm(
        "shortfall",
        "choice",
        choices=("payable", "none"),
        asks="Must what falls short be paid?",
        about="whether what falls short must be paid",
    ),
    TermForm("pay_within", "duration", required=False, asks="How long after a milestone must a shortfall be paid?"),
)
USAGE = EventKind(
    "usage",
    (Column("by", "party"), Column("of", "party"), Column("service", "name"), Column("amount", "money")),
    says="a customer uses a provider's service",
)


def compile(clause: Composer) -> None:
    """At each milestone what is short, less what was short before and had to be paid, is owed."""
    customer, provider = clause.word("customer"), clause.word("provider")
    occurred, amount = clause.day("usage"), clause.column("usage", "amount")
    zero = clause.program.constant(0, amount.unit, "nothing")
    eligible = (
        clause.one_of("usage", "by", (customer,))
        & clause.one_of("usage", "of", (provider,))
        & clause.in_scope("services", "usage", "service")
    )
    spent = eligible.where(amount, zero)
    clause.flow("used", clause.in_force(occurred).where(spent, zero).sum())
    payable = clause.chosen("shortfall", "payable")
    paid: Formula = clause.brought("shortfall", amount.unit)
    arises, ends = clause.life()
    for milestone in clause.listed("milestones"):
        assert isinstance(milestone, Milestone)
        if not clause.clause.stands(milestone.by):
            continue  # another text of the clause speaks for that day
        name = show_day(milestone.by)
        day = clause.date(milestone.by, f"milestone {name}")
        with clause.program.written_at(milestone.span):
            committed = clause.program.constant(milestone.amount.value, milestone.amount.unit, f"by {name}")
        short = greater(committed - spent.until(occurred, day) - paid, zero)
        binds = clause.in_force(day)
        owed = (binds & payable).where(short, zero)
        due = clause.after(day, "pay_within") if clause.has("pay_within") else day
        clause.leg("shortfall", customer, provider, owed, due, day, period=name)
        dates = NormDates(arises, day, day.or_never(binds & ~(short > zero)), terminated=ends)
        says = f"spend {milestone.amount_words} in all with {provider}"
        clause.norm(f"milestone {name}", "obligation", customer, provider, dates, says)
        paid = paid + owed


FAMILY = Family("minimum-commitment", "a customer commits to spend so much by certain days", TERMS, compile, (USAGE,))
