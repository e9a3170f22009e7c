"""One party binds itself to do something with one provider alone.

Under the regime `exclusive` an act with anyone else is a violation. Under `first-rights`, the weaker form that is
often called exclusivity too, it is one only if the asset had not been offered to the holder before.
"""

from adidem.clauses.parts.acts import anything, done_elsewhere, either
from adidem.clauses.parts.common import OFFER
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm

TERMS = (
    TermForm("holder", "party", about="who benefits"),
    TermForm("grantor", "party", about="who is bound"),
    TermForm("act", "name", about="what may be done with the provider alone"),
    TermForm("scope", "scope", asks="Which assets does the exclusivity take in?", about="with which assets"),
    TermForm("provider", "name", about="with whom alone"),
    TermForm(
        "regime",
        "choice",
        choices=("exclusive", "first-rights"),
        asks="Is nothing allowed elsewhere, or only after the holder was asked?",
        about="whether all else is forbidden, or only what was not offered first",
    ),
)


def compile(clause: Composer) -> None:
    """What the grantor does elsewhere is forbidden; under first rights, unless it had been offered."""
    holder, grantor, act = clause.word("holder"), clause.word("grantor"), clause.word("act")
    made = clause.one_of("offer", "by", (grantor,))
    offered = clause.joined("act", "offer", "asset", made, 0, {"by": (grantor,), "to": (holder,)})
    allowed = clause.chosen("regime", "first-rights") & offered
    says = f"{either((act,))} {anything(clause.clause)} with anyone but {clause.word('provider')}"
    if clause.clause.terms["regime"].text == "first-rights":
        says += f" unless {holder} was offered it first"
    clause.forbids(done_elsewhere(clause) & ~allowed, grantor, holder, (act,), says)
    clause.standing("prohibition", grantor, holder, says)


FAMILY = Family("exclusivity", "one party does something with one provider alone", TERMS, compile, (OFFER,))
