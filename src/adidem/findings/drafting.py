"""A record that is changed, cause by cause, to what it is for the other side.

Knows our records, and what of them and of their lines is otherwise for which reason. Does not know how that was found,
nor what it comes to.
"""

from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from adidem.findings.hypothesis import Added, Edits, Flags, Supposed, said_amounts
from adidem.findings.lines import UNSAID, Lines
from adidem.kernel.quantity import Array
from adidem.records.abroad import RATES
from adidem.records.values import MISSING

STEPS = (
    "late data",
    "period cut-off",
    "exclusion",
    "missing line",
    "extra line",
    "base",
    "exchange rate",
)
"""What lines can show, in the order in which the record is changed."""


@dataclass
class Cause:
    """What of the lines is otherwise for one reason, and the record as it would be.

    rows    [n] our records, or -1 where there is none
    lines   [n] their lines, or -1
    was, is_  [n] minor units: ours and theirs
    also    another cause that explains the same lines as well
    """

    name: str
    words: str
    rows: Array
    lines: Array
    was: Array
    is_: Array
    edits: Edits = field(default_factory=Edits)
    also: str = ""


class Draft:
    """A record that is changed cause by cause.

    enters, taken  [rows] whether a record enters the figure; whether a line of theirs is about it
    known          whether it is said what they knew
    """

    def __init__(self, ours: Supposed, lines: Lines, enters: Flags, taken: Flags, known: bool):
        self.ours, self.lines, self.enters, self.taken, self.known = ours, lines, enters, taken, known
        table = ours.table
        self.inside = (table.occurred >= ours.first) & (table.occurred <= ours.last)
        self.keep = np.ones(len(table), bool)
        self.amount = said_amounts(table, ours.amount_column).copy()
        self.day = table.occurred.copy()
        column = ours.key_column
        self.key = table.columns[column].copy() if column else np.full(len(table), UNSAID, np.int64)
        self.added: list[Added] = []
        self.set_: tuple[tuple[str, str, Array], ...] = ()

    def edits(self) -> Edits:
        """The record as it is by now."""
        key = self.key.copy() if self.ours.key_column else None
        return Edits(self.keep.copy(), self.amount.copy(), self.day.copy(), key, tuple(self.added), self.set_)

    def changed(self, cause: Cause) -> Cause:
        """Change the record by one cause; the cause with the record as it is then."""
        {
            "late data": self._as_known,
            "period cut-off": self._moved,
            "exclusion": self._scoped,
            "missing line": self._dropped,
            "extra line": self._added,
            "base": self._changed,
            "exchange rate": self._converted,
        }[cause.name](cause)
        return replace(cause, edits=self.edits())

    def _as_known(self, cause: Cause) -> None:
        here = cause.rows >= 0
        gone = here & (cause.is_ == 0)
        self.keep[cause.rows[gone]] = False
        self.amount[cause.rows[here & ~gone]] = cause.is_[here & ~gone]
        self._supposed(cause, ~here)

    def _moved(self, cause: Cause) -> None:
        here, into = cause.rows >= 0, cause.was == 0
        self.day[cause.rows[here & into]] = self.ours.last
        self.day[cause.rows[here & ~into]] = self.ours.last + 1
        self._supposed(cause, ~here)

    def _supposed(self, cause: Cause, where: Flags) -> None:
        """Records that are not there now."""
        if where.any():
            parts = (cause.rows, cause.lines, cause.was, cause.is_)
            rows, lines, was, is_ = (part[where] for part in parts)
            self._added(Cause(cause.name, "", rows, lines, was, is_))

    def _scoped(self, cause: Cause) -> None:
        """What they count besides is supposed to be like what enters, for whatever reason it does not."""
        into = cause.was == 0
        self._supposed(cause, into)
        self.keep[cause.rows[~into]] = False
        if len(cause.rows) and not into.any():
            cause.also = "missing line"

    def _dropped(self, cause: Cause) -> None:
        self.keep[cause.rows] = False
        had = np.flatnonzero(self.enters & self.taken)
        if not len(had):
            return
        keys, recorded = self.key[cause.rows], self.ours.table.recorded
        if (keys >= 0).all() and not np.isin(keys, np.unique(self.key[had])).any():
            cause.also = "exclusion"
        elif not self.known and int(recorded[cause.rows].min()) > int(recorded[had].max()):
            cause.also = "late data"

    def _added(self, cause: Cause) -> None:
        """Each extra line as a record like one that enters: of the same thing where there is one, else of any."""
        table, lines = self.ours.table, cause.lines
        mine = np.flatnonzero(self.enters)
        like_any = mine[:1] if len(mine) else np.flatnonzero(self.inside)[:1] if self.inside.any() else np.arange(1)
        if not len(table):
            return
        key = np.where(cause.rows >= 0, self.key[cause.rows], self.lines.key[lines])
        by_key = np.full(len(self.ours.record.words) + 2, int(like_any[0]), np.int64)
        by_key[self.key[mine]] = mine
        own = (cause.rows >= 0) & self.enters[cause.rows]
        like = np.where(own, cause.rows, by_key[key])
        # What is in no scope of ours enters all the same, as one thing that is.
        key = np.where(self.key[like] == key, key, self.key[like])
        day = np.where(self.lines.day[lines] == MISSING, self.ours.last, self.lines.day[lines])
        day = np.where((day >= self.ours.first) & (day <= self.ours.last), day, self.ours.last)
        rates = {name: self._rates(name, cause) for name in RATES if name in table.columns}
        self.added.append(Added(like, day, key, cause.is_, rates))

    def _rates(self, name: str, cause: Cause) -> Array:
        """[added] The exchange rate of each: that of its record, or else what the line says, if it says one."""
        said = np.full(len(cause.lines), MISSING, np.int64)
        event = self.ours.composition.kinds[self.ours.kind].column(name)
        if (self.ours.kind, name) in self.ours.rate_columns() and event is not None and self.lines.exchanges:
            exact = [rate * event.denominator for rate in self.lines.exchanges]
            values = np.array([int(rate) if rate.denominator == 1 else MISSING for rate in [*exact, Fraction(1, 2)]])
            said = values[np.where(cause.lines >= 0, self.lines.exchange[cause.lines], -1)]
        return np.where(cause.rows >= 0, self.ours.table.columns[name][cause.rows], said)

    def _changed(self, cause: Cause) -> None:
        self.amount[cause.rows] = cause.is_

    def _converted(self, cause: Cause) -> None:
        column = next(name for kind, name in self.ours.rate_columns() if kind == self.ours.kind)
        told = self.ours.table.columns[column].copy()
        told[cause.rows] = cause.is_
        self.set_ = ((self.ours.kind, column, told),)
