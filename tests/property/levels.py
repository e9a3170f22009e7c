"""Service levels written out as documents and ledgers, and what they come to, worked out in plain Python.

Time is cut here at every instant at which an incident begins or ends, and each piece is looked at alone: nothing is
merged, and shares are divided as fractions.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from adidem.desk.workspace import Workspace, open_workspace
from documents import block, front, signed

HEAD = (
    front("Uptime", "2024-01-01", {"harbour": "Harbour Ltd", "nimbus": "Nimbus Inc.", "cirrus": "Cirrus Inc."})
    + block("signing", signed("2024-01-01"))
    + "\n# Uptime {#uptime}\n\n```terms\nfamily: service-level\ncustomer: harbour\nprovider: nimbus\nservice: cloud\n"
)
_REST = """document_type: contract
effective_date: {day}
language: en
include_signatures: false
---

# Signing {{#signing}}

```terms
family: document
signed: 2024-01-01
effective: {day}
```

# More {{#more}}

```terms
"""
DAY = 86_400


@dataclass(frozen=True)
class Level:
    """The terms of a service level that a case varies. Tiers: (below, from, credit), the best first."""

    objective: Fraction = Fraction(999, 1000)
    tiers: tuple[tuple[Fraction, Fraction, Fraction], ...] = (
        (Fraction(999, 1000), Fraction(99, 100), Fraction(1, 10)),
        (Fraction(99, 100), Fraction(95, 100), Fraction(1, 4)),
        (Fraction(95, 100), Fraction(0), Fraction(1)),
    )
    window: str = "month"
    unavailable: tuple[str, ...] = ("major", "critical")
    partly: tuple[str, ...] = ()
    weight: Fraction = Fraction(1, 2)
    maintenance: str = ""
    except_causes: tuple[str, ...] = ()
    except_components: tuple[str, ...] = ()
    shortest_minutes: int = 0
    fees: str = "cloud"
    place: str = "period"
    minimum_minor: int = 0
    cap: Fraction | None = None
    claim_within_days: int = 0
    zone: str = ""

    def text(self) -> str:
        """The agreement."""
        return HEAD + self.terms()

    def amendment(self, day: date) -> str:
        """A text that takes the place of another from a day."""
        front = f"---\ntitle: More\namends:\n  title: Uptime\n  file: agreement.lgd\n{_REST.format(day=day)}"
        head = HEAD.partition("family: service-level\n")[2]
        return f"{front}family: service-level\nreplaces: uptime\n{head}{self.terms()}"

    def terms(self) -> str:
        """The terms that differ, and the end of their block."""
        lines = [f"objective: {self.objective}", f"window: {self.window}", f"fees: {self.fees}"]
        lines += [f"unavailable: {', '.join(self.unavailable)}", f"rounding: half even, per {self.place}", "tiers:"]
        lines += [f"  - {{below: {below}, from: {low}, credit: {rate}}}" for below, low, rate in self.tiers]
        lines += [f"partly: {', '.join(self.partly)}", f"weight: {self.weight}"] if self.partly else []
        lines += [f"maintenance: {self.maintenance}"] if self.maintenance else []
        lines += [f"except_causes: [{', '.join(self.except_causes)}]"] if self.except_causes else []
        lines += [f"except_components: [{', '.join(self.except_components)}]"] if self.except_components else []
        lines += [f"shortest: {self.shortest_minutes} minutes"] if self.shortest_minutes else []
        lines += [f"minimum_credit: USD {self.minimum_minor / 100:.2f}"] if self.minimum_minor else []
        lines += [f"cap: {self.cap}"] if self.cap is not None else []
        lines += [f"claim_within: {self.claim_within_days} days"] if self.claim_within_days else []
        lines += [f"zone: {self.zone}"] if self.zone else []
        return "\n".join(lines) + "\n```\n"


@dataclass(frozen=True)
class Incident:
    """An incident, in seconds since 1970; `ended` None where it goes on."""

    started: int
    ended: int | None
    impact: str = "major"
    service: str = "cloud/compute"
    provider: str = "nimbus"
    cause: str = ""
    component: str = ""

    def event(self, id: str) -> dict[str, str]:
        """As the ledger has it."""
        said = {"provider": self.provider, "service": self.service, "started": moment(self.started)}
        said |= {"ended": moment(self.ended)} if self.ended is not None else {}
        said |= {"impact": self.impact}
        said |= {name: word for name, word in (("cause", self.cause), ("component", self.component)) if word}
        return event(id, "incident", day_of(self.started), **said)


