"""An outlook beside what came: of every amount its band and the value, of every state its chance and whether it held.

Knows measures of many worlds and of the one record, periods, and how forecasts are scored. Does not know workspaces,
documents or how results are shown.

The record is put through the same program and the same measures as a sampled world, so that like is compared with
like. What stands on one side alone is named, and compared with nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from adidem.findings.evaluator import by_numpy
from adidem.findings.futures import Progress, cores
from adidem.findings.measures import Flags, Measures, PaymentStream, State
from adidem.findings.points import between
from adidem.findings.sampled import World
from adidem.findings.scoring import Bands, Forecast, bands, event
from adidem.findings.setting import Readings, Setting
from adidem.findings.worlds import reading_inputs
from adidem.kernel.composition import Composition
from adidem.kernel.engine import evaluate
from adidem.kernel.period import MONTHS, NEVER, Every, Grid, period_label
from adidem.kernel.quantity import Array
from adidem.records.columns import Columns
from adidem.worlds.quantile import enough, quantile
from adidem.worlds.stream import Stream
from adidem.worlds.tally import BLOCK

LOW, MIDDLE, HIGH = Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)
PERIODS: tuple[Every, ...] = ("month", "quarter")
WHOLE = "whole"
"""The period from the first day to the last."""
Side = Literal["outlook", "record"]


@dataclass(frozen=True)
class Course:
    """One course of things, or many, month by month.

    amounts  [figures, months, worlds] minor units
    held     [states, months, worlds]
    apart    [worlds] worlds that count nowhere
    """

    measures: Measures
    amounts: Array
    held: Flags
    apart: Flags

    @property
    def kept(self) -> NDArray[np.intp]:
        """The places of the worlds that count."""
        return np.flatnonzero(~self.apart)


def size_bytes(setting: Setting, worlds: int) -> int:
    """What the courses of so many worlds take in memory."""
    measures = setting.measures
    return worlds * len(measures.closes) * (8 * measures.figures + len(measures.states))


def foretold(
    setting: Setting, worlds: int, progress: Progress = lambda done: None, over_ranges: bool = False
) -> Course:
    """What the outlook says may come: so many worlds under the first set of readings, on all cores.

    over_ranges  each world takes every number of the outlook that may be off from its range, each value alike; else
                 all worlds take it as it is written
    """
    measures, run = setting.measures, by_numpy(setting, setting.sets[0])
    amounts = np.zeros((measures.figures, len(measures.closes), worlds), np.int64)
    held = np.zeros((len(measures.states), len(measures.closes), worlds), np.bool_)
    apart = np.zeros(worlds, np.bool_)

    def block(first: int) -> int:
        size = min(BLOCK, worlds - first)
        drawn = (setting.valued(_within(setting, first, size)) if over_ranges else setting).draw(first, size)
        values, overflown = run(setting.laid(drawn, size), size)
        here = slice(first, first + size)
        amounts[:, :, here], held[:, :, here] = measures.amounts(values, size), measures.held(values, size)
        apart[here] = overflown
        for flags in drawn.set_apart.values():
            apart[here] |= flags
        return size

    with ThreadPoolExecutor(cores()) as pool:
        for size in pool.map(block, range(0, worlds, BLOCK)):
            progress(size)
    return Course(measures, amounts, held, apart)


def _within(setting: Setting, first_world: int, worlds: int) -> dict[str, float | np.ndarray]:
    """Of every parameter with a range the value that each world takes: float64 [worlds]."""
    out: dict[str, float | np.ndarray] = {}
    for id, parameter in setting.outlook.parameters.items():
        if parameter.low < parameter.high:
            part = Stream(setting.seed, f"range of {id}").uniforms(first_world, worlds, 1)[0]
            out[id] = between(parameter.low, parameter.high, part)
    return out


def recorded(composition: Composition, columns: Columns, after: int, readings: Readings) -> Course:
    """What a record says came after a day, as one world.

    readings  those of questions that the program does not have are passed over; of others it has the first is taken
    """
    measures = Measures(composition, columns.grid, after)
    chosen = {
        id: readings[id] if readings.get(id) in question.readings else question.readings[0]
        for id, question in composition.questions.items()
    }
    world = World(columns, {}, reading_inputs(composition, [chosen]))
    values = evaluate(composition.program, world, columns.shape, measures.wanted()).values
    return Course(measures, measures.amounts(values, 1), measures.held(values, 1), np.zeros(1, np.bool_))


@dataclass(frozen=True)
class Amount:
    """What one stream comes to in one period: the band from P10 to P90, and what came.

    ends        the last day of the period
    last_minor  what it last came to in such a period, as was known when the outlook starts; None for the whole time
    sure        whether enough worlds lie beyond both ends of the band
    other_text  whether the clause had another text by then than when the outlook starts
    """

    stream: PaymentStream
    every: str
    period: str
    ends: int
    low_minor: int
    middle_minor: int
    high_minor: int
    came_minor: int
    last_minor: int | None
    sure: bool
    other_text: bool

    @property
    def empty(self) -> bool:
        """Nothing was foretold and nothing came: it says nothing of the outlook."""
        return not (self.low_minor or self.high_minor or self.came_minor)

    @property
    def place(self) -> str:
        """Where the value lies."""
        if self.came_minor < self.low_minor:
            return "below"
        return "above" if self.came_minor > self.high_minor else "inside"


@dataclass(frozen=True)
class StateForecast:
    """How likely a state was, and whether it came.

    when          `end`: on the last day; `ever`: on the last day of any month
    brier_months  the mean of Brier's score over the months
    """

    state: State
    when: Literal["end", "ever"]
    chance: float
    came: bool
    brier_months: float

    @property
    def forecast(self) -> Forecast:
        """It as a forecast of yes or no."""
        return event(self.state.name, self.chance, self.came)

    @property
    def certain(self) -> bool:
        """Whether it was the same in every world."""
        return self.chance in (0.0, 1.0)

    @property
    def plain(self) -> bool:
        """Whether it was the same in every world, and came so: of chances it says nothing."""
        return self.chance == float(self.came)


@dataclass(frozen=True)
class OneSided:
    """A stream or state that one side alone has, and what it came to there: the mean of the outlook's worlds."""

    what: PaymentStream | State
    side: Side
    amount_minor: int = 0


