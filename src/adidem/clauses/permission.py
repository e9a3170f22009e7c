"""A party may do something. Where another clause forbids it, the order between the two must be said."""

from adidem.clauses.parts.common import anything, either
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm

TERMS = (
    TermForm("holder", "party", about="who may"),
    TermForm("counterparty", "party", about="against whom"),
    TermForm("acts", "names", about="what may be done"),
    TermForm("scope", "scope", about="with which assets"),
)


def compile(clause: Composer) -> None:
    """The acts that are permitted, while the text binds."""
    holder, counterparty, acts = clause.word("holder"), clause.word("counterparty"), clause.words("acts")
    done = (
        clause.one_of("act", "by", (holder,))
        & clause.one_of("act", "act", acts)
        & clause.in_scope("scope", "act")
        & clause.in_force(clause.day("act"))
    )
    says = f"{either(acts)} {anything(clause.clause)}"
    clause.permits(done, holder, counterparty, acts, says)
    clause.standing("permission", holder, counterparty, says)


FAMILY = Family("permission", "a party may do something", TERMS, compile)
