"""Agreements: parties, documents, and clauses with the time during which each text of them stands.

Knows who, what and since when. Does not know files' syntax, families' meaning or events.
"""

from dataclasses import dataclass

from adidem.kernel.period import ALWAYS, NEVER, Calendar
from adidem.kernel.problem import Problem
from adidem.kernel.source import Source, Span
from adidem.kernel.term import Term


@dataclass(frozen=True, slots=True)
class Party:
    """Who is bound or entitled."""

    name: str
    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class Document:
    """One text of the agreement: when it was signed, takes effect, and when its text came to be known."""

    name: str
    title: str
    source: Source
    signed: int
    effective: int
    amends: bool = False
    order: int = 0


@dataclass(frozen=True, slots=True)
class Clause:
    """One text of one clause. An amended clause is another `Clause` of the same id, standing from another day."""

    id: str
    family: str
    title: str
    terms: dict[str, Term]
    span: Span
    document: Document
    starts: int = ALWAYS
    ends: int = NEVER
    yields_to: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    replaces: str = ""
    ended_by: str = ""

    def stands(self, day: int) -> bool:
        """Whether its text is the one that stands on a day, effects apart."""
        return self.starts <= day < self.ends


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a clarification says of a question: settled on, or only favouring, one reading, from a day."""

    question: str
    reading: str
    final: bool
    since: int
    span: Span
    document: Document


@dataclass(frozen=True)
class Agreement:
    """All texts of an agreement over its whole time."""

    title: str
    parties: dict[str, Party]
    documents: tuple[Document, ...]
    clauses: tuple[Clause, ...]
    settlements: tuple[Settlement, ...] = ()
    open_points: tuple[Problem, ...] = ()
    calendar: Calendar | None = None
    counting: Clause | None = None

    @property
    def zone(self) -> str:
        """The time zone in which days begin, by name: that of the clause that counts them, or UTC."""
        return str(self.counting.terms["zone"].value) if self.counting is not None else "UTC"

    def standing(self, day: int) -> list[Clause]:
        """The clauses whose text stands on a day, in the order of the documents."""
        return [clause for clause in self.clauses if clause.stands(day)]

    def texts_of(self, clause_id: str) -> list[Clause]:
        """Every text of one clause, oldest first."""
        return sorted((c for c in self.clauses if c.id == clause_id), key=lambda c: c.starts)
