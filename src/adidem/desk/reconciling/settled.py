"""What was settled of a period, and of those before it, when their statement came or the books were closed.

Knows closings, the events of the kind `statement`, and the figure of a clause as of any pair. Does not know statements
as files, nor why a figure differs.

Once a period is settled it stays as it was known then, and what comes to be known later adjusts a later one. So each
correction stands in the statement of one period, and the figures of all periods with their adjustments are what the
periods come to now. Where the books are closed the closings say when; where they are not, their statements do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from adidem.desk.reconciling.statement import PRIOR
from adidem.desk.settling import closing as settling
from adidem.desk.settling.closing import Settling
from adidem.desk.settling.closings import as_it_was, counted
from adidem.desk.workspace import Workspace
from adidem.findings.adjusted import Adjusted
from adidem.findings.closed import Closing, period_days, settler
from adidem.findings.hypothesis import Supposed
from adidem.kernel.period import AsOf
from adidem.records.ledger import Ledger
from adidem.records.values import MISSING

_DAY = 86_400
_MOST_INSTANTS = 12


def closed(workspace: Workspace, last: int, pair: AsOf) -> Closing | None:
    """The closing that settled what was fixed on the last day of a period, as far as it counts for a pair.

    Problems: D307 what was settled then cannot be shown again.
    """
    own = settler(counted(workspace, pair), last)
    if own is not None:
        Settling(workspace, settling.Asked(own.period.label, pair.occurred, pair.recorded)).as_closed()
    return own


@dataclass
class Statements:
    """When the statements of a clause came: the last day of each period → the ends of the days on which one came.

    A statement counts until one of a later period comes: what is told of its period then belongs to the later one.
    """

    came: dict[int, list[int]] = field(default_factory=dict[int, "list[int]"])

    @classmethod
    def of(cls, ledger: Ledger, clause: str, pair: AsOf) -> "Statements":
        """Those of a clause that are known, also where they came after the day that is asked for, as they all do."""
        table, place, out = ledger.tables.get("statement"), ledger.places.get(clause), cls()
        if table is None or place is None:
            return out
        counts = (table.recorded <= pair.recorded) & (pair.recorded < table.superseded)
        counts &= table.columns["about"] == place
        for row in np.flatnonzero(counts).tolist():
            second = int(table.occurred[row]) * _DAY + _DAY - 1
            out.came.setdefault(int(table.columns["through"][row]), []).append(second)
        return out

    def own(self, last: int) -> int | None:
        """When the statement of a period came, the latest of them; None where none did."""
        return max(self.came.get(last, ()), default=None)

    def settled(self, last: int) -> int | None:
        """As known at which second a period is settled: when its statement came, or if that came after one of a later
        period, or not at all, when the later one did; None while neither has. Of a later period never earlier.
        """
        later = self._later(last)
        return max((one for one in self.came.get(last, ()) if later is None or one <= later), default=later)

    def before(self, last: int, first: int) -> int | None:
        """As known at which second a period is settled by all statements of periods that end before a day."""
        return self.settled(max([last, *(end for end in self.came if end < first)]))

    def _later(self, last: int) -> int | None:
        return min((second for end, seconds in self.came.items() if end > last for second in seconds), default=None)


@dataclass
class Settled:
    """What prior periods were settled as, beside what the corrections since come to.

    ours    the figure of the clause, as of the pair for which the period is settled
    open_now  whether the period is not settled itself
    """

    workspace: Workspace
    ours: Supposed
    pair: AsOf
    ledger: Ledger
    statements: Statements
    open_now: bool
    _runs: dict[int, dict[str, int]] = field(default_factory=dict[int, "dict[str, int]"])

    def adjusted(self, taken: Mapping[str, Fraction]) -> Adjusted:
        """Our corrections of prior periods since they were last settled, beside those that they take."""
        now, theirs = self.ours.by_period(), dict(taken)
        was, cuts, takes = self._before()
        if not takes and not taken:
            return Adjusted()
        due = {label: now.get(label, 0) - was[label] for label in was if takes and now.get(label, 0) != was[label]}
        if PRIOR in theirs:  # one sum for all prior periods
            due, theirs = {PRIOR: sum(due.values())}, {PRIOR: sum(theirs.values(), Fraction(0))}
        if all(due.get(label, 0) == took for label, took in theirs.items()):
            return Adjusted(due, theirs)
        runs = [now, was, *(self._known_at(second) for second in self._instants() if second not in cuts)]
        could = {label: {one.get(label, 0) - other.get(label, 0) for one in runs for other in runs} for label in theirs}
        return Adjusted(due, theirs, could)

    def _before(self) -> tuple[dict[str, int], set[int], bool]:
        """Prior period → figure as it was last settled; as known at which seconds; and whether the period adjusts them.

        Of periods that have no statement only the one that follows the last that has one takes the corrections: where a
        later period was stated first, that statement does.
        """
        first, through = self.ours.first, MISSING
        ends = {label: end for label in self.ours.labels() if (end := _ends(label)) < first}
        closings = [one for one in counted(self.workspace, self.pair) if one.period.last < first]
        if closings:
            last, through = closings[-1], closings[-1].period.last
            workspace = as_it_was(self.workspace, last)
            run = as_of(workspace, self.ours, last.as_of, workspace.ledger, last.readings)
            return {label: run.get(label, 0) for label in ends}, {last.as_of.recorded}, through == first - 1
        through = max((end for end in self.statements.came if end < first), default=MISSING)
        cuts = {label: self.statements.before(end, first) for label, end in ends.items()}
        known = {label: second for label, second in cuts.items() if second is not None}
        follows = self.open_now and through == first - 1
        takes = bool(known) and (follows or self.statements.own(self.ours.last) is not None)
        return {label: self._known_at(at).get(label, 0) for label, at in known.items()}, set(known.values()), takes

    def _known_at(self, second: int) -> dict[str, int]:
        if second not in self._runs:
            self._runs[second] = as_of(self.workspace, self.ours, AsOf(self.pair.occurred, second), self.ledger)
        return self._runs[second]

    def _instants(self) -> list[int]:
        """The last seconds at which an event of a prior period was recorded or told otherwise, after its end."""
        if not self.ours.kind:
            return []
        raw, until = self.ours.columns.ledger.tables[self.ours.kind], self.pair.recorded
        seconds = raw.recorded[(raw.occurred < self.ours.first) & (raw.recorded <= until)]
        changed = np.unique(np.concatenate([seconds, raw.superseded[raw.superseded <= until]]))
        return [int(second) - 1 for second in changed[-_MOST_INSTANTS:]]


def as_of(
    workspace: Workspace, ours: Supposed, pair: AsOf, ledger: Ledger, readings: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Period → figure, as of another pair; nothing where no document was known by then. Raises ProblemError."""
    if not workspace.known(pair, ledger):
        return {}
    composition, columns = workspace.composed(pair, ledger)
    own = (ours.clause, ours.label, ours.first, ours.last, readings or ours.choice, ours.leg)
    return Supposed(composition, columns, ours.families, *own).by_period()


def _ends(label: str) -> int:
    found = period_days(label)
    return found[1] if found is not None else MISSING
