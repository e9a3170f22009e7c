"""Kinds of events, their columns, and how an answer joins its offer.

Knows types of column and their spelling. Does not know files, families or formulas.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from adidem.kernel.literal import Misspelt, parse_count, parse_rate
from adidem.kernel.period import NEVER
from adidem.kernel.quantity import DATE, FLAG, INSTANT, LIMIT, NAME, Unit

NOTHING = -2
"""What stands for a name where an event gives none."""
ColumnType = Literal["party", "name", "money", "rate", "count", "date", "instant", "flag", "id", "text", "choice"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a kind of event. No number may be negative unless it says so.

    counts       what a count is a number of: `GPU hours`
    denominator  of a rate or a count: the finest part of one that an event can tell
    not_before   of a date or an instant: the column of an earlier or the same moment
    past         of a date: the event occurs on a later day
    """

    name: str
    type: ColumnType
    required: bool = True
    choices: tuple[str, ...] = ()
    signed: bool = False
    counts: str = ""
    denominator: int = 10**9
    not_before: str = ""
    past: bool = False

    def unit(self, currency: str) -> Unit:
        """The unit of its values in the program."""
        match self.type:
            case "money":
                return Unit("money", currency)
            case "rate" | "count":
                return Unit(self.type, self.counts, self.denominator)
            case "date":
                return DATE
            case "instant":
                return INSTANT
            case "flag":
                return FLAG
            case _:
                return NAME

    def parts(self, text: str) -> int:
        """A rate, or a number of what the column counts, in parts of its denominator. Raises Misspelt."""
        negative = text.startswith("-")
        quantity = (parse_rate if self.type == "rate" else parse_count)(text.removeprefix("-"))
        if quantity.unit.name not in ("", self.counts):
            raise Misspelt(f"“{text}” is no number of {self.counts}", mend=f"write so many {self.counts}")
        exact = Fraction(quantity.value * self.denominator, quantity.unit.denominator)
        if exact > LIMIT // 2:
            raise Misspelt(f"“{text}” is more than can be kept exactly")
        if exact.denominator != 1:
            raise Misspelt(f"“{text}” has more digits than can be kept", mend=f"keep parts of 1/{self.denominator:,}")
        return -int(exact) if negative else int(exact)

    @property
    def absent(self) -> int:
        """What the program reads where an event says nothing: no amount, no, no name, a day that never comes."""
        if self.type in ("date", "instant"):
            return NEVER * self.unit("").denominator
        return 0 if self.type in ("money", "rate", "count", "flag") else NOTHING


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event. With `joins` it is a later stage of another kind's record, found by the id in its column
    `joins`.
    """

    name: str
    columns: tuple[Column, ...]
    joins: str = ""
    says: str = ""

    def column(self, name: str) -> Column | None:
        """The column of that name, if there is one."""
        return next((column for column in self.columns if column.name == name), None)


COMMON = ("id", "kind", "occurred", "recorded", "source", "basis", "note", "prepared_by", "approved_by", "seal")
"""Keys that any event may carry beside its kind's columns."""

ACT = EventKind(
    "act",
    (
        Column("by", "party"),
        Column("act", "name"),
        Column("asset", "name"),
        Column("with", "name", required=False),
        Column("new", "flag", required=False),
        Column("price", "money", required=False),
        Column("capacity", "count", required=False, counts="MW", denominator=1_000),
        Column("starts", "date", required=False),
    ),
    says="a party does something with an asset",
)
PAYMENT = EventKind(
    "payment",
    (Column("by", "party"), Column("to", "party"), Column("amount", "money"), Column("pays", "text")),
    says="a party pays",
)
DOCUMENT = EventKind(
    "document", (Column("file", "text"), Column("sha256", "text", required=False)), says="a text enters the record"
)
FACT = EventKind("fact", (Column("about", "name"), Column("text", "text")), says="a fact that no clause acts upon")
CORRECTION = EventKind("correction", (Column("corrects", "id"),), says="columns of an earlier event change")
WITHDRAWAL = EventKind("withdrawal", (Column("corrects", "id"),), says="an earlier event is taken back")
SETTLEMENT = EventKind(
    "settlement",
    (
        Column("period", "text"),
        Column("as_of", "date"),
        Column("known_at", "instant"),
        Column("digest", "text"),
        Column("readings", "text", required=False),
    ),
    says="a period is closed: as of which day, as known when, and the hash of what was settled",
)

HOUSE_KINDS = (ACT, PAYMENT, DOCUMENT, FACT, CORRECTION, WITHDRAWAL, SETTLEMENT)
