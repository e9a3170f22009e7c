"""Tallies are exact, and join in any order to the same bits."""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adidem.worlds.tally import ALL, BLOCK, Moments, SetApart, by_scenario, sums_of

INT64 = st.integers(-(2**63), 2**63 - 1)
SCENARIOS = 3


@st.composite
def blocks(draw, figures=2):
    """Values [figures, worlds], scenarios and marks of one block."""
    worlds = draw(st.integers(1, 12))
    values = draw(arrays(np.int64, (figures, worlds), elements=st.one_of(INT64, st.integers(-(2**53), 2**53))))
    scenario = draw(arrays(np.int64, worlds, elements=st.integers(0, SCENARIOS - 1)))
    apart = draw(arrays(np.bool_, worlds))
    return values, scenario, apart


def moments(block):
    values, scenario, apart = block
    return Moments.of_block(values, scenario, SCENARIOS, apart)


def joined(tallies):
    total = Moments.empty(2, SCENARIOS)
    for each in tallies:
        total = total + each
    return total


def same(one, two):
    left, right = one.plain(), two.plain()
    return left.keys() == right.keys() and all(np.array_equal(left[name], right[name]) for name in left)


@given(arrays(np.int64, st.tuples(st.integers(1, 3), st.integers(0, 9)), elements=INT64))
@settings(deadline=None)
def test_sums_are_exact_for_every_int64(values):
    """Sums and sums of squares are those of Python's integers, up to the ends of int64."""
    sums, squares = sums_of(values)
    assert sums.tolist() == [sum(row) for row in values.tolist()]
    assert squares.tolist() == [sum(each * each for each in row) for row in values.tolist()]


@pytest.mark.parametrize("edge", [2**52 - 1, 2**52, -(2**52), -(2**52) - 1, 10**13, 2**63 - 1, -(2**63)])
def test_a_full_block_does_not_wrap(edge):
    """1,024 worlds at the edge of what a piece holds, and at the ends of int64, sum without wrapping."""
    sums, squares = sums_of(np.full((1, BLOCK), edge, np.int64))
    assert (sums[0], squares[0]) == (BLOCK * edge, BLOCK * edge * edge)


def test_a_million_worlds_of_large_amounts():
    """A million worlds at the end of int64 have exactly that mean, and no error."""
    full = np.full((1, BLOCK), 2**63 - 1, np.int64)
    one = Moments.of_block(full, np.zeros(BLOCK, np.int64), 1)
    total = one
    for _ in range(10):
        total = total + total
    assert total.worlds[ALL] == BLOCK * 1024
    assert total.mean(0) == 2**63 - 1
    assert total.standard_error(0) == 0
    assert total.variance(0) == 0


@given(st.lists(blocks(), min_size=1, max_size=5), st.randoms())
@settings(deadline=None)
def test_joining_in_any_order_and_grouping(parts, random):
    """Any order and any grouping of blocks gives the same bits."""
    tallies = [moments(part) for part in parts]
    shuffled = random.sample(tallies, len(tallies))
    cut = random.randint(0, len(shuffled))
    assert same(joined(tallies), joined(shuffled[:cut]) + joined(shuffled[cut:]))


@given(st.lists(blocks(), min_size=1, max_size=4), st.integers(-1, SCENARIOS - 1))
@settings(deadline=None)
def test_mean_and_variance_are_those_of_the_worlds_kept(parts, scenario):
    """Mean and variance, by scenario and in all, are those of Python's integers without the worlds set apart."""
    kept = [
        int(values[1, world])
        for values, scenarios, apart in parts
        for world in range(len(apart))
        if not apart[world] and scenario in (ALL, scenarios[world])
    ]
    total = joined([moments(part) for part in parts])
    assert total.worlds[scenario] == len(kept)
    assert total.mean(1, scenario) == (Fraction(sum(kept), len(kept)) if kept else None)
    if len(kept) < 2:
        assert total.variance(1, scenario) is None
        assert total.standard_error(1, scenario) is None
    else:
        mean = Fraction(sum(kept), len(kept))
        variance = sum((each - mean) ** 2 for each in kept) / (len(kept) - 1)
        assert total.variance(1, scenario) == variance
        assert total.standard_error(1, scenario) == sqrt(variance / len(kept))


@given(blocks())
@settings(deadline=None)
def test_what_is_set_apart_changes_nothing(block):
    """Whatever stands in a world set apart, the tally is the same."""
    values, _, apart = block
    spoilt = np.where(apart, np.iinfo(np.int64).min, values)
    assert same(moments(block), moments((spoilt, *block[1:])))


