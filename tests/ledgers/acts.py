"""What is broken off in the tests of faults: acts that write to a ledger, each in a process of its own.

Knows how such a process is started, and when it can be struck. Does not know what must hold afterwards.

The processes are forked from one in which everything is imported already, so that nearly all of their time is spent at
what they are to do. One that is done says so by a file, its acknowledgement.
"""

import multiprocessing
import os
import random
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

from adidem.desk.exports import importing
from adidem.desk.keeping import book, moving
from adidem.desk.settling import closing
from adidem.desk.workspace import open_workspace
from adidem.kernel.period import day
from adidem.kernel.problem import ProblemError
from ledgers.homes import revenue

NOW = datetime(2025, 8, 1, 12, 30, tzinfo=UTC)
EVENTS = 60
RULES = """\
kind: revenue
currency: USD
occurred: Day
sum: row
key: Number
event: {by: tarn, product: product/assistant, amount: {column: Sum}}
"""
_PRELOADED = ["ledgers.acts", "adidem.desk.exports.tables", "adidem.records.database", "psycopg", "duckdb"]


@dataclass(frozen=True)
class Act:
    """One act of a kind, on a workspace: `append`, `import`, or `settle`, which closes a quarter.

    number  which it is: every act writes events of its own
    url     of the database, where the ledger is on a server
    """

    kind: str
    folder: Path
    number: int
    url: str = ""

    @property
    def done(self) -> Path:
        """The acknowledgement."""
        return self.folder.parent / f"{self.kind}-{self.number}.done"

    def do(self) -> int:
        """Write, in this process: how many events are new."""
        if self.url:
            os.environ["ADIDEM_LEDGER"] = self.url
        if self.kind == "append":
            return len(book.append(self.folder, [revenue(n) for n in self._numbers()], NOW))
        if self.kind == "settle":
            last = day(date(2060, 1, 1))
            wish = closing.Asked(self._quarter, last, last * 86_400)
            settling = closing.Settling(open_workspace(self.folder), wish)
            if settling.closing is None:
                settling.close()
                return 1
            return 0
        file, rules = self.folder.parent / f"export-{self.number}.csv", self.folder.parent / "rules.yaml"
        file.write_text("Number,Day,Sum\n" + "".join(f"{n},2025-07-31,1.50\n" for n in self._numbers()), "utf-8")
        rules.write_text(RULES, encoding="utf-8")
        return sum(i.change.added for i in importing.run(self.folder, importing.Asked("table", [file], rules), NOW))

    def told(self, events: Sequence[dict[str, str]]) -> list[str]:
        """The ids of those events that are of this act."""
        if self.kind == "append":
            wanted = {f"r{number}" for number in self._numbers()}
            return [event["id"] for event in events if event["id"] in wanted]
        if self.kind == "settle":
            return [event["id"] for event in events if event.get("period") == self._quarter]
        name = f"export-{self.number}.csv "
        return [event["id"] for event in events if event.get("source", "").startswith(name)]

    @property
    def size(self) -> int:
        """How many events it writes."""
        return 1 if self.kind == "settle" else EVENTS

    @property
    def _quarter(self) -> str:
        return f"{2025 + self.number // 4}-Q{self.number % 4 + 1}"

    def _numbers(self) -> range:
        return range(self.number * EVENTS, (self.number + 1) * EVENTS)


class Moments:
    """When to strike: every other time at any moment of an act, else about the one at which it is sealed, which is
    found by what came of the times before.
    """

    def __init__(self, lasting: float, seed: str):
        self.lasting, self.sealed, self.turn, self.chance = lasting, 0.8 * lasting, 0, random.Random(seed)

    def __next__(self) -> float:
        self.turn += 1
        if self.turn % 2:
            return self.chance.uniform(0, 1.05 * self.lasting)
        return max(0.0, self.chance.gauss(self.sealed, 0.04 * self.lasting))

    def learn(self, seconds: float, whole: bool) -> None:
        """After so many seconds an act was sealed, or was not: what is told by a moment not far from the other."""
        step = 0.05 * self.lasting
        if whole and seconds <= self.sealed + 2 * step:
            self.sealed = min(self.sealed, seconds) - step
        elif not whole and seconds >= self.sealed - 2 * step:
            self.sealed = max(self.sealed, seconds) + step
        self.lasting = max(self.lasting, 1.1 * self.sealed)  # a ledger that grows takes longer


def in_process(act: Act) -> None:
    """Do an act and acknowledge it; a problem is told by a file of its own."""
    try:
        act.do()
    except ProblemError as error:
        act.done.with_suffix(".refused").write_text(" ".join(p.code for p in error.problems), encoding="utf-8")
        return
    act.done.write_text("done", encoding="utf-8")


def with_room(act: Act, most_bytes: int) -> None:
    """Do an act where no file can grow larger."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    in_process(act)


def started(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """A process that does something."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    process = context.Process(target=target, args=arguments)
    process.start()
    return process


def lasts(act: Act) -> float:
    """How many seconds an act takes that is left alone."""
    begun = time.monotonic()
    process = started(in_process, act)
    process.join()
    assert act.done.exists()
    return time.monotonic() - begun


def move_about(folder: Path, times: int) -> None:
    """Take a ledger from text to SQLite and back."""
    for _ in range(times):
        moving.move(folder, "sqlite")
        moving.move(folder, "text")


def moved(folder: Path, to: str, url: str) -> None:
    """Take a ledger to another home."""
    os.environ["ADIDEM_LEDGER"] = url
    moving.move(folder, to)


def append_many(folder: Path, url: str, first: int, count: int) -> None:
    """Append pairs of events, one pair after the other."""
    if url:
        os.environ["ADIDEM_LEDGER"] = url
    for number in range(first, first + count):
        book.append(folder, [revenue(number), revenue(number + 1000)], NOW)
