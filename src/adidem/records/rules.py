"""By which rules the rows of a file become events: what a rules file says, once it is read.

Knows conditions on columns, values, kinds of number and date. Does not know files, YAML or what stands in a ledger.

The rules are looked at in order, and the first whose conditions a row meets makes its event, or leaves it out. A row
that meets none is unmapped. A column may be named by alternatives, of which the first that a file has is meant.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from adidem.kernel.event import EventKind
from adidem.kernel.literal import Misspelt
from adidem.kernel.quantity import Rounding
from adidem.kernel.source import Span

NULLS = ("NULL", "null", "(null)")
"""Texts that stand for “not said” in exports that are made of text alone."""
SUMS = ("row", "day", "month", "year")
"""What is added up into one event."""
DATES = ("iso", "month/day/year", "day/month/year", "day.month.year")
"""How days are written."""
NUMBERS = ("plain", "grouped", "comma")
"""How amounts are written: `-1234.50` or `1.5E-7`; `$1,234.50`; `1.234,50`."""


@dataclass(frozen=True, slots=True)
class Named:
    """A column by its name, or by alternatives; and where the rules name it, if they do."""

    names: tuple[str, ...]
    span: Span | None = None

    @property
    def words(self) -> str:
        """As the rules write it."""
        return " | ".join(self.names)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a column must say: one of some texts, or what begins with or lists one; or that it is empty or NULL."""

    column: Named
    equal: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    empty: bool = False
    null: bool = False

    def holds(self, value: str | None) -> bool:
        """Whether a value, None for NULL, meets it."""
        if value is None:
            return self.null
        listed = value.split("; ") if self.has else ()
        return (
            (self.empty and not value)
            or value in self.equal
            or value.startswith(self.begins)
            or any(word in listed for word in self.has)
        )


@dataclass(frozen=True, slots=True)
class Value:
    """What a column of the event says: a text, or what a column of the row says, put into other words if there are
    any.
    """

    constant: str = ""
    column: Named | None = None
    words: tuple[tuple[str, str], ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """The money of an event: its column in the event, the column with the number, and the currency; `reversed` where
    the number stands without the minus that it means.
    """

    of: str
    column: Named
    currency: Value
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """The column that says when; with `exclusive` the instant named is the first that no more belongs to it."""

    column: Named
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class RowRule:
    """What becomes of the rows that meet all conditions; `left_out` says why they become nothing."""

    kind: EventKind | None
    conditions: tuple[Condition, ...] = ()
    values: tuple[tuple[str, Value], ...] = ()
    amount: Amount | None = None
    occurred: When | None = None
    left_out: str = ""
    span: Span | None = None

    def columns(self) -> Iterator[Named]:
        """Every column of the row that it looks at."""
        yield from (condition.column for condition in self.conditions)
        yield from (value.column for _, value in self.values if value.column is not None)
        if self.amount is not None:
            yield self.amount.column
            if self.amount.currency.column is not None:
                yield self.amount.currency.column
        if self.occurred is not None:
            yield self.occurred.column


@dataclass(frozen=True)
class Rules:
    """All that a rules file says.

    id        columns that name the event of a row; none where its id is made of what it says
    prefix    what stands before that name
    totals    columns of money that are summed up for the report, as far as the file has them
    shown     columns by which unmapped rows are told apart, as far as the file has them
    currency  the column that tells totals of one currency from those of another, as far as the file has it
    each      the column of whose entries each is a row of its own, where a row lists several
    """

    rows: tuple[RowRule, ...] = ()
    together: str = "row"
    apart: tuple[Named, ...] = ()
    key: tuple[Named, ...] = ()
    id: tuple[Named, ...] = ()
    prefix: str = ""
    rounding: Rounding | None = None
    zone: str = ""
    dates: str = "iso"
    numbers: str = "plain"
    nulls: tuple[str, ...] = NULLS
    separator: str = ","
    totals: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    currency: str = ""
    each: str = ""
    span: Span | None = None

    def columns(self) -> list[Named]:
        """Every column that must be there."""
        return [*self.apart, *self.key, *self.id, *(column for rule in self.rows for column in rule.columns())]

    def id_of(self, said: Mapping[str, str | None]) -> str:
        """What the columns say that name the event; empty where none does. Raises Misspelt."""
        parts: list[str] = []
        for column in self.id:
            text = said.get(column.words)
            if not text or not text.strip():
                raise Misspelt(f"{column.words} is {'NULL' if text is None else 'empty'}, and names no event")
            if not text.strip().isprintable():
                raise Misspelt(f"{column.words} has a character that cannot be printed, and names no event")
            parts.append(text.strip())
        return self.prefix + "-".join(parts) if parts else ""

    def looked_at(self) -> list[Named]:
        """The columns whose texts decide which rule applies, each once: those compared with whole texts."""
        found = (c.column for rule in self.rows for c in rule.conditions if c.equal or c.empty or c.null)
        return unique(found)


def unique(columns: Iterable[Named]) -> list[Named]:
    """The columns, each once, in order."""
    return list({column.names: column for column in columns}.values())
