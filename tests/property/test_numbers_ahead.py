"""Drawn times of incidents, drawn rates and dates, in sampled worlds: a world comes to what its ledger comes to."""

import json
from pathlib import Path

import numpy as np
import pytest

from adidem.desk.simulating.futures import Future, Play, future
from adidem.desk.workspace import open_workspace
from adidem.kernel.period import NEVER, show_day
from adidem.worlds.future import as_events
from documents import block, front, horizon, signed
from property.replayed import Beside, unlike_whole

WORLDS = 24

PARTIES = {"harbour": "Harbour Ltd.", "nimbus": "Nimbus Inc."}
AGREEMENT = (
    front("Hosting and a loan", "2025-01-01", PARTIES)
    + block("signing", signed("2025-01-01"))
    + """
# Uptime {#uptime}

```terms
family: service-level
customer: harbour
provider: nimbus
service: compute
objective: 99.9 %
window: month
unavailable: critical
partly: major
weight: 50 %
maintenance: excluded
shortest: 5 minutes
fees: compute
tiers:
  - {below: 99.9 %, from: 99 %, credit: 10 %}
  - {below: 99 %, credit: 25 %}
rounding: half up, per period
```

# Loan {#loan}

```terms
family: loan
lender: nimbus
borrower: harbour
principal: USD 1 m
drawn: 2025-01-01
maturity: 2027-01-01
index: base
rate: 5 %
spread: 1 %
day_count: A/360
interest_cycle: 3 months
reset_cycle: 3 months
first_reset: 2025-07-01
rounding: half up, per period
```
"""
)

OUTLOOK = (
    front("Outlook", "2025-07-01", PARTIES)
    + block("outlook", horizon("2025-07-01", "2026-12-31"))
    + """
# Hours {#hours}

```terms
family: driver
shape: reversion
start: 3 hours
mean: {is: 3 hours, basis: assumed, range: 1 hours to 9 hours}
pull: {is: 50, basis: assumed, range: 40 to 60}
volatility: {is: 1000 %, basis: assumed, range: 500 % to 1500 %}
```

# Base {#base-rate}

```terms
family: driver
shape: growth
start: {is: 4 %, basis: assumed, range: 3 % to 5 %}
growth: {is: 10 %, basis: assumed, range: -20 % to 20 %}
volatility: {is: 40 %, basis: assumed, range: 20 % to 50 %}
```

# Outage {#outage}

```terms
family: hazard
event: incident
columns: {provider: nimbus, service: compute, impact: critical}
amounts: {started: hours, ended: hours}
chance: {is: 99 %, basis: assumed, range: 50 % to 99 %}
```

# Trouble {#trouble}

```terms
family: hazard
event: incident
columns: {provider: nimbus, service: compute, impact: major}
amounts: {ended: hours * 5, started: 90 minutes}
chance: {is: 99 %, basis: assumed, range: 50 % to 99 %}
```

# Decline {#decline}

```terms
family: hazard
event: incident
columns: {provider: nimbus, service: compute, impact: critical}
amounts: {started: 20 hours}
chance: {is: 2 %, basis: assumed, range: 1 % to 10 %}
```

# Use {#use-next}

```terms
family: flow
event: usage
columns: {by: harbour, of: nimbus, service: compute, amount: "USD 1234.56"}
every: month
```

# Fixing {#fixing-next}

```terms
family: flow
event: fixing
columns: {index: base}
amounts: {rate: base-rate}
every: month
```
"""
)


CREDITS = (
    front("Credits", "2025-01-01", PARTIES)
    + block("signing", signed("2025-01-01"))
    + """
# Tokens {#tokens}

```terms
family: credits
grantor: nimbus
holder: harbour
unit: tokens
order: soonest-first
transferable: no
price: USD 1
rounding: half up, per line
```
"""
)

GRANTS = (
    front("Grants", "2025-07-01", PARTIES)
    + block("outlook", horizon("2025-07-01", "2026-12-31"))
    + """
# Yearly {#for-the-year}

```terms
family: flow
event: grant
columns: {by: nimbus, to: harbour, unit: tokens, amount: 100, expires: 2026-12-31}
every: quarter
```

# Short {#short-lived}

```terms
family: hazard
event: grant
columns: {by: nimbus, to: harbour, unit: tokens, amount: 40}
amounts: {expires: 30 days}
chance: {is: 99 %, basis: assumed, range: 50 % to 99 %}
```

# Gift {#gift}

```terms
family: hazard
event: grant
columns: {by: nimbus, to: harbour, unit: tokens, amount: 60, expires: 2026-06-30}
chance: {is: 60 %, basis: assumed, range: 50 % to 99 %}
```

# Kept {#kept}

```terms
family: flow
event: grant
columns: {by: nimbus, to: harbour, unit: tokens, amount: 1}
every: quarter
```

# Use {#use-next}

```terms
family: flow
event: redemption
columns: {by: harbour, of: nimbus, unit: tokens, amount: 45}
every: month
```
"""
)


