"""One block of sampled worlds: what comes in each slot, as the columns of a program; and one world as events.

Knows how drivers, hazards, answers and scenarios are drawn, and where a drawn quantity becomes an integer: an amount
in `_put_amount`, a day in `_day` and `_delay`. Does not know the program, nor how a ledger is read.

Each draw comes from a stream that bears the name of what it decides (`hazard ID`, `day ID`, `stage ID KIND`,
`delay ID KIND`, `scenario PARTITION`), at the number of its period: neither another source nor another first day
changes it. What a party decides, and what gates or moves a chance, reads drivers and outcomes at the end of the month
before the slot's period begins; an amount reads them at the end of the month in which the event comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.period import NEVER
from adidem.kernel.quantity import Array
from adidem.worlds.cells import Cells
from adidem.worlds.computed import Computed, parts_a_day, spelled
from adidem.worlds.draws import Draws, expect_large_arrays
from adidem.worlds.driver import Paths
from adidem.worlds.elementary import Float64
from adidem.worlds.expression import EVERYWHERE, Apart, Bools
from adidem.worlds.outcome import Outcomes, drawing_order
from adidem.worlds.outlook import Outlook, Scenario, Source, Stage
from adidem.worlds.slot import (
    NO_WORD,
    Event,
    Slots,
    always_comes,
    fixed_numbers,
    named_columns,
    stage_word,
    unending,
)


@dataclass(frozen=True, eq=False)
class Block:
    """A block of drawn worlds.

    columns    (kind, column) → int64 [slots of the kind, worlds], in template order; only what is computed or varies
               occurred, STAGE.occurred   day, NEVER where it does not come
               amounts                    parts of the column, 0 where the event does not come; of dates and instants
                                          the beginning of the slot's first day
               STAGE.COLUMN of words      place among `Slots.words`, NO_WORD where the stage does not come
    partition  the name of the partition that was sampled, empty where there is none
    scenario   int64 [worlds] place among the scenarios of the partition; -1 where there is none
    set_apart  reason → bool [worlds]; nothing that is drawn for such a world may be counted
    drivers    id → float64 [periods, worlds] at the end of each month
    """

    seed: int
    first_world: int
    worlds: int
    columns: dict[tuple[str, str], Array]
    partition: str
    scenario: Array
    set_apart: dict[str, Bools]
    drivers: dict[str, Float64]

    def apart(self) -> NDArray[np.bool_]:
        """[worlds] The worlds that are set apart, for whatever reason."""
        out = np.zeros(self.worlds, np.bool_)
        for flags in self.set_apart.values():
            out |= flags
        return out


def draw(
    outlook: Outlook,
    slots: Slots,
    seed: int,
    first_world: int,
    worlds: int,
    values: Mapping[str, float | Float64] | None = None,
    scenario: str | None = None,
    partition: str | None = None,
    compiled: bool | None = None,
) -> Block:
    """The worlds `first_world`, `first_world + 1`, … of a seed. A world is the same in whatever block it is drawn.

    values     id of a parameter → what it is taken for, a number or float64 [worlds]; what a scenario changes, it
               changes in its worlds after that
    scenario   the name of the scenario of every world; else each world draws its own, by the central probabilities
    partition  the name of the partition of which scenarios are drawn; else that of `scenario`, or the first
    compiled   demands numba (True) or numpy (False); else it is numba where that is installed. The bits are the same
    """
    expect_large_arrays()
    draws, apart = Draws(seed, first_world, worlds, compiled), Apart(worlds)
    with np.errstate(all="ignore"):
        taken = {id: np.array([parameter.value]) for id, parameter in outlook.parameters.items()}
        taken |= {id: np.atleast_1d(np.asarray(value, np.float64)) for id, value in (values or {}).items()}
        chosen, of = _scenarios(outlook, scenario, partition)
        which = _which(chosen, of, taken, draws, scenario)
        _change(taken, chosen, which)
        paths = Paths(outlook, slots.horizon, draws, taken, apart).all()
        columns = _Future(slots, draws, taken, paths, apart).columns()
    drivers = {id: path[1:] for id, path in paths.items()}
    return Block(seed, first_world, worlds, columns, of, which, apart.reasons, drivers)


def _scenarios(outlook: Outlook, scenario: str | None, partition: str | None) -> tuple[list[Scenario], str]:
    partitions = outlook.partitions()
    for name, scenarios in partitions.items():
        named = scenario is None or any(one.name == scenario for one in scenarios)
        if named and partition in (None, name):
            return scenarios, name
    assert (scenario, partition) == (None, None), f"{scenario} and {partition} are not of this outlook"
    return [], ""


def _which(
    scenarios: list[Scenario], partition: str, taken: Mapping[str, Float64], draws: Draws, scenario: str | None
) -> Array:
    """[worlds] The place of each world's scenario; the last one has what rounding leaves of 1."""
    if scenario is not None or not scenarios:
        names = [one.name for one in scenarios]
        return np.full(draws.worlds, names.index(scenario) if scenario is not None else -1, np.int64)
    chance = draws.uniforms(f"scenario {partition}", 0, 1)[0]
    which = np.zeros(draws.worlds, np.int64)
    total = np.zeros(1)
    for one in scenarios[:-1]:
        total = total + taken.get(one.probability.id, np.array([one.probability.value]))
        which += chance >= total
    return which


