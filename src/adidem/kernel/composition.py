"""What all clauses have written together: the program, and what of it is a norm, a leg, a judgement, an effect.

Knows what was written. Does not know who wrote it, nor when it is evaluated.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.event import EventKind
from adidem.kernel.formula import CELL, ONE, Formula, Program
from adidem.kernel.norm import Norm
from adidem.kernel.period import Calendar
from adidem.kernel.quantity import Unit
from adidem.kernel.term import Effect, Quantity, Scope, Term, Value
from adidem.kernel.transfer import LateInterest, Leg, Netting


@dataclass(frozen=True, slots=True)
class Question:
    """A term on which the parties are not ad idem: its readings by name, and every text in which it stands."""

    id: str
    readings: tuple[str, ...]
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number that may be off: the value taken and the range in which it may lie, over its unit's denominator."""

    id: str
    term: Term
    unit: Unit
    value: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one text of a clause says of each act: that it forbids it, or that it permits it."""

    clause: Clause
    forbids: bool
    acts: Formula
    holder: str
    counterparty: str
    names: tuple[str, ...]
    scopes: tuple[Scope, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Caused:
    """An effect that a clause brings about, on the day `when` of its domain (never where it does not)."""

    effect: Effect
    when: Formula
    by: Clause

    @property
    def first_day(self) -> Formula:
        """[periods] The first day on which it came, as known so far."""
        return self.when if self.when.domain in (ONE, CELL) else self.when.earliest()


@dataclass(frozen=True, slots=True)
class Pending:
    """From `opened` to `closed` it is undecided whether `target` is touched; what it owes meanwhile is provisional."""

    target: str
    opened: Formula
    closed: Formula


@dataclass
class Composition:
    """The work in progress, and then the result, of writing an agreement's clauses into one program."""

    agreement: Agreement
    kinds: dict[str, EventKind]
    program: Program = field(default_factory=Program)
    vocabulary: dict[str, int] = field(default_factory=dict[str, int])
    questions: dict[str, Question] = field(default_factory=dict[str, Question])
    assumptions: dict[str, Assumption] = field(default_factory=dict[str, Assumption])
    scopes: dict[tuple[str, str], tuple[str, Scope]] = field(default_factory=dict[tuple[str, str], tuple[str, Scope]])
    norms: list[Norm] = field(default_factory=list[Norm])
    legs: list[Leg] = field(default_factory=list[Leg])
    nettings: list[Netting] = field(default_factory=list[Netting])
    late: list[LateInterest] = field(default_factory=list[LateInterest])
    judgements: list[Judgement] = field(default_factory=list[Judgement])
    caused: list[Caused] = field(default_factory=list[Caused])
    pending: list[Pending] = field(default_factory=list[Pending])
    flows: dict[str, list[Formula]] = field(default_factory=dict[str, list[Formula]])
    carried: dict[str, Formula] = field(default_factory=dict[str, Formula])
    told: dict[tuple[str, str, str], Formula] = field(default_factory=dict[tuple[str, str, str], Formula])
    excused: list[Formula] = field(default_factory=list[Formula])
    consented: list[Formula] = field(default_factory=list[Formula])
    life: dict[tuple[str, str], tuple[Formula, Formula]] = field(
        default_factory=dict[tuple[str, str], tuple[Formula, Formula]]
    )
    targets: frozenset[str] = frozenset()
    survivors: frozenset[str] = frozenset()
    forbidden: list[tuple[Judgement, Formula]] = field(default_factory=list[tuple[Judgement, Formula]])
    all_caused: bool = False
    of_events: str = ""

    def code(self, name: str) -> int:
        """The number by which a name stands in columns."""
        return self.vocabulary.setdefault(name, len(self.vocabulary))

    @cached_property
    def following(self) -> Calendar | None:
        """The calendar by which the next business day is never the day itself."""
        calendar = self.agreement.calendar
        return replace(calendar, first_day_included=False) if calendar and calendar.first_day_included else calendar

    def currency(self) -> str:
        """The currency of amounts in events: that of the agreement's terms; of the events themselves where no term
        has one.
        """
        return currency(self.agreement) or self.of_events or "USD"


def currency(agreement: Agreement) -> str:
    """The currency of the first of an agreement's terms that has one; empty where none has."""
    for clause in agreement.clauses:
        for term in clause.terms.values():
            for value in term.values:
                found = _currency(value)
                if found:
                    return found
    return ""


def _currency(value: Value) -> str:
    if isinstance(value, Quantity):
        return value.unit.name if value.unit.kind == "money" else ""
    items = value if isinstance(value, tuple) else ()
    inside = [item.value if isinstance(item, Term) else getattr(item, "amount", None) for item in items]
    return next((found for each in inside if each is not None and (found := _currency(each))), "")
