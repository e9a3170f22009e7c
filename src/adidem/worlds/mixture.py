"""Results under scenarios whose probabilities are given, or are known only to lie in ranges.

Knows a value, or sorted values, for each scenario, and probabilities. Does not know what a scenario changes.

A mixture gives each scenario a weight between its low and its high, and the weights sum to 1. A mean, or a probability,
is linear in them: its bounds over all mixtures are two linear programmes. A quantile is not linear, but the share of
worlds at or below an amount is; the amount at which the greatest such share reaches p is the lowest quantile, and the
amount at which the least share does is the highest. Both are found by bisection over linear programmes.

Probabilities and means are exact rationals here, so that 0.6 + 0.25 + 0.1 + 0.05 is 1 and bounds are the same bytes on
any machine. The programme itself is solved in whole numbers of the finest share that the ranges are written in: its
vertices are whole then, and a solver's solution rounds to the exact one.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import lcm

import numpy as np

from adidem.kernel.quantity import Array
from adidem.worlds.quantile import Probability, exact

Weights = tuple[Fraction, ...]

FINEST = 10**9
"""Probabilities are whole numbers of a billionth, or of a coarser share: finer ones the solver could not tell apart."""


def feasible(lows: Sequence[Probability], highs: Sequence[Probability]) -> bool:
    """Whether ranges of probability leave at least one mixture: 0 <= low <= high <= 1, sum of lows <= 1 <= of highs."""
    least, most = _weights(lows), _weights(highs)
    ordered = all(0 <= low <= high <= 1 for low, high in zip(least, most, strict=True))
    return ordered and sum(least) <= 1 <= sum(most)


def mixed(values: Sequence[Probability], weights: Sequence[Probability]) -> Fraction:
    """The mean of a mixture, or its probability, from those of its scenarios; weights sum to 1."""
    shares = _weights(weights)
    assert sum(shares) == 1, "weights that do not sum to 1"
    return sum((share * exact(value) for share, value in zip(shares, values, strict=True)), Fraction(0))


def bounds_of_mean(
    values_by_scenario: Sequence[Probability], lows: Sequence[Probability], highs: Sequence[Probability]
) -> tuple[Fraction, Fraction]:
    """The least and the greatest mean, or probability, over all mixtures; the ranges must be feasible."""
    values = tuple(exact(value) for value in values_by_scenario)
    ranges = _ranges(lows, highs)
    least = _extreme(values, *ranges)
    greatest = _extreme(tuple(-value for value in values), *ranges)
    return mixed(values, least), mixed(values, greatest)


def bounds_of_quantile(
    sorted_values_by_scenario: Sequence[Array],
    p: Probability,
    lows: Sequence[Probability],
    highs: Sequence[Probability],
) -> tuple[int, int] | None:
    """The least and the greatest quantile at p over all mixtures, each the quantile of at least one of them.

    sorted_values_by_scenario  per scenario [worlds] ascending
    None where a scenario that may have weight has no world. The ranges must be feasible.
    """
    least, most = _ranges(lows, highs)
    present = [place for place, high in enumerate(most) if high]
    samples = [sorted_values_by_scenario[place] for place in present]
    if not all(len(sample) for sample in samples):
        return None
    ranges = tuple(least[place] for place in present), tuple(most[place] for place in present)
    share = exact(p)
    assert 0 < share <= 1, "a share above 0, to 1"
    return _reach(samples, share, ranges, -1), _reach(samples, share, ranges, 1)


def _reach(samples: list[Array], share: Fraction, ranges: tuple[Weights, Weights], sign: int) -> int:
    """The smallest amount at which the greatest (sign -1) or the least (sign 1) weighted share of worlds reaches p."""
    low, high = min(int(sample[0]) for sample in samples), max(int(sample[-1]) for sample in samples)
    while low < high:
        middle = (low + high) // 2
        below = tuple(Fraction(int(np.searchsorted(sample, middle, side="right")), len(sample)) for sample in samples)
        weights = _extreme(tuple(sign * each for each in below), *ranges)
        if mixed(below, weights) >= share:
            high = middle
        else:
            low = middle + 1
    return low


def _extreme(values: Weights, lows: Weights, highs: Weights) -> Weights:
    """The mixture with the least mean of these values.

    It hangs on the order of the values alone: where weight can move from one scenario to another of a lower value, the
    mean falls, whatever the distance. So the programme is put in ranks: no amount in minor units strains it, and one
    solution serves every figure that ranks the scenarios alike.
    """
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0] * len(values)
    for place, scenario in enumerate(order):
        ranks[scenario] = place
    return _vertex(tuple(ranks), lows, highs)


@lru_cache(maxsize=4_096)
def _vertex(ranks: tuple[int, ...], lows: Weights, highs: Weights) -> Weights:
    """The weights that solve: least sum of rank * weight, low <= weight <= high, sum of weights 1."""
    from scipy.optimize import linprog  # its import takes longer than a small run, and most runs have no ranges

    finest = lcm(*(each.denominator for each in lows + highs))
    assert finest <= FINEST, "probabilities finer than a billionth"
    solved = linprog(
        c=[float(each) for each in ranks],
        A_eq=np.ones((1, len(ranks))),
        b_eq=[float(finest)],
        bounds=[(float(low * finest), float(high * finest)) for low, high in zip(lows, highs, strict=True)],
        method="highs",
    )
    assert solved.status == 0, f"no mixture: {solved.message}"
    weights = tuple(Fraction(round(each), finest) for each in solved.x.tolist())
    assert sum(weights) == 1, "the solver did not end at a vertex"
    return weights


def _weights(probabilities: Sequence[Probability]) -> Weights:
    return tuple(exact(each) for each in probabilities)


def _ranges(lows: Sequence[Probability], highs: Sequence[Probability]) -> tuple[Weights, Weights]:
    assert feasible(lows, highs), "ranges of probability that no mixture meets"
    return _weights(lows), _weights(highs)
