"""Closing a period: which are closed, what was settled in each, and writing down that one more is.

Knows the events of the kind `settlement` and the pairs for which they closed periods. Does not know how a settlement
is shown.

Nothing that was settled is stored but its hash: what a closed period holds is the run as of the pair of its closing,
on the ledger as it was then, so that a fact that is written later as if it had been known before is an adjustment too.
Where that run gives something else, the record before the closing was written anew, and it is said.
"""

import getpass
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from adidem.desk.keeping import book
from adidem.desk.workspace import Workspace, open_workspace
from adidem.findings.outcome import Outcome
from adidem.findings.settlement import (
    Basis,
    Closing,
    Period,
    Settlement,
    following,
    left_out,
    open_questions,
    period_of,
    settle,
)
from adidem.kernel.period import AsOf, show_day
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import show_money
from adidem.kernel.source import Source, Span

UNBOUNDED = 2**61
"""The second by which everything is recorded."""


@dataclass(frozen=True)
class Asked:
    """What was typed: the period, the pair, how questions are read, and by whom it is prepared and approved."""

    label: str
    at: int | None = None
    known_at: int | None = None
    readings: Mapping[str, str] = field(default_factory=dict[str, str])
    preparer: str = ""
    approved_by: str = ""


class Settling:
    """One period of a workspace, with the closings before it and, where it is closed, its own.

    holder  the closing of a longer period in which it lies
    parts   closings of shorter periods that lie in it
    taker   the period that takes adjustments: the one after the last that is closed, of the same length

    Problems: D301 a period that is none; D302 one before the agreement; D307 what was settled cannot be shown again.
    """

    def __init__(self, workspace: Workspace, asked: Asked):
        self.workspace, self.asked = workspace, asked
        self.period = _period(workspace, asked.label)
        self.known_at = UNBOUNDED if asked.known_at is None else asked.known_at
        self.closings = closings(workspace, self.known_at)
        own = [closing for closing in self.closings if closing.period.label == self.period.label]
        self.closing = own[0] if own else None
        others = [closing for closing in self.closings if closing.period.label != self.period.label]
        first, last = self.period.first, self.period.last
        self.holder = next((c for c in others if c.period.first <= first and last <= c.period.last), None)
        self.parts = [c for c in others if first <= c.period.first and c.period.last <= last]
        self.before = self._before(self.period)
        self.taker = following(self.closings[-1].period) if self.closings else None
        latest = max([workspace.last_day(), *(closing.as_of.occurred for closing in self.closings)])
        latest = min(latest, self.known_at // 86_400)
        self.as_of = AsOf(latest if asked.at is None else asked.at, self.known_at)
        self._runs: dict[str, Outcome] = {}
        self._settled: dict[str, Settlement] = {}

    @property
    def state(self) -> str:
        """`closed`, also where it lies in a period that is; `closed in parts` where shorter ones hold every day of it;
        `draft` while it is neither; `not ended` where the as-of day lies within it or before it.
        """
        if self.closing is not None or self.holder is not None:
            return "closed"
        if sum(c.period.last - c.period.first + 1 for c in self.parts) == self.period.last - self.period.first + 1:
            return "closed in parts"
        return "draft" if self.as_of.occurred >= self.period.last else "not ended"

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
        """The same as a draft: adjustments belong to one period alone, and what shorter ones have settled stays."""
        if not self.closings or (self.taker is not None and self.taker.label == self.period.label):
            return self.settlements(outcome)
        last = self.closings[-1]
        parts = {c.period.label: (self.run_of(c), self._told(c)) for c in self.parts}
        return settle(outcome, self.period, Basis(self.closings, self.run_of(last), False, parts))

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
            found = settle(self.run_of(closing), closing.period, self._basis(closing.period))[0]
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
        hands = book.Hands(self.asked.preparer or _logged_in(), self.asked.approved_by)
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
        if problems := self._too_late():
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
        open; D306 it has not ended; D307 a closing on which it builds.
        """
        self.as_of = AsOf(self.as_of.occurred, second)
        if problems := self._too_late():
            raise ProblemError(problems)
        self.prove()
        outcome = self.now()
        found = self.settlements(outcome)
        if problems := [*self._too_early(outcome), *self._open(outcome, found)]:
            raise ProblemError(problems)
        read = dict(outcome.pinned)
        return {
            "kind": "settlement",
            "id": self._id(),
            "occurred": show_day(self.period.last),
            "period": self.period.label,
            "as_of": show_day(self.as_of.occurred),
            "known_at": instant(second),
            "digest": digest(found[0]),
            **({"readings": ", ".join(f"{q}={r}" for q, r in read.items())} if read else {}),
        }

    def _id(self) -> str:
        there = {event.get("id") for _, _, event in book.events(self.workspace.ledger_sources)}
        id, number = f"settlement-{self.period.label}", 2
        while id in there:
            id, number = f"settlement-{self.period.label}-{number}", number + 1
        return id

    def _too_late(self) -> list[Problem]:
        """D303: the period, a part of it, or one after it is closed; or the pair lies before that of a closing."""
        for closing in closings(self.workspace, UNBOUNDED):
            if closing.period.last < self.period.first:
                if closing.as_of.occurred <= self.as_of.occurred and closing.as_of.recorded <= self.as_of.recorded:
                    continue
                known = f"{show_day(closing.as_of.occurred)}, as known at {instant(closing.as_of.recorded)}"
                sentence = f"{closing.period.label} was closed as of {known}: later than this closing would be"
                return [_closed(sentence, closing, self.period.label, "close it as of a later day and instant")]
            by = f" by {closing.preparer}" if closing.preparer else ""
            when = f"as of {show_day(closing.as_of.occurred)}, as known at {instant(closing.as_of.recorded)}{by}"
            mend = "leave out --close; what has come since is settled in the period that is open"
            if closing.period.label == self.period.label:
                return [_closed(f"{self.period.label} is closed, {when}", closing, self.period.label, mend)]
            sentence = f"{self.period.label} cannot be closed: {closing.period.label} is, {when}"
            return [_closed(sentence, closing, self.period.label, mend)]
        return []

    def _too_early(self, outcome: Outcome) -> list[Problem]:
        """D304: figures of earlier days are settled nowhere; D306: the period has not ended."""
        problems: list[Problem] = []
        if self.as_of.occurred < self.period.last:
            ends, day = show_day(self.period.last), show_day(self.as_of.occurred)
            sentence = f"{self.period.label} ends on {ends}, and this is as of {day}: it is a draft"
            problems.append(Problem("D306", sentence, at=self.period.label, mend=f"ask --at {ends} or later"))
        if open_before := left_out(outcome, self.period, self.before):
            names = ", ".join(figure.transfer.id for figure in open_before[:3])
            more = f" and {len(open_before) - 3} more" if len(open_before) > 3 else ""
            sentence = f"an earlier period is open: no closed period holds {names}{more}"
            first = show_day(min(figure.fixed for figure in open_before))
            mend = f"close the period of {first} first, then those up to {self.period.label}"
            problems.append(Problem("D304", sentence, at=self.period.label, mend=mend))
        return problems

    def _open(self, outcome: Outcome, found: Sequence[Settlement]) -> list[Problem]:
        return still_open(outcome, found, self.period.label, "it cannot be closed while a question leaves it open")


def still_open(outcome: Outcome, found: Sequence[Settlement], label: str, why: str) -> list[Problem]:
    """D305: each figure that is not the same under every reading, with the questions."""
    if len(found) < 2:
        kept = ", ".join(outcome.worlds.left_out)
        sentence = f"{why}: too many questions matter at once, and {kept} would be read one way in silence"
        mend = "read some of them one way: --readings QUESTION=READING"
        return [Problem("D305", sentence, at=label, mend=mend)] if kept else []
    asked = [question for question in outcome.questions if any(question in each for s in found for each in s.readings)]
    questions = ", ".join(asked or outcome.questions)
    kept = [f"{q}={'|'.join(outcome.composition.questions[q].readings)}" for q in asked]
    mend = f"settle it in a clarification, or read it one way: --readings {' --readings '.join(kept)}"
    currency = {line.id: line.known.transfer.currency for s in found for line in s.everything()}
    problems = [
        Problem(
            "D305",
            f"{why}: {id} is {show_money(low, currency[id])} to {show_money(high, currency[id])} by {questions}",
            at=label,
            mend=mend,
        )
        for id, (low, high) in open_questions(found).items()
    ]
    return problems or [Problem("D305", f"{why}: {questions}", at=label, mend=mend)]


def _unlike(closing: Closing) -> Problem:
    moment = instant(closing.as_of.recorded)
    sentence = (
        f"what was settled in {closing.period.label} cannot be shown again: the documents, or the events before this "
        f"one that were recorded by {moment}, are not what they were when it was closed"
    )
    mend = "restore them; what changes is told by an amendment, a correction or a withdrawal, and is an adjustment"
    return Problem("D307", sentence, closing.span, mend)


def _closed(sentence: str, closing: Closing, label: str, mend: str) -> Problem:
    see = ((closing.span, f"{closing.period.label} is closed"),) if closing.span is not None else ()
    return Problem("D303", sentence, mend=mend, see=see, at=label)


def as_it_was(workspace: Workspace, closing: Closing) -> Workspace:
    """The workspace without what was written to the ledger after a closing, as if it had been known before."""
    ledger, span = workspace.ledger, closing.span
    if span is None:
        return workspace
    file = ledger.sources.index(span.source)
    told = any(
        bool(((t.place[:, 0] == file) & (t.place[:, 1] > span.line) & (t.recorded <= closing.as_of.recorded)).any())
        for t in ledger.tables.values()
        if len(t)
    )
    lines = span.source.text.split("\n")
    if not told and not any('"withdrawal"' in line for line in lines[span.line :]):
        return workspace
    earlier = Source(span.source.name, "\n".join(lines[: span.line]))
    sources = [earlier if source == span.source else source for source in workspace.ledger_sources]
    return replace(workspace, ledger_sources=sources)


def late_facts(workspace: Workspace, closing: Closing, known_at: int) -> list[dict[str, str]]:
    """What was written since a closing about days that closed periods hold: events, corrections and withdrawals."""
    ledger, span = workspace.ledger, closing.span
    assert span is not None
    file = ledger.sources.index(span.source)
    places: set[tuple[int, int]] = set()
    for table in ledger.tables.values():
        since = (table.recorded > closing.as_of.recorded) | (
            (table.place[:, 0] == file) & (table.place[:, 1] > span.line)
        )
        mine = since & (table.recorded <= known_at) & (table.occurred <= closing.period.last)
        places |= {(int(at[0]), int(at[1])) for at in table.place[mine]}
    out: list[dict[str, str]] = []
    for number, source in enumerate(ledger.sources):
        for line, text in enumerate(source.text.split("\n"), 1):
            withdrawn = '"withdrawal"' in text and number == file and line > span.line
            if withdrawn or (number, line) in places:
                event = json.loads(text)
                if event.get("kind") != "settlement":
                    said = {
                        key: str(event[key])
                        for key in ("id", "kind", "corrects", "occurred", "recorded")
                        if key in event
                    }
                    out.append({**said, "place": Span(source, line).place})
    return out


def closings(workspace: Workspace, known_at: int) -> list[Closing]:
    """The periods closed for pairs that were known by a second, oldest first.

    Problems: D301 one names a period that is none.
    """
    table = workspace.ledger.tables.get("settlement")
    out: list[Closing] = []
    for row in range(len(table)) if table is not None else ():
        assert table is not None
        if not table.columns["known_at"][row] <= known_at < table.superseded[row]:
            continue
        span = workspace.ledger.span("settlement", row)
        event = json.loads(span.source.line(span.line))
        words = workspace.ledger.words
        label = words[int(table.columns["period"][row])]
        period = period_of(label)
        if period is None:
            raise ProblemError([_no_period(label, "a settlement names it", "", span)])
        read = words[int(table.columns["readings"][row])] if table.columns["readings"][row] >= 0 else ""
        pinned = dict(each.split("=", 1) for each in read.split(", ") if "=" in each)
        as_of = AsOf(int(table.columns["as_of"][row]), int(table.columns["known_at"][row]))
        hands = (str(event.get("prepared_by", "")), str(event.get("approved_by", "")))
        id, hashed = words[int(table.ids[row])], words[int(table.columns["digest"][row])]
        out.append(Closing(id, period, as_of, pinned, hashed, *hands, span))
    return sorted(out, key=lambda closing: closing.period.last)


def digest(settlement: Settlement) -> str:
    """The hash of what is settled: every figure and adjustment, who owes it to whom, how much, and due on which day."""
    lines = [
        [line.id, line.period, t.payer, t.payee, t.currency, str(line.original_minor), str(line.new_minor), t.due]
        for line in settlement.everything()
        for t in (line.known.transfer,)
    ]
    return hashlib.sha256(json.dumps(sorted(lines), separators=(",", ":")).encode()).hexdigest()


def instant(second: int) -> str:
    """`2025-10-10T12:00:00Z`."""
    return datetime.fromtimestamp(second, UTC).isoformat().replace("+00:00", "Z")


def _period(workspace: Workspace, label: str) -> Period:
    period = period_of(label)
    if period is None:
        raise ProblemError([_no_period(label, "a month, quarter or year is wanted", "PERIOD")])
    first = min(document.effective for document in workspace.whole.documents)
    if period.last < first:
        sentence = f"{label} ends before the agreement takes effect, on {show_day(first)}"
        raise ProblemError([Problem("D302", sentence, at="PERIOD", mend="name a later period")])
    return period


def _no_period(label: str, why: str, at: str, span: Span | None = None) -> Problem:
    mend = "write 2025-Q3, 2025-09 or 2025"
    return Problem("D301", f"“{label}” is no period: {why}", span, mend, at=at)


def _logged_in() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