@dataclass(frozen=True)
class Comparison:
    """An outlook beside the record."""

    amounts: list[Amount]
    states: list[StateForecast]
    one_sided: list[OneSided]

    def bands(self, every: str, same_text: bool = False) -> Bands:
        """The bands of one kind of period, without those that say nothing; if so wished, without those of another
        text than the outlook could know.
        """
        kept = [a for a in self.amounts if a.every == every and not a.empty and not (same_text and a.other_text)]
        low, high, came = (
            np.array([getattr(a, name) for a in kept], np.int64) for name in ("low_minor", "high_minor", "came_minor")
        )
        last = [a.last_minor for a in kept if a.last_minor is not None]
        known = np.ones(len(kept), np.bool_)
        return bands(low, high, came, known, np.array(last, np.int64) if last and len(last) == len(kept) else None)

    def empty(self, every: str) -> int:
        """How many figures say nothing."""
        return sum(amount.empty for amount in self.amounts if amount.every == every)


def compared(outlook: Course, record: Course, before: Course) -> Comparison:
    """What was foretold beside what came.

    before  the record as it was known when the outlook starts, over the year before
    """
    theirs = {_key(stream): number for number, stream in enumerate(record.measures.streams)}
    mine = {_key(stream): number for number, stream in enumerate(outlook.measures.streams)}
    earlier = {_key(stream): number for number, stream in enumerate(before.measures.streams)}
    amounts: list[Amount] = []
    for key, number in mine.items():
        if key in theirs:
            last = before.amounts[earlier[key], :, 0] if key in earlier else np.zeros(0, np.int64)
            sampled, came = outlook.amounts[number][:, outlook.kept], record.amounts[theirs[key], :, 0]
            stream = outlook.measures.streams[number]
            amounts += _amounts(
                outlook.measures, stream, sampled, came, before, last, changed_on(record, stream.clause)
            )
    return Comparison(amounts, list(_states(outlook, record)), [*_one_sided(outlook, record)])


def _key(stream: PaymentStream) -> tuple[str, str, str]:
    return stream.payer, stream.payee, stream.clause


