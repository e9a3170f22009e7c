"""A workspace of any size, and the same events as journals for ledger, hledger and beancount.

Knows how each of them is written. Does not know how any of them is run.

Each event is one transaction: what adidem reads as a line of JSON, a journal has as a date, the event's id and two
postings, of which the second is left to be inferred. An act without money is a posting of one unit.
"""

import json
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

FIRST, LAST = date(2022, 1, 1), date(2025, 12, 31)

AGREEMENT = """\
---
legaldown: "0.2"
title: Partnership agreement between Lantern and Nimbus
document_type: contract
effective_date: 2022-01-01
language: en
include_signatures: false
sides:
  - name: developer
    label: Developer
    parties:
      - name: lantern
        label: Lantern
        type: legal_entity
        legal_name: Lantern Models Inc.
  - name: provider
    label: Provider
    parties:
      - name: nimbus
        label: Nimbus
        type: legal_entity
        legal_name: Nimbus Cloud Inc.
---

Both companies are invented.

# Signing {#signing}

The parties sign this agreement on {{date: 2021-12-15}}, and it takes effect on {{date: 2022-01-01}}.

```terms
family: document
signed: 2021-12-15
effective: 2022-01-01
```

# Notices {#notice}

A notice counts on the day it arrives if it arrives on a business day before five in the afternoon in New York. Unless
the receiver shows another day, it has arrived {{duration: 2, unit=D}} after it was sent. The day of the event is not
counted.

```terms
family: notice
zone: America/New_York
calendar: US
cut_off: "17:00"
first_day: excluded
deemed_receipt: 2 days
```

# Revenue share {#share}

{{party: lantern}} pays {{party: nimbus}} each quarter a share of what it earns with its products, within
{{duration: 45, unit=D}}, up to {{money: 90000000, currency=USD}} in all. The parties read the rate differently.

```terms
family: revenue-share
payer: lantern
payee: nimbus
of: lantern
products: every product except internal
rate:
  basis: disputed
  readings:
    as-signed: {is: 20 %, held_by: nimbus}
    as-practised: {is: 3/16, held_by: lantern}
every: quarter
pay_within: 45 days
rounding: half even, per period
cap: USD 90 m
```

# Spend commitment {#commitment}

{{party: lantern}} uses services of {{party: nimbus}} for at least {{money: 20000000, currency=USD}} by
{{date: 2022-12-31}}, {{money: 45000000, currency=USD}} by {{date: 2023-12-31}} and {{money: 120000000, currency=USD}}
by {{date: 2024-12-31}}, each sum counted from the start, and pays what is missing within {{duration: 30, unit=D}}.

```terms
family: minimum-commitment
customer: lantern
provider: nimbus
services: every cloud
milestones:
  - {by: 2022-12-31, amount: USD 20 m}
  - {by: 2023-12-31, amount: USD 45 m}
  - {by: 2024-12-31, amount: USD 120 m}
shortfall: payable
pay_within: {is: 30 days, basis: assumed, range: 15 days to 60 days}
```

# Exclusivity {#exclusivity}

{{party: lantern}} places every training workload with {{party: nimbus}} alone.

```terms
family: exclusivity
holder: nimbus
grantor: lantern
act: place
scope: every training
provider: nimbus-cloud
regime: exclusive
```

# First refusal {#first-refusal}

Before {{party: lantern}} places a service workload elsewhere, it offers it to {{party: nimbus}}, which answers within
ten business days; if it says nothing, {{party: lantern}} is free.

```terms
family: first-refusal
holder: nimbus
grantor: lantern
act: place
scope: every service
provider: nimbus-cloud
nature: first-offer
answer_within: 10 business days
silence: released
```

# Duration {#duration}

The agreement ends on {{date: 2026-12-31}}. What had become due before stays due.

```terms
family: duration
until: 2026-12-31
survives: [notice, share]
```
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: its line in adidem's ledger, and the accounts between which it moves an amount."""

    event: dict[str, str]
    account: str
    against: str
    amount: str
    commodity: str

    @property
    def day(self) -> str:
        """The day on which it occurred."""
        return self.event["occurred"][:10]


