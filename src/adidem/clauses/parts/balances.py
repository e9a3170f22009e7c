"""What was granted, and is drawn from later: the oldest first, for as long as each is good.

Knows grants, days and what would be drawn. Does not know any family, nor why something is granted.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from adidem.kernel.composer import Composer
from adidem.kernel.formula import Formula, greater, lesser
from adidem.kernel.quantity import DAYS


class Lot(NamedTuple):
    """What is left of one grant, the day from whose end it can be drawn from, and the last day on which it can."""

    left: Formula
    day: Formula
    last: Formula


@dataclass
class Lots:
    """Grants of single days, by which one draws: at a later day, or by what happens after them.

    zero      nothing, in their unit
    """

    zero: Formula
    lots: list[Lot] = field(default_factory=list[Lot])

    def grant(self, amount: Formula, day: Formula, last: Formula) -> None:
        """One more, of a later day than those before."""
        self.lots.append(Lot(amount, day, last))

    def draw(self, wanted: Formula, day: Formula) -> Formula:
        """What is drawn on a day, and then gone."""
        drawn = self.zero
        for number, lot in enumerate(self.lots):
            part = (day <= lot.last).where(lesser(lot.left, wanted - drawn), self.zero)
            self.lots[number] = lot._replace(left=lot.left - part)
            drawn = drawn + part
        return drawn

    def by(self, amounts: Formula, occurred: Formula, day: Formula, count: int | None = None) -> Formula:
        """What records of later days than the grants have drawn from them until a day; nothing is gone by it.

        amounts, occurred  [records]
        """
        total = self.zero
        for number, lot in enumerate(self.lots[:count]):
            end = lesser(day, lot.last)
            came = amounts.until(occurred, end) - amounts.until(occurred, lot.day)
            if number:
                came = came - (self.by(amounts, occurred, end, number) - self.by(amounts, occurred, lot.day, number))
            total = total + lesser(lot.left, greater(came, self.zero))
        return total


def drawn(clause: Composer, wanted: Formula, within: str) -> Formula:
    """[periods] What is drawn in each of what the clause's flow `granted` has granted in periods before it.

    A grant is good until the end of the month that comes so many months after its own as the term `within` says; for
    ever where the text has no such term.

    wanted  [periods]  not below nothing
    """
    zero = clause.program.constant(0, wanted.unit, "nothing")
    before, used = clause.carried("granted", wanted.unit), clause.carried("drawn", wanted.unit)
    gone = zero
    if clause.has(within):
        backwards = clause.program.constant(0, DAYS) - clause.term(within)
        stale = before.at(clause.last_day().after("months", backwards))
        lapsed = clause.carried("lapsed", wanted.unit)
        # Of the texts of the clause the one that binds speaks for the month; the others would let the same lapse again.
        lapses = clause.in_force(clause.last_day()).where(greater(stale - used - lapsed, zero), zero)
        clause.flow("lapsed", lapses)
        gone = lapsed + lapses
    out = lesser(greater(before - used - gone, zero), wanted)
    clause.flow("drawn", out)
    return out
