"""When a document was signed, and from when it takes effect (which may be earlier).

Every document has one such block. Nothing is compiled from it: the text in force follows from its dates.
"""

from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm

TERMS = (
    TermForm("signed", "date", about="the day on which the parties signed", disputable=False),
    TermForm("effective", "date", about="the day from which it takes effect", disputable=False),
)


def compile(clause: Composer) -> None:
    """Nothing: the dates say which text stands."""


FAMILY = Family("document", "when a document was signed and takes effect", TERMS, compile, binds=False)