def event(id: str, kind: str, day: date, **said: str) -> dict[str, str]:
    """A line of the ledger."""
    return {"id": id, "kind": kind, "occurred": day.isoformat(), "recorded": day.isoformat(), **said}


def usage(id: str, day: date, minor: int, service: str = "cloud/compute", by: str = "harbour") -> dict[str, str]:
    """Fees of one day, or what is given back of them."""
    money = f"USD {'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"
    return event(id, "usage", day, by=by, of="nimbus", service=service, amount=money)


def claim(id: str, day: date, window_ends: date, level: str = "uptime", by: str = "harbour") -> dict[str, str]:
    """A claim."""
    return event(id, "claim", day, by=by, level=level, window_ends=window_ends.isoformat())


def moment(second: int) -> str:
    """As an event says an instant."""
    return datetime.fromtimestamp(second, UTC).isoformat().replace("+00:00", "Z")


def day_of(second: int) -> date:
    """The day, in UTC."""
    return datetime.fromtimestamp(second, UTC).date()


def second_of(day: date, zone: str = "") -> int:
    """The instant at which a day begins: in a zone, the first second whose local date is that day."""
    second = (day - date(1970, 1, 1)).days * DAY
    if not zone:
        return second
    before, there = second - DAY, second + DAY
    while there - before > 1:
        middle = (before + there) // 2
        if datetime.fromtimestamp(middle, ZoneInfo(zone)).date() < day:
            before = middle
        else:
            there = middle
    return there


def workspace(folder: Path, text: str, events: Iterable[dict[str, Any]]) -> Workspace:
    """A folder with an agreement and a ledger, opened."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agreement.lgd").write_text(text, encoding="utf-8")
    (folder / "ledger.jsonl").write_text("".join(json.dumps(each) + "\n" for each in events), encoding="utf-8")
    return open_workspace(folder)


def windows(level: Level, first: date, months: int) -> list[tuple[date, date]]:
    """The first day of each whole window, and the first day after it."""
    step = 3 if level.window == "quarter" else 1
    starts = [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(months)]
    starts.append((starts[-1] + timedelta(days=31)).replace(day=1))
    whole = [number for number in range(months) if (starts[number].month - 1) % step == 0 and number + step <= months]
    return [(starts[number], starts[number + step]) for number in whole]


def weight_of(level: Level, incident: Incident) -> Fraction:
    """For how much an incident counts: 1, the weight, or nothing."""
    service = incident.service
    if incident.provider != "nimbus" or not (service == "cloud" or service.startswith("cloud/")):
        return Fraction(0)
    if incident.cause in level.except_causes or incident.component in level.except_components:
        return Fraction(0)
    if incident.ended is not None and incident.ended - incident.started < 60 * level.shortest_minutes:
        return Fraction(0)
    if incident.impact == "maintenance" and level.maintenance:
        return Fraction(level.maintenance == "counts")
    if incident.impact in level.unavailable:
        return Fraction(1)
    return level.weight if incident.impact in level.partly else Fraction(0)


def lost(level: Level, incidents: Sequence[Incident], starts: int, ends: int) -> Fraction:
    """The weighted seconds of a window in which the service was unavailable."""
    forever = max([ends, *(i.ended for i in incidents if i.ended is not None)]) + 1
    closed = [replace(i, ended=forever if i.ended is None else i.ended) for i in incidents]
    spans = [(i.started, i.ended or 0, weight_of(level, o)) for i, o in zip(closed, incidents, strict=True)]
    cuts = sorted({starts, ends, *(t for begin, end, _ in spans for t in (begin, end) if starts < t < ends)})
    total = Fraction(0)
    for one, other in pairwise(cuts):
        total += (other - one) * max(
            (w for begin, end, w in spans if begin <= one and other <= end), default=Fraction(0)
        )
    return total


def tier_of(level: Level, uptime: Fraction) -> int:
    """The number of the tier that applies, 0 for none: a share is below another where it is less than it."""
    return next((n for n, (below, low, _) in enumerate(level.tiers, 1) if low <= uptime < below), 0)


def credit(level: Level, tier: int, fees: Sequence[int]) -> int:
    """Minor units of credit, of the single fees of the window."""
    if not tier:
        return 0
    rate = level.tiers[tier - 1][2]
    amount = sum(round(fee * rate) for fee in fees) if level.place == "line" else round(sum(fees) * rate)
    if level.cap is not None:
        amount = min(amount, round(sum(fees) * level.cap))
    return amount if amount >= level.minimum_minor and amount > 0 else 0
