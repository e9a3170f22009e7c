"""A share of an amount is exact however fine it is written, and rounded once."""

from fractions import Fraction

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from adidem.kernel.quantity import ROUNDINGS, Rounding, round_fraction, scale

AMOUNTS = st.integers(-(2**52), 2**52)


@given(AMOUNTS, st.integers(0, 10**9), st.integers(1, 10**25), st.sampled_from(ROUNDINGS))
@example(500_000, 4, 10**19, "half even")
@example(0, 0, 10**19, "up")
@example(-1, 0, 10**30, "down")
def test_agrees_with_fractions(amount: int, numerator: int, denominator: int, rounding: Rounding):
    """Also with a denominator that no machine word holds."""
    exact = Fraction(amount * numerator, denominator)
    if abs(exact) > 2**61:
        return
    (found,) = scale(np.array([amount]), np.array([numerator]), denominator, rounding).tolist()
    assert found == round_fraction(exact, rounding)
