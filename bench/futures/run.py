"""How fast one simple agreement is played a million times, in C, in numpy and in three frameworks.

Knows clocks and who takes part. Does not know the agreement, which agreement.py defines.

`python bench/futures/run.py`. Each takes part in the configuration that was found to be its best on two processors.
What is timed is drawing, playing and summing up (means and quantiles), with compilers run, modules imported and
processes started before. Those that are too slow for all worlds play the first of them, and their time is scaled. One
round runs each of them once, in another order each time; one round more, before the others, is not counted. The first
1,000 worlds of each are compared with the oracle, and all that it played with those of C. What is printed is Markdown;
all figures go to build/futures.json.
"""

import argparse
import importlib
import json
import os
import platform
import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import agreement
import by_adidem
import numpy as np
from agreement import Totals

ROOT = Path(__file__).resolve().parent.parent.parent
WORLDS, ROUNDS, COMPARED, LEDGERS = 1_000_000, 5, 1_000, 5
MILLION = 1_000_000


@dataclass
class Rival:
    """One that takes part: where it is written, how to get it, and which part of the worlds it plays."""

    name: str
    module: str
    install: str
    part: float = 1.0
    opened: str = "opened"
    version: str = ""
    play: Callable[[int], Totals] | None = None
    worlds: int = 0
    from_oracle_minor: int = 0
    from_c_minor: int = 0
    seconds: list[float] = field(default_factory=list)

    def open(self, stack: ExitStack, worlds: int) -> bool:
        """Imports it and makes it ready; whether it is there."""
        try:
            module = importlib.import_module(self.module)
        except ModuleNotFoundError as missing:
            if missing.name == self.module:
                raise
            return False
        self.version = module.version()
        if not self.version:
            return False
        self.play = stack.enter_context(getattr(module, self.opened)())
        self.worlds = max(1, min(worlds, round(worlds * self.part)))
        return True

    def run(self) -> Totals:
        """One run over its part of the worlds, with what it comes to; its time is for a million."""
        assert self.play
        start = time.perf_counter()
        totals = self.play(self.worlds)
        agreement.summary(totals)
        self.seconds.append((time.perf_counter() - start) * MILLION / self.worlds)
        return totals

    @property
    def middle(self) -> float:
        """The median, in seconds for a million worlds."""
        return median(self.seconds)


def rivals() -> list[Rival]:
    """All that take part; those that start processes first, while there are no threads yet."""
    bench = "pip install -e '.[bench]'"
    return [
        Rival("OpenFisca, float64", "by_openfisca", f"{bench} (openfisca-core)", 0.2),
        Rival("OpenFisca, float32 as it comes", "by_openfisca", f"{bench} (openfisca-core)", 0.2, "opened_single"),
        Rival("SimPy", "by_simpy", f"{bench} (simpy)", 0.005),
        Rival("EMA Workbench, a world an experiment", "by_ema_workbench", f"{bench} (ema_workbench)", 0.01),
        Rival(
            "EMA Workbench, a block of worlds an experiment",
            "by_ema_workbench",
            f"{bench} (ema_workbench)",
            opened="opened_in_blocks",
        ),
        Rival("hand numpy, blocks, two threads", "by_numpy", "pip install numpy"),
        Rival("hand C, SIMD, two threads", "by_c", "apt-get install gcc"),
    ]


