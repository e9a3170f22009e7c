"""An agreement's futures with other numbers than those assumed: what comes of each point of the assumption space.

Knows settings, parameters of an outlook and assumed terms of an agreement. Does not know how points are chosen, nor
what is found in the results.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from adidem.findings.evaluator import program
from adidem.findings.points import Flags, Floats
from adidem.findings.setting import Readings, Setting
from adidem.findings.worlds import reading_inputs
from adidem.kernel.composition import Assumption
from adidem.kernel.formula import ONE
from adidem.kernel.quantity import Array
from adidem.worlds.compiled import Runnable
from adidem.worlds.outlook import Outlook, Parameter
from adidem.worlds.tally import BLOCK


@dataclass(frozen=True)
class Sampled:
    """What came of some worlds.

    totals   [figures, worlds] minor units
    held     [states, worlds] whether each state holds at the end
    ever     [states, worlds] whether it has held at all
    apart    [worlds] worlds that count nowhere
    """

    totals: Array
    held: Flags
    ever: Flags
    apart: Flags


@dataclass
class Varied:
    """A setting under one set of readings, with parameters that take other values.

    worlds      about how many will be asked for in all
    parameters  those of the outlook and the assumed terms of the agreement that have a range
    """

    setting: Setting
    readings: Readings
    worlds: int
    parameters: list[Parameter] = field(init=False)

    def __post_init__(self) -> None:
        of_outlook = [p for p in self.setting.outlook.parameters.values() if p.low < p.high]
        self.parameters = [*of_outlook, *(p for p in self._terms() if p.low < p.high)]

    def _terms(self) -> Iterator[Parameter]:
        for id, assumed in self.setting.composition.assumptions.items():
            by = assumed.unit.denominator
            ends = (assumed.value / by, assumed.low / by, assumed.high / by)
            yield Parameter(id, *ends, assumed.unit, assumed.term)

    @cached_property
    def _assumed(self) -> Mapping[str, Assumption]:
        """The assumed terms that are parameters here."""
        ids = {parameter.id for parameter in self.parameters}
        return {id: assumed for id, assumed in self.setting.composition.assumptions.items() if id in ids}

    @cached_property
    def _program(self) -> Runnable:
        bounds = {(ONE, f"term {id}"): (assumed.low, assumed.high) for id, assumed in self._assumed.items()}
        return program(self.setting, self.worlds, bounds)

    def each(self, points: Floats, first_world: int = 0) -> Sampled:
        """Each point as one world with draws of its own.

        points  [worlds, parameters]
        """
        parts = [self._block(points[at : at + BLOCK], first_world + at) for at in range(0, len(points), BLOCK)]
        return Sampled(*(np.concatenate([getattr(p, name) for p in parts], axis=-1) for name in _PARTS))

    def alike(self, points: Floats, base: int) -> Floats:
        """Blocks of points that see the same draws, row for row.

        points   [blocks × base, parameters]
        returns  [blocks × base, figures] minor units; not a number where a world is set apart
        """
        blocks = [self.each(points[at : at + base]) for at in range(0, len(points), base)]
        return np.concatenate([_numbers(block) for block in blocks])

    def averaged(self, points: Floats, worlds: int) -> Floats:
        """Each point as the mean over the same worlds.

        points   [points, parameters]
        returns  [points, figures] minor units; not a number where all worlds are set apart
        """
        out = np.empty((len(points), self.setting.measures.figures))
        for number, point in enumerate(points):
            found = self.each(np.broadcast_to(point, (worlds, len(point))))
            kept = found.totals[:, ~found.apart].astype(object)
            out[number] = [float(row.sum()) / len(row) if len(row) else np.nan for row in kept]
        return out

    def _block(self, points: Floats, first_world: int) -> Sampled:
        worlds = len(points)
        columns = {parameter.id: points[:, place] for place, parameter in enumerate(self.parameters)}
        drawn = {id: values for id, values in columns.items() if id in self.setting.outlook.parameters}
        drawn |= _at_most_one(self.setting.outlook, drawn)
        setting = self.setting.valued(drawn)
        block = setting.draw(first_world, worlds)
        chosen = reading_inputs(setting.composition, [self.readings])
        for id, assumed in self._assumed.items():
            chosen[f"term {id}"] = np.rint(columns[id] * assumed.unit.denominator).astype(np.int64)[None, :]
        inputs = {**setting.laid(block, worlds), **{(ONE, name): values for name, values in chosen.items()}}
        values = self._program.run(inputs, worlds, lent=True)
        measures = setting.measures
        held = measures.held(values, worlds)
        apart = values.apart | block.apart()
        totals = measures.amounts(values, worlds).sum(axis=1)
        return Sampled(totals, held[:, -1], np.logical_or.reduce(held, axis=1), apart)


def _at_most_one(outlook: Outlook, drawn: Mapping[str, Floats]) -> dict[str, Floats]:
    """The chances of the words of an answer, scaled down where their ranges let them come to more than 1 together."""
    out: dict[str, Floats] = {}
    for stage in (stage for source in outlook.sources for stage in source.stages):
        chances = {id: drawn.get(id, np.array([outlook.parameters[id].value])) for _, id in stage.chances}
        whole = np.maximum(sum(chances.values(), np.zeros(1)), 1.0)
        too_much, share = whole > 1.0, (1.0 - _A_LITTLE) / whole
        if too_much.any():
            out |= {id: np.where(too_much, share * chance, chance) for id, chance in chances.items()}
    return out


_A_LITTLE = 1e-9
"""So much less than 1, that rounding leaves the sum below it."""
_PARTS = ("totals", "held", "ever", "apart")


def _numbers(found: Sampled) -> Floats:
    return np.where(found.apart, np.nan, found.totals.astype(np.float64)).T