def _change(taken: dict[str, Float64], scenarios: list[Scenario], which: Array) -> None:
    for place, scenario in enumerate(scenarios):
        mine = which == place
        for id, value in scenario.changes.items():
            if mine.all():
                taken[id] = np.array([value])
            elif mine.any():
                taken[id] = np.where(mine, value, taken[id])


@dataclass(frozen=True, eq=False)
class _Future:
    """Draws what comes in the slots of one block, source by source, each after those whose outcomes it reads."""

    slots: Slots
    draws: Draws
    taken: Mapping[str, Float64]
    paths: Mapping[str, Float64]
    apart: Apart

    def columns(self) -> dict[tuple[str, str], Array]:
        """(kind, column) → int64 [slots of the kind, worlds]."""
        out: dict[tuple[str, str], Array] = {}
        for key, undrawn in self.slots.drawn.items():
            out[key] = np.empty((len(undrawn), self.draws.worlds), np.int64)
            out[key][:] = undrawn[:, None]
        outcomes = Outcomes(self.slots, out)
        for source in drawing_order(self.slots.outlook):
            lane = self.slots.by_source[source.id]
            if lane.slots:
                everywhere = Cells(lane, self.draws, self.taken, self.paths, outcomes, self.apart)
                self._source(out, source, everywhere)
        return out

    def _source(self, out: dict[tuple[str, str], Array], source: Source, everywhere: Cells) -> None:
        """Draw the events of a source: where they come, on which day, of what amount, and with which later stages."""
        kind = source.kind.name
        if always_comes(source):
            cells = everywhere
            occurred = cells.of_slots(cells.lane.first)
        else:
            cells = everywhere.only(*_comes(source, everywhere), source.at_most)
            occurred = _day(source, cells)
            cells.put(out[kind, "occurred"], occurred)
            for name, parts in {**fixed_numbers(source), **unending(source)}.items():
                cells.put(out[kind, name], np.full(cells.shape, parts))
        for name, computed in source.amounts.items():
            before, base = computed.column.not_before, None
            if computed.is_moment:
                follows = before in source.amounts
                base = cells.read(out[kind, before]) if follows else occurred * parts_a_day(computed.column)
            _put_number(out[kind, name], source, computed, cells, base)
        for stage in source.stages:
            self._stage(out, source, stage, cells, occurred)

    def _stage(
        self, out: dict[tuple[str, str], Array], source: Source, stage: Stage, cells: Cells, occurred: Array
    ) -> None:
        """Draw a later stage of the events of a source: whether, when and with which word it comes."""
        kind = source.kind.name
        choice = _choice(source, stage, cells)
        days = occurred + _delay(source, stage, cells)
        comes = (choice >= 0) & (days <= self.slots.horizon.until)
        cells.put(out[kind, f"{stage.kind.name}.occurred"], np.where(comes, days, NEVER))
        for column in named_columns(stage):
            name = f"{stage.kind.name}.{column.name}"
            places = {word: place for place, word in enumerate(self.slots.words[kind, name])}
            if column.name == stage.choice:
                mine = np.array([places[word] for word in Slots.choices(stage)])[choice]
            else:
                words = [stage_word(slot, stage, column.name) for slot in cells.lane.slots]
                mine = cells.of_slots(np.array([places[word] for word in words]))
            cells.put(out[kind, name], np.where(comes, mine, NO_WORD))


def _comes(source: Source, cells: Cells) -> tuple[Array, Array]:
    """The slots and the worlds in which the event comes, before it is counted; in the order of slots."""
    comes, lane = EVERYWHERE, cells.lane
    if source.when is not None:
        comes = np.atleast_2d(cells.holds(source.when, lane.row_before, f"{source.id}.when"))
    lengths, which = lane.lengths
    if source.odds is not None:
        name = f"{source.id}.odds"
        yearly = cells.number(source.odds, lane.row_before, name, comes)
        lengths, which = lane.years, np.arange(len(lane.years))
    elif source.chance:
        name, yearly = source.chance, cells.parameter(source.chance)
    else:
        return cells.draws.places(comes, len(cells.lane.slots))
    cells.mark(f"{name} is no chance", ~((yearly >= 0) & (yearly <= 1)) & comes)
    chance = cells.draws.within(yearly, lengths[:, None])
    return cells.draws.hits(f"hazard {source.id}", int(lane.number[0]), chance, which, comes)


