"""The agreement in adidem: the workspace beside this file, and a world of it written out as a ledger.

Knows adidem's commands. Does not know the arithmetic.
"""

import calendar
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from itertools import count
from pathlib import Path

import agreement as case

COMMAND = Path(sys.executable).parent / "adidem"
WORKSPACE = Path(__file__).parent / "workspace"
_ROUNDS = count()
FIRST_YEAR, UNTIL, AS_OF = 2026, "2035-12-31", "2036-12-31"


def adidem_seconds(worlds: int) -> float | str:
    """How long `adidem simulate` takes from its start to its end, or why there is no such figure."""
    if not WORKSPACE.is_dir():
        return f"{WORKSPACE} is not there"
    seed = str(case.SEED + next(_ROUNDS))  # another one each time, for what was worked out before is kept
    asked = ["--worlds", str(worlds), "--until", UNTIL, "--seed", seed, "--json"]
    start = time.perf_counter()
    done = subprocess.run([COMMAND, "simulate", WORKSPACE, *asked], capture_output=True, text=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        return f"adidem simulate cannot be run: {' '.join((done.stderr or done.stdout).split())[:200]}"
    assert json.loads(done.stdout)["worlds"] == worlds
    return taken


def settled(world: int) -> tuple[int, int]:
    """Share and shortfalls of one world in cents, as `adidem run` settles it from a ledger."""
    with tempfile.TemporaryDirectory(prefix="futures-") as name:
        folder = Path(name) / "workspace"
        shutil.copytree(WORKSPACE, folder, ignore=shutil.ignore_patterns("outlook.lgd"))
        with (folder / "ledger.jsonl").open("a", encoding="utf-8") as ledger:
            ledger.writelines(json.dumps(event) + "\n" for event in events(world))
        done = subprocess.run(
            [COMMAND, "run", folder, "--as-of", AS_OF, "--json"],
            capture_output=True,
            check=True,
            env={**os.environ, "ADIDEM_CACHE": "off"},
        )
    transfers = json.loads(done.stdout)["results"][0]["transfers"]
    sums = {"share": 0, "commitment": 0}
    for transfer in transfers:
        sums[transfer["clause"]] += transfer["amount_minor"]
    return sums["share"], sums["commitment"]


def events(world: int) -> list[dict[str, str]]:
    """What happens in one world, each month on its last day, in order."""
    path, lost, declared = case.course(world)
    out: list[dict[str, str]] = []
    for month, revenue in enumerate(path, 1):
        years, months = divmod(month - 1, 12)
        year = FIRST_YEAR + years
        day = f"{year}-{months + 1:02d}-{calendar.monthrange(year, months + 1)[1]}"
        told = {"occurred": day, "recorded": day}
        used = round(Fraction(case.USED, case.PARTS) * revenue)
        earns = {"by": "lantern", "product": "product/assistant", "amount": money(revenue)}
        uses = {"by": "lantern", "of": "nimbus", "service": "cloud/compute", "amount": money(used)}
        out.append({"id": f"revenue-{month}", "kind": "revenue", **told, **earns})
        out.append({"id": f"usage-{month}", "kind": "usage", **told, **uses})
        if month == lost:
            out.append({"id": "lost", "kind": "declaration", **told, "by": "nimbus", "subject": "exclusivity"})
        if month == declared:
            out.append({"id": "declared", "kind": "declaration", **told, "by": "lantern", "subject": "agi"})
    return out


def money(minor: int) -> str:
    """Cents as the ledger writes them."""
    return f"USD {minor // 100}.{minor % 100:02d}"
