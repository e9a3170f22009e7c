"""Consent, first rights, parity and credits in sampled worlds: what a world comes to is what its ledger comes to."""

import re
from pathlib import Path

import pytest

from adidem.desk.simulating.futures import Future, Play, future
from adidem.desk.workspace import open_workspace
from property.replayed import Beside, unlike_whole

WORLDS = 12
PAGE = Path(__file__).parents[2] / "docs" / "rights.md"
_FILE = re.compile(r"^(`{3,})([a-z]+) (agreement\.lgd|ledger\.jsonl)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)

OUTLOOK = """---
legaldown: "0.2"
title: Outlook
document_type: contract
effective_date: 2025-07-01
language: en
include_signatures: false
sides:
  - name: labs
    label: Lab
    parties: [{name: tarn, label: Tarn, type: legal_entity, legal_name: Tarn Ltd}]
  - name: clouds
    label: Cloud
    parties: [{name: brightwater, label: Brightwater, type: legal_entity, legal_name: Brightwater Inc.}]
---

# Outlook {#outlook}

```terms
family: outlook
starts: 2025-07-01
until: 2026-06-30
```

# Level {#level}

```terms
family: driver
shape: growth
start: {is: USD 3, basis: assumed, range: USD 2 to USD 4}
growth: {is: -10 %, basis: assumed, range: -20 % to 0 %}
volatility: {is: 40 %, basis: assumed, range: 20 % to 50 %}
```

# Theirs {#theirs-next}

```terms
family: flow
event: price
columns: {by: brightwater, to: fern, service: compute/large, volume: "10"}
amount: level
every: quarter
```

# Use {#use}

```terms
family: flow
event: usage
columns: {by: tarn, of: brightwater, service: compute/large, amount: "USD 1", quantity: "100"}
every: month
```

# Granted {#granted-next}

```terms
family: hazard
event: grant
columns: {by: brightwater, to: tarn, unit: gpu-hours, amount: "250"}
chance: {is: 90 %, basis: assumed, range: 50 % to 99 %}
every: quarter
```

# Redeemed {#redeemed-next}

```terms
family: flow
event: redemption
columns: {by: tarn, of: brightwater, unit: gpu-hours, amount: "100"}
every: month
```

# Request {#request}

```terms
family: hazard
event: request
columns: {by: tarn, to: brightwater, matter: restructuring}
chance: {is: 95 %, basis: assumed, range: 50 % to 99 %}
answers:
  - event: consent
    columns: {by: brightwater}
    within: 3 days to 80 days
    choice: answer
    chances: {given: 40 %, conditional: 20 %, refused: 20 %}
```

# Offered {#offered}

```terms
family: hazard
event: offer
columns: {by: tarn, to: brightwater, asset: workload/next, third_party: oak, price: "USD 5", capacity: "10"}
chance: {is: 95 %, basis: assumed, range: 50 % to 99 %}
every: quarter
answers:
  - event: answer
    columns: {by: brightwater}
    within: 3 days to 20 days
    choice: answer
    chances: {accepted: 40 %, declined: 40 %}
```

# Placed {#placed}

```terms
family: flow
event: act
columns: {by: tarn, act: place, asset: workload/next, with: oak, price: "USD 5"}
every: month
```
"""


@pytest.fixture(scope="module")
def ahead(tmp_path_factory: pytest.TempPathFactory) -> Future:
    """The agreement of docs/rights.md, played forward; its offers need say no more than an outlook can."""
    folder = tmp_path_factory.mktemp("ahead")
    for _, _, name, body in _FILE.findall(PAGE.read_text(encoding="utf-8")):
        text = body.replace("notice: [price, capacity, date, third-party]", "notice: [price, capacity, third-party]")
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "outlook.lgd").write_text(OUTLOOK, encoding="utf-8")
    return future(open_workspace(folder), Play(1))


def test_a_world_is_its_ledger(ahead: Future):
    """Every day, amount and state of a sampled world is that of the record which tells the world."""
    beside = Beside(ahead, WORLDS)
    assert not beside.apart().any()
    assert [line for world in range(WORLDS) for line in beside.differences(world)] == []


def test_what_is_rare_comes(ahead: Future):
    """In some of these worlds, and not in all, consent is there, parity is broken, credits are overdrawn."""
    beside = Beside(ahead, 64)
    reached = {(id.rpartition("/")[2], state) for world in range(64) for id, _, state in beside.norms(0, world)}
    assert {("long stop", "fulfilled"), ("long stop", "terminated"), ("parity", "violated")} <= reached
    assert {("overdrawn", "violated"), ("answer", "fulfilled"), ("answer", "terminated")} <= reached


def test_folded_and_whole_give_the_same(ahead: Future):
    """What is worked out once for all readings is what the kernel works out for each."""
    assert unlike_whole(ahead.setting, 64) == []
