"""Quantiles are values that a world has; their errors are what order statistics promise."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.worlds.quantile import around, enough, exceedance, quantile, rank

VALUES = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=60).map(
    lambda values: np.array(sorted(values), np.int64)
)


@given(VALUES, st.integers(0, 100))
@settings(deadline=None)
def test_the_quantile_is_the_smallest_with_enough_at_or_below(ordered, hundredths):
    """At least the share p lies at or below it, and less than p below it."""
    found = quantile(ordered, hundredths / 100)
    assert found is not None
    assert found.amount_minor in ordered
    assert 100 * (ordered <= found.amount_minor).sum() >= hundredths * len(ordered)
    if hundredths:
        assert 100 * (ordered < found.amount_minor).sum() < hundredths * len(ordered)


def test_a_decimal_share_is_what_it_says():
    """0.07 of 100 worlds is the seventh, though the float is a little more."""
    assert 100 * 0.07 > 7
    assert rank(100, 0.07) == 7
    assert rank(100, np.float64(0.07)) == 7
    assert rank(100, Fraction(7, 100)) == 7


@pytest.mark.parametrize(
    ("worlds", "p", "is_enough"),
    [(199, 0.05, False), (200, 0.05, True), (200, 0.95, True), (19, 0.5, False), (20, 0.5, True), (10**6, 1, False)],
)
def test_not_enough_worlds_for_this_tail(worlds, p, is_enough):
    """A quantile needs ten worlds beyond it."""
    assert enough(worlds, p) is is_enough


def test_no_worlds():
    """Without worlds there is no quantile and no exceedance."""
    none = np.array([], np.int64)
    assert quantile(none, 0.5) is None
    assert exceedance(none) is None


def test_an_open_interval_is_not_closed_by_the_last_world():
    """Where the interval would reach beyond the sample there is none."""
    assert around(20, 0.95, 1.96) is None
    found = quantile(np.arange(20), 0.95)
    assert found is not None
    assert (found.low_minor, found.high_minor, found.enough) == (None, None, False)


@pytest.mark.parametrize("p", [0.05, 0.5, 0.9])
def test_the_interval_holds_the_true_quantile_as_often_as_promised(p):
    """Of 1,000 samples of 400 worlds about 95 % hold it, and one standard error is that of the samples."""
    random = np.random.default_rng(11)
    samples = [quantile(np.sort(random.integers(0, 10**9, 400)), p) for _ in range(1_000)]
    true = p * 10**9
    held = sum(found.low_minor <= true <= found.high_minor for found in samples)
    assert 930 <= held <= 985
    spread = np.std([found.amount_minor for found in samples])
    assert np.mean([found.standard_error_minor for found in samples]) == pytest.approx(spread, rel=0.15)


@given(VALUES)
@settings(deadline=None)
def test_exceedance(ordered):
    """Amounts rise, each share is counted exactly, nothing exceeds the worst, and the mean is exact."""
    found = exceedance(ordered)
    assert found is not None
    amounts = [amount for amount, _ in found.curve]
    assert amounts == sorted(set(amounts))
    assert [share for _, share in found.curve] == [(ordered > amount).sum() / len(ordered) for amount in amounts]
    assert found.curve[-1] == (found.worst_minor, 0)
    assert found.worst_minor == ordered[-1]
    assert found.expected == Fraction(sum(ordered.tolist()), len(ordered))
    assert found.any == (ordered > 0).sum() / len(ordered)


def test_exceedance_of_a_million_worlds():
    """About 50 points reach from the body of the sample to one world in a million."""
    found = exceedance(np.arange(1, 10**6 + 1))
    assert found is not None
    assert 45 <= len(found.curve) <= 55
    shares = [share for _, share in found.curve]
    assert shares[0] > 0.95
    assert shares[-2:] == [1e-6, 0]
    assert max(one - two for one, two in pairwise(shares)) <= 0.04 + 1e-12
