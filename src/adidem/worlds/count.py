"""All that is counted of the worlds under one set of readings: moments, states, bins of each period, worlds set apart.

Knows the tallies and how two of them join. Does not know what the figures and states are.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.quantity import Array
from adidem.worlds.histogram import Histogram
from adidem.worlds.states import States
from adidem.worlds.tally import Mask, Moments, SetApart

Arrays = dict[str, NDArray[Any]]


@dataclass
class Count:
    """What blocks of worlds come to.

    totals       of each figure over the horizon
    differences  of each figure, against the first set of readings, world by world
    differing    [figures] worlds in which there is a difference
    periods      of each figure in each period
    """

    totals: Moments
    differences: Moments
    differing: Array
    periods: Histogram
    states: States
    apart: SetApart

    @classmethod
    def empty(cls, figures: int, periods: int, states: int, scenarios: int, compiled: bool) -> "Count":
        """No worlds yet. `compiled`: bins are counted with numba."""
        return cls(
            Moments.empty(figures, scenarios),
            Moments.empty(figures, scenarios),
            np.zeros(figures, np.int64),
            Histogram(figures, periods, scenarios, compiled=compiled),
            States.empty(states, periods, scenarios),
            SetApart(),
        )

    def take(
        self, first_world: int, amounts: Array, first_totals: Array, held: Mask, scenario: Array, apart: Mask
    ) -> Array:
        """Count one block, and give its totals [figures, worlds].

        amounts       [figures, periods, worlds] minor units
        first_totals  [figures, worlds] of the first set of readings; empty where this is the first
        held          [states, periods, worlds]
        scenario      [worlds]
        apart         [worlds]
        """
        scenarios = self.periods.scenarios
        totals = amounts.sum(axis=1)
        self.totals += Moments.of_block(totals, scenario, scenarios, apart)
        if first_totals.size:
            difference = totals - first_totals
            self.differences += Moments.of_block(difference, scenario, scenarios, apart)
            self.differing += ((difference != 0) & ~apart).sum(axis=1)
        self.periods.count(amounts, scenario, apart)
        self.states += States.of_block(held, scenario, scenarios, apart)
        self.apart += SetApart.of_block(first_world, apart)
        return totals

    def join(self, other: "Count") -> None:
        """Take another in; a block must be counted once only."""
        self.totals += other.totals
        self.differences += other.differences
        self.differing = self.differing + other.differing
        self.periods.join(other.periods)
        self.states += other.states
        self.apart += other.apart

    def plain(self) -> dict[str, Arrays]:
        """The same as arrays by part, for a file."""
        parts = {name: getattr(self, name).plain() for name in _PARTS}
        return {**parts, "differing": {"worlds": self.differing}}

    @classmethod
    def of_plain(cls, parts: dict[str, Arrays], compiled: bool) -> "Count":
        """What `plain` gave."""
        return cls(
            Moments.of_plain(parts["totals"]),
            Moments.of_plain(parts["differences"]),
            parts["differing"]["worlds"],
            Histogram.of_plain(parts["periods"], compiled=compiled),
            States.of_plain(parts["states"]),
            SetApart.of_plain(parts["apart"]),
        )


_PARTS = ("totals", "differences", "periods", "states", "apart")
