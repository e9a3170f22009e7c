"""What met amounts owed: payments, and what was set off.

Knows outcomes of the record. Does not know periods, nor which of them are closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from adidem.findings.outcome import Outcome, Result
from adidem.findings.paying import payments


@dataclass(frozen=True, slots=True)
class Movement:
    """What met amounts owed, as far as no closed period holds it: a payment, or what was set off of one figure.

    by    the payment, or the clause of netting
    pays  the figure or clause that it meets
    """

    by: str
    payer: str
    payee: str
    currency: str
    amount_minor: int
    day: int
    pays: str
    netting: bool


def moved(outcome: Outcome, result: Result, last: int) -> list[Movement]:
    """What met amounts owed up to a day: every payment, and what was set off of each figure."""
    paid = [
        Movement(p.id, p.payer, p.payee, p.currency, p.amount_minor, p.day, p.pays, False)
        for p in payments(outcome.composition, outcome.columns)
        if p.day <= last
    ]
    clauses = {netting.text.id for netting in outcome.composition.nettings}
    netted = [
        Movement(part.by, t.payer, t.payee, t.currency, part.amount_minor, part.day, t.id, True)
        for figure in result.figures
        for t in (figure.transfer,)
        for part in figure.parts
        if part.by in clauses and part.day <= last
    ]
    return sorted([*paid, *netted], key=lambda movement: (movement.day, movement.by, movement.pays))


def moved_since(now: Sequence[Movement], before: Sequence[Movement]) -> list[Movement]:
    """What moved since: new movements, and the difference of those that were corrected."""
    out: list[Movement] = []
    rest = {(m.by, m.payer, m.payee, m.currency, m.pays, m.netting, m.day): m for m in before}
    for movement in now:
        m = movement
        old = rest.pop((m.by, m.payer, m.payee, m.currency, m.pays, m.netting, m.day), None)
        amount = m.amount_minor - (old.amount_minor if old is not None else 0)
        out += [replace(m, amount_minor=amount)] if amount else []
    return out + [replace(m, amount_minor=-m.amount_minor) for m in rest.values()]
