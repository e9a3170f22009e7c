"""What was typed: days, instants, readings and hypothetical events.

Knows how they are spelled on the command line.
"""

import json
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime

from adidem.desk.workspace import Workspace
from adidem.kernel.literal import Misspelt, parse_date
from adidem.kernel.period import AsOf, show_day
from adidem.kernel.problem import Problem, ProblemError
from adidem.records.values import UNBOUNDED, Spelling


def pair(workspace: Workspace, as_of: str, known_at: str) -> AsOf:
    """The pair that a question is asked for: where no day is named, the last of the record as it was known."""
    second = second_of(known_at) if known_at else UNBOUNDED
    return AsOf(day_of(as_of, "--as-of") if as_of else workspace.last_day(second), second)


def moment(workspace: Workspace, text: str) -> tuple[AsOf, str]:
    """A day or an instant, as the pair to ask for and as an event says it; by default the last day of the record."""
    if "T" not in text:
        day = day_of(text, "--at") if text else workspace.last_day()
        return AsOf(day, UNBOUNDED), show_day(day)
    try:
        return AsOf(Spelling(workspace.zone).instant(text)[0], UNBOUNDED), text
    except Misspelt as wrong:
        raise ProblemError([Problem("D105", wrong.sentence, at="--at", mend=wrong.mend)]) from None


def day_of(text: str, option: str) -> int:
    """The day of an option. Problems: D105 it is none."""
    try:
        if text == "never":
            raise Misspelt("“never” is no day", mend="write year-month-day: 2025-01-21")
        return parse_date(text)
    except Misspelt as wrong:
        raise ProblemError([Problem("D105", wrong.sentence, at=option, mend=wrong.mend)]) from None


def day_or_none(text: str, option: str) -> int | None:
    """The day of an option that may be left out."""
    return day_of(text, option) if text else None


def second_of(text: str) -> int:
    """The second of an instant, which says its zone; of a day its last, in UTC. Problems: D105 it is neither."""
    if "T" not in text:
        return day_of(text, "--known-at") * 86_400 + 86_399
    try:
        return Spelling().instant(text)[2]
    except Misspelt as wrong:
        raise ProblemError([Problem("D105", wrong.sentence, at="--known-at", mend=wrong.mend)]) from None


def pinned(readings: Sequence[str]) -> dict[str, str]:
    """`QUESTION=READING`, each."""
    out: dict[str, str] = {}
    for text in readings:
        question, equals, reading = text.partition("=")
        if not equals:
            problem = Problem("D106", f"“{text}” names no reading", at="--reading", mend="write QUESTION=READING")
            raise ProblemError([problem])
        if out.setdefault(question.strip(), reading.strip()) != reading.strip():
            problem = Problem("D106", f"{question.strip()} is given two readings", at="--reading", mend="give it one")
            raise ProblemError([problem])
    return out


def event(text: str, when: AsOf | None = None, option: str = "--with") -> str:
    """An event as a line of the ledger: JSON as it is, or `kind column=value …`.

    What is left out of a hypothetical event: it occurs on the as-of day, is recorded when it occurs, or by the instant
    for which is asked where that is earlier, and its id says that it is hypothetical.
    """
    if text.lstrip().startswith("{"):
        return text
    try:
        words = shlex.split(text)
    except ValueError:
        mend = "close every quotation mark, and put a value with spaces between two of them"
        raise ProblemError([Problem("D107", f"“{text}” opens a quotation mark only", at=option, mend=mend)]) from None
    fields: dict[str, str] = {"kind": words[0]} if words and "=" not in words[0] else {}
    for word in words[len(fields) :]:
        name, equals, value = word.partition("=")
        if not equals:
            problem = Problem("D107", f"“{word}” is no column", at=option, mend="write kind column=value …")
            raise ProblemError([problem])
        fields[name] = value
    if when is not None:
        fields.setdefault("id", f"hypothetical-{fields.get('kind', 'event')}")
        fields.setdefault("occurred", show_day(when.occurred))
        fields.setdefault("recorded", _recorded(fields["occurred"][:10], when))
    return json.dumps(fields, ensure_ascii=False)


def _recorded(occurred: str, when: AsOf) -> str:
    """A supposed event is known when it occurs; to whoever asks what was known before, by then."""
    if when.recorded < UNBOUNDED and show_day(when.recorded // 86_400) < occurred:
        return datetime.fromtimestamp(when.recorded, UTC).isoformat()
    return occurred
