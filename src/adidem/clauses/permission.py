"""A party may do something. Where another clause forbids it, the order between the two must be said."""

from adidem.clauses.parts.acts import anything, done, either
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
    says = f"{either(acts)} {anything(clause.clause)}"
    clause.permits(done(clause, holder, acts), holder, counterparty, acts, says)
    clause.standing("permission", holder, counterparty, says)


FAMILY = Family("permission", "a party may do something", TERMS, compile)
