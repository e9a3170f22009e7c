"""How long a million futures take: cold and warm, as work grows, and until the first result.

Knows commands, clocks and folders. Does not know how adidem works.

Every run is a process of its own, timed from its start to its end, with the most memory that it had. What is printed is
Markdown for docs/benchmarks.md; all figures go to build/bench-futures.json. The peers of one simple agreement are in
bench/futures/run.py, which `make bench` runs too.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from timing import ADIDEM, timed

ROOT = Path(__file__).resolve().parent.parent
MODEL_CASE = ROOT / "examples" / "microsoft-openai"


@dataclass
class Run:
    """One run: what was run, seconds of the wall and of the processors, and the most memory of the process."""

    name: str
    seconds: float
    processor_seconds: float
    memory_mib: float


def adidem(name: str, *arguments: str, cache: Path) -> Run:
    """Run adidem once with its own cache folder."""
    found = timed(ADIDEM, *arguments, cache=cache)
    return Run(name, found.seconds, found.processor_seconds, found.memory_mib)


def model_case(worlds: str, cache: Path, rounds: int) -> list[Run]:
    """The full model case under two readings, 120 months, without and with what was compiled before."""
    pinned = [part for reading in two_readings() for part in ("--reading", reading)]
    asked = ("simulate", str(MODEL_CASE), "--worlds", worlds, "--until", "2035-06-30", *pinned, "--json")
    out = [adidem(f"model case, {worlds} worlds, cold", *asked, cache=cache / "cold")]
    for seed in range(2, 2 + rounds):  # another seed, for the result of the first is kept
        out.append(adidem(f"model case, {worlds} worlds, warm", *asked, "--seed", str(seed), cache=cache / "cold"))
    return out


def two_readings() -> list[str]:
    """Pins that leave one question with two readings."""
    asked = [ADIDEM, "simulate", MODEL_CASE, "--worlds", "1", "--json"]
    sets = json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)["readings"]
    first = sets[0]["readings"]
    open_questions = {q for each in sets[1:] for q, r in each["readings"].items() if r != first[q]}
    return [f"{question}={first[question]}" for question in sorted(open_questions - {"agi.decided_by"})]


def first_result(cache: Path, rounds: int) -> list[Run]:
    """From the command to the first result at 10,000 worlds; the first run of each has an empty cache."""
    out: list[Run] = []
    for name in ("cloud-commitment", "microsoft-openai"):
        asked = ("simulate", str(ROOT / "examples" / name), "--worlds", "10000", "--json")
        for number in range(rounds + 1):
            word = "first" if number == 0 else "again"
            seed = ("--seed", str(1 + number))
            out.append(adidem(f"{name}, 10,000 worlds, {word}", *asked, *seed, cache=cache / f"start-{name}"))
    return out


def growth(cache: Path) -> list[Run]:
    """Cost as worlds, months and clauses grow, one at a time."""
    out: list[Run] = []
    with tempfile.TemporaryDirectory() as folder:
        sizes = [(worlds, 120, 4) for worlds in (1_000, 10_000, 100_000, 1_000_000, 10_000_000)]
        sizes += [(100_000, months, 4) for months in (12, 60, 120, 240, 480)]
        sizes += [(100_000, 120, clauses) for clauses in (1, 4, 10, 25, 50)]
        # Each has a seed of its own: what was simulated before would be answered from what is kept.
        out += [_grown(Path(folder), cache, seed, *size) for seed, size in enumerate(sizes, 3)]
    return out


def _grown(folder: Path, cache: Path, seed: int, worlds: int, months: int, clauses: int) -> Run:
    place = folder / f"{months}-{clauses}"
    place.mkdir(exist_ok=True)
    until = f"{2026 + (months - 1) // 12:04d}-{(months - 1) % 12 + 1:02d}-28"
    (place / "agreement.lgd").write_text(HEAD.format(title="Shares") + SIGNING + "".join(map(share, range(clauses))))
    (place / "outlook.lgd").write_text(HEAD.format(title="Outlook") + OUTLOOK.format(until=until))
    asked = ("simulate", str(place), "--worlds", str(worlds), "--seed", str(seed), "--json")
    if not (place / "warm").exists():
        adidem("", *asked[:3], "300000", "--seed", "2", "--json", cache=cache / "grown")  # what pays is compiled before
        (place / "warm").touch()
    return adidem(f"{worlds:,} worlds, {months} months, {clauses} clauses", *asked, cache=cache / "grown")


def share(number: int) -> str:
    """One clause: a share of revenue with a cap."""
    return f"""
