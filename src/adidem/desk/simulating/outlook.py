"""The outlook of a workspace: its documents and its ledger, read together.

Knows workspaces, ledgers as of a pair, and which files belong to the record. Does not know what an assumption means.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from adidem.desk.families import families
from adidem.desk.workspace import Workspace
from adidem.kernel.compose import event_kinds
from adidem.kernel.event import Column
from adidem.kernel.literal import Misspelt, parse_date, parse_money
from adidem.kernel.period import NEVER, AsOf
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Span
from adidem.records.ledger import Ledger, Table
from adidem.records.values import MISSING, UNBOUNDED
from adidem.text.document import Document
from adidem.text.outlook import read_assumptions
from adidem.worlds.assumptions import FAMILIES
from adidem.worlds.draft import Draft
from adidem.worlds.fitting import Found
from adidem.worlds.outlook import Outlook
from adidem.worlds.reading import problems_of
from adidem.worlds.reading import read_outlook as read_clauses

_ABOUT_THE_RECORD = frozenset({"correction", "withdrawal"})


def read_outlook(workspace: Workspace, as_of: AsOf | None = None) -> Outlook:
    """The outlook of a workspace, with what it takes from the ledger as of a pair. Raises ProblemError with all that
    is wrong.

    Without a pair it is read as of its own start. What other folders of the workspace tell of later days, as do the
    ledgers of `since/`, is then passed over. With an earlier day it starts on that day: so it is tried on the past.

    Problems: W101 there is none; those of reading it.
    """
    if not workspace.outlook_texts and not workspace.outlook_problems:
        mend = "write outlook.lgd beside the agreement, by docs/language.md"
        raise ProblemError([Problem("W101", "the folder has no outlook", at=str(workspace.root), mend=mend)])
    outlook, problems = read_texts(workspace.outlook_texts, workspace.whole.parties, workspace.ledger, as_of)
    errors = [problem for problem in (*workspace.outlook_problems, *problems) if not problem.open_point]
    if errors or outlook is None:
        raise ProblemError(errors)
    return outlook


def read_texts(
    texts: Sequence[Document], parties: Collection[str], ledger: Ledger | None = None, as_of: AsOf | None = None
) -> tuple[Outlook | None, list[Problem]]:
    """The outlook that these documents make up, and all that is wrong with it; without a ledger nothing is taken from
    one.
    """
    clauses, problems = read_assumptions(texts, FAMILIES, parties)
    history = None
    if ledger is not None:
        head = next((clause for clause in clauses if clause.family == "outlook"), None)
        own = None if as_of is not None or head is None else _beside(head.document.name, ledger)
        history = LedgerHistory(ledger, as_of or AsOf(NEVER, UNBOUNDED), own)
    currency = ledger.currency if ledger is not None else ""
    draft = Draft(event_kinds(families()), parties, currency, history)
    outlook = read_clauses(draft, clauses, as_of.occurred if as_of is not None else None)
    # Of documents without a single block that is read it is the first that lacks a head.
    found = [replace(p, span=p.span or Span(texts[0].source, 1, 1, 3)) if texts else p for p in problems_of(draft)]
    return outlook, [*problems, *_believed(found, problems)]


def _believed(found: list[Problem], before: list[Problem]) -> list[Problem]:
    """What an outlook lacks, without what only follows from a part of it that could not be read."""
    broken = {problem.span.heading for problem in before if problem.span is not None}
    lost = any(problem.code == "A103" for problem in before)
    return [
        problem
        for problem in found
        if not (problem.code == "W103" and lost)
        and not (problem.code in ("W114", "W115") and problem.span is not None and problem.span.heading in broken)
    ]


def _beside(name: str, ledger: Ledger) -> list[int] | None:
    """The places of the ledger files in the folder of a document; None where there are none, and all are meant."""
    folder = name.rpartition("/")[0]
    return [i for i, source in enumerate(ledger.sources) if source.name.rpartition("/")[0] == folder] or None


@dataclass(frozen=True)
class LedgerHistory:
    """What a ledger told as of a pair.

    own  the places of the files that hold the record itself; None for all
    """

    ledger: Ledger
    as_of: AsOf
    own: Sequence[int] | None = None

    def first_day(self) -> int | None:
        """The day of the earliest event."""
        days = [int(days.min()) for table in self._tables() if len(days := table.occurred[self._known(table)])]
        return min(days, default=None)

    def latest(self) -> tuple[int, str] | None:
        """The day of the latest event of the record itself, and its id."""
        found: list[tuple[int, str]] = []
        for table in self._tables():
            known = self._known(table)
            if self.own is not None:
                known &= np.isin(table.place[:, 0], self.own)
            rows = np.flatnonzero(known)
            if len(rows):
                row = int(rows[np.argmax(table.occurred[rows])])
                found.append((int(table.occurred[row]), self.ledger.words[int(table.ids[row])]))
        return max(found, default=None)

    def found(self, kind: str, columns: Mapping[str, str], column: str, after: int, until: int) -> Found:
        """The events of a kind that hold these words in these columns and came after one day and by another."""
        table = self.ledger.tables.get(kind)
        if table is None or not len(table) or not {*columns, *filter(None, (column,))} <= {*table.columns}:
            return Found(0, 0, None)
        keep = self._known(table) & (table.occurred > after) & (table.occurred <= until)
        for name, text in columns.items():
            keep &= table.columns[name] == self._value(kind, name, text)
        keep &= table.columns[column] != MISSING if column else True
        total = sum(table.columns[column][keep].tolist()) if column else 0
        return Found(int(keep.sum()), total, int(table.occurred[keep].max()) if keep.any() else None)

    def _tables(self) -> Iterable[Table]:
        return (table for kind, table in sorted(self.ledger.tables.items()) if kind not in _ABOUT_THE_RECORD)

    def _known(self, table: Table) -> NDArray[np.bool_]:
        recorded = (table.recorded <= self.as_of.recorded) & (self.as_of.recorded < table.superseded)
        return recorded & (table.occurred <= self.as_of.occurred)

    def _value(self, kind: str, name: str, text: str) -> int:
        """A word as the ledger's column has it; what no event has is a number that none can be."""
        column = event_kinds(families())[kind].column(name)
        try:
            match column:
                case Column(type="flag"):
                    return int(text == "yes")
                case Column(type="money"):
                    return parse_money(text).value
                case Column(type="rate" | "count"):
                    return column.parts(text)
                case Column(type="date"):
                    return parse_date(text)
                case _:
                    return self.ledger.places.get(text, MISSING - 1)
        except Misspelt:
            return MISSING - 1
