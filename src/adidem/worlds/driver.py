"""The paths of drivers: what moves month by month in each world, and together with what.

Knows shapes, monthly steps and correlated shocks. Does not know sources, events or money.

A driver is a level times a factor whose logarithm moves, times a factor for the season. The steps are exact, of
whatever length, so that a month that is cut short at the start is no approximation. Shocks and jumps come from
streams that bear the driver's id: another driver beside it changes none of its draws.

  growth     the logarithm grows by log(1 + growth) a year, which is the growth of the median, and by a normal shock
             of standard deviation `volatility` times the root of the step
  reversion  the logarithm of the driver is an Ornstein-Uhlenbeck process (G. E. Uhlenbeck, L. S. Ornstein, Physical
             Review 36, 1930): what is left of its distance from log(mean) after a step is exp(-pull × step)
  s-curve    ceiling / (1 + exp(-(day - midpoint) / width)), scaled through the start if there is one
  series     the quoted value of the latest quoted day; the first one before that
  formula    of drivers that stand before it, of the same month

An S-curve, a series or a formula with growth, volatility or jumps is multiplied by what a growing driver would be.
A yearly chance p of a jump is a chance of 1 - (1 - p)^(1/12) in each month, in which there is at most one jump: by
1 + jump_size, and by a lognormal factor with median 1 whose logarithm has the standard deviation jump_spread.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from adidem.kernel.quantity import Array
from adidem.worlds.draws import Draws, Jumps, Steps
from adidem.worlds.elementary import Float64
from adidem.worlds.expression import EVERYWHERE, Apart, Bools, number_of
from adidem.worlds.horizon import Horizon
from adidem.worlds.outlook import Driver, Outlook

_SMALL = 1e-12
"""A pivot of a correlation matrix that is nearer to zero than this is zero: rounding alone makes it."""
_NOTHING = 1e-6
"""The root of that: so small is a correlation with what has no shock of its own."""


@dataclass(frozen=True, eq=False)
class Paths:
    """Draws the drivers of one block.

    taken  id of a parameter → float64, [1] where all worlds take the same, else [worlds]
    """

    outlook: Outlook
    horizon: Horizon
    draws: Draws
    taken: Mapping[str, Float64]
    apart: Apart

    def all(self) -> dict[str, Float64]:
        """Id of a driver → float64 [periods + 1, worlds]: its value on the day `starts`, then at each month's end.

        Worlds in which a driver divides by zero, is no number or beyond every bound are set apart.
        """
        shocks = self._shocks()
        found: dict[str, Float64] = {}
        for driver in self.outlook.drivers:
            values, finite = self._formula(driver, found) if driver.shape == "formula" else (self._level(driver), False)
            if driver.season:
                finite = False
                values = values * np.array(driver.season)[self.horizon.calendar_months][:, None]
            steps = self._steps(driver, shocks.get(driver.id))
            if steps is not None:
                values, finite = self.draws.walk(steps, values, len(self.horizon))
            if not finite:
                self.apart.unless_finite(driver.id, values)
            found[driver.id] = values
        shape = (len(self.horizon) + 1, self.draws.worlds)
        return {id: np.broadcast_to(values, shape) for id, values in found.items()}

    def _parameter(self, driver: Driver, role: str) -> Float64 | None:
        id = driver.parameters.get(role)
        return self.taken[id] if id else None

    def _needed(self, driver: Driver, role: str) -> Float64:
        found = self._parameter(driver, role)
        assert found is not None, f"{driver.id} has no {role}"
        return found

    def _formula(self, driver: Driver, found: Mapping[str, Float64]) -> tuple[Float64, bool]:
        """[1 or periods + 1, 1 or worlds] The value of a formula, and whether it is known to be finite everywhere."""
        assert driver.formula is not None, driver.id
        names = {**self.taken, **found}
        value = self.draws.fused(driver.formula, names, len(self.horizon) + 1)
        if value is not None:
            return value, True
        return np.atleast_2d(number_of(driver.formula, names, self.apart, driver.id)), False

    def _level(self, driver: Driver) -> Float64:
        """[1 or periods + 1, 1 or worlds] What the moving factor multiplies."""
        start = self._parameter(driver, "start")
        match driver.shape:
            case "growth":
                return self._needed(driver, "start")[None, :]
            case "reversion":
                return self._needed(driver, "mean")[None, :]
            case "s-curve":
                return self._s_curve(driver, start)
            case "series":
                days = np.array([day for day, _ in driver.series])
                latest = np.searchsorted(days, self._days(), side="right") - 1
                return np.array([value for _, value in driver.series])[np.maximum(latest, 0)][:, None]
            case "formula":
                raise AssertionError(f"{driver.id} has no formula")

    def _days(self) -> Array:
        return np.concatenate([[self.horizon.starts], self.horizon.ends])

    def _s_curve(self, driver: Driver, start: Float64 | None) -> Float64:
        ceiling, midpoint, width = (self._needed(driver, role) for role in ("ceiling", "midpoint", "width"))
        distance = (self._days()[:, None] - midpoint) / width
        curve = ceiling / (1.0 + self.draws.exponential(-distance))
        return curve if start is None else curve * (start / curve[:1])

    def _steps(self, driver: Driver, shocks: Float64 | None) -> Steps | None:
        """How the logarithm of the driver's moving factor moves, or None where nothing moves it."""
        jumps, years = self._jumps(driver), self.horizon.years[:, None]
        growth, volatility = self._parameter(driver, "growth"), self._parameter(driver, "volatility")
        nothing = np.zeros_like(years)
        if driver.shape == "reversion":
            # The level is the mean: what moves, and is pulled to nothing, is the logarithm of the distance from it.
            mean, pull = self._needed(driver, "mean"), self._needed(driver, "pull")
            start = self._parameter(driver, "start")
            at = np.zeros(1) if start is None else self.draws.logarithm(start) - self.draws.logarithm(mean)
            left, spread = self.draws.exponential(-pull * years), self._spread(volatility, pull, years)
            return Steps(at[None, :], left, nothing, spread, shocks, jumps)
        if growth is None and shocks is None and jumps is None:
            return None
        drift = nothing if growth is None else years * self.draws.logarithm(1.0 + growth)
        spread = nothing if volatility is None else volatility * np.sqrt(years)
        return Steps(np.zeros((1, 1)), np.ones_like(years), drift, spread, shocks, jumps)

    def _spread(self, volatility: Float64 | None, pull: Float64, years: Float64) -> Float64:
        """[periods, 1 or worlds] The standard deviation of the shock in a step of a pulled logarithm."""
        if volatility is None:
            return np.zeros_like(years)
        still = pull == 0
        twice = np.where(still, 1.0, 2.0 * pull)
        variance = np.where(still, years, (1.0 - self.draws.exponential(-twice * years)) / twice)
        return volatility * np.sqrt(variance)

    def _jumps(self, driver: Driver) -> Jumps | None:
        """What jumps add to the logarithm."""
        chance, size = self._parameter(driver, "jump_chance"), self._parameter(driver, "jump_size")
        if chance is None or size is None or not (chance != 0).any():
            return None
        months, first = len(self.horizon), self.horizon.first_month
        spread = self._parameter(driver, "jump_spread")
        lengths, which = self.horizon.lengths
        limit = self.draws.within(chance, lengths[:, None])
        periods, worlds = self.draws.hits(f"jump {driver.id}", first, limit, which, EVERYWHERE)
        steps = _of_each(self.draws.logarithm(1.0 + size), worlds)
        if spread is not None and (spread != 0).any():
            steps = steps + _of_each(spread, worlds) * self.draws.normals_at(
                f"jump size {driver.id}", periods + first, worlds
            )
        sizes = np.ascontiguousarray(np.broadcast_to(steps, worlds.shape))
        return Jumps(np.searchsorted(periods, np.arange(months + 1)), worlds, sizes)

    def _shocks(self) -> dict[str, Float64]:
        """Id of a driver that has volatility → [periods, worlds] its monthly shocks, mixed where correlated."""
        moving = [driver.id for driver in self.outlook.drivers if self._is_moving(driver)]
        months = self.horizon.first_month, len(self.horizon)
        own = {id: self.draws.normals(f"driver {id}", *months) for id in moving}
        pairs: dict[tuple[str, str], Float64] = {}
        for pair in self.outlook.correlations:
            pairs[pair.one, pair.other] = pairs[pair.other, pair.one] = self.taken[pair.parameter]
        together = [driver.id for driver in self.outlook.drivers if any(driver.id == one for one, _ in pairs)]
        factor, wrong = _mixing(pairs, together)
        self.apart.mark("the correlations are none", wrong)
        # From the last to the first: the shocks that a driver is mixed of have not been written over then.
        for row, id in reversed([*enumerate(together)]):
            if id in own:
                self._mix(own, together[: row + 1], factor[row])
        return own

    def _is_moving(self, driver: Driver) -> bool:
        volatility = self._parameter(driver, "volatility")
        return volatility is not None and bool((volatility != 0).any())

    def _mix(self, own: Mapping[str, Float64], together: list[str], weights: list[Float64]) -> None:
        """Mix the shocks of the last driver, in place, of its own and those of the drivers before it."""
        mine = weights[len(together) - 1]
        total = own[together[-1]]
        for other, weight in zip(together[:-1], weights, strict=False):
            if (weight != 0).any():
                self.draws.blend(total, mine, weight, own[other] if other in own else self._silent(other))
                mine = np.ones(1)
        if (mine != 1).any():
            total *= mine

    def _silent(self, id: str) -> Float64:
        """The shocks of a driver without volatility, which still move those that are correlated with it."""
        return self.draws.normals(f"driver {id}", self.horizon.first_month, len(self.horizon))


