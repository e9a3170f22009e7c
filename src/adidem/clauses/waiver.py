"""What it means that a party lets an act pass.

A waiver in writing discharges the violation from its day. Whether conduct does is for the text (no-waiver clauses say
it does not), and where the record does not say, conduct can be read as nothing, as a waiver, or as a consent that was
there from the start.
"""

from adidem.clauses.parts.common import WAIVER
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm

TERMS = (
    TermForm(
        "by_conduct",
        "choice",
        choices=("none", "waives", "consents"),
        asks="Does a party that lets an act pass without a word waive it, or consent to it?",
        about="what letting an act pass without a word means",
    ),
)


def compile(clause: Composer) -> None:
    """The day on which each act is excused, and whether it is so as by consent; nobody excuses an act of its own."""
    own = clause.column("act", "waiver.by").equals(clause.column("act", "by"))
    day = clause.day("act", "waiver").or_never(~own)
    in_writing = clause.one_of("act", "waiver.form", ("writing",))
    consents = clause.chosen("by_conduct", "consents") & ~in_writing & ~own
    counts = in_writing | clause.chosen("by_conduct", "waives") | consents
    excused = day.or_never(counts & clause.in_force(day))
    clause.excuses(excused, consents)


FAMILY = Family("waiver", "what letting an act pass means", TERMS, compile, (WAIVER,))
