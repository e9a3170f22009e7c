"""Measure a large ledger at rest: read and run from text and from SQLite, moved, proved and appended to.

Knows a workspace of any size (`generate`) and commands. Does not know what they say: only that they say the same.

    .venv/bin/python bench/ledger.py [--events 1000000] [--rounds 3]

Each command is a process of its own, with nothing kept from one before it.
"""

import argparse
import json
import shutil
import statistics
import tempfile
from pathlib import Path

import generate
from timing import ADIDEM, Timed, timed

MOST_SECONDS = 10
FACT = "fact occurred=2025-12-31 about=bench text={}"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text, kept = Path(folder, "text"), Path(folder, "sqlite")
        _write(text, asked.events)
        timed(ADIDEM, "ledger", "append", text, FACT.format("sealed"))
        shutil.copytree(text, kept)
        print(f"| {asked.events:,} events | seconds (median) | fastest | of the processor | MiB |")
        print("|---|---:|---:|---:|---:|")
        _row("`ledger move --to sqlite`", [timed(ADIDEM, "ledger", "move", kept, "--to", "sqlite")])
        runs = {where: [timed(ADIDEM, "run", where) for _ in range(asked.rounds)] for where in (text, kept)}
        said = {run.printed for found in runs.values() for run in found}
        assert len(said) == 1, "the homes do not say the same"
        for where, found in runs.items():
            _row(f"`run`, cold, from {where.name}", found)
        for where in (text, kept):
            _row(f"`ledger verify`, {where.name}", [timed(ADIDEM, "ledger", "verify", where)])
            _row(
                f"`ledger append` of one event, {where.name}",
                [timed(ADIDEM, "ledger", "append", where, FACT.format("more"))],
            )
        slowest = max(statistics.median(run.seconds for run in found) for found in runs.values())
        print(f"\n{'holds' if slowest <= MOST_SECONDS else 'DOES NOT HOLD'}: run in at most {MOST_SECONDS} s")


def _write(folder: Path, count: int) -> None:
    folder.mkdir()
    (folder / "agreement.lgd").write_text(generate.AGREEMENT, encoding="utf-8")
    with (folder / "ledger.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(entry.event, ensure_ascii=False)}\n" for entry in generate.entries(count))


def _row(name: str, runs: list[Timed]) -> None:
    seconds = [run.seconds for run in runs]
    used, memory = (
        statistics.median(getattr(run, what) for run in runs) for what in ("processor_seconds", "memory_mib")
    )
    print(
        f"| {name} | {statistics.median(seconds):.1f} | {min(seconds):.1f} | {used:.1f} | {memory:,.0f} |", flush=True
    )


if __name__ == "__main__":
    main()
