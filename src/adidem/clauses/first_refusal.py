"""Before it does something elsewhere, the grantor gives the holder the first chance.

A right of first refusal answers a third party's offer: the notice names the third party, and only the deal that was
offered is released. A right of first offer comes earlier: the holder is asked, and if it declines or cannot, the
grantor is free. Reports often say the one and describe the other, so `nature` is a term like any other. What silence
means, and how long it lasts, is for the text.
"""

from adidem.clauses.common import ANSWER, OFFER, anything, either
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula
from adidem.kernel.norm import NormDates
from adidem.kernel.period import NEVER
from adidem.kernel.quantity import DAYS

TERMS = (
    TermForm("holder", "party", about="who is asked first"),
    TermForm("grantor", "party", about="who must ask"),
    TermForm("act", "name", about="what may not be done elsewhere unasked"),
    TermForm("scope", "scope", asks="Which assets must be offered?", about="which assets must be offered"),
    TermForm("provider", "name", about="whose own offer is not elsewhere"),
    TermForm(
        "nature",
        "choice",
        choices=("refusal", "first-offer"),
        asks="Is it a right to match a third party's offer, or to be asked first?",
        about="a right to match a third party's offer, or to be asked first",
    ),
    TermForm("test", "text", required=False, asks="What does it mean that the holder cannot: capacity, price, date?"),
    TermForm("answer_within", "duration", required=False, asks="How long has the holder to answer?"),
    TermForm(
        "silence",
        "choice",
        required=False,
        choices=("released", "accepted"),
        asks="What does it mean if the holder does not answer?",
    ),
)


def compile(clause: Composer) -> None:
    """An offer opens a power; what it releases is free, and what is done elsewhere without release is forbidden."""
    holder, grantor, act = clause.word("holder"), clause.word("grantor"), clause.word("act")
    released = _offers(clause, holder, grantor)
    day = clause.day("act")
    elsewhere = (
        clause.one_of("act", "by", (grantor,))
        & clause.one_of("act", "act", (act,))
        & ~clause.one_of("act", "with", (clause.word("provider"),))
        & clause.in_scope("scope", "act")
        & clause.in_force(day)
    )
    asked = {"by": (grantor,), "to": (holder,)}
    free = clause.joined("act", "offer", "asset", released, NEVER, asked) <= day
    third_party = clause.joined("act", "offer", "asset", clause.column("offer", "third_party"), -1, asked)
    named = clause.says("act", "with") & clause.column("act", "with").equals(third_party)
    as_offered = clause.chosen("nature", "first-offer") | named
    what, provider = anything(clause.clause), clause.word("provider")
    unasked = f"{what} that {holder} was not offered first, or has not released"
    says = f"{either((act,))} with anyone but {provider} {unasked}"
    clause.forbids(elsewhere & ~(free & as_offered), grantor, holder, (act,), says)
    clause.standing("obligation", grantor, holder, f"offer {what} to {holder} first")


def _offers(clause: Composer, holder: str, grantor: str) -> Formula:
    """[offers] The day from which each offer leaves the grantor free; and the holder's power while it lasts."""
    made = clause.received("offer")
    one = clause.program.constant(1, DAYS, "one day")
    mine = (
        clause.one_of("offer", "by", (grantor,))
        & clause.one_of("offer", "to", (holder,))
        & clause.in_scope("scope", "offer")
        & clause.in_force(clause.day("offer"))
    )
    never = clause.date(NEVER, "never")
    due = clause.after(made, "answer_within") if clause.has("answer_within") else made.or_never(~(made <= made))
    answered = clause.day("offer", "answer").or_never(clause.one_of("offer", "answer.by", (holder,)))
    in_time = answered <= due
    accepted = clause.one_of("offer", "answer.answer", ("accepted",)) & in_time
    refused = clause.one_of("offer", "answer.answer", ("declined", "cannot")) & in_time
    silent = clause.chosen("silence", "released") if clause.has("silence") else ~(made <= made)
    lapsed = due.after("days", one)
    released = mine.where(refused.where(answered, lapsed.or_never(silent & ~accepted)), never)
    clause.norm(
        "answer",
        "power",
        holder,
        grantor,
        NormDates(made.or_never(mine), due, answered.or_never(accepted), terminated=refused.where(answered, lapsed)),
        f"take up what {grantor} offers",
    )
    return released


FAMILY = Family("first-refusal", "the holder has the first chance", TERMS, compile, (OFFER, ANSWER))
