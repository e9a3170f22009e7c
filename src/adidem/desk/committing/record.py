"""What a provider's own record says of a commitment, beside what the clause says.

Knows the rows of FOCUS's dataset Contract Commitment, as events have them, and milestones. Does not know files.
"""

from typing import Any

import numpy as np

from adidem.desk.wording import quantity_words
from adidem.findings.outcome import Outcome
from adidem.kernel.agreement import Clause
from adidem.kernel.literal import Misspelt, parse_date
from adidem.kernel.period import FIRSTS, counted_from, period_of, show_day
from adidem.kernel.quantity import Unit, show_money
from adidem.kernel.term import Milestone, Quantity
from adidem.records.values import MISSING

KIND = "contract-commitment"


def differences(outcome: Outcome) -> list[dict[str, Any]]:
    """Each row of the record: the clause it speaks of, what both say, and whether they agree."""
    record = outcome.columns.records.get(KIND)
    if record is None:
        return []
    table, words = record.table, outcome.columns.ledger.words
    out: list[dict[str, Any]] = []
    for row in range(len(table)):
        said = {name: int(table.columns[name][row]) for name in table.columns}
        text = {name: words[said[name]] for name in ("clause", "starts", "ends", "unit") if said[name] != MISSING}
        texts = outcome.composition.agreement.texts_of(text["clause"])
        standing = [each for each in texts if each.starts <= outcome.as_of and each.family == "minimum-commitment"]
        entry: dict[str, Any] = {"event": words[int(table.ids[row])], "clause": text["clause"]}
        entry |= _compared(standing[-1], said, text) if standing else _apart("", "no commitment of that name")
        out.append(entry)
    return out


def _apart(says: str, clause: str) -> dict[str, Any]:
    return {"says": says, "clause_says": clause, "agrees": False}


def _compared(clause: Clause, said: dict[str, int], text: dict[str, str]) -> dict[str, Any]:
    """One row. Its period ends before the day that it names, as periods do in FOCUS."""
    try:
        starts, ends = (parse_date(text[name][:10]) for name in ("starts", "ends"))
    except (Misspelt, KeyError):
        return _apart("no period that can be read", "")
    money = said["amount"] != MISSING
    words = f"from {show_day(starts)} to {show_day(ends - 1)}"
    currency = _currency(clause)
    amount = said["amount"] if money else said["quantity"] if said["quantity"] != MISSING else 0
    unit = Unit("money", currency) if money else Unit("count", text.get("unit", ""), 10**6)
    says = f"{show_money(amount, currency) if money else quantity_words(amount, unit)} {words}"
    wanted = _committed(clause, starts, ends)
    if wanted is None:
        return _apart(says, "nothing for that period")
    shown = quantity_words(wanted.value, wanted.unit)
    same = wanted.unit.like(unit) and wanted.value * unit.denominator == amount * wanted.unit.denominator
    return {"says": says, "clause_says": f"{shown} {words}", "agrees": same}


def _currency(clause: Clause) -> str:
    for each in clause.terms.values():
        items = each.value if isinstance(each.value, tuple) else (each.value,)
        for item in items:
            amount = item.amount if isinstance(item, Milestone) else item
            if isinstance(amount, Quantity) and amount.unit.kind == "money":
                return amount.unit.name
    return "USD"


def _committed(clause: Clause, starts: int, ends: int) -> Quantity | None:
    """What the clause commits to from a day until before another; None where it has no such period."""
    if "every" in clause.terms:
        every, year = clause.terms["every"].value, clause.terms.get("year_starts")
        amount = clause.terms["amount" if "amount" in clause.terms else "quantity"].value
        cycle = counted_from(str(year.value) if year is not None else FIRSTS[0], every)  # type: ignore[arg-type]
        firsts = np.unique(period_of(np.arange(starts, ends + 1), cycle)[0])
        if len(firsts) < 2 or (firsts[0], firsts[-1]) != (starts, ends) or not isinstance(amount, Quantity):
            return None
        return Quantity(amount.value * (len(firsts) - 1), amount.unit)
    found = clause.terms["milestones"].value
    milestones = [each for each in found if isinstance(each, Milestone)] if isinstance(found, tuple) else []
    until = next((each for each in milestones if each.by == ends - 1), None)
    before = next((each for each in milestones if each.by == starts - 1), None)
    if until is None or (before is None and any(each.by < starts for each in milestones)):
        return None
    less = 0
    if before is not None:
        less = before.amount.value * until.amount.unit.denominator // before.amount.unit.denominator
    return Quantity(until.amount.value - less, until.amount.unit)
