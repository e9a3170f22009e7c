"""A setting: an agreement's program, an outlook over its columns, and what is looked at in every world.

Knows the program, what is drawn and what varies. Does not know how a program is made ready, or how worlds are counted.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from adidem.findings.measures import Measures
from adidem.findings.sampled import Key, Varying, varying
from adidem.kernel.composition import Composition
from adidem.kernel.event import NOTHING
from adidem.kernel.quantity import Array
from adidem.records.columns import Columns
from adidem.worlds.future import Block, draw
from adidem.worlds.outlook import Outlook, Scenario
from adidem.worlds.slot import Slots

UNKNOWN = 2**32
"""From here on stand numbers for words that the program does not know."""

Readings = dict[str, str]


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
        keys = self.slots.drawn.keys()
        self.varying = varying(self.columns, self.composition.program, places, keys)

    def draw(self, first_world: int, worlds: int) -> Block:
        """What some worlds draw."""
        named = self.scenario or None, self.partition or None
        return draw(self.outlook, self.slots, self.seed, first_world, worlds, self.values, *named)

    def valued(self, values: Mapping[str, "float | np.ndarray"]) -> "Setting":
        """The same with other values of parameters: a number each, or one for each world."""
        other = copy(self)
        other.values = values
        return other

    def laid(self, block: Block, worlds: int) -> dict[Key, Array]:
        """The varying inputs of a block of worlds."""
        drawn = {key: values for key, values in block.columns.items() if key in self.varying.keys}
        return self.varying.laid(drawn, worlds, self._codes)

    @cached_property
    def _codes(self) -> dict[Key, Array]:
        """Choices are drawn as places among the slots' words; the program has numbers of its own for words."""
        vocabulary, words = self.composition.vocabulary, self.slots.words
        codes = {key: [vocabulary.get(w, UNKNOWN + n) for n, w in enumerate(of)] for key, of in words.items()}
        return {key: np.array([*numbers, NOTHING], np.int64) for key, numbers in codes.items()}

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
