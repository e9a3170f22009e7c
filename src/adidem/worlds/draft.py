"""What all parts of an outlook share while it is read: names, parameters, and what is wrong with them.

Knows parameters, the bounds in which each may lie, and kinds of event. Does not know which assumption needs which.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from adidem.kernel.agreement import Clause
from adidem.kernel.event import EventKind
from adidem.kernel.period import Duration
from adidem.kernel.problem import Problem
from adidem.kernel.quantity import DATE, DAYS, Unit
from adidem.kernel.source import Span
from adidem.kernel.term import Quantity, Syntax, Term, Value
from adidem.worlds.expression import constant
from adidem.worlds.fitting import History
from adidem.worlds.outlook import Parameter

PURE = Unit("rate")
"""The unit of a number that is one of nothing: a rate, a share, a factor."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Between what a parameter may lie, what is said where it does not, and what is to be done.

    above  where the lowest value itself is not allowed
    """

    code: str
    low: float
    high: float
    sentence: str
    mend: str
    above: bool = False

    def holds(self, value: float) -> bool:
        """Whether a value lies within."""
        return (self.low < value if self.above else self.low <= value) and value <= self.high


@dataclass
class Draft:
    """An outlook on its way: what it may name, its parameters so far, and what is wrong so far.

    currency  that of the ledger's amounts; empty where there are none
    history   what the ledger says; None where the outlook is read without one
    units     of drivers by id, and of parameters by theirs
    outcomes  names of what came of sources before, which only what decides of an event may read
    unclear   drivers of which something is wrong already, so that their unit is not known
    """

    kinds: Mapping[str, EventKind]
    parties: Collection[str]
    currency: str = ""
    history: History | None = None
    starts: int = 0
    until: int = 0
    parameters: dict[str, Parameter] = field(default_factory=dict[str, Parameter])
    bounds: dict[str, Bound] = field(default_factory=dict[str, Bound])
    units: dict[str, Unit] = field(default_factory=dict[str, Unit])
    outcomes: set[str] = field(default_factory=set[str])
    unclear: set[str] = field(default_factory=set[str])
    problems: list[Problem] = field(default_factory=list[Problem])

    def problem(
        self, code: str, sentence: str, span: Span | None, mend: str, see: Iterable[tuple[Span, str]] = ()
    ) -> None:
        """One more thing that is wrong; where nothing is near to what is named, it is to be left out."""
        self.problems.append(Problem(code, sentence, span, mend or "leave it out", tuple(see)))

    def parameter(self, id: str, term: Term, unit: Unit | None = None, bound: Bound | None = None) -> str:
        """Take a term for a parameter. Problems: W109 its unit is not the one that is wanted; those of its bound."""
        own = unit_of(term.value)
        low, high = term.range or (term.value, term.value)
        if unit is not None and not meets(own, unit):
            sentence = f"{term.name} is {called(own)}, and {called(unit)} is wanted"
            self.problem("W109", sentence, term.span, "write it in the unit that is wanted")
        self.parameters[id] = Parameter(id, constant(term.value), constant(low), constant(high), own, term)
        self.units[id] = own
        if bound is not None:
            self.bounds[id] = bound
            found = self.parameters[id]
            outside = next((each for each in (found.value, found.low, found.high) if not bound.holds(each)), None)
            if outside is not None:
                what = (
                    f"{term.name} is {term.text}" if outside == found.value else f"the range of {term.name} is too wide"
                )
                self.problem(bound.code, f"{what}: {bound.sentence}", term.span, bound.mend)
        return id


def unit_of(value: Value) -> Unit:
    """The unit of a number, over no denominator: a plain number and one of nothing are both rates."""
    match value:
        case bool() | str():
            return Unit("flag" if isinstance(value, bool) else "name")
        case Quantity():
            plain = value.unit.kind == "count" and not value.unit.name
            return PURE if plain else replace(value.unit, denominator=1)
        case Duration():
            return DAYS
        case _:
            return DATE


def meets(one: Unit, other: Unit) -> bool:
    """Whether the two may be added and compared; a plain number may be so many of anything that is counted, and money
    of a currency that is not known, for want of a ledger, is money.
    """
    kinds = {one.kind, other.kind}
    return one.like(other) or kinds == {"rate", "count"} or (kinds == {"money"} and "" in (one.name, other.name))


def called(unit: Unit) -> str:
    """A unit in words, after `is`."""
    match unit.kind:
        case "money":
            return f"an amount in {unit.name}" if unit.name else "an amount of money"
        case "rate":
            return "a plain number"
        case "count":
            return f"a number of {unit.name}" if unit.name else "a plain number"
        case "flag":
            return "a yes or no"
        case "date":
            return "a date"
        case _:
            return "a name"


def word(clause: Clause, name: str) -> str:
    """A word among a clause's terms; empty where it has none of that name."""
    term = clause.terms.get(name)
    return str(term.value) if term is not None else ""


def parts(clause: Clause, name: str) -> tuple[Term, ...]:
    """The entries of a map, or the items of a list, among a clause's terms."""
    term = clause.terms.get(name)
    value = term.value if term is not None else ()
    return tuple(part for part in value if isinstance(part, Term)) if isinstance(value, tuple) else ()


def formula(clause: Clause, name: str) -> Syntax | None:
    """A formula among a clause's terms."""
    term = clause.terms.get(name)
    return term.value if term is not None and isinstance(term.value, Syntax) else None


def place(clause: Clause, name: str) -> Span:
    """Where a term stands, or the clause where it has none of that name."""
    term = clause.terms.get(name)
    return (term.span if term is not None else None) or clause.span


def key_place(term: Term) -> Span | None:
    """Where the name of a map's entry stands, to the left of its value."""
    span = term.span
    if span is None:
        return None
    at = span.source.line(span.line).rfind(f"{term.name}:", 0, span.column - 1)
    return replace(span, column=at + 1, length=len(term.name)) if at >= 0 else span
