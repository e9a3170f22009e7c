"""How long the agreement lasts, and what outlives it.

An amended end counts only if the agreement has not ended before the amendment took effect.
"""

from adidem.kernel.composer import AGREEMENT, Composer
from adidem.kernel.family import Family, TermForm
from adidem.kernel.term import Effect

TERMS = (
    TermForm("until", "date", about="the last day of the agreement"),
    TermForm("survives", "clauses", required=False, asks="Which clauses outlive the agreement?"),
)


def compile(clause: Composer) -> None:
    """The agreement ends with its last day, unless this text was replaced before."""
    until = clause.term("until")
    mine = (until >= clause.date(clause.clause.starts)) & (until < clause.date(clause.clause.ends))
    clause.causes(Effect("end", AGREEMENT), until.or_never(mine))


FAMILY = Family("duration", "how long the agreement lasts", TERMS, compile)