def main(worlds: int = WORLDS, rounds: int = ROUNDS, figures: Path | None = None, ours_too: bool = True) -> None:
    """Compare, measure, print, and write the figures down."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    oracle = agreement.oracle(COMPARED)
    ledgers = max(difference(by_adidem.settled(i), row) for i, row in enumerate(first_rows(oracle, LEDGERS)))
    with ExitStack() as stack:
        there = [rival for rival in rivals() if rival.open(stack, worlds) or absent(rival)]
        for rival in there:
            rival.from_oracle_minor = apart(rival.play(COMPARED), oracle)
        measure(there, rounds)
    ours = by_adidem.adidem_seconds(worlds) if ours_too else "adidem simulate was not asked for"
    facts = {
        "worlds": worlds,
        "rounds": rounds,
        "processors": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load before": round(load, 2),
    }
    report(there, facts, ours, worlds)
    print(f"- {LEDGERS} worlds as ledgers, settled by `adidem run`: {ledgers} cents from the oracle")
    if figures:
        kept = {rival.name: {"seconds": rival.seconds, "worlds": rival.worlds} for rival in there}
        figures.parent.mkdir(parents=True, exist_ok=True)
        figures.write_text(json.dumps({"facts": facts, "rivals": kept, "adidem": ours}, indent=2) + "\n", "utf-8")


def absent(rival: Rival) -> bool:
    """Says how to get one that is not there."""
    print(f"{rival.name} is not installed and is left out: {rival.install}", file=sys.stderr)
    return False


def measure(there: Sequence[Rival], rounds: int) -> None:
    """Run each once a round, in another order each time; the first round only warms, and compares all worlds."""
    order = list(there)
    shuffle = random.Random(1).shuffle
    first = {rival.name: rival.run() for rival in order}
    last = there[-1].name
    for rival in order:
        rival.from_c_minor = apart(first[rival.name], first[last])
        rival.seconds.clear()
    first.clear()
    for _ in range(rounds):
        shuffle(order)
        for rival in order:
            rival.run()


def apart(some: Totals, others: Totals) -> int:
    """The largest difference in cents over the worlds that both have; their events must come in the same months."""
    count = min(len(some.lost), len(others.lost))
    for ours, theirs in ((some.lost, others.lost), (some.declared, others.declared)):
        assert np.array_equal(ours[:count], theirs[:count]), "not the same events"
    pairs = ((some.share_minor, others.share_minor), (some.shortfall_minor, others.shortfall_minor))
    return max(int(np.abs(ours[:count] - theirs[:count]).max()) for ours, theirs in pairs)


def first_rows(oracle: Totals, count: int) -> list[tuple[int, int]]:
    """Share and shortfalls of the first worlds."""
    return [(int(oracle.share_minor[world]), int(oracle.shortfall_minor[world])) for world in range(count)]


def difference(some: tuple[int, int], others: tuple[int, int]) -> int:
    """The larger difference in cents of the two sums of one world."""
    return max(abs(some[0] - others[0]), abs(some[1] - others[1]))


def report(there: Sequence[Rival], facts: dict[str, object], ours: float | str, worlds: int) -> None:
    """The figures in Markdown."""
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    named = {rival.name: rival for rival in there}
    limit = next((rival.middle for name, rival in named.items() if name.startswith("hand C")), None)
    heads = (f"1,000,000 worlds × {agreement.MONTHS} months", "version", "worlds run", "seconds (median)", "fastest")
    heads += ("slowest", "ns a world-month", "× hand C", "cents from the oracle", f"cents from {there[-1].name}")
    print(f"\n| {' | '.join(heads)} |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for rival in sorted(there, key=lambda rival: rival.middle):
        spent = rival.middle * 1e9 / MILLION / agreement.MONTHS
        ratio = f"{rival.middle / limit:.1f}" if limit else "–"
        print(
            f"| {rival.name} | {rival.version} | {rival.worlds:,} | {rival.middle:.2f} | {min(rival.seconds):.2f}"
            f" | {max(rival.seconds):.2f} | {spent:.1f} | {ratio} | {rival.from_oracle_minor} | {rival.from_c_minor} |"
        )
    if isinstance(ours, str):
        print(f"\n- {ours}")
    else:
        ratio = f", {ours / limit:.1f} × hand C" if limit else ""
        print(f"\n- `adidem simulate`, {worlds:,} worlds, from start to end: {ours:.2f} s{ratio}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure one simple agreement beside what others make of it.")
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "futures.json")
    parser.add_argument("--rivals-only", action="store_true", help="without adidem simulate")
    asked = parser.parse_args()
    main(asked.worlds, asked.rounds, asked.json, not asked.rivals_only)
