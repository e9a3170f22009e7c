"""A period of a workspace: what it settles as a draft, what it settled when it was closed, and closing it.

Knows the closings before it and after, and the pair that is asked for. Does not know how a settlement is shown.

Nothing that was settled is stored but its hash: what a closed period holds is the run as of the pair of its closing,
on the ledger as it was then, so that a fact that is written later as if it had been known before is an adjustment too.
Where that run gives something else, the record before the closing was written anew, and it is said.

Closed periods follow each other without a gap, each as long as the one before it, unless it is said that another length
follows. So one period alone is closed next, and it takes the adjustments: as a draft what it settles when it is closed.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adidem.desk.keeping import book
from adidem.desk.settling.closings import (
    as_it_was,
    closings,
    counted,
    digest,
    last_known,
    no_period,
)
from adidem.desk.settling.refusals import out_of_turn, settled_nowhere, still_open, too_early, too_late
from adidem.desk.workspace import Workspace, open_workspace
from adidem.findings.closed import Closing, Period, following, period_of, settler
from adidem.findings.outcome import Figure, Outcome
from adidem.findings.settlement import Basis, Settlement, left_out, settle
from adidem.kernel.period import AsOf, show_day, show_instant
from adidem.kernel.problem import Problem, ProblemError
from adidem.records.values import UNBOUNDED


@dataclass(frozen=True)
class Asked:
    """What was typed: the period, the pair, how questions are read, and by whom it is prepared and approved.

    other_length  whether a period of another length than the last that is closed is to be the next
    """

    label: str
    at: int | None = None
    known_at: int | None = None
    readings: Mapping[str, str] = field(default_factory=dict[str, str])
    preparer: str = ""
    approved_by: str = ""
    other_length: bool = False


class Settling:
    """One period of a workspace, with the closings up to the pair that is asked for and, where it is closed, its own.

    holder  the closing of a longer period in which it lies
    parts   closings of shorter periods that lie in it
    taker   the period that is closed next, and takes adjustments
    later   the closing that settles it, where it was made for a later pair than the one that is asked for

    Problems: D301 a period that is none; D302 one before the agreement; D307 what was settled cannot be shown again.
    """

    def __init__(self, workspace: Workspace, asked: Asked):
        self.workspace, self.asked = workspace, asked
        self.period = _period(workspace, asked.label)
        self.known_at = UNBOUNDED if asked.known_at is None else asked.known_at
        at = last_known(workspace, self.known_at) if asked.at is None else asked.at
        self.as_of = AsOf(at, self.known_at)
        self.closings, every = counted(workspace, self.as_of), closings(workspace, UNBOUNDED)
        first, last = self.period.first, self.period.last
        own = [closing for closing in self.closings if closing.period.label == self.period.label]
        self.closing = own[0] if own else None
        others = [closing for closing in self.closings if closing.period.label != self.period.label]
        self.holder = next((c for c in others if c.period.first <= first and last <= c.period.last), None)
        self.parts = [c for c in others if first <= c.period.first and c.period.last <= last]
        self.before = self._before(self.period)
        self.taker = self._taker()
        self.later = settler(every, last) if settler(self.closings, last) is None else None
        self._runs: dict[str, Outcome] = {}
        self._settled: dict[str, Settlement] = {}

    def _taker(self) -> Period | None:
        """The period after the last that is closed, of the same length; or the one that is asked for, if said."""
        due = following(self.closings[-1].period) if self.closings else None
        other = self.asked.other_length and due is not None and due.first == self.period.first
        return self.period if other else due

    @property
    def state(self) -> str:
        """`closed`, also where it lies in a period that is; `closed in parts` where shorter ones hold every day of it;
        `passed over` where it is not, and a later one is; `draft` while none of it holds; `not ended` where the as-of
        day lies within it or before it.
        """
        if self.closing is not None or self.holder is not None:
            return "closed"
        if sum(c.period.last - c.period.first + 1 for c in self.parts) == self.period.last - self.period.first + 1:
            return "closed in parts"
        if settler(self.closings, self.period.last) is not None:
            return "passed over"
        return "draft" if self.as_of.occurred >= self.period.last else "not ended"

    @property
    def takes(self) -> bool:
        """Whether it takes adjustments: there are none before anything is closed."""
        return not self.closings or (self.taker is not None and self.taker.label == self.period.label)

    def now(self) -> Outcome:
        """The run as of the pair that is asked for."""
        return self.workspace.run(self.as_of, self.asked.readings)

    def run_of(self, closing: Closing) -> Outcome:
        """The run as of the pair of a closing, with questions read as they were then."""
        if closing.id not in self._runs:
            self._runs[closing.id] = as_it_was(self.workspace, closing).run(closing.as_of, closing.readings)
        return self._runs[closing.id]

    def settlements(self, outcome: Outcome) -> list[Settlement]:
        """What an outcome settles in the period, if it is closed next: with all that is to be adjusted."""
        return settle(outcome, self.period, self._basis(self.period))

    def drafts(self, outcome: Outcome) -> list[Settlement]:
        """The same as a draft: adjustments belong to one period alone, and what is settled already stays."""
        if self.takes:
            return self.settlements(outcome)
        parts = {c.period.label: (self.run_of(c), self._told(c)) for c in self.parts}
        return settle(outcome, self.period, Basis(self.closings, self.run_of(self.closings[-1]), False, parts))

    def as_closed(self) -> list[Settlement]:
        """What was settled when the period was closed, or the longer one in which it lies."""
        if self.closing is not None:
            return [self._told(self.closing)]
        assert self.holder is not None
        return settle(self.run_of(self.holder), self.period, Basis(takes=False))[:1]

    def prove(self) -> None:
        """Every closing still shows what was settled, for each builds on those before it. Problems: D307."""
        for closing in self.closings:
            self._told(closing)

    def _told(self, closing: Closing) -> Settlement:
        """What a closing settled. Problems: D307 that can no longer be shown."""
        if closing.id not in self._settled:
            run = self.run_of(closing)
            found = settle(run, closing.period, self._basis(closing.period))[0]
            if nowhere := left_out(run, closing.period, self._before(closing.period)):
                raise ProblemError([_unfounded(closing, nowhere)])
            if digest(found) != closing.digest:
                raise ProblemError([_unlike(closing)])
            self._settled[closing.id] = found
        return self._settled[closing.id]

    def _basis(self, period: Period) -> Basis:
        before = self._before(period)
        return Basis(before, self.run_of(before[-1]) if before else None)

    def _before(self, period: Period) -> list[Closing]:
        return [closing for closing in self.closings if closing.period.last < period.first]

    # Closing

    def close(self) -> Closing:
        """Write down that the period is closed, or say why it cannot be. Problems: those of `closing_event`; D212."""
        second = self.known_at if self.asked.known_at is not None else self._all_of_this_second()
        event = self.closing_event(second)
        hands = book.Hands(self.asked.preparer or book.logged_in(), self.asked.approved_by)
        try:
            written = book.append(self.workspace.root, [json.dumps(event)], hands=hands)
        except ProblemError:
            self._closed_meanwhile()
            raise
        if not written:  # another has told the same, word for word
            self._closed_meanwhile()
        read = dict(self.asked.readings)
        who = (hands.prepared_by, hands.approved_by)
        return Closing(event["id"], self.period, self.as_of, read, event["digest"], *who)

    def _closed_meanwhile(self) -> None:
        """D303: somebody else has closed the period since the ledger was read."""
        self.workspace = open_workspace(self.workspace.root)
        if problems := too_late(closings(self.workspace, UNBOUNDED), self.period, self.as_of):
            raise ProblemError(problems)

    def _all_of_this_second(self) -> int:
        """This second, with all that was recorded in it: whatever is appended from now on is recorded later."""
        second = int(time.time())
        time.sleep(second + 1 - time.time())
        self.workspace = open_workspace(self.workspace.root)
        return second

    def closing_event(self, second: int) -> dict[str, str]:
        """The event that closes the period, as it is to be written.

        Problems: D303 it is closed, or one after it is; D304 one before it is open; D305 readings leave a figure
        open; D306 it has not ended; D307 a closing on which it builds; D310 its length is another.
        """
        self.as_of = AsOf(self.as_of.occurred, second)
        every = closings(self.workspace, UNBOUNDED)
        if problems := too_late(every, self.period, self.as_of):
            raise ProblemError(problems)
        early = too_early(self.period, self.as_of)
        if turn := out_of_turn(every, self.period, self.asked.other_length):
            raise ProblemError([*turn, *early])
        self.prove()
        outcome = self.now()
        found = self.settlements(outcome)
        why = "it cannot be closed while a question leaves it open"
        gaps = settled_nowhere(outcome, self.period, self.before)
        if problems := [*gaps, *early, *still_open(outcome, found, self.period.label, why)]:
            raise ProblemError(problems)
        read = dict(outcome.pinned)
        return {
            "kind": "settlement",
            "id": self._id(),
            "occurred": show_day(self.period.last),
            "period": self.period.label,
            "as_of": show_day(self.as_of.occurred),
            "known_at": show_instant(second),
            "digest": digest(found[0]),
            **({"readings": ", ".join(f"{q}={r}" for q, r in read.items())} if read else {}),
        }

    def _id(self) -> str:
        there = {event.get("id") for _, _, event in book.events(self.workspace.ledger_sources)}
        id, number = f"settlement-{self.period.label}", 2
        while id in there:
            id, number = f"settlement-{self.period.label}-{number}", number + 1
        return id


def _unfounded(closing: Closing, nowhere: Sequence[Figure]) -> Problem:
    """D307: a closing on which another builds was taken back, so that what it settled is settled nowhere."""
    day = show_day(min(figure.fixed for figure in nowhere))
    sentence = f"{closing.period.label} was closed after the period of {day}, and the closing of that was taken back"
    mend = f"withdraw {closing.id} too, and what follows it; close the period of {day}, and then those again"
    return Problem("D307", sentence, closing.span, mend)


def _unlike(closing: Closing) -> Problem:
    moment = show_instant(closing.as_of.recorded)
    sentence = (
        f"what was settled in {closing.period.label} cannot be shown again: the documents, or the events before this "
        f"one that were recorded by {moment}, are not what they were when it was closed"
    )
    mend = "restore them; what changes is told by an amendment, a correction or a withdrawal, and is an adjustment"
    return Problem("D307", sentence, closing.span, mend)


def _period(workspace: Workspace, label: str) -> Period:
    period = period_of(label)
    if period is None:
        raise ProblemError([no_period(label, "a month, quarter or year is wanted", "PERIOD")])
    first = min(document.effective for document in workspace.whole.documents)
    if period.last < first:
        sentence = f"{label} ends before the agreement takes effect, on {show_day(first)}"
        raise ProblemError([Problem("D302", sentence, at="PERIOD", mend="name a later period")])
    return period
