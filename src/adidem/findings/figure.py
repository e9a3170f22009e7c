"""Transfers as they are told: what one comes to, how far it may be off, what is paid of it, and the duty to pay it.

Knows transfers, payments and ranges. Does not know readings, or how figures are read out of an evaluation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from adidem.findings.paying import Accrued
from adidem.findings.standing import Standing
from adidem.kernel.agreement import Clause
from adidem.kernel.norm import STATES, Norm, NormDates, state
from adidem.kernel.period import ALWAYS, NEVER
from adidem.kernel.transfer import Leg, Part, Transfer

PAY = "pay what is due"
"""What the obligation to pay a transfer says."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A transfer with the texts it comes from, what it rests on, its range over what is assumed, and what is paid.

    low, high  the least and the greatest amount over what is assumed
    dues       the first and the last day on which it is due over what is assumed
    fixed      the day on which it was settled how much is owed; never of interest that still accrues
    accrued    of interest on what was late, how it comes about
    """

    transfer: Transfer
    leg: Leg
    row: int
    texts: tuple[Clause, ...]
    rests_on: tuple[str, ...]
    questions: tuple[str, ...]
    low: int
    high: int
    dues: tuple[int, int]
    paid: int = 0
    paid_on: int = NEVER
    fixed: int = NEVER
    parts: tuple[Part, ...] = ()
    accrued: Accrued | None = None

    @property
    def overdue_minor(self) -> int:
        """What is due and not paid; of the as-of day."""
        return self.transfer.amount_minor - self.paid


def paid(figure: Figure, parts: Sequence[Part]) -> Figure:
    minor = sum(part.amount_minor for part in parts)
    last = max((part.day for part in parts), default=ALWAYS)
    on = last if minor >= figure.transfer.amount_minor else NEVER
    return replace(figure, paid=minor, paid_on=on, parts=tuple(parts))


def payables(figures: Sequence[Figure], day: int) -> Iterator[Standing]:
    """To pay a transfer is an obligation too: met when all of it is paid in time, violated the day after it was not.

    Its states are those at the least and the greatest amount and on the first and the last due day too; where the least
    is nothing, none.
    """
    corners = [[*product((f.transfer.amount_minor, f.low, f.high), (f.transfer.due, *f.dues))] for f in figures]
    amounts, due = np.moveaxis(np.array(corners, np.int64).reshape(len(figures), 9, 2), 2, 0)
    paid = np.array([[figure.paid] for figure in figures], np.int64).reshape(-1, 1)
    last = np.array([[max((p.day for p in f.parts), default=ALWAYS)] for f in figures], np.int64).reshape(-1, 1)
    arises = np.where(amounts == 0, NEVER, np.minimum(due, day))
    codes, since = state(day, arises, due, np.where(paid >= amounts, last, NEVER))
    for row, figure in enumerate(figures):
        leg, transfer = figure.leg, figure.transfer
        dates = NormDates(leg.fixed, leg.due)
        norm = Norm(leg.name, "obligation", leg.payer, leg.payee, figure.texts[-1], leg.domain, dates, PAY)
        states = tuple(dict.fromkeys(STATES[code] for code in codes[row].tolist()))
        reached, place = int(since[row, 0]), figure.row
        yield Standing(
            transfer.id, norm, transfer.due, states[0], "", reached, place, figure.rests_on, states, figure.dues
        )
