"""Many futures of one agreement: its program over blocks of sampled worlds, under sets of readings, counted.

Knows the program, what is drawn, what is looked at in each world and how it is counted. Does not know workspaces,
documents or how results are shown.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from adidem.findings.evaluator import Evaluator
from adidem.findings.setting import Setting
from adidem.kernel.quantity import Array
from adidem.worlds.count import Count
from adidem.worlds.finished import Finished, missing, read, write
from adidem.worlds.spill import Spill
from adidem.worlds.tally import BLOCK, Mask

CHUNK = 8
"""So many blocks are one piece of work, and one finished file."""
SPAN = 2
"""So many blocks are drawn and evaluated together, which spares calls; each is counted for itself."""

Begun = TypeVar("Begun")

AHEAD = 3
"""So many chunks for each core are under way or wait to be joined: enough that none is idle, and memory stays flat."""

Progress = Callable[[int], None]
Chunk = tuple[int, int]
"""The blocks from the first to before the second."""


@dataclass(frozen=True, eq=False)
class Kept:
    """What the spill of one set of readings keeps of a block.

    number    of the set
    totals    [figures, worlds] minor units
    scenario  [worlds]
    apart     [worlds]
    """

    number: int
    block: int
    totals: Array
    scenario: Array
    apart: Mask


@dataclass(frozen=True, eq=False)
class Made:
    """What a chunk came to: of each set of readings what is counted, and of each block what is kept."""

    chunk: Chunk
    counts: list[Count]
    kept: list[Kept]

    def finished(self) -> Finished:
        """What is counted, as plain arrays."""
        return Finished(*self.chunk, _plain(self.counts))

    @classmethod
    def of(cls, finished: Finished, kept: list[Kept], sets: int, compiled: bool) -> "Made":
        """The same from plain arrays."""
        return cls((finished.first, finished.past), _of_plain(finished, sets, compiled), kept)


Mapper = Callable[[Iterable[Chunk]], Generator[Made, None, None]]
"""A way of running chunks, on these threads or on other machines: what each came to, in the order of the chunks."""


@dataclass
class Futures:
    """What all worlds came to.

    counts  of each set of readings
    spills  of each set of readings the totals of every world
    """

    setting: Setting
    worlds: int
    counts: list[Count]
    spills: list[Spill]


def simulate(
    setting: Setting,
    evaluators: list[Evaluator],
    worlds: int,
    progress: Progress = lambda done: None,
    folder: Path | None = None,
    run: str = "",
    compiled: bool = False,
) -> Futures:
    """Run every world under every set of readings, in chunks, on all cores; see `gathered`."""
    mapper = on_threads(setting, evaluators, worlds, compiled)
    return gathered(setting, mapper, worlds, progress, folder, run, compiled)


def gathered(
    setting: Setting,
    mapper: Mapper,
    worlds: int,
    progress: Progress = lambda done: None,
    folder: Path | None = None,
    run: str = "",
    compiled: bool = False,
    aside: Path | None = None,
) -> Futures:
    """Have every chunk run that is not finished, wherever that is done, and join all of them.

    folder  where finished chunks are kept, so that a run that was broken off goes on; `run` names what they belong to
    aside   where the totals of every world are kept if there is no such folder; in memory without either
    """
    blocks = -(-worlds // BLOCK)
    spills = [_spill(setting, worlds, folder or aside, number) for number in range(len(setting.sets))]
    found = read(folder, run) if folder is not None else []
    counts = [_empty(setting, compiled) for _ in setting.sets]
    for done in found:
        _join(counts, _of_plain(done, len(counts), compiled))
    progress(sum(done.past - done.first for done in found) * BLOCK)
    with closing(mapper(_chunks(missing(blocks, found)))) as chunks:
        for made in chunks:
            for each in made.kept:
                spills[each.number].write(each.block, each.totals, each.scenario, each.apart)
            if folder is not None:  # after the spills: what counts as finished has its totals
                write(folder, run, made.finished())
            _join(counts, made.counts)
            first, past = made.chunk
            progress(min(worlds, past * BLOCK) - first * BLOCK)
    return Futures(setting, worlds, counts, spills)


def on_threads(setting: Setting, evaluators: list[Evaluator], worlds: int, compiled: bool = False) -> Mapper:
    """Chunks on all cores of this machine."""

    def mapper(chunks: Iterable[Chunk]) -> Generator[Made, None, None]:
        pool = ThreadPoolExecutor(cores())

        def begin(chunk: Chunk) -> "Future[Made]":
            return pool.submit(run_chunk, setting, evaluators, chunk, worlds, compiled)

        try:
            yield from in_order(chunks, begin, lambda begun: begun.result(), AHEAD * cores())
        finally:
            pool.shutdown(cancel_futures=True)

    return mapper


def in_order(
    chunks: Iterable[Chunk], begin: Callable[[Chunk], Begun], end: Callable[[Begun], Made], at_once: int
) -> Iterator[Made]:
    """What each chunk came to, in their order, with so many of them begun at once."""
    begun: deque[Begun] = deque()
    for chunk in chunks:
        begun.append(begin(chunk))
        if len(begun) == at_once:
            yield end(begun.popleft())
    while begun:
        yield end(begun.popleft())


def cores() -> int:
    """How many threads count worlds."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _empty(setting: Setting, compiled: bool) -> Count:
    measures = setting.measures
    return Count.empty(
        measures.figures, len(measures.closes), len(measures.states), max(1, len(setting.scenarios)), compiled
    )


