"""Bounds over mixtures hold every mixture that the ranges allow, and are reached by one."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.worlds.mixture import (
    bounds_of_mean,
    bounds_of_quantile,
    feasible,
    mixed,
)

MINOR = st.integers(-(10**15), 10**15)
SHARE = st.integers(1, 100).map(lambda hundredths: Fraction(hundredths, 100))


@st.composite
def ranges(draw, scenarios):
    """Lows, a mixture within, and highs: feasible by how they are made."""
    parts = draw(st.lists(st.integers(0, 50), min_size=scenarios, max_size=scenarios).filter(any))
    inside = [Fraction(part, sum(parts)) for part in parts]
    slack = st.integers(0, 40).map(lambda hundredths: Fraction(hundredths, 100))
    lows = [max(Fraction(0), each - draw(slack)) for each in inside]
    highs = [min(Fraction(1), each + draw(slack)) for each in inside]
    return lows, inside, highs


@st.composite
def cases(draw, value):
    scenarios = draw(st.integers(1, 5))
    values = draw(st.lists(value, min_size=scenarios, max_size=scenarios))
    return values, *draw(ranges(scenarios))


SAMPLES = st.lists(st.integers(-8, 8), min_size=1, max_size=8).map(lambda values: np.array(sorted(values), np.int64))


def greedy(values, lows, highs):
    """The least mean: every scenario at its low, then what is left to the lowest values first."""
    weights, left = list(lows), 1 - sum(lows)
    for place in sorted(range(len(values)), key=values.__getitem__):
        more = min(highs[place] - lows[place], left)
        weights[place] += more
        left -= more
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


def vertices(lows, highs):
    """Every mixture with all weights but one at an end of its range."""
    for rest in range(len(lows)):
        for ends in range(2 ** len(lows)):
            weights = [highs[place] if ends >> place & 1 else lows[place] for place in range(len(lows))]
            weights[rest] = 1 - sum(weights) + weights[rest]
            if lows[rest] <= weights[rest] <= highs[rest]:
                yield weights


def slow_quantile(samples, share, weights):
    """The smallest value with at least the share at or below it, by trying each."""
    for value in sorted({int(each) for sample in samples for each in sample}):
        below = sum(
            weight * Fraction(int((sample <= value).sum()), len(sample))
            for sample, weight in zip(samples, weights, strict=True)
        )
        if below >= share:
            return value
    raise AssertionError


@given(cases(MINOR))
@settings(max_examples=150, deadline=None)
def test_bounds_of_a_mean_are_those_of_the_greedy(case):
    """The solver's bounds are exactly those that filling up by value gives."""
    values, lows, _, highs = case
    low, high = bounds_of_mean(values, lows, highs)
    assert low == greedy(values, lows, highs)
    assert high == -greedy([-value for value in values], lows, highs)


@given(cases(MINOR))
@settings(max_examples=100, deadline=None)
def test_bounds_of_a_mean_hold_every_mixture(case):
    """A mixture within the ranges has its mean within the bounds."""
    values, lows, inside, highs = case
    low, high = bounds_of_mean(values, lows, highs)
    assert low <= mixed(values, inside) <= high


@given(cases(SAMPLES), SHARE)
@settings(max_examples=150, deadline=None)
def test_bounds_of_a_quantile_are_reached(case, share):
    """They are the least and the greatest quantile over all vertices of the mixtures, and hold the one inside."""
    samples, lows, inside, highs = case
    bounds = bounds_of_quantile(samples, share, lows, highs)
    assert bounds is not None
    reached = [slow_quantile(samples, share, weights) for weights in vertices(lows, highs)]
    assert bounds == (min(reached), max(reached))
    assert bounds[0] <= slow_quantile(samples, share, inside) <= bounds[1]


@given(cases(SAMPLES), SHARE)
@settings(max_examples=100, deadline=None)
def test_ranges_without_width_give_the_plain_mixture(case, share):
    """Where each low is its high, both bounds are the mixture's own mean and quantile."""
    samples, _, inside, _ = case
    means = [Fraction(int(sample.sum()), len(sample)) for sample in samples]
    assert bounds_of_mean(means, inside, inside) == (mixed(means, inside),) * 2
    quantile = slow_quantile(samples, share, inside)
    assert bounds_of_quantile(samples, share, inside, inside) == (None if quantile is None else (quantile, quantile))


def test_the_record_with_ranges():
    """Four scenarios by decimals as they are written, worked out by hand."""
    lows, highs = [0.5, 0.2, 0.05, 0.0], [0.7, 0.3, 0.15, 0.1]
    means = [1_000, 2_000, 3_000, -4_000]
    # Least: 0.1 of the last, 0.05 of the third, 0.2 of the second, 0.65 of the first; greatest: 0, 0.15, 0.3, 0.55.
    assert bounds_of_mean(means, lows, highs) == (800, 1_600)
    assert mixed(means, [0.6, 0.25, 0.1, 0.05]) == 1_200


def test_amounts_of_any_size_do_not_strain_the_programme():
    """A cent on top of the ends of int64 still parts the bounds."""
    assert bounds_of_mean([2**63 - 1, 2**63 - 2], [0.25, 0], [1, 0.75]) == (2**63 - Fraction(7, 4), 2**63 - 1)


@pytest.mark.parametrize(
    ("lows", "highs", "possible"),
    [
        ([0.6, 0.25, 0.1, 0.05], [0.6, 0.25, 0.1, 0.05], True),
        ([0.1] * 10, [0.1] * 10, True),
        ([0.5, 0.2], [0.6, 0.3], False),
        ([0.6, 0.5], [0.7, 0.6], False),
        ([0.6, 0.4], [0.5, 0.6], False),
        ([-0.1, 0.5], [0.5, 0.6], False),
        ([0.0, 0.0], [1.0, 1.1], False),
        ([0], [1], True),
        ([], [], False),
    ],
)
def test_feasible(lows, highs, possible):
    """Ranges that no mixture meets are told: sums beside 1, ends that cross, shares beyond 0 to 1, none at all."""
    assert feasible(lows, highs) is possible


def test_infeasible_ranges_are_refused():
    """Bounds are not asked of ranges that no mixture meets."""
    with pytest.raises(AssertionError, match="no mixture meets"):
        bounds_of_mean([1, 2], [0.5, 0.2], [0.6, 0.3])


def test_probabilities_finer_than_the_solver_tells_apart():
    """They are refused, not rounded."""
    with pytest.raises(AssertionError, match="finer"):
        bounds_of_mean([1, 2], [0, 0], [1e-12, 1])


def test_a_scenario_without_worlds():
    """It does no harm where it has no weight; where it may have, there is no quantile."""
    empty, some = np.array([], np.int64), np.array([1, 2, 3])
    assert bounds_of_quantile([some, empty], 0.5, [0, 0], [1, 0]) == (2, 2)
    assert bounds_of_quantile([some, empty], 0.5, [0, 0], [1, 0.1]) is None
