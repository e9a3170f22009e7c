"""Which periods are closed, as of which pair, and the ledger as it was when each was closed.

Knows the events of the kind `settlement`, and what was written after them. Does not know what a period settles, nor how
one more is closed.

A closing counts from the pair for which it was made on: who asks as of an earlier day, or as known before, sees the
period open. The day on which its line was written does not matter, for a period may be closed today as of last month.
"""

import hashlib
import json
from dataclasses import replace

from adidem.desk.event_line import said_at
from adidem.desk.workspace import Workspace
from adidem.findings.closed import Closing, period_of
from adidem.findings.settlement import Settlement
from adidem.kernel.period import AsOf
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source, Span
from adidem.records.ledger import Ledger


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
        event = said_at(span)
        words = workspace.ledger.words
        label = words[int(table.columns["period"][row])]
        period = period_of(label)
        if period is None:
            raise ProblemError([no_period(label, "a settlement names it", "", span)])
        read = words[int(table.columns["readings"][row])] if table.columns["readings"][row] >= 0 else ""
        pinned = dict(each.split("=", 1) for each in read.split(", ") if "=" in each)
        as_of = AsOf(int(table.columns["as_of"][row]), int(table.columns["known_at"][row]))
        hands = (str(event.get("prepared_by", "")), str(event.get("approved_by", "")))
        id, hashed = words[int(table.ids[row])], words[int(table.columns["digest"][row])]
        out.append(Closing(id, period, as_of, pinned, hashed, *hands, span))
    return sorted(out, key=lambda closing: closing.period.last)


def counted(workspace: Workspace, as_of: AsOf) -> list[Closing]:
    """The periods closed for this pair or an earlier one, oldest first."""
    return [one for one in closings(workspace, as_of.recorded) if one.as_of.occurred <= as_of.occurred]


def last_known(workspace: Workspace, known_at: int) -> int:
    """The day that is asked for where none is named: the last of the record as it is known, or of a closing."""
    return max([workspace.last_day(known_at), *(closing.as_of.occurred for closing in closings(workspace, known_at))])


def as_it_was(workspace: Workspace, closing: Closing) -> Workspace:
    """The workspace without what was written to the ledger after a closing, as if it had been known before.

    An amendment that entered the record only after the closing is left out. The agreement itself never is: where the
    ledger tells of its entry later, it counted until then from the day it was signed.
    """
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
    late = _entered_after(ledger, file, span.line)
    base = any(text.source.name in late and not text.amends_title for text in workspace.texts)
    if not told and not base and not any('"withdrawal"' in line for line in lines[span.line :]):
        return workspace
    earlier = Source(span.source.name, "\n".join(lines[: span.line]))
    sources = [earlier if source == span.source else source for source in workspace.ledger_sources]
    texts = [text for text in workspace.texts if not (text.amends_title and text.source.name in late)]
    return replace(workspace, texts=texts, ledger_sources=sources)


def _entered_after(ledger: Ledger, file: int, line: int) -> set[str]:
    """The documents that the ledger says to have entered the record, but only behind a line of a file of events."""
    table = ledger.tables.get("document")
    if table is None:
        return set()
    names = [ledger.words[int(code)] for code in table.columns["file"]]
    later = (table.place[:, 0] == file) & (table.place[:, 1] > line)
    return set(names) - {name for name, is_later in zip(names, later, strict=True) if not is_later}


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


def digest(settlement: Settlement) -> str:
    """The hash of what is settled: every figure and adjustment, who owes it to whom, how much, and due on which day."""
    lines = [
        [line.id, line.period, t.payer, t.payee, t.currency, str(line.original_minor), str(line.new_minor), t.due]
        for line in settlement.everything()
        for t in (line.known.transfer,)
    ]
    return hashlib.sha256(json.dumps(sorted(lines), separators=(",", ":")).encode()).hexdigest()


def no_period(label: str, why: str, at: str, span: Span | None = None) -> Problem:
    """D301: a label that names no period, and why."""
    sentence = f"“{label}” is no period: {why_none(label) or why}"
    return Problem("D301", sentence, span, "write 2025-Q3, 2025-09 or 2025", at=at)


def why_none(label: str) -> str:
    """What is wrong with a label that looks like a period; empty where it does not."""
    year, _, part = label.partition("-")
    if len(year) != 4 or not (year.isascii() and year.isdigit()):
        return ""
    if year in ("0000", "9999"):
        return "the years that can be settled are 0001 to 9998"
    if part[:1] == "Q" and part[1:].isdigit():
        return "the quarters of a year are Q1 to Q4"
    return "the months of a year are 01 to 12" if part.isdigit() else ""