# Share {number} {{#share-{number}}}

```terms
family: revenue-share
payer: lab
payee: cloud
of: lab
products: everything
rate: {number + 1}/100
every: month
pay_within: 30 days
rounding: half even, per period
cap: USD {40 + number} m
```
"""


HEAD = """---
title: {title}
document_type: contract
effective_date: 2025-12-31
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
SIGNING = """
# Signing {#signing}

```terms
family: document
signed: 2025-12-31
effective: 2025-12-31
```
"""
OUTLOOK = """
# Head {{#head}}

```terms
family: outlook
starts: 2025-12-31
until: {until}
```

# Sales {{#sales}}

```terms
family: driver
shape: growth
start: USD 10 m
growth: 10 %
volatility: 20 %
```

# Revenue {{#revenue}}

```terms
family: flow
event: revenue
columns: {{by: lab, product: model}}
amount: sales
every: month
```
"""


def plot(runs: list[Run]) -> None:
    """The cost of growth as one picture: seconds against worlds, months and clauses, both axes by powers of ten."""
    from matplotlib.figure import Figure

    page = Figure(figsize=(9, 3), layout="constrained")
    sizes = [[int(part.split()[0].replace(",", "")) for part in run.name.split(", ")] for run in runs]
    groups = {"worlds": range(0, 5), "months": range(5, 10), "clauses": range(10, 15)}
    for axes, (place, (name, rows)) in zip(page.subplots(1, 3), enumerate(groups.items()), strict=True):
        across, seconds = [sizes[row][place] for row in rows], [runs[row].seconds for row in rows]
        axes.loglog(across, seconds, "o-", color="#0072b2")
        axes.loglog(across, [seconds[-1] * size / across[-1] for size in across], ":", color="#999999")
        axes.set_xlabel(f"{name}; dotted: linear")
        axes.set_ylabel("seconds")
    page.savefig(ROOT / "docs" / "benchmarks-growth.svg", metadata={"Date": None})


def operations(cache: Path) -> str:
    """What an operation of the model case costs: to compile, and in each world and month."""
    os.environ["ADIDEM_CACHE"] = str(cache / "operations")
    from adidem.desk.simulating.futures import Play, future
    from adidem.desk.workspace import open_workspace
    from adidem.findings.evaluator import folded_program, program
    from adidem.findings.worlds import reading_inputs

    setting = future(open_workspace(MODEL_CASE), Play(1, worlds=10**6)).setting
    folded, ready = folded_program(setting, {}), program(setting, 10**9)
    laid, worlds = setting.laid(setting.draw(0, 8_192), 8_192), 8_192
    chosen = {("one", name): column for name, column in reading_inputs(setting.composition, [setting.sets[0]]).items()}
    best = min(_seconds(lambda: ready.run({**laid, **chosen}, worlds, lent=True)) for _ in range(9))
    months = len(setting.measures.closes)
    return (
        f"{folded.live} live operations for all readings together, {folded.operation_rows:,} rows of them; "
        f"{1000 * ready.compile_seconds / folded.live:.0f} ms to compile each; on one thread "
        f"{best / worlds / folded.operation_rows * 1e9:.2f} ns for each row and world, "
        f"{best / worlds / folded.live / months * 1e9:.2f} ns for each operation, world and month"
    )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Run what was asked for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", default="1e6")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", choices=("model-case", "first-result", "growth", "operations"))
    asked = parser.parse_args()
    parts = {
        "model-case": lambda cache: model_case(asked.worlds, cache, asked.rounds),
        "first-result": lambda cache: first_result(cache, asked.rounds),
        "growth": growth,
    }
    found: dict[str, list[Run]] = {}
    with tempfile.TemporaryDirectory() as cache:
        for name, part in parts.items():
            if asked.only in (None, name):
                found[name] = part(Path(cache))
                print(f"\n| {name} | seconds | of the processors | most memory, MiB |\n|---|---:|---:|---:|")
                for each in found[name]:
                    print(
                        f"| {each.name} | {each.seconds:.2f} | {each.processor_seconds:.2f} | {each.memory_mib:,.0f} |"
                    )
                sys.stdout.flush()
        if "growth" in found:
            plot(found["growth"])
        if asked.only in (None, "operations"):
            print(f"\n{operations(Path(cache))}")
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    figures = {name: [asdict(each) for each in each_part] for name, each_part in found.items()}
    (build / "bench-futures.json").write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
