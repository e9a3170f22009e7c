"""What is outstanding of a loan, and the interest that accrues on it, exact until it is rounded once at a named place.

Knows stretches of days with one rate and one principal, and what moves the principal on days that only events tell.
Does not know who pays, nor on which days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

from adidem.clauses.parts.schedule_of_payments import DayCount, fraction, pieces
from adidem.kernel.composer import Composer
from adidem.kernel.formula import Formula, greater, lesser
from adidem.kernel.quantity import Rounding, Unit

PARTS = 10**4
"""How fine a part of a coin is kept where something is added up before it is rounded: interest that becomes principal,
and stretches between which both principal and rate change.
"""
_PLAIN = Unit("rate")


@dataclass(frozen=True, slots=True)
class Move:
    """What events add to the principal, or take from it: [records] amount and day."""

    adds: bool
    amount: Formula
    day: Formula


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one day to another the text changes neither principal nor rate.

    fixed  what is outstanding, apart from what events move
    held   all that is outstanding on the last day, before what is paid on it
    """

    start: int
    end: int
    fixed: Formula
    held: Formula
    rate: Formula


class Accrual:
    """Principal and interest of one loan; `called` is the day on which it is called, where it can be."""

    def __init__(self, clause: Composer, moves: Sequence[Move], called: Formula | None):
        self.clause, self.moves, self.called = clause, moves, called
        self.count: DayCount = clause.word("day_count")  # type: ignore[assignment]
        self.still = not moves and called is None
        rule, self.place = clause.rounding()
        self.rule: Rounding = rule
        self.fine = PARTS if clause.has("capitalised_until") and self.place == "period" else 1

    def held(self, fixed: Formula, day: int, adds: bool | None = None) -> Formula:
        """What is outstanding on a day with what events have moved until then; of one direction alone, where said."""
        when = self.clause.date(day)
        for move in self.moves:
            if adds is None or move.adds == adds:
                moved = move.amount.until(move.day, when)
                fixed = fixed + moved if move.adds else fixed - moved
        return fixed

    def interest(self, stretches: Sequence[Stretch]) -> Formula:
        """The interest on some stretches, as fine as the principal is kept: rounded once, or each stretch by itself
        where it is rounded per line.
        """
        parts = [fraction(self.count, each.start, each.end) for each in stretches]
        common = lcm(*(p.denominator for each in stretches for *_, p in pieces(self.count, each.start, each.end)))
        still = self.still
        if still and len({each.fixed.index for each in stretches}) == 1 and self.place == "period":
            rate = _of_year(stretches[0].rate, parts[0])
            for each, part in zip(stretches[1:], parts[1:], strict=True):
                rate = rate + _of_year(each.rate, part)
            return stretches[0].fixed.scale(rate, self.rule)
        if len({each.rate.index for each in stretches}) == 1 and self.place == "period" and self.fine == 1:
            weighed = self._weighed(stretches[0], common)
            for each in stretches[1:]:
                weighed = weighed + self._weighed(each, common)
            return weighed.scale(_of_year(stretches[0].rate, Fraction(1, common)), self.rule)
        exact = self.fine > 1 or self.place == "line" or len(stretches) == 1
        fine = self.fine if exact else PARTS
        out: Formula | None = None
        for each, part in zip(stretches, parts, strict=True):
            rate = _of_year(each.rate, Fraction(1, common))
            if still:
                one = each.fixed.over(fine).scale(_of_year(each.rate, part), self.rule)
            elif fine == 1:
                one = self._weighed(each, common).scale(rate, self.rule)
            else:
                one = each.fixed.over(fine).scale(_of_year(each.rate, part), self.rule)
                nothing = one.program.constant(0, replace(one.unit, denominator=1), "nothing")
                moved = self._moved(nothing, each, common)
                finer = Fraction(fine // moved.unit.denominator, common)
                moved = moved.scale(_of_year(each.rate, finer), self.rule)
                one = one + moved.with_others("times", detail=(1, one.unit))
            out = one if out is None else out + one
        assert out is not None
        return out if exact else self.coins(out)

    def coins(self, amount: Formula) -> Formula:
        """An amount that may be in parts of a coin, rounded to whole coins."""
        fine = amount.unit.denominator
        if fine == 1:
            return amount
        one = amount.program.constant(1, Unit("rate", "", fine), "one coin")
        return amount.scale(one, self.rule).with_others("times", detail=(1, replace(amount.unit, denominator=1)))

    def _weighed(self, each: Stretch, common: int) -> Formula:
        """Principal × days, these over the denominator `common`: a whole number, and nothing is rounded."""
        program = self.clause.program
        days = fraction(self.count, each.start, each.end) * common
        weight = program.constant(int(days), _PLAIN, f"{int(days)} parts of a year of {common}")
        return self._moved(each.fixed.scale(weight, self.rule), each, common)

    def _moved(self, out: Formula, each: Stretch, common: int) -> Formula:
        """The same with what events move within the stretch, and what is paid back because it is called."""
        end = self.clause.date(each.end)
        for move in self.moves:
            moved = move.amount.scale(self._left(move.day, each, common), self.rule).until(move.day, end)
            out = out + moved if move.adds else out - moved
        if self.called is not None:
            out = out - each.held.scale(self._left(self.called, each, common), self.rule)
        return out

    def _left(self, day: Formula, each: Stretch, common: int) -> Formula:
        """How much of a stretch is left after a day, over the denominator `common`."""
        out: Formula | None = None
        for start, end, part in pieces(self.count, each.start, each.end):
            first, last = self.clause.date(start), self.clause.date(end)
            days = last - lesser(greater(day, first), last)
            weighed = days.with_others("times", detail=(int(part * common), _PLAIN))
            out = weighed if out is None else out + weighed
        assert out is not None
        return out


def _of_year(rate: Formula, part: Fraction) -> Formula:
    """The rate for a part of a year."""
    unit = replace(rate.unit, denominator=rate.unit.denominator * part.denominator)
    return rate.with_others("times", detail=(part.numerator, unit))