@given(st.lists(blocks(), min_size=1, max_size=3))
@settings(deadline=None)
def test_moments_return_from_plain_arrays(parts):
    """What `plain` gives holds no objects, and makes the same moments."""
    total = joined([moments(part) for part in parts])
    plain = total.plain()
    assert all(each.dtype != object for each in plain.values())
    assert same(Moments.of_plain(plain), total)


def batch_means(values, blocks_of):
    """The estimator as the docstring writes it, in floats."""
    count, mean = len(values), values.mean()
    means = [(len(each), each.mean()) for each in blocks_of]
    return sqrt(sum(size * (one - mean) ** 2 for size, one in means) / ((len(means) - 1) * count))


def test_standard_error_is_that_of_batch_means():
    """From 30 blocks on, also with a short last block and by scenario, it is the estimator of the docstring."""
    random = np.random.default_rng(5)
    values = random.integers(-(10**12), 10**13, 30 * BLOCK + 100)
    scenario = (np.arange(len(values)) % 3 == 0).astype(np.int64)
    total = Moments.empty(1, 2)
    for start in range(0, len(values), BLOCK):
        total = total + Moments.of_block(values[None, start : start + BLOCK], scenario[start : start + BLOCK], 2)
    starts = range(0, len(values), BLOCK)
    every = batch_means(values, [values[start : start + BLOCK] for start in starts])
    ones = [values[start : start + BLOCK][scenario[start : start + BLOCK] == 1] for start in starts]
    assert total.standard_error(0) == pytest.approx(every, rel=1e-9)
    assert total.standard_error(0, 1) == pytest.approx(batch_means(values[scenario == 1], ones), rel=1e-9)


def test_batch_means_see_dependence_within_a_block():
    """Where the worlds of a block are alike, the error is that of so many blocks, not of so many worlds."""
    random = np.random.default_rng(6)
    total = Moments.empty(1, 1)
    levels = random.integers(0, 10**6, 200)
    for level in levels:
        total = total + Moments.of_block(np.full((1, BLOCK), level), np.zeros(BLOCK, np.int64), 1)
    assert total.standard_error(0) == pytest.approx(levels.std(ddof=1) / sqrt(200), rel=1e-9)


def test_the_mean_lies_within_its_error_as_often_as_promised():
    """Of 400 samples of 32 blocks, about 95 % hold the true mean within 1.96 standard errors."""
    random = np.random.default_rng(7)
    within = 0
    for _ in range(400):
        total = Moments.empty(1, 1)
        for values in random.integers(0, 1_001, (32, 1, 64)):
            total = total + Moments.of_block(values, np.zeros(64, np.int64), 1)
        mean, error = total.mean(0), total.standard_error(0)
        assert mean is not None
        assert error is not None
        within += abs(float(mean) - 500) <= 1.96 * error
    assert 0.90 <= within / 400 <= 0.985


def test_a_scenario_without_worlds():
    """A scenario that no world has gives no mean and no error."""
    total = Moments.of_block(np.array([[1, 2]]), np.array([0, 0]), 2)
    assert total.mean(0, 1) is None
    assert total.standard_error(0, 1) is None


@pytest.mark.parametrize("scenario", [[0, 3], [-1, 0], [], list(range(BLOCK + 1))])
def test_scenarios_that_are_none(scenario):
    """A scenario beyond those there are, a negative one, an empty block and one too long are refused."""
    with pytest.raises(AssertionError):
        by_scenario(np.array(scenario, np.int64), 3, None)


@given(st.lists(arrays(np.bool_, st.integers(1, 20)), min_size=1, max_size=6), st.randoms())
@settings(deadline=None)
def test_worlds_set_apart_are_counted_and_named(parts, random):
    """All are counted, and the ten lowest numbers named, whatever the order of the blocks."""
    firsts = np.cumsum([0] + [len(part) for part in parts])
    tallies = [SetApart.of_block(int(first), part) for first, part in zip(firsts, parts, strict=False)]
    random.shuffle(tallies)
    total = sum(tallies, SetApart())
    numbers = np.flatnonzero(np.concatenate(parts)).tolist()
    assert total == SetApart(len(numbers), tuple(numbers[:10]))
    assert SetApart.of_plain(total.plain()) == total


def test_worlds_set_apart_in_words():
    """The words give the count and the numbers, and say where there are more."""
    assert str(SetApart()) == "no world is set apart"
    assert str(SetApart.of_block(2048, np.array([False, True]))) == "1 world is set apart: 2049"
    assert str(SetApart(1_200, (3, 5))) == "1,200 worlds are set apart: 3, 5, …"
