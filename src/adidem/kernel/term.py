"""Terms: named, typed, united values, with where they come from and how firmly they stand.

Knows values, bases, ranges and rival readings. Does not know YAML, clauses or families.
"""

from dataclasses import dataclass
from typing import Literal

from adidem.kernel.period import Duration
from adidem.kernel.quantity import DATE, DAYS, FLAG, Unit
from adidem.kernel.source import Span

Basis = Literal["stated", "reported", "disputed", "assumed"]
BASES: tuple[Basis, ...] = ("stated", "reported", "disputed", "assumed")


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number of something: `value` over the denominator of its unit."""

    value: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Scope:
    """Which assets a clause speaks of: classes by path, without exceptions, perhaps only new ones."""

    classes: tuple[str, ...]
    without: tuple[str, ...] = ()
    new_only: bool = False

    def __str__(self) -> str:
        words = ("new " if self.new_only else "") + ", ".join(self.classes)
        return words + (f" except {', '.join(self.without)}" if self.without else "")

    def takes_in(self, asset: str) -> bool:
        """Whether the asset's path lies in a class and in no exception; `everything` takes in all."""
        return any(_below(asset, c) for c in self.classes) and not any(_below(asset, c) for c in self.without)

    def meets(self, other: "Scope") -> bool:
        """Whether some asset may lie in both."""
        return any(_below(a, b) or _below(b, a) for a in self.classes for b in other.classes) and not (
            all(any(_below(c, w) for w in other.without) for c in self.classes)
            or all(any(_below(c, w) for w in self.without) for c in other.classes)
        )


def _below(asset: str, path: str) -> bool:
    return path == "everything" or asset == path or asset.startswith(path + "/")


@dataclass(frozen=True, slots=True)
class Syntax:
    """A formula as it was written: an operation over parts, or a literal."""

    operation: str
    parts: tuple["Syntax", ...] = ()
    literal: "Value | None" = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a clause does to another: one of a closed set, on a clause, an act or a term, from the day after."""

    verb: Literal["end", "suspend", "resume", "set", "prohibit"]
    target: str
    term: str = ""
    value: "Value | None" = None
    scope: Scope | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    """So much, in all, by a day; `amount_words` as the text has it."""

    by: int
    amount: Quantity
    amount_words: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class CarveOut:
    """An asset that leaves a clause when an event about it comes."""

    asset: str
    upon: str
    span: Span | None = None


Value = (
    str
    | int
    | bool
    | Quantity
    | Duration
    | Scope
    | Syntax
    | tuple["str", ...]
    | tuple[Effect, ...]
    | tuple[Milestone, ...]
    | tuple[CarveOut, ...]
    | tuple["Term", ...]
)
"""A word or party or choice; a date (days); yes or no; a quantity; a duration; a scope; a formula; a list; parts."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of understanding a term: its value, who holds it, and where that is said."""

    name: str
    value: Value
    held_by: str = ""
    source: str = ""
    basis: Basis = "disputed"
    range: tuple[Value, Value] | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a clause. With rival `readings` its value is that of the first, and it is a question."""

    name: str
    value: Value
    text: str
    basis: Basis = "stated"
    source: str = ""
    range: tuple[Value, Value] | None = None
    readings: tuple[Reading, ...] = ()
    span: Span | None = None
    note: str = ""

    @property
    def values(self) -> tuple[Value, ...]:
        """Every value that it can have: that of each reading, or its own."""
        return tuple(reading.value for reading in self.readings) or (self.value,)


def number(value: Value) -> tuple[Unit, int]:
    """The unit and the number of a value that is one: a quantity, a date, a yes or no."""
    if isinstance(value, Quantity):
        return value.unit, value.value
    if isinstance(value, Duration):
        return DAYS, value.number
    if isinstance(value, bool):
        return FLAG, int(value)
    assert isinstance(value, int), value
    return DATE, value
