"""What a provider's own record says of a commitment, beside what the clause says.

Knows the rows of FOCUS's dataset Contract Commitment, as events have them, and milestones. Does not know files.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from adidem.desk.wording import quantity_words
from adidem.findings.outcome import Outcome
from adidem.kernel.agreement import Clause
from adidem.kernel.literal import Misspelt, parse_date
from adidem.kernel.period import FIRSTS, counted_from, period_of, show_day
from adidem.kernel.quantity import Unit
from adidem.kernel.term import Milestone, Quantity, Value
from adidem.records.values import MISSING

KIND = "contract-commitment"
_SAYS = ("every", "year_starts", "amount", "quantity", "milestones")
"""The terms that say how much is committed to, and for which periods."""


def differences(outcome: Outcome) -> list[dict[str, Any]]:
    """Each row of the record: the clause it speaks of, what both say, and whether they agree, under one reading of the
    clause at least.
    """
    record = outcome.columns.records.get(KIND)
    if record is None:
        return []
    table, words = record.table, outcome.columns.ledger.words
    out: list[dict[str, Any]] = []
    for row in range(len(table)):
        said = {name: int(table.columns[name][row]) for name in table.columns}
        text = {name: words[said[name]] for name in ("clause", "starts", "ends", "unit") if said[name] != MISSING}
        texts = outcome.composition.agreement.texts_of(text["clause"])
        known = [each for each in texts if each.starts <= outcome.as_of and each.family == "minimum-commitment"]
        entry: dict[str, Any] = {"event": words[int(table.ids[row])], "clause": text["clause"]}
        entry |= _compared(outcome, known, said, text) if known else _apart("", "no commitment of that name")
        out.append(entry)
    return out


def _apart(says: str, clause: str) -> dict[str, Any]:
    return {"says": says, "clause_says": clause, "agrees": False}


def _compared(
    outcome: Outcome, texts: Sequence[Clause], said: Mapping[str, int], text: Mapping[str, str]
) -> dict[str, Any]:
    """One row. Its period ends before the day that it names, as periods do in FOCUS."""
    try:
        starts, ends = (parse_date(text[name][:10]) for name in ("starts", "ends"))
    except (Misspelt, KeyError):
        return _apart("no period that can be read", "")
    period = f"from {show_day(starts)} to {show_day(ends - 1)}"
    choices = _choices(outcome, texts[0].id)
    found = [each for choice in choices if (each := _committed(texts, starts, ends, choice)) is not None]
    wanted = " or ".join(dict.fromkeys(quantity_words(each.value, each.unit) for each in found))
    says, clause_says = _told(outcome, said, text), f"{wanted} {period}" if found else "nothing for that period"
    if says is None:
        return _apart(f"neither an amount nor a quantity {period}", clause_says)
    return {
        "says": f"{quantity_words(says.value, says.unit)} {period}",
        "clause_says": clause_says,
        "agrees": any(_same(says, each) for each in found),
    }


def _told(outcome: Outcome, said: Mapping[str, int], text: Mapping[str, str]) -> Quantity | None:
    """What a row says of how much is committed to."""
    if said["amount"] != MISSING:
        return Quantity(said["amount"], Unit("money", outcome.composition.currency()))
    unit = Unit("count", text.get("unit", ""), 10**6)
    return Quantity(said["quantity"], unit) if said["quantity"] != MISSING else None


def _same(one: Quantity, other: Quantity) -> bool:
    return one.unit.like(other.unit) and one.value * other.unit.denominator == other.value * one.unit.denominator


def _choices(outcome: Outcome, clause: str) -> Iterator[dict[str, str]]:
    """Each way in which what a clause commits to may be read, as far as none was asked for."""
    asked = [each for name in _SAYS if (each := outcome.composition.questions.get(f"{clause}.{name}")) is not None]
    readings = [[outcome.pinned[each.id]] if each.id in outcome.pinned else each.readings for each in asked]
    return (dict(zip((each.id for each in asked), choice, strict=True)) for choice in product(*readings))


def _committed(texts: Sequence[Clause], starts: int, ends: int, choice: Mapping[str, str]) -> Quantity | None:
    """What the clause commits to from a day until before another, by the text that stands at the end of each year or on
    the day of each milestone; None where it has no such period.
    """
    last = _standing(texts, ends - 1)
    if ends <= last.starts:
        return None
    if "every" in last.terms:
        year = _read(last, "year_starts", choice) if "year_starts" in last.terms else FIRSTS[0]
        cycle = counted_from(str(year), _read(last, "every", choice))  # type: ignore[arg-type]
        firsts = np.unique(period_of(np.arange(starts, ends + 1), cycle)[0]).tolist()
        amounts = [_of_year(_standing(texts, first - 1), choice) for first in firsts[1:]]
        return _sum(amounts) if amounts and (firsts[0], firsts[-1]) == (starts, ends) else None
    milestones = {each.by: each.amount for each in _milestones(texts, choice)}
    until, before = milestones.get(ends - 1), milestones.get(starts - 1)
    if until is None or (before is None and any(by < starts for by in milestones)):
        return None
    less = before.value * until.unit.denominator // before.unit.denominator if before is not None else 0
    return Quantity(until.value - less, until.unit)


def _standing(texts: Sequence[Clause], day: int) -> Clause:
    """The text of a day; the first, of a day before all."""
    return next((each for each in reversed(texts) if each.starts <= day), texts[0])


def _of_year(text: Clause, choice: Mapping[str, str]) -> Value | None:
    name = next((name for name in ("amount", "quantity") if name in text.terms), None)
    return _read(text, name, choice) if name is not None else None


def _sum(amounts: Sequence[Value | None]) -> Quantity | None:
    """The sum of amounts of one unit; None where they are none, or of several."""
    found = [each for each in amounts if isinstance(each, Quantity)]
    alike = len(found) == len(amounts) and all(each.unit == found[0].unit for each in found)
    return Quantity(sum(each.value for each in found), found[0].unit) if alike else None


def _milestones(texts: Sequence[Clause], choice: Mapping[str, str]) -> Iterator[Milestone]:
    """The milestones of each text that stands on their day."""
    for text in texts:
        value = _read(text, "milestones", choice) if "milestones" in text.terms else ()
        for each in value if isinstance(value, tuple) else ():
            if isinstance(each, Milestone) and _standing(texts, each.by) is text:
                yield each


def _read(text: Clause, name: str, choice: Mapping[str, str]) -> Value:
    """What a term says, as it is read."""
    term, reading = text.terms[name], choice.get(f"{text.id}.{name}")
    return next((each.value for each in term.readings if each.name == reading), term.value)
