"""Single events of a ledger in a database, looked up: who appends one need not read a million.

Knows the tables and their indexes. Does not know which events must be looked at, or what they mean.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from adidem.kernel.problem import Problem, ProblemError
from adidem.records.rows import DAY, EVENTS, agreed

_MOST_NAMED = 500


@dataclass(frozen=True)
class Index:
    """What can be asked of a ledger without reading the whole. Events are given as their lines, by number.

    connection  within the transaction in which the answers hold
    ledger      which of the ledgers in the database
    name        of the home, as it is shown
    """

    connection: Connection
    ledger: str
    name: str

    def of_ids(self, ids: Collection[str]) -> dict[int, str]:
        """The events of these ids. Problems: L122 one whose row does not say what its line says."""
        found: dict[int, str] = {}
        named = list(ids)
        for start in range(0, len(named), _MOST_NAMED):
            some = named[start : start + _MOST_NAMED]
            asked = select(EVENTS).where(EVENTS.c.ledger == self.ledger, EVENTS.c.id.in_(some))
            for row in self.connection.execute(asked):
                if agreed(row.number - 1, row.seal_before, [row]) is None:
                    raise ProblemError([Problem("L122", f"the row of the event {row.id} was changed", at=self.name)])
                found[row.number] = row.line
        return found

    def of_kinds(self, kinds: Iterable[str]) -> dict[int, str]:
        """The events of these kinds."""
        return self._lines(self._of(EVENTS.c.kind.in_(list(kinds))))

    def of_day(self, kind: str, day: str) -> dict[int, str]:
        """The events of a kind that occurred on a day, `2025-06-30`."""
        return self._lines(self._of(EVENTS.c.kind == kind, DAY.in_([day])))

    def first(self, kind: str) -> dict[int, str]:
        """The event of a kind that occurred first, if there is one; of several on that day, one."""
        return self._lines(self._of(EVENTS.c.kind == kind).order_by(DAY).limit(1))

    def _of(self, *which: ColumnElement[bool]) -> Select[Any, Any]:
        return select(EVENTS.c.number, EVENTS.c.line).where(EVENTS.c.ledger == self.ledger, *which)

    def _lines(self, asked: Select[Any, Any]) -> dict[int, str]:
        return {row.number: row.line for row in self.connection.execute(asked)}
