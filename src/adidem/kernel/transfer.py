"""Transfers: who owes whom how much, when, and what of it has been paid.

Knows payers, payees, amounts and days. Does not know why an amount is owed.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from adidem.kernel.agreement import Clause
from adidem.kernel.formula import Formula
from adidem.kernel.period import Cycle, Every
from adidem.kernel.quantity import Rounding


@dataclass(frozen=True, slots=True)
class Leg:
    """A stream of transfers that a clause brings about: one a period that closes, one a record, or one alone.

    amount  minor units; zero where nothing is owed
    due     the day on which it is due
    fixed   the day on which it is settled how much is owed
    texts   the texts of the clause that it comes from, each with its part of the amount
    every   the periods of which it has one each; None for records and for one alone
    period  the name of its period, for one alone

    A figure's id is clause/period/name, whatever the reading and whenever it was known.
    """

    clause: str
    name: str
    payer: str
    payee: str
    amount: Formula
    due: Formula
    fixed: Formula
    texts: tuple[tuple[Clause, Formula], ...]
    every: Cycle | None = None
    period: str = ""
    provisional: Formula | None = None

    @property
    def domain(self) -> str:
        """Where its amounts live."""
        return self.amount.domain

    @property
    def currency(self) -> str:
        """The currency of its amounts."""
        return self.amount.unit.name


@dataclass(frozen=True, slots=True)
class Transfer:
    """One amount owed, of one world."""

    id: str
    clause: str
    payer: str
    payee: str
    currency: str
    amount_minor: int
    due: int
    provisional: bool


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment made: `pays` names a figure, or a clause whose figures it pays oldest first."""

    id: str
    payer: str
    payee: str
    currency: str
    amount_minor: int
    day: int
    pays: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a transfer that is met: how much, on which day, and by which payment or clause of netting."""

    amount_minor: int
    day: int
    by: str


@dataclass(frozen=True, slots=True)
class Netting:
    """What one text provides for: transfers of some clauses between some parties are set off against each other.

    life      the days on which the text begins to bind and no longer binds, both of the domain `one`
    ends_of   periods, each with the flag that what falls due in one is due on its last day
    overdue   the flag that what is overdue is set off too
    """

    text: Clause
    between: tuple[str, ...]
    clauses: tuple[str, ...]
    life: tuple[Formula, Formula]
    ends_of: tuple[tuple[Every, Formula], ...]
    overdue: Formula


@dataclass(frozen=True, slots=True)
class LateInterest:
    """What one text charges on what is paid late under some clauses; simple interest, worked out of matched parts.

    life      the days on which the text begins to bind and no longer binds
    rate      of a year, which has `year` days
    grace     days after the due day in which payment is not late
    from_due  the flag that it runs from the due day, and not from the end of grace
    place     `line` where each part is rounded, `period` where each figure is
    """

    text: Clause
    clauses: tuple[str, ...]
    life: tuple[Formula, Formula]
    rate: Formula
    year: Formula
    grace: Formula
    from_due: Formula
    rounding: Rounding
    place: str


def matched(
    transfers: Iterable[Transfer], payments: Iterable[Payment]
) -> tuple[dict[str, list[Part]], list[tuple[Payment, int]]]:
    """The parts in which each transfer is met, and what part of which payment pays nothing.

    A payment that names a figure pays that one; what names a clause pays its figures in the order in which they fall
    due.
    returns  figure id → its parts; (payment, minor units left over)
    """
    owed = sorted(transfers, key=lambda t: (t.due, t.id))
    rest_of = {transfer.id: transfer.amount_minor for transfer in owed}
    parts: dict[str, list[Part]] = {transfer.id: [] for transfer in owed}
    open_by: dict[tuple[str, str, str, str], deque[Transfer]] = {}
    for transfer in owed:
        for name in {transfer.id, transfer.clause} if transfer.amount_minor > 0 else ():
            key = (name, transfer.payer, transfer.payee, transfer.currency)
            open_by.setdefault(key, deque()).append(transfer)
    left: list[tuple[Payment, int]] = []
    for payment in sorted(payments, key=lambda p: ("/" not in p.pays, p.day, p.id)):
        rest = payment.amount_minor
        waiting = open_by.get((payment.pays, payment.payer, payment.payee, payment.currency), deque())
        while rest and waiting:
            id = waiting[0].id
            part = min(rest, rest_of[id])
            if part:
                parts[id].append(Part(part, payment.day, payment.id))
            rest -= part
            rest_of[id] -= part
            if not rest_of[id]:
                waiting.popleft()
        if rest:
            left.append((payment, rest))
    return parts, left
