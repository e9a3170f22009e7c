"""A party must not do something, perhaps unless another has consented.

Consent is asked for an asset and given or refused; one that is given frees what is done on its day or later.
"""

from adidem.clauses.parts.acts import anything, done, either
from adidem.clauses.parts.common import CONSENT, REQUEST
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm
from adidem.kernel.norm import NormDates

TERMS = (
    TermForm("holder", "party", about="who must not"),
    TermForm("counterparty", "party", about="to whom it is owed"),
    TermForm("acts", "names", about="what must not be done"),
    TermForm("scope", "scope", about="with which assets"),
    TermForm("unless_consent_of", "party", required=False, about="whose consent frees it"),
)


def compile(clause: Composer) -> None:
    """The acts that are forbidden; with consent of another, a power of that one for each request."""
    holder, counterparty, acts = clause.word("holder"), clause.word("counterparty"), clause.words("acts")
    wrong = done(clause, holder, acts)
    says = what = f"{either(acts)} {anything(clause.clause)}"
    if clause.has("unless_consent_of"):
        by = clause.word("unless_consent_of")
        says = f"{what} without the consent of {by}"
        answered = clause.day("request", "consent").or_never(clause.one_of("request", "consent.by", (by,)))
        asked = clause.one_of("request", "act", acts) & clause.one_of("request", "to", (by,))
        given = clause.one_of("request", "consent.answer", ("given",)) & asked
        refused = clause.one_of("request", "consent.answer", ("refused",)) & asked
        freeing = {"act": acts, "to": (by,), "consent.by": (by,), "consent.answer": ("given",)}
        free = clause.earliest_stage("act", "request", "consent", "asset", freeing) <= clause.day("act")
        wrong = wrong & ~free
        made = clause.day("request")
        dates = NormDates(
            made.or_never(asked & clause.in_force(made)),
            None,
            answered.or_never(given),
            terminated=answered.or_never(refused),
        )
        clause.norm("consent", "power", by, holder, dates, f"consent when {holder} wants to {what}")
    clause.forbids(wrong, holder, counterparty, acts, says)
    clause.standing("prohibition", holder, counterparty, says)


FAMILY = Family("prohibition", "a party must not do something", TERMS, compile, (REQUEST, CONSENT))