def mixing(matrix: list[list[Float64]]) -> tuple[list[list[Float64]], Bools]:
    """The lower triangle that makes correlated shocks of independent ones, and where the matrix has none.

    matrix   rows of correlations, each float64 [1] or [worlds]
    returns  rows of weights, each [1] or [worlds]; bool [1, 1 or worlds], where no such numbers can be correlations

    Cholesky's factor, row by row, in plain arithmetic of fixed order (A.-L. Cholesky; see N. J. Higham, Accuracy and
    Stability of Numerical Algorithms, 2002, chapter 10). What is wholly determined by the shocks before has no own.
    """
    zero = np.zeros(1)
    weights: list[list[Float64]] = []
    bad = np.zeros(1, bool)
    for i, row in enumerate(matrix):
        found: list[Float64] = []
        for j in range(i):
            rest = row[j]
            for k in range(j):
                rest = rest - found[k] * weights[j][k]
            pivot = weights[j][j]
            bad = bad | ((pivot == 0) & (np.abs(rest) > _NOTHING))
            found.append(np.where(pivot == 0, 0.0, rest / np.where(pivot == 0, 1.0, pivot)))
        left = row[i]
        for weight in found:
            left = left - weight * weight
        bad = bad | ~(left >= -_SMALL)
        found.append(np.sqrt(np.where(left > _SMALL, left, 0.0)))
        weights.append([*found, *[zero] * (len(matrix) - i - 1)])
    return weights, bad[None, :]


def _of_each(parameter: Float64, worlds: Array) -> Float64:
    """[1 or draws] What a parameter is in the world of each draw."""
    return parameter if len(parameter) == 1 else parameter[worlds]


def _mixing(pairs: Mapping[tuple[str, str], Float64], together: list[str]) -> tuple[list[list[Float64]], Bools]:
    """`mixing` of the correlations of all pairs; worked out once for those that are the same in all worlds."""
    if all(len(strength) == 1 for strength in pairs.values()):
        alone = {pair: float(strength[0]) for pair, strength in pairs.items()}
        return _mixing_of_numbers(tuple(tuple(_correlation(alone, a, b) for b in together) for a in together))
    arrays = [[_correlation(pairs, a, b) for b in together] for a in together]
    return mixing([[np.atleast_1d(strength) for strength in row] for row in arrays])


@lru_cache(maxsize=64)
def _mixing_of_numbers(matrix: tuple[tuple[float, ...], ...]) -> tuple[list[list[Float64]], Bools]:
    return mixing([[np.array([strength]) for strength in row] for row in matrix])


def _correlation(pairs: Mapping[tuple[str, str], Any], one: str, other: str) -> Any:
    return 1.0 if one == other else pairs.get((one, other), 0.0)