def _day(source: Source, cells: Cells) -> Array:
    """[cells] The day on which it comes: any day of the slot alike."""
    first, width = cells.of_slots(cells.lane.first), cells.of_slots(cells.lane.width)
    if (width == 1).all():
        return first
    # A number below 1 times a width may round to the width itself.
    drawn = (cells.uniforms(f"day {source.id}") * width).astype(np.int64)
    return first + np.minimum(drawn, width - 1)


def _put_number(out: Array, source: Source, computed: Computed, cells: Cells, base: Array | None) -> None:
    """Write the parts in each cell, rounded to the nearest, halves to even; 0 where they set the world apart.

    base  [slots, 1] or [cells] of a date or an instant, the moment that it follows
    """
    label, least, most = f"{source.id}.{computed.column.name}", computed.least, computed.most
    value = cells.number(computed.formula, cells.lane.row, label)
    if computed.parts != 1:
        value = value * computed.parts
    whole = cells.place is None and value.shape == cells.shape
    if base is None and whole and cells.draws.quantise(value, least, most, cells.lane.rows, out):
        return
    kept = np.abs(value) <= most
    if not kept.all():
        cells.mark(f"{label} is too large", np.isfinite(value) & ~kept)
    if least > -most:
        cells.mark(f"{label} is negative", kept & (value < least))
        kept = kept & (value >= least)
    number = np.rint(np.where(kept, value, 0.0)).astype(np.int64)
    cells.put(out, number if base is None else base + number)


def _choice(source: Source, stage: Stage, cells: Cells) -> Array:
    """Which of `Slots.choices(stage)` is taken in each cell, -1 where the stage never comes.

    A stage without choice comes: 0 everywhere, or as its one chance says.
    """
    words = Slots.choices(stage)
    label = f"{source.id}.{stage.kind.name}"
    choice = np.full(cells.shape, -1 if stage.chances or stage.rules else 0, np.int64)
    if stage.chances:
        chance = cells.uniforms(f"stage {source.id} {stage.kind.name}")
        total = np.zeros(1)
        for word, id in stage.chances:
            following = total + cells.parameter(id)
            mine = (chance >= total) & (chance < following)
            choice = np.where(mine, words.index(word) if word else 0, choice)
            total = following
        cells.mark(f"the chances of {label} are more than 1", total > 1 + 1e-9)
    open_yet = np.ones(cells.shape, bool)
    for condition, word in stage.rules:
        holds = open_yet
        if condition is not None:
            holds = open_yet & cells.holds(condition, cells.lane.row_before, f"{label}.rules", open_yet)
        choice = np.where(holds, words.index(word) if word else 0, choice)
        open_yet = open_yet & ~holds
    return choice


def _delay(source: Source, stage: Stage, cells: Cells) -> Array:
    """Days from the record to its stage in each cell, any between the soonest and the latest alike."""
    if not stage.within[0]:
        return np.zeros(1, np.int64)
    soonest, latest = (np.rint(cells.parameter(id)) for id in stage.within)
    label = f"{source.id}.{stage.kind.name}"
    wrong = ~((soonest >= 0) & (latest >= soonest) & (latest < NEVER // 4))
    cells.mark(f"{label}.within is no length of time", wrong)
    soonest, latest = np.where(wrong, 0.0, soonest), np.where(wrong, 0.0, latest)
    drawn = (cells.uniforms(f"delay {source.id} {stage.kind.name}") * (latest - soonest + 1.0)).astype(np.int64)
    return np.minimum(soonest + drawn, latest).astype(np.int64)


def as_events(slots: Slots, block: Block, world: int) -> list[Event]:
    """The future of one world as events of a ledger, in the order in which they occur.

    world  its number among all, of which the block holds some
    """
    assert block.first_world <= world < block.first_world + block.worlds, world
    at = world - block.first_world
    note = f"sampled: seed {block.seed}, world {world}"
    found: list[tuple[int, Event]] = []
    for kind, of_kind in slots.by_kind.items():
        drawn = {name: rows[:, at].tolist() for (of, name), rows in block.columns.items() if of == kind}
        for row, slot in enumerate(of_kind):
            day = drawn["occurred"][row] if "occurred" in drawn else slot.nominal_day
            if day == NEVER:
                continue
            computed = slot.source.amounts.items()
            amounts = {name: spelled(each.column, drawn[name][row], slots.currency) for name, each in computed}
            found.append((day, slots.record(slot, day, amounts)))
            for stage in slot.source.stages:
                later = drawn[f"{stage.kind.name}.occurred"][row]
                if later != NEVER:
                    name = f"{stage.kind.name}.{stage.choice}"
                    choice = slots.words[kind, name][drawn[name][row]] if stage.choice else ""
                    found.append((later, slots.stage(slot, stage, later, choice)))
    return [{**event, "note": note} for _, event in sorted(found, key=lambda pair: pair[0])]
