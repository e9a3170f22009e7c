"""Quantiles of sorted values, how sure they are, and the curve of how often a loss is exceeded.

Knows sorted amounts. Does not know where they were kept, nor what they are amounts of.

The quantile at p is the smallest value with at least the share p of the worlds at or below it: type 1 of Hyndman and
Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996). It is always a value that a world
has, to the cent.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, sqrt

import numpy as np

from adidem.kernel.quantity import Array

Probability = float | Fraction | int
"""A share from 0 to 1. A float stands for the decimal that it is written as: 0.05 is 1/20."""

TAIL = 10
"""A quantile is given only where so many worlds lie beyond it."""

_BODY = 25


def exact(p: Probability) -> Fraction:
    """The share as the rational that was meant, so that no rank hangs on how 0.1 is held."""
    return p if isinstance(p, Fraction) else Fraction(repr(float(p)) if isinstance(p, float) else p)


def rank(worlds: int, p: Probability) -> int:
    """Which value, counted from 1, is the quantile at p of so many."""
    assert worlds > 0, "no worlds, no quantile"
    share = exact(p)
    assert 0 <= share <= 1, "a share from 0 to 1"
    return max(1, ceil(worlds * share))


def enough(worlds: int, p: Probability) -> bool:
    """Whether 10 worlds or more lie beyond the quantile on its thinner side; else, not enough worlds for this tail."""
    share = exact(p)
    return floor(worlds * min(share, 1 - share)) >= TAIL


def around(worlds: int, p: Probability, deviations: float) -> tuple[int, int] | None:
    """The ranks between which the true quantile lies, within so many standard deviations; None where one has no world.

    The number of worlds below the true quantile is binomial, here taken as normal, which `enough` makes fair: the
    values of rank n p -/+ deviations sqrt(n p (1 - p)) bound it, whatever the distribution. 1.96 is 95 %.

    Source: H. A. David and H. N. Nagaraja, Order Statistics, 3rd edition (2003), 7.1.
    """
    share = exact(p)
    width = ceil(deviations * sqrt(worlds * share * (1 - share)))
    low, high = floor(worlds * share) - width, ceil(worlds * share) + width
    return (low, high) if low >= 1 and high <= worlds else None


@dataclass(frozen=True)
class Quantile:
    """A quantile and how sure it is, in minor units.

    standard_error  one standard deviation of the rank, times how steeply amounts rise by rank between the ranks one
                    deviation to either side; None where one of them has no world
    low, high       the 95 % interval by order statistics; None where it is open
    enough          False: not enough worlds for this tail
    """

    amount_minor: int
    standard_error_minor: float | None
    low_minor: int | None
    high_minor: int | None
    enough: bool


def quantile(ordered: Array, p: Probability) -> Quantile | None:
    """The quantile at p with its error; None where there is no world.

    ordered  [worlds] ascending
    """
    worlds = len(ordered)
    if not worlds:
        return None
    beside, between = around(worlds, p, 1), around(worlds, p, 1.96)
    near = None
    if beside:
        share = exact(p)
        steepness = (_at(ordered, beside[1]) - _at(ordered, beside[0])) / max(beside[1] - beside[0], 1)
        near = steepness * sqrt(worlds * share * (1 - share))
    low, high = (_at(ordered, each) for each in between) if between else (None, None)
    return Quantile(_at(ordered, rank(worlds, p)), near, low, high, enough(worlds, p))


@dataclass(frozen=True)
class Exceedance:
    """How large a loss may be, in minor units.

    expected  mean over all worlds
    worst     the greatest
    any       share of worlds in which it is greater than nothing
    curve     (amount, share of worlds in which the loss is greater than that), amounts ascending
    """

    expected: Fraction
    worst_minor: int
    any: float
    curve: tuple[tuple[int, float], ...]


def exceedance(ordered: Array) -> Exceedance | None:
    """The exceedance of a loss that is positive where it hurts; None where there is no world.

    ordered  [worlds] ascending, minor units

    The curve has about 50 amounts for a million worlds: 25 evenly by probability, and above the last of these others
    with two thirds as many worlds beyond each, up to the worst.
    """
    worlds = len(ordered)
    if not worlds:
        return None
    ranks = {rank(worlds, Fraction(step, _BODY)) for step in range(_BODY)}
    ranks |= {worlds - beyond for beyond in _thinning(worlds // _BODY)}
    amounts = np.unique(ordered[np.array(sorted(ranks)) - 1])
    beyond = worlds - np.searchsorted(ordered, amounts, side="right")
    curve = tuple((amount, count / worlds) for amount, count in zip(amounts.tolist(), beyond.tolist(), strict=True))
    hurt = worlds - int(np.searchsorted(ordered, 0, side="right"))
    # The low words of so many values sum below 2^63 up to 2^31 worlds, and so do the high ones.
    total = (int((ordered >> 32).sum()) << 32) + int((ordered & (2**32 - 1)).sum())
    return Exceedance(Fraction(total, worlds), int(ordered[-1]), hurt / worlds, curve)


def _thinning(beyond: int) -> set[int]:
    """Whole numbers from `beyond` down to 0, each two thirds of the one before."""
    found = {0}
    while beyond:
        found.add(beyond)
        beyond = 2 * beyond // 3
    return found


def _at(ordered: Array, place: int) -> int:
    return int(ordered[place - 1])
