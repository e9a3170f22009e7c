"""A simulation on a local Ray of two workers, one of which is killed in the middle: the same bytes as on threads."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

PROC = Path("/proc")
WORLDS = 160 * 1_024 + 100
MIDDLE = 5 * 8_192
"""The first world of the sixth chunk, of 21."""

HEAD = """---
title: {title}
document_type: contract
effective_date: 2025-01-01
language: en
include_signatures: false
sides:
  - name: clouds
    label: Cloud
    parties: [{{name: cloud, label: Cloud, type: legal_entity, legal_name: Cloud Inc.}}]
  - name: labs
    label: Lab
    parties: [{{name: lab, label: Lab, type: legal_entity, legal_name: Lab Inc.}}]
---
"""
AGREEMENT = """
# Signing {#signing}

```terms
family: document
signed: 2025-01-01
effective: 2025-01-01
```

# Share {#share}

```terms
family: revenue-share
payer: lab
payee: cloud
of: lab
products: everything
rate: 20 %
every: month
pay_within: 30 days
rounding: half even, per period
cap: USD 600 m
```

# Stop {#stop}

```terms
family: determination
declarer: lab
subject: stop
test: yes is yes
decided_by:
  readings:
    declaration: {is: declaration}
    panel: {is: panel}
effects:
  - {end: share}
```
"""
OUTLOOK = """
# Head {#head}

```terms
family: outlook
starts: 2025-12-31
until: 2037-12-31
```

# Sales {#sales}

```terms
family: driver
shape: growth
start: USD 75 m
growth: 2 %
volatility: 20 %
```

# Revenue {#revenue}

```terms
family: flow
event: revenue
columns: {by: lab, product: model}
amount: sales
every: month
```

# Declared {#declared}

```terms
family: hazard
event: declaration
columns: {by: lab, subject: stop}
chance: 10 %
every: month
at_most: 1
answers:
  - event: verdict
    within: 92 days to 92 days
    choice: outcome
    chances: {upheld: 100 %}
```
"""

pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed; the extra `cluster` brings it"),
    pytest.mark.skipif(not PROC.is_dir(), reason="the worker to be killed is found in /proc, which is not here"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small agreement with its outlook."""
    made = tmp_path / "workspace"
    made.mkdir()
    (made / "agreement.lgd").write_text(HEAD.format(title="Share with a stop") + AGREEMENT)
    (made / "outlook.lgd").write_text(HEAD.format(title="Outlook") + OUTLOOK)
    return made


def begun(folder: Path, *arguments: str, code: str = "") -> "subprocess.Popen[bytes]":
    """The command, running; with other code before it."""
    words = ["simulate", str(folder), "--worlds", str(WORLDS), "--json", *arguments]
    program = f"{code}\nimport sys\nfrom adidem.cli.main import main\nsys.argv = ['adidem', *{words!r}]\nmain()"
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process: "subprocess.Popen[bytes]") -> bytes:
    """What it prints on stdout, once it has ended well."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err.decode(errors="replace")
    return out


def below(process: int) -> Iterator[int]:
    """The processes that it began, and those that they began."""
    parents: dict[int, int] = {}
    for place in PROC.iterdir():
        if place.name.isdigit():
            try:
                stat = (place / "stat").read_text()
            except OSError:
                continue  # it has ended meanwhile
            parents[int(place.name)] = int(stat.rpartition(")")[2].split()[1])
    for each in parents:
        above = each
        while above in parents and above != process:
            above = parents[above]
        if above == process and each != process:
            yield each


def first_world(worker: int) -> int:
    """The first world of the chunk that a process is running; -1 where it runs none. Ray names processes so."""
    try:
        title = (PROC / str(worker) / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return -1
    words = title.removeprefix("ray::worlds ").split(" ")
    return int(words[0]) if title.startswith("ray::worlds ") else -1


def killed(worker: int, first: int) -> bool:
    """Kill it if it is still at that chunk: stopped before it is looked at, it cannot end the chunk meanwhile."""
    try:
        os.kill(worker, signal.SIGSTOP)
        still = first_world(worker) == first
        os.kill(worker, signal.SIGKILL if still else signal.SIGCONT)
    except ProcessLookupError:
        return False
    return still


def run_again(process: "subprocess.Popen[bytes]") -> int:
    """Kill one of two busy workers, in the middle of all; the first world of its chunk, once another worker has it."""
    dead: dict[int, int] = {}
    since = 0.0
    while process.poll() is None:
        busy = {first: worker for worker in below(process.pid) if (first := first_world(worker)) >= 0}
        for first, worker in busy.items():
            if dead.get(first, worker) != worker:
                return first
        last = max(busy, default=-1)
        if len(busy) == 2 and last >= MIDDLE and time.monotonic() - since > 5 and killed(busy[last], last):
            dead[last], since = busy[last], time.monotonic()
        time.sleep(0.01)
    out, err = process.communicate()
    raise AssertionError(f"no chunk was run again; killed {dead}; {out[:200]!r} {err[-2000:]!r}")


def test_a_killed_worker_changes_no_byte(folder: Path):
    """On two workers, one of which dies while it runs a chunk, the JSON is that of one machine, byte for byte, and
    nothing else stands on stdout.
    """
    here = begun(folder)
    expected = ended(here)
    two = "import adidem.desk.cluster\nadidem.desk.cluster.cores = lambda: 2"
    there = begun(folder, "--cluster", "local", code=two)
    try:
        first = run_again(there)
        found = ended(there)
    finally:
        there.kill()
    assert MIDDLE <= first < WORLDS
    assert found == expected
