"""The lines of a statement about one clause, as columns of numbers.

Knows what a line can say. Does not know what our records are.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from adidem.findings.hypothesis import Flags
from adidem.kernel.quantity import Array

UNSAID, UNKNOWN = -1, -2
"""What stands for a reference or a key where a line has none, and where it has one that is none of ours."""


@dataclass
class Lines:
    """The lines of a statement about one clause.

    number     [lines] the row of the file
    inside     [lines] whether the line is about the period asked for
    reference  [lines] the place of our event's id in the ledger's words
    key        [lines] the place of what it is about
    day        [lines] or MISSING
    base       [lines] minor units, or MISSING
    rate       [lines] the place in `rates`, or -1
    rates      the rates that are said, each once
    exchange   [lines] the place in `exchanges`, or -1
    exchanges  the exchange rates that are said, each once
    whole      whether only a figure is stated, and no lines: that of a record of ours there is no line says nothing
    """

    number: Array
    inside: Flags
    reference: Array
    key: Array
    day: Array
    base: Array
    rate: Array
    exchange: Array
    rates: list[Fraction] = field(default_factory=list[Fraction])
    exchanges: list[Fraction] = field(default_factory=list[Fraction])
    whole: bool = False

    def __len__(self) -> int:
        return len(self.number)
