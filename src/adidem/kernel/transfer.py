"""Transfers: who owes whom how much, when, and what of it has been paid.

Knows payers, payees, amounts and days. Does not know why an amount is owed.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from adidem.kernel.agreement import Clause
from adidem.kernel.formula import Formula
from adidem.kernel.period import ALWAYS, Every


@dataclass(frozen=True, slots=True)
class Leg:
    """A stream of transfers that a clause brings about: one a period that closes, one a record, or one alone.

    amount  minor units; zero where nothing is owed
    due     the day on which it is due
    fixed   the day on which it is settled how much is owed
    texts   the texts of the clause that it comes from, each with its part of the amount
    closes  [periods] whether a period of the leg ends with each; None for records and for one alone
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
    every: Every | None = None
    closes: Formula | None = None
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


def matched(
    transfers: Iterable[Transfer], payments: Iterable[Payment]
) -> tuple[dict[str, tuple[int, int]], list[tuple[Payment, int]]]:
    """How much of each transfer is paid and by when, and what part of which payment pays nothing.

    A payment that names a figure pays that one; what names a clause pays its figures in the order in which they fall
    due.
    returns  figure id → (minor units paid, day of the last part); (payment, minor units left over)
    """
    owed = sorted(transfers, key=lambda t: (t.due, t.id))
    paid = {transfer.id: (0, ALWAYS) for transfer in owed}
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
            transfer = waiting[0]
            before, day = paid[transfer.id]
            part = min(rest, transfer.amount_minor - before)
            if part:
                paid[transfer.id] = (before + part, max(day, payment.day))
            rest -= part
            if before + part == transfer.amount_minor:
                waiting.popleft()
        if rest:
            left.append((payment, rest))
    return paid, left