def _played(folder: Path, agreement: str, outlook: str, events: list[dict[str, str]]) -> Future:
    """An agreement with a ledger, played forward."""
    (folder / "agreement.lgd").write_text(agreement, encoding="utf-8")
    (folder / "outlook.lgd").write_text(outlook, encoding="utf-8")
    lines = [json.dumps({"id": f"e{n}", "recorded": e["occurred"], **e}) for n, e in enumerate(events)]
    (folder / "ledger.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return future(open_workspace(folder), Play(1))


@pytest.fixture(scope="module")
def ahead(tmp_path_factory: pytest.TempPathFactory) -> Future:
    """A hosting agreement with a ladder of credits, and a loan at a floating rate, played forward."""
    events = [{"kind": "fixing", "occurred": "2025-06-30", "index": "base", "rate": "0.04"}]
    events += [{"kind": "usage", "occurred": "2025-06-30", "by": "harbour", "of": "nimbus", "service": "compute"}]
    events[1]["amount"] = "USD 5"
    return _played(tmp_path_factory.mktemp("ahead"), AGREEMENT, OUTLOOK, events)


def test_fixed_and_drawn_dates_stand_side_by_side(tmp_path: Path):
    """Where one source draws a date, that of another stays as it is written, or is none."""
    event = {"kind": "grant", "occurred": "2025-06-30", "by": "nimbus", "to": "harbour", "unit": "tokens"}
    beside = Beside(_played(tmp_path, CREDITS, GRANTS, [{**event, "amount": "5"}]), WORLDS)
    assert not beside.apart().any()
    assert [line for world in range(WORLDS) for line in beside.differences(world)] == []
    slots, expires = beside.future.setting.slots, beside.block.columns["grant", "expires"]
    rows = {id: expires[slots.by_source[id].rows] for id in ("for-the-year", "short-lived", "gift", "kept")}
    for id, wanted in (("for-the-year", "2026-12-31"), ("gift", "2026-06-30"), ("kept", show_day(NEVER))):
        assert {show_day(int(day)) for day in np.unique(rows[id])} == {wanted}
    assert len(np.unique(rows["short-lived"])) > 100
    assert unlike_whole(beside.future.setting, WORLDS) == []  # a date before its slot too


def test_a_world_is_its_ledger(ahead: Future):
    """Every day, amount and state of a sampled world is that of the record which tells the world."""
    beside = Beside(ahead, WORLDS)
    assert not beside.apart().any()
    assert [line for world in range(WORLDS) for line in beside.differences(world)] == []


def test_incidents_take_their_drawn_time(ahead: Future):
    """They begin and end when the formulas say, in order; one without an end goes on."""
    setting = ahead.setting
    block = setting.draw(0, 256)
    events = [event for world in range(256) for event in as_events(setting.slots, block, world)]
    found = [event for event in events if event["kind"] == "incident"]
    trouble = [event for event in found if event["id"].startswith("trouble")]
    assert all(event["started"][11:] == "01:30:00Z" and event["started"] <= event["ended"] for event in trouble)
    assert all(event["started"][:10] >= event["occurred"] for event in found)
    assert len({event["started"] for event in found if event["id"].startswith("outage")}) > 200
    assert any(event["id"].startswith("decline") and "ended" not in event for event in found)


def test_levels_are_missed_in_some_worlds(ahead: Future):
    """And kept in others; and the loan bears many rates."""
    beside = Beside(ahead, 64)
    reached = {(id.rpartition("/")[2], state) for world in range(64) for id, _, state in beside.norms(0, world)}
    assert {("availability", "violated"), ("availability", "fulfilled")} <= reached


def test_folded_and_whole_give_the_same(ahead: Future):
    """What is worked out once for all readings is what the kernel works out for each."""
    for compiled in (False, True):
        assert unlike_whole(ahead.setting, 64, compiled) == []
