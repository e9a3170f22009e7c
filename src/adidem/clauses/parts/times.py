"""Time that lies within records which begin and end at instants, and may overlap.

Knows instants and windows. Does not know any family, nor what lies in such time.
"""

from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.composer import Composer
from adidem.kernel.formula import Formula, greater
from adidem.kernel.period import ALWAYS, NEVER
from adidem.kernel.quantity import DAYS, INSTANT, Unit

PLACES = Unit("count", "places")
"""Of an order in which records stand."""
_MOST = 2**24
"""More records than begin in one second."""


def zone_of(text: Clause, agreement: Agreement) -> str:
    """The time zone in which the windows of a text begin and end: its own, or that in which days are counted."""
    return str(text.terms["zone"].value) if "zone" in text.terms else agreement.zone


class Times:
    """The time within one or more of the records of a kind that count, each moment of it once.

    Of each record that counts, in the order in which they begin, only what lies behind the greatest end before it is
    left. What is left is disjoint: over any instant runs one piece at most.

    counts  [records] flag
    begun   [records] the instant at which what is left of each begins; never where nothing is left
    gone    [records] the instant at which it ends; never where nothing is left
    """

    def __init__(self, clause: Composer, kind: str, began: str, ended: str, counts: Formula):
        program = clause.program
        start, end = clause.column(kind, began), clause.column(kind, ended)
        never = program.constant(NEVER * 86_400, INSTANT, "never")
        always = program.constant(ALWAYS * 86_400, INSTANT, "always")
        order = clause.order(kind).with_others("times", detail=(1, PLACES))
        place = start.with_others("times", detail=(_MOST, PLACES)) + order
        before = place - program.constant(1, PLACES, "the place before")
        self._begins = greater(start, counts.where(end, always).latest(place, before))
        self._ends = greater(end, self._begins)
        left = counts & (self._begins < self._ends)
        self.begun, self.gone = left.where(self._begins, never), left.where(self._ends, never)
        self._none = program.constant(0, Unit("count", DAYS.name, 86_400), "no time")

    def within(self, first: Formula, ends: Formula) -> Formula:
        """[periods] How much of a window lies within.

        first  [periods] the first day of each window; it follows upon the window of the day before
        ends   [periods] the instant at which it ends
        """
        yesterday = first.after("days", first.program.constant(-1, DAYS, "one day back"))
        until = self._until(ends)
        return until - until.at(yesterday)

    def _until(self, when: Formula) -> Formula:
        """[periods] How much of the time up to an instant lies within; there is none before the first period."""
        over = (self._ends - self._begins).until(self.gone, when)
        running = when < self._ends.latest(self.begun, when)
        return over + running.where(when - self._begins.latest(self.begun, when), self._none)
