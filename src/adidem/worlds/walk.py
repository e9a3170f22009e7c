"""The loops in which futures are drawn: steps of a path, sums of shocks, draws at single addresses.

Each stands in two forms that give the same bits: numpy over whole arrays, and, where numba is installed, a compiled
loop that leaves the interpreter's lock. Every sum is added in one fixed order, that in which it is written.

Knows arrays and addresses of draws. Does not know drivers, sources or parameters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.quantity import Array
from adidem.worlds.compiling import compiled, numba_is_installed, once
from adidem.worlds.elementary import Float64, exponential, logarithm, normal_quantile
from adidem.worlds.stream import Stream, make_compilable, philox, uniform

Bools = NDArray[np.bool_]

_ONE = np.uint64(1)
_LEARNT = 31 * 2**20


@dataclass(frozen=True, eq=False)
class Steps:
    """How the logarithm of a factor moves: at' = at × left + drift + spread × shock + jump, from `at` on.

    at       float64 [1, 1 or worlds]
    left     float64 [periods, 1 or worlds], as are drift and spread
    shocks   float64 [periods, worlds], or None where there are none
    jumps    in some periods and worlds, or None
    """

    at: Float64
    left: Float64
    drift: Float64
    spread: Float64
    shocks: Float64 | None
    jumps: "Jumps | None"


@dataclass(frozen=True, eq=False)
class Jumps:
    """What jumps add to the logarithm, at single addresses in the order of periods.

    before   int64 [periods + 1] how many jumps there are before each period
    worlds   int64 [jumps] the place of the world, `sizes` float64 [jumps] what is added there
    """

    before: Array
    worlds: Array
    sizes: Float64


@dataclass(frozen=True)
class Draws:
    """Where the draws of one block of worlds come from.

    compiled  demands numba (True) or numpy (False); else it is numba where that is installed
    """

    seed: int
    first_world: int
    worlds: int
    compiled: bool | None = None

    def uniforms(self, name: str, first_period: int, periods: int) -> Float64:
        """[periods, worlds] Numbers between 0 and 1 of the stream `name`."""
        stream = Stream(self.seed, name, self.compiled)
        return stream.uniforms(self.first_world, self.worlds, periods, 0, first_period)

    def normals(self, name: str, first_period: int, periods: int) -> Float64:
        """[periods, worlds] Standard normal numbers of the stream `name`."""
        stream = Stream(self.seed, name, self.compiled)
        return stream.normals(self.first_world, self.worlds, periods, 0, first_period)

    def uniforms_at(self, name: str, periods: Array, worlds: Array) -> Float64:
        """[draws] The same numbers at single addresses: of each, its period and its place among the worlds."""
        return self._at(name, periods, worlds, False)

    def normals_at(self, name: str, periods: Array, worlds: Array) -> Float64:
        """[draws] The same for standard normal numbers."""
        return self._at(name, periods, worlds, True)

    def _at(self, name: str, periods: Array, worlds: Array, as_normals: bool) -> Float64:
        world = worlds.astype(np.uint64) + np.uint64(self.first_world)
        return self._loop("at")(np.uint64(_key(self.seed, name)), world, periods.astype(np.uint64), as_normals)

    def hits(self, name: str, first_period: int, chance: Float64, which: Array, comes: Bools) -> tuple[Array, Array]:
        """Where the numbers of a stream lie below a chance, and where it `comes` besides: periods and worlds, in order.

        chance   float64 [chances, 1 or worlds]
        which    int64 [periods] the row of `chance` in each period
        comes    bool [1 or periods, 1 or worlds]
        returns  int64 [hits] places of periods, int64 [hits] places of worlds
        """
        drawn = self.uniforms(name, first_period, len(which))
        return self._loop("hits")(drawn, chance, which, np.ascontiguousarray(comes))

    def blend(self, total: Float64, own: Float64, weight: Float64, shocks: Float64) -> None:
        """Make the total own × total + weight × shocks.

        total    float64 [periods, worlds], changed in place
        own      float64 [1 or worlds], as is weight
        """
        own, weight = (np.ascontiguousarray(scale) for scale in np.broadcast_arrays(own, weight))
        self._loop("blend")(total, own, weight, shocks)

    def exponential(self, x: Float64) -> Float64:
        """e to the power x, as the elementary function has it; float64 of any shape."""
        return self._loop("exponential")(np.ascontiguousarray(x).ravel()).reshape(x.shape)

    def logarithm(self, x: Float64) -> Float64:
        """The natural logarithm, as the elementary function has it; float64 of any shape."""
        return self._loop("logarithm")(np.ascontiguousarray(x).ravel()).reshape(x.shape)

    def within(self, chance: Float64, years: Float64) -> Float64:
        """The chance in so many years, of what has the chance `chance` in one: 1 - (1 - chance)^years.

        A chance of 1 or more is 1, one of 0 or less is 0.
        """
        inside = (chance > 0) & (chance < 1)
        found = 1.0 - self.exponential(years * self.logarithm(1.0 - np.where(inside, chance, 0.5)))
        return np.where(inside, found, np.where(chance >= 1, 1.0, 0.0) * (years > 0))

    def walk(self, steps: Steps, level: Float64, periods: int) -> Float64:
        """The path of level × exp(at), before the first step and after each.

        level    float64 [1 or periods + 1, 1 or worlds]
        returns  float64 [periods + 1, worlds], or of one world where all are alike
        """
        moves = [np.ascontiguousarray(move) for move in np.broadcast_arrays(steps.left, steps.drift, steps.spread)]
        alike = steps.shocks is None and steps.jumps is None
        worlds = max(steps.at.shape[1], moves[0].shape[1], level.shape[1]) if alike else self.worlds
        out = np.empty((periods + 1, worlds))
        shocks = np.empty((0, worlds)) if steps.shocks is None else steps.shocks
        jumps = _no_jumps(periods) if steps.jumps is None else steps.jumps
        at = np.array(np.broadcast_to(steps.at, (1, worlds)))[0]
        level = np.ascontiguousarray(level)
        self._loop("walk")(at, *moves, shocks, jumps.before, jumps.worlds, jumps.sizes, level, out)
        return out

    def _loop(self, name: str) -> Callable[..., Any]:
        compiles = numba_is_installed() if self.compiled is None else self.compiled
        return (_compiled_loops() if compiles else _NUMPY_LOOPS)[name]


@cache
def _no_jumps(periods: int) -> Jumps:
    return Jumps(np.zeros(periods + 1, np.int64), np.zeros(0, np.int64), np.zeros(0))


@cache
def _key(seed: int, name: str) -> int:
    return Stream(seed, name).key


def _walk_by_numpy(
    at: Float64,
    left: Float64,
    drift: Float64,
    spread: Float64,
    shocks: Float64,
    jumps: Array,
    jumping: Array,
    sizes: Float64,
    level: Float64,
    out: Float64,
) -> None:
    out[0] = at
    for period in range(len(out) - 1):
        row = out[period] * left[period]  # [worlds]
        row = row + (drift[period] + spread[period] * shocks[period] if len(shocks) else drift[period])
        # At most one jump a world and period: no world is named twice.
        row[jumping[jumps[period] : jumps[period + 1]]] += sizes[jumps[period] : jumps[period + 1]]
        out[period + 1] = row
    for row, moved in enumerate(out):
        out[row] = level[row if len(level) > 1 else 0] * exponential(moved)


def _walk_one_by_one(
    at: Float64,
    left: Float64,
    drift: Float64,
    spread: Float64,
    shocks: Float64,
    jumps: Array,
    jumping: Array,
    sizes: Float64,
    level: Float64,
    out: Float64,
) -> None:
    rows, worlds = out.shape
    for row in range(rows):
        period = row - 1
        if row > 0 and left.shape[1] == 1:
            one_left, one_drift, one_spread = left[period, 0], drift[period, 0], spread[period, 0]
            if len(shocks) > 0:
                for i in range(worlds):
                    at[i] = at[i] * one_left + (one_drift + one_spread * shocks[period, i])
            else:
                for i in range(worlds):
                    at[i] = at[i] * one_left + one_drift
        elif row > 0:
            if len(shocks) > 0:
                for i in range(worlds):
                    at[i] = at[i] * left[period, i] + (drift[period, i] + spread[period, i] * shocks[period, i])
            else:
                for i in range(worlds):
                    at[i] = at[i] * left[period, i] + drift[period, i]
        if row > 0:
            for jump in range(jumps[period], jumps[period + 1]):
                at[jumping[jump]] += sizes[jump]
        moved = out[row]
        for i in range(worlds):
            moved[i] = exponential(at[i])
        levels = level[row if len(level) > 1 else 0]
        if len(levels) == 1:
            one_level = levels[0]
            for i in range(worlds):
                moved[i] = one_level * moved[i]
        else:
            for i in range(worlds):
                moved[i] = levels[i] * moved[i]


def _blend_by_numpy(total: Float64, own: Float64, weight: Float64, shocks: Float64) -> None:
    total[:] = own * total + weight * shocks


def _blend_one_by_one(total: Float64, own: Float64, weight: Float64, shocks: Float64) -> None:
    periods, worlds = total.shape
    for period in range(periods):
        row, shock = total[period], shocks[period]
        if len(own) == 1:
            one_own, one_weight = own[0], weight[0]
            for i in range(worlds):
                row[i] = one_own * row[i] + one_weight * shock[i]
        else:
            for i in range(worlds):
                row[i] = own[i] * row[i] + weight[i] * shock[i]


def _hits_by_numpy(drawn: Float64, chance: Float64, which: Array, comes: Bools) -> tuple[Array, Array]:
    period, world = np.nonzero((drawn < chance[which]) & comes)
    return period, world


def _hits_one_by_one(drawn: Float64, chance: Float64, which: Array, comes: Bools) -> tuple[Array, Array]:
    periods, worlds = drawn.shape
    found, at = np.empty((2, drawn.size), np.int64), 0
    below = np.empty(worlds, np.bool_)
    for period in range(periods):
        row, limit, gate = drawn[period], chance[which[period]], comes[period if len(comes) > 1 else 0]
        if len(limit) == 1:
            one_limit = limit[0]
            for i in range(worlds):
                below[i] = row[i] < one_limit
        else:
            for i in range(worlds):
                below[i] = row[i] < limit[i]
        if len(gate) == 1:
            if not gate[0]:
                continue
        else:
            for i in range(worlds):
                below[i] = below[i] & gate[i]
        for i in range(worlds):
            if below[i]:
                found[0, at] = period
                found[1, at] = i
                at += 1
    return found[0, :at].copy(), found[1, :at].copy()


def _exponential_one_by_one(x: Float64) -> Float64:
    out = np.empty(len(x))
    for i in range(len(x)):
        out[i] = exponential(x[i])
    return out


def _logarithm_one_by_one(x: Float64) -> Float64:
    out = np.empty(len(x))
    for i in range(len(x)):
        out[i] = logarithm(x[i])
    return out


def _at_by_numpy(key: Any, worlds: NDArray[np.uint64], periods: NDArray[np.uint64], as_normals: bool) -> Float64:
    first, second = philox(worlds, periods >> _ONE, np.uint64(0), key)
    drawn = uniform(np.where((periods & _ONE) == 0, first, second))
    return normal_quantile(drawn) if as_normals else drawn


def _at_one_by_one(key: Any, worlds: NDArray[np.uint64], periods: NDArray[np.uint64], as_normals: bool) -> Float64:
    out = np.empty(len(worlds))
    for i in range(len(worlds)):
        first, second = philox(worlds[i], periods[i] >> _ONE, np.uint64(0), key)
        out[i] = uniform(second if periods[i] & _ONE else first)
    if as_normals:
        for i in range(len(worlds)):
            out[i] = normal_quantile(out[i])
    return out


@once
def expect_large_arrays() -> None:
    """Let freed memory be kept for the arrays of the next block.

    The allocator of most Linux systems gives the memory of a large array back at once, and takes it anew page by page,
    until an array of that size has been freed before its eyes; up to 32 MiB it learns. That halves the time of a block.
    """
    np.empty(_LEARNT, np.uint8)


@once
def _compiled_loops() -> dict[str, Callable[..., Any]]:
    """The loops, each compiled when it is first called."""
    make_compilable()
    return {
        "walk": compiled(_walk_one_by_one),
        "blend": compiled(_blend_one_by_one),
        "hits": compiled(_hits_one_by_one),
        "exponential": compiled(_exponential_one_by_one),
        "logarithm": compiled(_logarithm_one_by_one),
        "at": compiled(_at_one_by_one),
    }


_NUMPY_LOOPS: dict[str, Callable[..., Any]] = {
    "walk": _walk_by_numpy,
    "blend": _blend_by_numpy,
    "hits": _hits_by_numpy,
    "exponential": exponential,
    "logarithm": logarithm,
    "at": _at_by_numpy,
}
