"""Why a period cannot be closed: each reason a problem, with what to do.

Knows the closings there are, and what is to be settled. Does not know how a closing is written down.
"""

from collections.abc import Sequence

from adidem.findings.closed import Closing, Period, following
from adidem.findings.outcome import Outcome
from adidem.findings.settlement import Settlement, left_out, open_questions
from adidem.kernel.period import AsOf, show_day, show_instant
from adidem.kernel.problem import Problem
from adidem.kernel.quantity import show_money


def too_late(closings: Sequence[Closing], period: Period, as_of: AsOf) -> list[Problem]:
    """D303: the period, a part of it, or one after it is closed; or the pair lies before that of a closing."""
    for closing in closings:
        when = f"as of {show_day(closing.as_of.occurred)}, as known at {show_instant(closing.as_of.recorded)}"
        if closing.period.last < period.first:
            if closing.as_of.occurred <= as_of.occurred and closing.as_of.recorded <= as_of.recorded:
                continue
            sentence = f"{closing.period.label} was closed {when}: later than this closing would be"
            return [_closed(sentence, closing, period.label, "close it as of a later day and instant")]
        by = f" by {closing.preparer}" if closing.preparer else ""
        mend = "leave out --close; what has come since is settled in the period that is open"
        if closing.period.label == period.label:
            return [_closed(f"{period.label} is closed, {when}{by}", closing, period.label, mend)]
        sentence = f"{period.label} cannot be closed: {closing.period.label} is, {when}{by}"
        return [_closed(sentence, closing, period.label, mend)]
    return []


def _closed(sentence: str, closing: Closing, label: str, mend: str, code: str = "D303") -> Problem:
    see = ((closing.span, f"{closing.period.label} is closed"),) if closing.span is not None else ()
    return Problem(code, sentence, mend=mend, see=see, at=label)


def too_early(period: Period, as_of: AsOf) -> list[Problem]:
    """D306: the period has not ended as of the day, or when things were known."""
    ends, day, known = show_day(period.last), as_of.occurred, as_of.recorded // 86_400
    if day < period.last:
        sentence = f"{period.label} ends on {ends}, and this is as of {show_day(day)}: it is a draft"
        return [Problem("D306", sentence, at=period.label, mend=f"ask --at {ends} or later")]
    if known < period.last:
        sentence = f"{period.label} ends on {ends}, and nobody knows before what is fixed in it: this is as known at"
        sentence = f"{sentence} {show_instant(as_of.recorded)}"
        return [Problem("D306", sentence, at=period.label, mend=f"close it after {ends}")]
    return []


def out_of_turn(closings: Sequence[Closing], period: Period, other_length: bool) -> list[Problem]:
    """D304: another period is to be closed first; D310: it is the turn of a period of another length.

    Closed periods follow each other without a gap, each as long as the one before unless it is said otherwise.
    """
    due = following(closings[-1].period) if closings else None
    if due is None or due.label == period.label:
        return []
    last = closings[-1].period
    if due.first != period.first:
        sentence = f"{last.label} is the last that is closed, and the next is {due.label}: no period is left out"
        mend = f"close {due.label} first, then those up to {period.label}, also where nothing is settled in them"
        return [_closed(sentence, closings[-1], period.label, mend, "D304")]
    if other_length:
        return []
    sentence = f"{last.label}, the last that is closed, is {_length(last)}, and {period.label} is {_length(period)}"
    mend = f"close {due.label}; or, if periods of that length are closed from now on, say --other-length"
    return [_closed(sentence, closings[-1], period.label, mend, "D310")]


def _length(period: Period) -> str:
    return "a year" if len(period.label) == 4 else "a quarter" if "Q" in period.label else "a month"


def settled_nowhere(outcome: Outcome, period: Period, closings: Sequence[Closing]) -> list[Problem]:
    """D304: figures of earlier days that no closed period holds."""
    before = left_out(outcome, period, closings)
    if not before:
        return []
    names = ", ".join(figure.transfer.id for figure in before[:3])
    more = f" and {len(before) - 3} more" if len(before) > 3 else ""
    sentence = f"an earlier period is open: no closed period holds {names}{more}"
    first = show_day(min(figure.fixed for figure in before))
    mend = f"close the period of {first} first, then those up to {period.label}"
    return [Problem("D304", sentence, at=period.label, mend=mend)]


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