def _amounts(
    measures: Measures, stream: PaymentStream, sampled: Array, came: Array, before: Course, last: Array, changed: int
) -> Iterator[Amount]:
    """Of one stream every period that is over, and the whole time.

    sampled  [months, worlds]
    came     [months]
    last     [months of `before`]
    changed  the first day on which the clause has another text
    """

    def amount(every: str, label: str, months: list[int], last: int | None) -> Amount:
        ends, ordered = int(measures.closes[months[-1]]), np.sort(sampled[months].sum(axis=0))
        found = [quantile(ordered, p) for p in (LOW, MIDDLE, HIGH)]
        low, middle, high = (each.amount_minor if each is not None else 0 for each in found)
        value, sure = int(came[months].sum()), enough(len(ordered), LOW)
        return Amount(stream, every, label, ends, low, middle, high, value, last, sure, changed <= ends)

    for every in PERIODS:
        settled = [int(last[months].sum()) for _, months in whole_periods(before.measures, every)] if len(last) else []
        known = next((amount for amount in reversed(settled) if amount), 0)
        for label, months in whole_periods(measures, every):
            yield amount(every, label, months, known)
    yield amount(WHOLE, WHOLE, list(range(len(came))), None)


def changed_on(record: Course, clause: str) -> int:
    """The first day after the outlook's start on which a clause has another text, or none; else never."""
    starts = record.measures.starts
    texts = record.measures.composition.agreement.texts_of(clause)
    return min((day for text in texts for day in (text.starts, text.ends) if day > starts), default=NEVER)


def whole_periods(measures: Measures, every: Every) -> list[tuple[str, list[int]]]:
    """The periods that begin and end within what is measured: label, and the places of their months."""
    out: list[tuple[str, list[int]]] = []
    grid = Grid(measures.grid.cuts[measures.first :])
    begun = int(grid.cuts[0]) > measures.starts
    run: list[int] = []
    for place, (close, ends) in enumerate(zip(measures.closes.tolist(), grid.closes(every).tolist(), strict=True)):
        run.append(place)
        if not ends:
            continue
        if begun and len(run) == MONTHS[every]:
            out.append((period_label(close, every), run))
        begun, run = True, []
    return out


def _states(outlook: Course, record: Course) -> Iterator[StateForecast]:
    theirs = {state.name: number for number, state in enumerate(record.measures.states)}
    for number, state in enumerate(outlook.measures.states):
        if state.name not in theirs:
            continue
        sampled, came = outlook.held[number][:, outlook.kept], record.held[theirs[state.name], :, 0]
        when = "ever" if state.name.startswith("determination pending") else "end"
        by_month = sampled.mean(axis=1) if sampled.shape[1] else np.zeros(len(sampled))
        chance = (sampled.any(axis=0) if when == "ever" else sampled[-1]).mean() if sampled.shape[1] else 0.0
        months = float((2 * (by_month - came) ** 2).mean())
        yield StateForecast(state, when, float(chance), bool(came.any() if when == "ever" else came[-1]), months)


def _one_sided(outlook: Course, record: Course) -> Iterator[OneSided]:
    sides: Sequence[tuple[Side, Course, Course]] = (("outlook", outlook, record), ("record", record, outlook))
    for side, own, other in sides:
        keys = {_key(stream) for stream in other.measures.streams}
        for number, stream in enumerate(own.measures.streams):
            if _key(stream) not in keys:
                totals = own.amounts[number].sum(axis=0)[own.kept].tolist()
                yield OneSided(stream, side, sum(totals) // max(1, len(totals)))
        names = {state.name for state in other.measures.states}
        yield from (OneSided(state, side) for state in own.measures.states if state.name not in names)


def resolved(probabilities: Mapping[str, float], partition: str, came: str | None) -> Forecast:
    """A partition of scenarios as a forecast: what each was given, and the one that came, or None."""
    whole = sum(probabilities.values())
    return Forecast(partition, {name: given / whole for name, given in probabilities.items()}, came)


def supposed(forecast: Forecast, name: str) -> Forecast:
    """The same forecast, had that scenario come."""
    return replace(forecast, came=name)
