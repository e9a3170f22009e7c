"""What a block of worlds comes to, as exact integers: sums and squares, by scenario; and the worlds that do not count.

Knows blocks of 1,024 worlds, scenarios by number, worlds set apart. Does not know what a figure is, nor quantiles.

Everything here is a sum of integers. Tallies of blocks therefore join in any order, by any threads, to the same bits;
a float is made only where a standard error is asked for.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.quantity import Array

BLOCK = 1_024
"""Worlds stand in blocks of so many consecutive numbers; the last block may be short."""
ALL = -1
"""The row of a tally that takes every scenario together; the other rows are the scenarios by number."""
NAMED = 10
"""How many of the worlds set apart are named."""
BLOCKS_ENOUGH = 30
"""From so many blocks on a standard error is taken from the means of the blocks."""

Mask = NDArray[np.bool_]
Whole = NDArray[np.object_]
"""An array of Python's integers, which do not wrap."""

_PIECE = 26
_PLAIN = 2 ** (2 * _PIECE)
_SHIFT = 10


def by_scenario(scenario: Array, scenarios: int, apart: Mask | None) -> list[Array]:
    """The places in the block of each scenario's worlds, without those set apart.

    scenario  [worlds] number of the scenario
    apart     [worlds] True where a world is set apart
    """
    assert 0 < len(scenario) <= BLOCK, "a block holds 1 to 1,024 worlds"
    assert ((scenario >= 0) & (scenario < scenarios)).all(), "a scenario that is none"
    kept = np.ones(len(scenario), np.bool_) if apart is None else ~apart
    assert kept.shape == scenario.shape, "one mark a world"
    return [np.flatnonzero(kept & (scenario == each)) for each in range(scenarios)]


def sums_of(values: Array) -> tuple[Whole, Whole]:
    """The exact sum, and the exact sum of squares, of each row of at most 1,024 values.

    values  [rows, worlds]

    A value of fewer than 52 bits is cut into two pieces of 26: 1,024 products of pieces stay below 2^63. A row that
    holds a greater one is summed in Python's integers.
    """
    assert values.shape[1] <= BLOCK, "rows of at most one block"
    if not values.shape[1]:
        return _zeros(len(values)), _zeros(len(values))
    high, low = values >> _PIECE, values & (2**_PIECE - 1)
    sums = (high.sum(axis=1).astype(object) << _PIECE) + low.sum(axis=1)
    squares = _products(high, high) << (2 * _PIECE)
    squares += (_products(high, low) << (_PIECE + 1)) + _products(low, low)
    for row in np.flatnonzero((values.min(axis=1) < -_PLAIN) | (values.max(axis=1) >= _PLAIN)):
        squares[row] = sum(value * value for value in values[row].tolist())
    return sums, squares


