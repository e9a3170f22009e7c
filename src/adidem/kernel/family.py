"""What a clause family declares: its terms, the events it speaks of, and how its terms become formulas.

Knows the form of a family. Does not know any family. A family that a user writes is given at the same door as those
that ship: the entry points of the group `adidem.families`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from adidem.kernel.agreement import Clause
from adidem.kernel.event import EventKind

if TYPE_CHECKING:
    from adidem.kernel.composer import Composer

TermType = Literal[
    "party",
    "name",
    "names",
    "clauses",
    "money",
    "rate",
    "count",
    "duration",
    "date",
    "flag",
    "choice",
    "scope",
    "formula",
    "effects",
    "milestones",
    "carve-outs",
    "every",
    "rounding",
    "time",
    "text",
    "settlements",
    "number",
    "numbers",
    "map",
    "groups",
    "delay",
    "value",
]

DISPUTABLE: frozenset[TermType] = frozenset(
    ("money", "rate", "count", "duration", "date", "flag", "choice", "scope", "formula", "effects")
)
"""The types of which a term may have rival readings; of the others the parties must be at one for a clause to run."""


@dataclass(frozen=True, slots=True)
class TermForm:
    """A term that clauses of a family have.

    asks        the question, in words, that a text without this term leaves open; an optional term without it leaves
                nothing open
    choices     the words of a choice; of a rounding the places where it can be done, if not those of every family
    disputable  False where no run can be made while its readings differ, whatever its type
    settable    whether an effect of another clause can set it
    parts       of a map the form of each value; of groups the terms that each has
    assumable   False of what cannot be off, for whoever writes it chooses it
    beside      the question is open only where one of these stands: `every`, or `shortfall=prepaid`; always where empty
    open_in     whether it is open in a text at all; in every one where None
    """

    name: str
    type: TermType
    required: bool = True
    asks: str = ""
    choices: tuple[str, ...] = ()
    about: str = ""
    disputable: bool = True
    settable: bool = False
    parts: "tuple[TermForm, ...]" = ()
    assumable: bool = True
    beside: tuple[str, ...] = ()
    open_in: Callable[[Clause], bool] | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of clause: `compile` writes the formulas of one text of one clause, and touches nothing else."""

    name: str
    says: str
    terms: tuple[TermForm, ...]
    compile: Callable[["Composer"], None]
    events: tuple[EventKind, ...] = ()
    binds: bool = True

    def form(self, name: str) -> TermForm | None:
        """The form of a term, if the family has one of that name."""
        return next((form for form in self.terms if form.name == name), None)


STANDING_TERMS = (
    TermForm("from", "date", required=False, about="the day from which the clause speaks, within its text's own time"),
    TermForm("until", "date", required=False, about="the last day of which the clause speaks"),
)
"""Terms that a clause of any family may have."""