def _spill(setting: Setting, worlds: int, folder: Path | None, number: int) -> Spill:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return Spill(worlds, setting.measures.figures, folder / f"totals-{number}.int64" if folder is not None else None)


def run_chunk(setting: Setting, evaluators: list[Evaluator], chunk: Chunk, worlds: int, compiled: bool) -> Made:
    """Some blocks, counted under every set of readings on the same draws."""
    counts = [_empty(setting, compiled) for _ in setting.sets]
    kept: list[Kept] = []
    for number in range(chunk[0], chunk[1], SPAN):
        first, past = number * BLOCK, min(worlds, min(chunk[1], number + SPAN) * BLOCK)
        block = setting.draw(first, past - first)
        laid = setting.laid(block, past - first)
        apart = block.apart()
        scenario = np.maximum(block.scenario, 0)  # an outlook without scenarios has one
        firsts: list[tuple[Array, Mask]] = []
        for place, (count, evaluator) in enumerate(zip(counts, evaluators, strict=True)):
            values, overflown = evaluator(laid, past - first)
            for within, start in enumerate(range(0, past - first, BLOCK)):
                of = slice(start, min(start + BLOCK, past - first))
                part = {index: each[:, of] if each.shape[1] > 1 else each for index, each in values.items()}
                amounts = setting.measures.amounts(part, of.stop - start)
                held = setting.measures.held(part, of.stop - start)
                base, aside = firsts[within] if place else (np.zeros((0, 0), np.int64), apart[of])
                aside = aside | overflown[of]  # what has no value as first read can be compared with nothing
                own = count.take(first + start, amounts, base, held, scenario[of], aside)
                firsts += [(own, aside)] if not place else []
                kept.append(Kept(place, number + within, own, scenario[of], aside))
    return Made(chunk, counts, kept)


def _chunks(blocks: list[int]) -> Iterator[Chunk]:
    """Runs of consecutive blocks, at most so many together."""
    start = 0
    for place in range(1, len(blocks) + 1):
        if place == len(blocks) or blocks[place] != blocks[place - 1] + 1 or place - start == CHUNK:
            yield blocks[start], blocks[place - 1] + 1
            start = place


def _join(counts: list[Count], more: list[Count]) -> None:
    for count, other in zip(counts, more, strict=True):
        count.join(other)


def _plain(counts: list[Count]) -> dict[str, dict[str, np.ndarray]]:
    return {f"{number} {part}": arrays for number, count in enumerate(counts) for part, arrays in count.plain().items()}


def _of_plain(done: Finished, sets: int, compiled: bool) -> list[Count]:
    parts = [
        {name.partition(" ")[2]: a for name, a in done.parts.items() if name.startswith(f"{n} ")} for n in range(sets)
    ]
    return [Count.of_plain(part, compiled) for part in parts]
