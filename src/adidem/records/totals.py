"""What stands in columns of money, added up to the last digit: numbers, zeros, NULL, nothing, and what is no number.

Knows exact sums. Does not know rows, rules or files.
"""

from dataclasses import dataclass
from decimal import Decimal

from adidem.kernel.literal import Misspelt
from adidem.records.exported import added, number


@dataclass(slots=True)
class Total:
    """What stands in a column of money: the sum of its numbers, and how many rows say a number, zero, NULL, nothing,
    or what is no number. `zeros` are numbers too.
    """

    sum: Decimal = Decimal(0)
    numbers: int = 0
    zeros: int = 0
    null: int = 0
    empty: int = 0
    other: int = 0

    def add(self, more: "Total") -> None:
        """Add what stands in other rows of the same column."""
        self.sum = added(self.sum, more.sum) if more.numbers else self.sum
        self.numbers, self.zeros = self.numbers + more.numbers, self.zeros + more.zeros
        self.null, self.empty, self.other = self.null + more.null, self.empty + more.empty, self.other + more.other

    def taken_back(self) -> "Total":
        """What takes it out of a sum again."""
        return Total(-self.sum, -self.numbers, -self.zeros, -self.null, -self.empty, -self.other)

    @classmethod
    def of(cls, text: str | None, spelled: str) -> "Total":
        """Of one row."""
        if text is None:
            return cls(null=1)
        if not text.strip(" "):
            return cls(empty=1)
        try:
            value = number(text, spelled)
        except Misspelt:
            return cls(other=1)
        return cls(value, 1, int(value == 0))


Totals = dict[tuple[str, str], Total]
"""Of each column of money and its currency."""


def add_up(sums: Totals, more: Totals) -> None:
    """Add totals to sums, which share none of them."""
    for key, total in more.items():
        if key not in sums:
            sums[key] = Total()
        sums[key].add(total)
