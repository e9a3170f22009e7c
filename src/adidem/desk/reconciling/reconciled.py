"""What came of a reconciliation as plain data: clause by clause, cause by cause, line by line.

Knows what was reconciled. Does not know how it was found, nor terminals.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from adidem.desk.decimals import decimal_text
from adidem.desk.exports.export_file import lines_of
from adidem.desk.reconciling.asking import Answer, Clause
from adidem.desk.wording import known_words, number_words
from adidem.findings.altered import Altered
from adidem.findings.drafting import Cause
from adidem.findings.hypothesis import Supposed
from adidem.findings.lines import Lines
from adidem.findings.reconciliation import Step
from adidem.kernel.period import show_day, show_instant
from adidem.kernel.quantity import Array

MOST_LINES = 100
"""How many lines of a cause are listed, those with the largest differences first; all are counted and added up."""
_DAY = 86_400
_RATE = 10**9
"""Exchange rates are told in so many parts."""


def reconcile_view(answer: Answer) -> dict[str, Any]:
    """The JSON of `reconcile`."""
    statement, currency = answer.statement, answer.currency
    numbers = _numbers(answer, MOST_LINES)
    return {
        "agreement": answer.title,
        "period": answer.asked.period,
        "as_of": show_day(answer.as_of.occurred),
        "known_at": known_words(answer.as_of.recorded),
        "equal": answer.equal,
        "closed": _closed(answer),
        "currency": currency,
        "statement": {
            "file": statement.file.name,
            "sha256": statement.file.sha256,
            "rows": sum(statement.rows.values()),
            "heaps": {
                heap: {"rows": count, "sum": decimal_text(statement.sums.get(heap, Fraction(0)), currency)}
                for heap, count in statement.rows.items()
            },
            "listed": [
                {"row": one.row, "line": one.line, "is": one.heap, "reason": one.reason, "amount": one.amount}
                for one in statement.listed
            ],
        },
        "clauses": [_clause(answer, one, numbers) for one in answer.clauses],
    }


def _closed(answer: Answer) -> dict[str, str] | None:
    """How the period was closed, where it is: ours is what was settled then."""
    closing = answer.closing
    if closing is None:
        return None
    return {
        "period": closing.period.label,
        "event": closing.id,
        "as_of": show_day(closing.as_of.occurred),
        "known_at": show_instant(closing.as_of.recorded),
    }


def _clause(answer: Answer, clause: Clause, numbers: Mapping[int, int]) -> dict[str, Any]:
    one, ours, lines, known = clause.found, clause.ours, clause.lines, clause.knew
    currency, text = answer.currency, ours.texts[-1]
    difference = one.theirs - one.ours
    return {
        "clause": one.clause,
        "title": text.title,
        "place": text.span.place,
        "figure": one.label,
        "ours": decimal_text(one.ours, currency),
        "of_the_period": decimal_text(one.ours - sum(one.adjusted.values()), currency),
        "adjustments": [{"period": label, "amount": decimal_text(of, currency)} for label, of in one.adjusted.items()],
        "theirs": decimal_text(one.theirs, currency),
        "difference": decimal_text(difference, currency),
        "stated": show_day(clause.stated) if clause.stated is not None else None,
        "since": decimal_text(one.since, currency),
        "they_knew": show_day(known // _DAY) if known is not None else None,
        "lines": int(lines.inside.sum()),
        "records": int(ours.entering[ours.kind].sum()) if ours.kind else 0,
        "causes": [_step(answer, step, ours, lines, numbers) for step in one.steps],
        "unexplained": decimal_text(one.unexplained, currency),
        "or_else": [
            [{"cause": change.cause, "what": _what(change.altered, change.words)} for change in changes]
            for changes in one.others
        ],
        "runs": one.runs,
    }


def _what(altered: Altered | None, words: str) -> str:
    return f"{altered.term}: {words}" if altered is not None else words


def _step(answer: Answer, step: Step, ours: Supposed, lines: Lines, numbers: Mapping[int, int]) -> dict[str, Any]:
    found = step.found
    view: dict[str, Any] = {
        "cause": step.cause,
        "clause": ours.clause,
        "amount": decimal_text(step.amount, answer.currency),
        "what": _what(step.altered, step.words),
    }
    if step.altered is not None and step.altered.term in ours.texts[-1].terms:
        span = ours.texts[-1].terms[step.altered.term].span
        view["place"] = span.place if span is not None else ""
    if step.alone is not None:
        view["alone"] = {"amount": decimal_text(step.alone.amount, answer.currency), "without": step.alone.without}
    if step.also:
        view["or_else"] = step.also
    if found is not None:
        view["count"] = len(found.rows)
        view["lines"] = [
            _line(answer, found, place, ours, lines, numbers) for place in _largest(found, MOST_LINES).tolist()
        ]
    return view


def _line(
    answer: Answer, found: Cause, place: int, ours: Supposed, lines: Lines, numbers: Mapping[int, int]
) -> dict[str, Any]:
    """One line or record that differs: theirs beside ours."""
    row, line = int(found.rows[place]), int(found.lines[place])
    number = int(lines.number[line]) if line >= 0 else None
    record = ours.record
    view: dict[str, Any] = {
        "row": number,
        "line": numbers.get(number) if number is not None else None,
        "event": record.words[int(ours.table.ids[row])] if row >= 0 else None,
    }
    if row >= 0:
        view["occurred"] = show_day(int(ours.table.occurred[row]))
        file, at = (int(part) for part in ours.table.place[row])
        view["place"] = f"{record.sources[file].name}:{at}"
    key = int(ours.table.columns[ours.key_column][row]) if row >= 0 and ours.key_column else -1
    key = int(lines.key[line]) if key < 0 and line >= 0 else key
    view["about"] = record.words[key] if key >= 0 else None
    was, is_ = int(found.was[place]), int(found.is_[place])
    if found.name == "exchange rate":
        return {**view, "ours": number_words(Fraction(was, _RATE)), "theirs": number_words(Fraction(is_, _RATE))}
    return {**view, "ours": decimal_text(was, answer.currency), "theirs": decimal_text(is_, answer.currency)}


def differing(answer: Answer) -> Iterator[dict[str, Any]]:
    """Every line or record that differs, the larger differences of each cause first."""
    numbers = _numbers(answer, None)
    for clause in answer.clauses:
        for step in clause.found.steps:
            for place in _largest(step.found, None).tolist() if step.found is not None else ():
                assert step.found is not None
                found = _line(answer, step.found, place, clause.ours, clause.lines, numbers)
                yield {"cause": step.cause, "clause": clause.found.clause, **found}


def _numbers(answer: Answer, most: int | None) -> dict[int, int]:
    """Row → line of the file, of all rows that are listed."""
    rows: set[int] = set()
    for clause in answer.clauses:
        for found in [step.found for step in clause.found.steps if step.found is not None]:
            places = found.lines[_largest(found, most)]
            rows.update(clause.lines.number[places[places >= 0]].tolist())
    return lines_of(answer.statement.file, rows, answer.separator)


def _largest(cause: Cause, most: int | None) -> Array:
    """The places of the largest differences."""
    return np.argsort(-np.abs(cause.is_ - cause.was), kind="stable")[:most]
