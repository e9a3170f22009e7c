"""The other side's statement, as it was read: what became of its rows, and the lines of each clause.

Knows columns of numbers. Does not know files, nor what our figures are.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from adidem.desk.exports.export_file import ExportFile
from adidem.findings.lines import Lines

PRIOR = "prior periods"
"""What an adjustment is about that names no period."""


@dataclass(frozen=True)
class Listed:
    """A row that is no line, and why; `line` is where it begins, None in a file without lines."""

    row: int
    line: int | None
    heap: str
    reason: str
    amount: str = ""


@dataclass
class Statement:
    """A statement that was read.

    rows     heap → how many rows
    sums     heap → the sum of their amounts, in minor units, as far as they are numbers
    clauses  clause → its lines
    totals, lines_sum, adjustments  clause → its total, the sum of its lines, and of each prior period its adjustment,
             as they are said, in minor units
    labels   the periods that it names, the one asked for first
    new_words  what its lines are about that the ledger does not know, in the order of their places behind its words
    """

    file: ExportFile
    rows: dict[str, int]
    sums: dict[str, Fraction]
    listed: list[Listed]
    clauses: dict[str, Lines] = field(default_factory=dict[str, Lines])
    totals: dict[str, Fraction] = field(default_factory=dict[str, Fraction])
    lines_sum: dict[str, Fraction] = field(default_factory=dict[str, Fraction])
    adjustments: dict[str, dict[str, Fraction]] = field(default_factory=dict[str, dict[str, Fraction]])
    new_words: list[str] = field(default_factory=list[str])
    labels: list[str] = field(default_factory=list[str])