def entries(count: int, seed: int = 1) -> list[Entry]:
    """So many events of four years, in the order in which they occurred."""
    chance = random.Random(seed)
    offers = count // 100
    single = [("revenue", 50), ("usage", 44), ("act", 4)]
    kinds = chance.choices([k for k, _ in single], [w for _, w in single], k=count - 2 * offers - count // 500)
    kinds += ["offer"] * offers + ["payment"] * (count // 500)
    found: list[Entry] = []
    days = (LAST - FIRST).days
    for number, kind in enumerate(kinds):
        when = FIRST + timedelta(days=chance.randrange(days - 40))
        found.append(_entry(kind, number, when, chance))
        if kind == "offer":
            found.append(_answer(found[-1], when + timedelta(days=chance.randrange(1, 30)), chance))
    found.sort(key=lambda entry: (entry.event["occurred"], entry.event["id"]))
    return found[:count]


def _entry(kind: str, number: int, when: date, chance: random.Random) -> Entry:
    day = when.isoformat()
    event = {"id": f"{kind}-{number:06d}", "kind": kind, "occurred": day, "recorded": _later(when, chance)}
    cents = chance.randrange(1_000, 2_000_000)
    amount = f"{cents // 100}.{cents % 100:02d}"
    match kind:
        case "revenue":
            product = chance.choice(("product/assistant", "product/search", "product/voice", "product/tools"))
            event |= {"by": "lantern", "product": product, "amount": f"USD {amount}"}
            return Entry(event, f"Assets:Receivable:{product[8:].title()}", "Income:Lantern", amount, "USD")
        case "usage":
            service = chance.choice(("cloud/compute", "cloud/storage", "cloud/network"))
            event |= {"by": "lantern", "of": "nimbus", "service": service, "amount": f"USD {amount}"}
            return Entry(event, f"Expenses:Cloud:{service[6:].title()}", "Liabilities:Nimbus", amount, "USD")
        case "payment":
            event |= {"by": "lantern", "to": "nimbus", "amount": f"USD {amount}", "pays": "share"}
            return Entry(event, "Liabilities:Share", "Assets:Bank", amount, "USD")
        case "act":
            asset = chance.choice(("training", "service")) + f"/w{chance.randrange(2_000)}"
            other = "nimbus-cloud" if chance.random() < 0.98 else "elsewhere"
            event |= {"by": "lantern", "act": "place", "asset": asset, "with": other}
            return Entry(event, f"Assets:Placed:{other.title()}", "Equity:Acts", "1", "ACT")
        case _:
            event |= {"by": "lantern", "to": "nimbus", "asset": f"service/w{chance.randrange(2_000)}"}
            return Entry(event, "Assets:Offered", "Equity:Acts", "1", "ACT")


def _answer(offer: Entry, when: date, chance: random.Random) -> Entry:
    said = chance.choice(("accepted", "declined", "cannot"))
    event = {"id": offer.event["id"].replace("offer", "answer"), "kind": "answer", "occurred": when.isoformat()}
    event |= {"recorded": _later(when, chance), "by": "nimbus", "offer": offer.event["id"], "answer": said}
    return Entry(event, f"Assets:Answered:{said.title()}", "Equity:Acts", "1", "ACT")


def _later(when: date, chance: random.Random) -> str:
    return (when + timedelta(days=chance.randrange(6))).isoformat()


def write(folder: Path, count: int) -> None:
    """`workspace/` for adidem, and `journal.ledger`, `journal.hledger` and `journal.beancount` beside it."""
    found = entries(count)
    workspace = folder / "workspace"
    workspace.mkdir(parents=True, exist_ok=True)
    (workspace / "agreement.lgd").write_text(AGREEMENT, encoding="utf-8")
    lines = (json.dumps(entry.event, ensure_ascii=False) for entry in found)
    (workspace / "ledger.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    plain = "".join(_plain(entry) for entry in found)
    (folder / "journal.ledger").write_text(plain, encoding="utf-8")
    (folder / "journal.hledger").write_text(plain, encoding="utf-8")
    (folder / "journal.beancount").write_text(_beancount(found), encoding="utf-8")


def _plain(entry: Entry) -> str:
    event = entry.event
    return (
        f"{entry.day} {event['id']}\n    {entry.account}    {entry.amount} {entry.commodity}\n    {entry.against}\n\n"
    )


def _beancount(found: list[Entry]) -> str:
    accounts = sorted({entry.account for entry in found} | {entry.against for entry in found})
    opened = "".join(f"{FIRST} open {account}\n" for account in accounts)
    return f"{opened}\n" + "".join(
        f'{entry.day} * "{entry.event["id"]}"\n'
        f"  {entry.account}  {entry.amount} {entry.commodity}\n"
        f"  {entry.against}\n\n"
        for entry in found
    )
