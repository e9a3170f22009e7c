"""Random agreements between two parties that owe each other, with netting and late interest; and their ledgers.

Knows how such documents and events are spelled. Does not know what they mean.
"""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

import documents
from adidem.desk.settling.closing import Asked, Settling
from adidem.desk.workspace import Workspace
from adidem.kernel.period import day
from documents import front, held, signed
from property.strategies import iso

HEAD = front("Lemonade", "2025-01-01", {"ada": "Ada Ltd", "ben": "Ben Ltd"})
FIRST = day(date(2025, 1, 1))
ROUNDINGS = ("half even", "half up", "down", "up")
Event = dict[str, Any]


def block(heading: str, **terms: object) -> str:
    """A clause: a heading, and its terms."""
    return documents.block(heading, "\n".join(f"{name}: {value}" for name, value in terms.items()))


def share(heading: str, payer: str, payee: str, **more: object) -> str:
    """A share of the payer's revenue, quarter by quarter."""
    terms = {"family": "revenue-share", "payer": payer, "payee": payee, "of": payer, "products": "everything"}
    terms |= {"rate": "20 %", "every": "quarter", "pay_within": "30 days", "rounding": "half even, per period"}
    return block(heading, **(terms | more))


SIGNED = documents.block("signing", signed("2025-01-01"))


@dataclass
class Deal:
    """An agreement and its ledger, as they grow."""

    text: str
    events: list[Event] = field(default_factory=list)

    def workspace(self) -> Workspace:
        """The folder that would hold them, without a disk."""
        return held(self.text, self.events)

    def settling(self, period: str, at: str, known: int | None = None, other_length: bool = False) -> Settling:
        """A period of it."""
        when = day(date.fromisoformat(at))
        return Settling(self.workspace(), Asked(period, when, known, other_length=other_length))

    def close(self, period: str, at: str, other_length: bool = False) -> str:
        """Close a period, as known at the end of a day; the hash of what it settled."""
        second = (day(date.fromisoformat(at)) + 1) * 86_400 - 1
        event = self.settling(period, at, second, other_length).closing_event(second)
        self.events.append({**event, "recorded": at, "prepared_by": "ann"})
        return event["digest"]


def random_terms(chance: Random) -> str:
    """Shares to and fro, perhaps capped, netted and bearing interest."""
    cap = {"cap": f"USD {chance.randrange(1, 60) * 100}"} if chance.random() < 0.5 else {}
    parts = [HEAD, SIGNED, share("share", "ada", "ben", rate=f"{chance.randrange(1, 40)} %", **cap)]
    parts.append(share("fee", "ben", "ada", rate=f"{chance.randrange(1, 200)}/1000"))
    if chance.random() < 0.6:
        parts.append(netting(chance))
    if chance.random() < 0.6:
        parts.append(late(chance))
    return "\n".join(parts)


def netting(chance: Random) -> str:
    """A clause of netting."""
    settled = chance.choice(("due-day", "month-end", "quarter-end", "year-end"))
    off = chance.choice(("yes", "no"))
    return block(
        "netting", family="netting", between="[ada, ben]", clauses="[share, fee]", settlement_day=settled, set_off=off
    )


def late(chance: Random, clauses: str = "[share, fee]") -> str:
    """A clause of late interest."""
    grace = {"grace": f"{chance.randrange(0, 40)} days"} if chance.random() < 0.5 else {}
    return block(
        "late",
        family="late-interest",
        clauses=clauses,
        rate=f"{chance.randrange(1, 3000)}/10000",
        day_count=chance.choice(("A/365", "A/360")),
        **grace,
        runs_from=chance.choice(("due-day", "end-of-grace")),
        rounding=f"{chance.choice(ROUNDINGS)}, per {chance.choice(('line', 'period'))}",
    )


def random_events(
    chance: Random, count: int, first: int, last: int, recorded: int, mark: str, back: float = 0.0
) -> list[Event]:
    """Revenue, a part of it given `back`, and payments of both; known on their day or on `recorded`, if later."""
    out: list[Event] = []
    for number in range(count):
        on = chance.randrange(first, last + 1)
        head = {"id": f"{mark}{number}", "occurred": iso(on), "recorded": iso(max(on, recorded))}
        who, whom = chance.choice((("ada", "ben"), ("ben", "ada")))
        cents = chance.randrange(1, 2_000_000)
        amount = f"USD {cents // 100}.{cents % 100:02}"
        if chance.random() < 0.6:
            amount = amount.replace("USD ", "USD -") if chance.random() < back else amount
            out.append({**head, "kind": "revenue", "by": who, "product": "lemonade", "amount": amount})
        else:
            pays = "share" if who == "ada" else "fee"
            out.append({**head, "kind": "payment", "by": who, "to": whom, "amount": amount, "pays": pays})
    return out


def random_changes(chance: Random, events: list[Event], recorded: int) -> list[Event]:
    """Corrections of amounts and days, and withdrawals, of some of these events; each once."""
    out: list[Event] = []
    for number, event in enumerate(chance.sample(events, min(len(events), chance.randrange(0, 4)))):
        head = {"id": f"c{recorded}-{number}", "occurred": iso(recorded), "recorded": iso(recorded)}
        if chance.random() < 0.25:
            out.append({**head, "kind": "withdrawal", "corrects": event["id"]})
        else:
            cents = chance.randrange(1, 2_000_000)
            out.append(
                {
                    **head,
                    "kind": "correction",
                    "corrects": event["id"],
                    "amount": f"USD {cents // 100}.{cents % 100:02}",
                }
            )
    return out