@dataclass(frozen=True, eq=False)
class Moments:
    """Count, sum and sum of squares of each figure, by scenario and in all, from which means and their errors follow.

    worlds         [scenarios + 1] worlds counted
    blocks         [scenarios + 1] blocks that hold at least one of them
    sums           [scenarios + 1, figures] minor units
    squares        [scenarios + 1, figures] minor units, squared
    block_squares  [scenarios + 1, figures] of each block the square of its sum over its count, in 1,024ths, rounded
                   down; exact in every full block
    """

    worlds: Whole
    blocks: Whole
    sums: Whole
    squares: Whole
    block_squares: Whole

    @classmethod
    def empty(cls, figures: int, scenarios: int) -> "Moments":
        """No worlds yet."""
        rows = scenarios + 1
        return cls(_zeros(rows), _zeros(rows), *(_zeros(rows, figures) for _ in range(3)))

    @classmethod
    def of_block(cls, values: Array, scenario: Array, scenarios: int, apart: Mask | None = None) -> "Moments":
        """One block's moments.

        values    [figures, worlds] minor units
        scenario  [worlds] number of the scenario
        apart     [worlds] True where a world is set apart: its values count nowhere
        """
        made = cls.empty(len(values), scenarios)
        for row, places in enumerate(by_scenario(scenario, scenarios, apart)):
            made.worlds[row] = len(places)
            made.sums[row], made.squares[row] = sums_of(np.ascontiguousarray(values[:, places]))
        for whole in (made.worlds, made.sums, made.squares):
            whole[ALL] = whole[:ALL].sum(axis=0)
        for row, count in enumerate(made.worlds):
            if count:
                made.blocks[row] = 1
                made.block_squares[row] = (made.sums[row] ** 2 << _SHIFT) // count
        return made

    def __add__(self, other: "Moments") -> "Moments":
        """Both together; blocks must be counted once only."""
        assert self.sums.shape == other.sums.shape, "tallies of different figures or scenarios"
        return Moments(*(getattr(self, name) + getattr(other, name) for name in _FIELDS))

    def mean(self, figure: int, scenario: int = ALL) -> Fraction | None:
        """The exact mean in minor units, or None where the scenario has no world."""
        count = self.worlds[scenario]
        return Fraction(self.sums[scenario, figure], count) if count else None

    def variance(self, figure: int, scenario: int = ALL) -> Fraction | None:
        """The exact variance of one world's figure within the sample (divisor: worlds - 1), or None below 2 worlds."""
        count = self.worlds[scenario]
        if count < 2:
            return None
        spread = self.squares[scenario, figure] - Fraction(self.sums[scenario, figure] ** 2, count)
        return spread / (count - 1)

    def standard_error(self, figure: int, scenario: int = ALL) -> float | None:
        """The standard error of the mean, in minor units, or None below 2 worlds.

        From 30 blocks on it is the estimator of batch means, with the fixed blocks of 1,024 worlds as batches: with
        n_b worlds and the mean m_b in block b, N worlds and the mean m in all, and B blocks,

            sqrt( sum of n_b (m_b - m)^2 / ((B - 1) N) )

        It holds too where the worlds of one block depend on each other, as under stratified draws. With fewer blocks
        it would itself be too uncertain: then sqrt(variance / N), for worlds drawn independently.

        Source: A. M. Law, Simulation Modeling and Analysis, 5th edition (2015), 9.5.3, batch means.
        """
        count, blocks = self.worlds[scenario], self.blocks[scenario]
        if count < 2:
            return None
        if blocks < BLOCKS_ENOUGH:
            variance = self.variance(figure, scenario)
            assert variance is not None
            return sqrt(variance / count)
        total = self.sums[scenario, figure] ** 2
        spread = Fraction(self.block_squares[scenario, figure], 2**_SHIFT) - Fraction(total, count)
        # Of blocks that are alike the rounding down may leave a little less than nothing.
        return sqrt(max(spread, Fraction(0)) / ((blocks - 1) * count))

    def plain(self) -> dict[str, NDArray[Any]]:
        """The same as arrays without objects, for a file: integers of any length are written out in digits."""
        return {name: getattr(self, name).astype(str) for name in _FIELDS}

    @classmethod
    def of_plain(cls, arrays: dict[str, NDArray[Any]]) -> "Moments":
        """What `plain` gave."""
        return cls(*(_whole(arrays[name]) for name in _FIELDS))


_FIELDS = ("worlds", "blocks", "sums", "squares", "block_squares")


@dataclass(frozen=True)
class SetApart:
    """The worlds that are averaged nowhere, because a figure in them overflowed or is not a number.

    count  how many
    first  the lowest of their numbers, at most 10
    """

    count: int = 0
    first: tuple[int, ...] = ()

    @classmethod
    def of_block(cls, first_world: int, apart: Mask) -> "SetApart":
        """One block's, by the number of its first world.

        apart  [worlds]
        """
        places = np.flatnonzero(apart)
        return cls(len(places), tuple(first_world + place for place in places[:NAMED].tolist()))

    def __add__(self, other: "SetApart") -> "SetApart":
        """Both together; the lowest numbers of either are named."""
        return SetApart(self.count + other.count, tuple(sorted(self.first + other.first)[:NAMED]))

    def __str__(self) -> str:
        if not self.count:
            return "no world is set apart"
        more = ", …" if self.count > len(self.first) else ""
        words = "world is" if self.count == 1 else "worlds are"
        return f"{self.count:,} {words} set apart: {', '.join(map(str, self.first))}{more}"

    def plain(self) -> dict[str, NDArray[Any]]:
        """The same as arrays, for a file."""
        return {"count": np.array(self.count, np.int64), "first": np.array(self.first, np.int64)}

    @classmethod
    def of_plain(cls, arrays: dict[str, NDArray[Any]]) -> "SetApart":
        """What `plain` gave."""
        return cls(int(arrays["count"]), tuple(arrays["first"].tolist()))


def _zeros(*shape: int) -> Whole:
    return np.full(shape, 0, object)


def _whole(digits: NDArray[Any]) -> Whole:
    made = np.empty(digits.shape, object)
    made.ravel()[:] = [int(each) for each in digits.ravel().tolist()]
    return made


def _products(left: Array, right: Array) -> Whole:
    return np.einsum("ij,ij->i", left, right).astype(object)
