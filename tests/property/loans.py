"""Loans as documents and ledgers, and what is owed on them worked out again, day by day, with fractions.

Knows how a loan is written, and what a day is worth by each day count. Does not know formulas or the engine.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from adidem.findings.outcome import Outcome
from adidem.kernel.period import EPOCH, AsOf, day
from documents import block, front, held, signed

FIRST = "2000-01-01"
PARTIES = {"bank": "Bank Ltd", "lab": "Lab Ltd", "parent": "Parent Ltd"}
DAYS = """
family: notice
zone: UTC
calendar: SA
cut_off: 17:00
first_day: excluded
deemed_receipt: 0 days
"""
"""The days are Monday to Friday: Saudi Arabia has no holiday on those of which the tests speak."""


BEFORE = front("A loan", FIRST, PARTIES) + block("signing", signed(FIRST)) + block("days", DAYS)
"""What stands before the loan."""


def agreement(terms: Mapping[str, str], id: str = "loan", family: str = "loan") -> str:
    """A document with one clause."""
    return BEFORE + clause(terms, id, family)


def clause(terms: Mapping[str, str], id: str = "loan", family: str = "loan") -> str:
    """One clause by its terms."""
    return block(id, "\n".join(f"{name}: {value}" for name, value in {"family": family, **terms}.items()))


def event(id: str, kind: str, occurred: str, **columns: str) -> str:
    """A line of a ledger, known on the day."""
    return json.dumps({"id": id, "kind": kind, "occurred": occurred, "recorded": occurred, **columns})


def run(text: str, events: Sequence[str], as_of: str) -> Outcome:
    """The outcome of a document and a ledger."""
    when = day(date.fromisoformat(as_of))
    return held(text, events).run(AsOf(when, 2**40))


def figures(outcome: Outcome) -> dict[str, int]:
    """Figure → minor units owed; what the payee owes the payer is negative."""
    return {f.transfer.id: f.transfer.amount_minor for f in outcome.results[0].figures}


def weight(count: str, of: int) -> Fraction:
    """What part of a year a day is: from it to the next."""
    today, following = EPOCH + timedelta(days=of), EPOCH + timedelta(days=of + 1)
    match count:
        case "A/365":
            return Fraction(1, 365)
        case "A/360":
            return Fraction(1, 360)
        case "A/A":
            return Fraction(1, 366 if today.year % 4 == 0 and (today.year % 100 or not today.year % 400) else 365)
        case _:
            numbers = [360 * d.year + 30 * d.month + min(d.day, 30) for d in (today, following)]
            return Fraction(numbers[1] - numbers[0], 360)


@dataclass
class Walk:
    """A loan gone through day by day.

    interest, principal   the days on which it is paid; the maturity is in both
    rates                 from which day on which rate of a year
    moves                 what events add on a day, or take away
    reduces_next          what is prepaid reduces the next instalments, and not the last
    rounds                how interest is rounded where it is paid; not at all for the exact amounts
    """

    start: int
    maturity: int
    count: str
    interest: set[int]
    principal: set[int]
    rates: Mapping[int, Fraction]
    fixed: Fraction = Fraction(0)
    moves: Mapping[int, Fraction] = field(default_factory=dict[int, Fraction])
    instalment: Fraction = Fraction(0)
    capitalised_until: int = -(10**9)
    called: int = 10**9
    reduces_next: bool = False
    rounds: Callable[[Fraction], Fraction] = lambda exact: exact

    def owed(self) -> dict[tuple[int, str], Fraction]:
        """(day, name) → what the borrower owes."""
        out: dict[tuple[int, str], Fraction] = {}
        balance, accrued, rate, planned = self.fixed, Fraction(0), Fraction(0), self.fixed
        for now in range(self.start, self.maturity + 1):
            balance += self.moves.get(now, 0)
            planned += max(self.moves.get(now, Fraction(0)), Fraction(0))
            last = now in (self.maturity, self.called)
            held = balance
            if now in self.principal or last:
                step = min(self.instalment, planned)
                planned -= step
                due = min(max(balance - planned, 0), balance) if self.reduces_next else min(self.instalment, balance)
                due = balance if last else due
                out[now, "principal"] = due
                held -= due
            if now in self.interest or last:
                paid, accrued = self.rounds(accrued), Fraction(0)
                if now <= self.capitalised_until and not last:
                    held += paid
                else:
                    out[now, "interest"] = paid
            balance, rate = held, self.rates.get(now, rate)
            if last:
                break
            accrued += balance * rate * weight(self.count, now)
        return {key: amount for key, amount in out.items() if amount}


def shown(number: int) -> str:
    """The ISO date."""
    return (EPOCH + timedelta(days=number)).isoformat()


def data(name: str) -> Any:
    """A file of the public data that tests read, or None where it is not there."""
    root = Path(os.environ.get("ADIDEM_DATA", Path(__file__).parents[3] / "shared" / "data"))
    path = root / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
