"""The draws of one block of worlds, and the arithmetic on them that must not differ between processors.

Knows streams, addresses and which form of each loop to use. Does not know drivers, sources or parameters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from adidem.kernel.quantity import Array
from adidem.kernel.term import Syntax
from adidem.worlds.compiling import loops_are_compiled, once
from adidem.worlds.elementary import Float64
from adidem.worlds.fused import fused
from adidem.worlds.stream import Stream
from adidem.worlds.walk import Bools, loop

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

    def places(self, comes: Bools, periods: int) -> tuple[Array, Array]:
        """Where something comes: periods and worlds, in order.

        comes    bool [1 or periods, 1 or worlds]
        returns  int64 [places] periods, int64 [places] worlds
        """
        return self._loop("places")(np.ascontiguousarray(np.broadcast_to(comes, (periods, self.worlds))))

    def foremost(self, world: Array, at_most: int) -> Bools:
        """Which places of worlds, in order, are no more than the first so many of the same world; [hits]."""
        return self._loop("foremost")(world, self.worlds, at_most)

    def blend(self, total: Float64, own: Float64, weight: Float64, shocks: Float64) -> None:
        """Make the total own × total + weight × shocks.

        total    float64 [periods, worlds], changed in place
        own      float64 [1 or worlds], as is weight
        """
        own, weight = (np.ascontiguousarray(scale) for scale in np.broadcast_arrays(own, weight))
        self._loop("blend")(total, own, weight, shocks)

    def quantise(self, value: Float64, least: float, most: float, rows: Array, out: Array) -> bool:
        """Write each value into some rows, as the nearest integer, of two the even one; whether all lie within bounds.

        value    float64 [rows, worlds]
        out      int64 [all rows, worlds], changed in place; some of it also where the answer is no
        """
        return bool(self._loop("quantise")(value, float(least), float(most), rows, out))

    def scatter(self, values: Array, rows: Array, worlds: Array, out: Array) -> None:
        """Write values at single places of int64 [all rows, worlds]; all arrays are [places]."""
        self._loop("scatter")(values, rows, worlds, out)

    def exponential(self, x: Float64) -> Float64:
        """e to the power x, as the elementary function has it; float64 of any shape."""
        return self._loop("exponential")(np.ascontiguousarray(x).ravel()).reshape(x.shape)

    def logarithm(self, x: Float64) -> Float64:
        """The natural logarithm, as the elementary function has it; float64 of any shape."""
        return self._loop("logarithm")(np.ascontiguousarray(x).ravel()).reshape(x.shape)

    def fused(self, formula: Syntax, names: Mapping[str, Float64], rows: int) -> Float64 | None:
        """[rows, worlds] The value of a formula as `adidem.worlds.fused` has it; None where that has none."""
        compiles = loops_are_compiled() if self.compiled is None else self.compiled
        return fused(formula, names, rows, self.worlds) if compiles else None

    def within(self, chance: Float64, years: Float64) -> Float64:
        """The chance in so many years, of what has the chance `chance` in one: 1 - (1 - chance)^years.

        A chance of 1 or more is 1, one of 0 or less is 0.
        """
        inside = (chance > 0) & (chance < 1)
        found = 1.0 - self.exponential(years * self.logarithm(1.0 - np.where(inside, chance, 0.5)))
        return np.where(inside, found, np.where(chance >= 1, 1.0, 0.0) * (years > 0))

    def walk(self, steps: Steps, level: Float64, periods: int) -> tuple[Float64, bool]:
        """The path of level × exp(at), before the first step and after each; and whether it is finite everywhere.

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
        finite = self._loop("walk")(at, *moves, shocks, jumps.before, jumps.worlds, jumps.sizes, level, out)
        return out, bool(finite)

    def _loop(self, name: str) -> Callable[..., Any]:
        return loop(name, self.compiled)


@cache
def _no_jumps(periods: int) -> Jumps:
    return Jumps(np.zeros(periods + 1, np.int64), np.zeros(0, np.int64), np.zeros(0))


@cache
def _key(seed: int, name: str) -> int:
    return Stream(seed, name).key


@once
def expect_large_arrays() -> None:
    """Let freed memory be kept for the arrays of the next block.

    The allocator of most Linux systems gives the memory of a large array back at once, and takes it anew page by page,
    until an array of that size has been freed before its eyes; up to 32 MiB it learns. That halves the time of a block.
    """
    np.empty(_LEARNT, np.uint8)
