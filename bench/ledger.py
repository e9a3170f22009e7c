"""Measure ledgers at rest, of any size in each home: moved there, run, proved and appended to.

Knows a workspace of any size (`generate`), a PostgreSQL of its own (that of the tests) and commands. Does not know what
they say: only that they say the same.

    .venv/bin/python bench/ledger.py [--events 10000 100000 1000000] [--rounds 3]

Each command is a process of its own, with nothing kept from one before it. Where there is no PostgreSQL it is left out.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import generate
from timing import ADIDEM, Timed, timed

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from ledgers import server  # in the folder of tests

MOST_SECONDS = 10
MOST_TO_APPEND = 2
COMMANDS = ("move", "run", "verify", "append")
_NUMBER = count()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found: dict[tuple[str, str], list[list[Timed]]] = {}
    with tempfile.TemporaryDirectory(prefix="adidem-bench-") as folder, _postgres(Path(folder)) as homes:
        for size in asked.events:
            for key, runs in _measured(Path(folder, str(size)), size, homes, asked.rounds):
                found.setdefault(key, []).append(runs)
                print(f"{size:,} {' '.join(key)}: {_seconds(runs)}", file=sys.stderr)
    print(f"| seconds, of the processor | {' | '.join(f'{size:,}' for size in asked.events)} | MiB |")
    print(f"|---|{'---:|' * len(asked.events)}---:|")
    for (command, home), sizes in sorted(found.items(), key=lambda item: COMMANDS.index(item[0][0])):
        most = max(run.memory_mib for runs in sizes for run in runs)
        print(f"| `{command}`, {home} | {' | '.join(map(_seconds, sizes))} | {most:,.0f} |")
    _judge("run", MOST_SECONDS, [max(map(_median, sizes)) for (what, _), sizes in found.items() if what == "run"])
    kept = [sizes for (what, home), sizes in found.items() if what == "append" and home != "text"]
    _judge("append to a database", MOST_TO_APPEND, [max(map(_median, sizes)) for sizes in kept])


@contextmanager
def _postgres(folder: Path) -> Iterator[dict[str, str]]:
    """Each home, and what `ledger move --to` calls it; a PostgreSQL is started for as long."""
    homes = {"text": "text", "SQLite": "sqlite"}
    if server.programs() is None:
        yield homes
        return
    with server.running(folder / "server") as os.environ["ADIDEM_LEDGER"]:
        yield {**homes, "PostgreSQL": "$ADIDEM_LEDGER"}


def _measured(
    folder: Path, size: int, homes: dict[str, str], rounds: int
) -> Iterator[tuple[tuple[str, str], list[Timed]]]:
    """Of each command and home: its runs."""
    first = folder / "written"
    first.mkdir(parents=True)
    # In a process of its own: what is measured would begin with as much memory as this one has.
    writer = multiprocessing.Process(target=_write, args=(first, size))
    writer.start()
    writer.join()
    _append(first)  # every line is sealed
    said: set[str] = set()
    for home, to in homes.items():
        place = folder / f"{home}-{size}"
        shutil.copytree(first, place)
        if home == "text":  # from the other file that a ledger may be
            timed(ADIDEM, "ledger", "move", place, "--to", "sqlite")
        yield ("move", home), [timed(ADIDEM, "ledger", "move", place, "--to", to)]
        runs = [timed(ADIDEM, "run", place) for _ in range(rounds)]
        said |= {run.printed for run in runs}
        yield ("run", home), runs
        yield ("verify", home), [timed(ADIDEM, "ledger", "verify", place) for _ in range(rounds)]
        yield ("append", home), [_append(place) for _ in range(rounds)]
    assert len(said) == 1, "the homes do not say the same"
    shutil.rmtree(folder)


def _write(folder: Path, size: int) -> None:
    (folder / "agreement.lgd").write_text(generate.AGREEMENT, encoding="utf-8")
    with (folder / "ledger.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(entry.event, ensure_ascii=False)}\n" for entry in generate.entries(size))


def _append(folder: Path) -> Timed:
    return timed(ADIDEM, "ledger", "append", folder, f"fact occurred=2025-12-31 about=bench text={next(_NUMBER)}")


def _median(runs: Sequence[Timed]) -> float:
    return statistics.median(run.seconds for run in runs)


def _seconds(runs: Sequence[Timed]) -> str:
    used = statistics.median(run.processor_seconds for run in runs)
    return f"{_median(runs):.2f}, {used:.2f}"


def _judge(what: str, most: float, medians: Sequence[float]) -> None:
    """Print whether what was aimed at holds."""
    if medians:
        word = "holds" if max(medians) <= most else "DOES NOT HOLD"
        print(f"\n- {word}: {what} in at most {most} s ({max(medians):.1f})")


if __name__ == "__main__":
    main()
