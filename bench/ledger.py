"""Measure a large ledger at rest: read and run from text and from SQLite, moved, proved and appended to.

Knows a workspace of any size (`generate`) and commands. Does not know what they say: only that they say the same.

    .venv/bin/python bench/ledger.py [--events 1000000] [--rounds 3]

Each command is a process of its own, with nothing kept from one before it.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import generate

MOST_SECONDS = 10
FACT = "fact occurred=2025-12-31 about=bench text={}"


class Timed(NamedTuple):
    """What a command took: seconds, those of the processor, and memory; and what it printed."""

    seconds: float
    said: str
    processor: float
    mebibytes: int


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text, kept = Path(folder, "text"), Path(folder, "sqlite")
        _write(text, asked.events)
        _timed("ledger", "append", text, FACT.format("sealed"))
        shutil.copytree(text, kept)
        print(f"| {asked.events:,} events | seconds (median) | fastest | of the processor | MiB |")
        print("|---|---:|---:|---:|---:|")
        _row("`ledger move --to sqlite`", [_timed("ledger", "move", kept, "--to", "sqlite")])
        runs = {where: [_timed("run", where) for _ in range(asked.rounds)] for where in (text, kept)}
        said = {run.said for found in runs.values() for run in found}
        assert len(said) == 1, "the homes do not say the same"
        for where, found in runs.items():
            _row(f"`run`, cold, from {where.name}", found)
        for where in (text, kept):
            _row(f"`ledger verify`, {where.name}", [_timed("ledger", "verify", where)])
            _row(
                f"`ledger append` of one event, {where.name}", [_timed("ledger", "append", where, FACT.format("more"))]
            )
        slowest = max(statistics.median(run.seconds for run in found) for found in runs.values())
        print(f"\n{'holds' if slowest <= MOST_SECONDS else 'DOES NOT HOLD'}: run in at most {MOST_SECONDS} s")


def _write(folder: Path, count: int) -> None:
    folder.mkdir()
    (folder / "agreement.lgd").write_text(generate.AGREEMENT, encoding="utf-8")
    with (folder / "ledger.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(entry.event, ensure_ascii=False)}\n" for entry in generate.entries(count))


def _timed(*words: object) -> Timed:
    environment = {**os.environ, "ADIDEM_CACHE": "off", "NO_COLOR": "1"}
    command = [Path(sys.executable).with_name("adidem"), *map(str, words)]
    with tempfile.TemporaryFile("w+") as printed:
        begun = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=printed, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, command
        printed.seek(0)
        return Timed(seconds, printed.read(), used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)


def _row(name: str, runs: list[Timed]) -> None:
    seconds = [run.seconds for run in runs]
    used, memory = (statistics.median(getattr(run, what) for run in runs) for what in ("processor", "mebibytes"))
    print(
        f"| {name} | {statistics.median(seconds):.1f} | {min(seconds):.1f} | {used:.1f} | {memory:,.0f} |", flush=True
    )


if __name__ == "__main__":
    main()
