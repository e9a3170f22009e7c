"""Many futures of one agreement: its program over blocks of sampled worlds, under sets of readings, counted.

Knows the program, what is drawn, what is looked at in each world and how it is counted. Does not know workspaces,
documents or how results are shown.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from adidem.findings.measures import Measures
from adidem.findings.sampled import Key, Varying, World, varying
from adidem.findings.worlds import reading_inputs
from adidem.kernel.composition import Composition
from adidem.kernel.engine import evaluate
from adidem.kernel.event import NOTHING
from adidem.kernel.quantity import Array
from adidem.records.columns import Columns
from adidem.worlds.count import Count
from adidem.worlds.finished import Finished, missing, read, write
from adidem.worlds.future import Block, draw
from adidem.worlds.outlook import Outlook, Scenario
from adidem.worlds.slot import Slots
from adidem.worlds.spill import Spill
from adidem.worlds.tally import BLOCK, Mask

CHUNK = 8
"""So many blocks are one piece of work, and one finished file."""

UNKNOWN = 2**32
"""From here on stand numbers for words that the program does not know."""

Readings = dict[str, str]
Progress = Callable[[int], None]


class Evaluator(Protocol):
    """The program, ready to be run over blocks of worlds under one set of readings."""

    def __call__(self, laid: Mapping[Key, Array], worlds: int) -> tuple[Mapping[int, Array], Mask]:
        """The values of the nodes wanted, and the worlds in which a figure was too large to be kept exactly."""
        ...


@dataclass
class Setting:
    """What is simulated: a program with its columns, an outlook with its slots, and what to look at.

    sets  the sets of readings under which every world is run; the first is what the others are compared with
    """

    composition: Composition
    columns: Columns
    outlook: Outlook
    slots: Slots
    seed: int
    sets: tuple[Readings, ...]
    scenario: str = ""
    partition: str = ""
    values: Mapping[str, float | np.ndarray] = field(default_factory=dict[str, "float | np.ndarray"])
    measures: Measures = field(init=False)
    varying: Varying = field(init=False)

    def __post_init__(self) -> None:
        self.measures = Measures(self.composition, self.columns.grid, self.outlook.starts)
        places = {
            kind: _rows_of(self.columns, kind, [slot.id for slot in of]) for kind, of in self.slots.by_kind.items()
        }
        keys = self.draw(0, 1).columns.keys()
        self.varying = varying(self.columns, self.composition.program, places, keys)

    def draw(self, first_world: int, worlds: int) -> Block:
        """What some worlds draw."""
        return draw(
            self.outlook, self.slots, self.seed, first_world, worlds, self.values or None, self.scenario or None
        )

    def valued(self, values: Mapping[str, "float | np.ndarray"]) -> "Setting":
        """The same with other values of parameters: a number each, or one for each world."""
        other = copy(self)
        other.values = values
        return other

    def laid(self, block: Block, worlds: int) -> dict[Key, Array]:
        """The varying inputs of a block of worlds."""
        drawn = {key: self._coded(key, values) for key, values in block.columns.items() if key in self.varying.keys}
        return self.varying.laid(drawn, worlds)

    def _coded(self, key: Key, values: Array) -> Array:
        """Choices are drawn as places among the slots' words; the program has numbers of its own for words."""
        words = self.slots.words.get(key)
        if words is None:
            return values
        codes = [self.composition.vocabulary.get(word, UNKNOWN + number) for number, word in enumerate(words)]
        return np.array([*codes, NOTHING], np.int64)[values]  # NO_WORD is the last place

    @property
    def scenarios(self) -> list[Scenario]:
        """The scenarios of the partition that is sampled."""
        for name, scenarios in self.outlook.partitions().items():
            if self.partition in ("", name) and self.scenario in ("", *(one.name for one in scenarios)):
                return scenarios
        return []


def _rows_of(columns: Columns, kind: str, ids: Iterable[str]) -> Array:
    table, places = columns.records[kind].table, columns.ledger.places
    row_of = {int(id): row for row, id in enumerate(table.ids)}
    return np.array([row_of[places[id]] for id in ids], np.int64)


def by_numpy(setting: Setting, readings: Readings) -> Evaluator:
    """The kernel's own `evaluate`, a block at a time."""
    composition, columns, wanted = setting.composition, setting.columns, setting.measures.wanted()
    chosen = reading_inputs(composition, [readings])

    def run(laid: Mapping[Key, Array], worlds: int) -> tuple[Mapping[int, Array], Mask]:
        world = World(columns, laid, chosen)
        return evaluate(composition.program, world, columns.shape, wanted).values, np.zeros(worlds, np.bool_)

    return run


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
    """Run every world under every set of readings, in chunks, on all cores.

    folder  where finished chunks are kept, so that a run that was broken off goes on; `run` names what they belong to
    """
    blocks = -(-worlds // BLOCK)
    spills = [_spill(setting, worlds, folder, number) for number in range(len(setting.sets))]
    found = read(folder, run) if folder is not None else []
    counts = [_empty(setting, compiled) for _ in setting.sets]
    for done in found:
        _join(counts, _of_plain(done, len(counts), compiled))
    todo = list(_chunks(missing(blocks, found)))
    progress(sum(done.past - done.first for done in found) * BLOCK)
    with ThreadPoolExecutor(cores()) as pool:
        chunks = pool.map(lambda chunk: _chunk(setting, evaluators, chunk, worlds, spills, compiled), todo)
        for (first, past), made in zip(todo, chunks, strict=True):
            if folder is not None:
                write(folder, run, Finished(first, past, _plain(made)))
            _join(counts, made)
            progress(min(worlds, past * BLOCK) - first * BLOCK)
    return Futures(setting, worlds, counts, spills)


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


def _chunk(
    setting: Setting,
    evaluators: list[Evaluator],
    chunk: tuple[int, int],
    worlds: int,
    spills: list[Spill],
    compiled: bool,
) -> list[Count]:
    """Some blocks, counted under every set of readings on the same draws."""
    counts = [_empty(setting, compiled) for _ in setting.sets]
    for number in range(*chunk):
        first, size = number * BLOCK, min(BLOCK, worlds - number * BLOCK)
        block = setting.draw(first, size)
        laid = setting.laid(block, size)
        apart = np.zeros(size, np.bool_)
        for flags in block.set_apart.values():
            apart |= flags
        scenario = np.maximum(block.scenario, 0)  # an outlook without scenarios has one
        totals = np.zeros((0, size), np.int64)
        for count, evaluator, spill in zip(counts, evaluators, spills, strict=True):
            values, overflown = evaluator(laid, size)
            amounts, held = setting.measures.amounts(values, size), setting.measures.held(values, size)
            own = count.take(first, amounts, totals, held, scenario, apart | overflown)
            totals = totals if totals.size else own
            spill.write(number, own, scenario, apart | overflown)
    return counts


def _chunks(blocks: list[int]) -> Iterator[tuple[int, int]]:
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
