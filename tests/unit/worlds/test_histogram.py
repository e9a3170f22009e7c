"""A histogram's quantile holds the exact one within the error that it states."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adidem.worlds.histogram import DIGITS, Histogram, amounts
from adidem.worlds.quantile import rank
from adidem.worlds.tally import ALL, BLOCK

AMOUNT = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-600, 600),
    st.builds(lambda power, beside, sign: sign * (2**power + beside), st.integers(0, 62), st.integers(-3, 3),
              st.sampled_from([1, -1])),
)  # fmt: skip


@st.composite
def blocks(draw):
    """Values [2, 2, worlds], scenarios and marks of one block."""
    worlds = draw(st.integers(1, 8))
    return (
        draw(arrays(np.int64, (2, 2, worlds), elements=AMOUNT)),
        draw(arrays(np.int64, worlds, elements=st.integers(0, 1))),
        draw(arrays(np.bool_, worlds)),
    )


def counted(parts, **how):
    made = Histogram(2, 2, 2, **how)
    for part in parts:
        made.count(*part)
    return made


def same(one, two):
    left, right = one.plain(), two.plain()
    return left.keys() == right.keys() and all(np.array_equal(left[name], right[name]) for name in left)


@given(st.lists(blocks(), min_size=1, max_size=3), st.integers(-1, 1), st.sampled_from([0, 0.05, 0.5, 0.9, 1]))
@settings(deadline=None)
def test_the_exact_quantile_lies_within_the_error(parts, scenario, p):
    """Over all of int64, by scenario and in all, and the error is at most 0.4 % of the amount."""
    made = counted(parts)
    for figure, period in np.ndindex(2, 2):
        kept = sorted(
            int(values[figure, period, world])
            for values, scenarios, apart in parts
            for world in range(len(apart))
            if not apart[world] and scenario in (ALL, scenarios[world])
        )
        found = made.quantile(figure, period, p, scenario)
        if not kept:
            assert found is None
            continue
        assert found is not None
        true = kept[rank(len(kept), p) - 1]
        # Above 2^53 an amount is counted as the nearest float, which may lie in the next bin.
        most = abs(true) / 2 ** (DIGITS + 1) + 1 + abs(true) / 2**53
        assert abs(true - found.amount_minor) <= found.error_minor <= most


@given(st.lists(blocks(), min_size=1, max_size=5), st.randoms())
@settings(deadline=None)
def test_joining_in_any_order(parts, random):
    """Blocks in any order, joined in any grouping or returned from a file, give the same bits."""
    one = counted(parts)
    random.shuffle(parts)
    cut = random.randint(0, len(parts))
    two = counted(parts[:cut])
    two.join(Histogram.of_plain(counted(parts[cut:]).plain()))
    assert same(one, two)


def test_the_compiled_loop_counts_the_same():
    """numba's loop gives the same bits, over every octave, in more blocks than wait at a time."""
    pytest.importorskip("numba")
    random = np.random.default_rng(3)
    powers = random.integers(0, 64, (20, 2, 2, BLOCK))
    values = random.integers(-(2**63), 2**63 - 1, powers.shape) >> powers
    parts = [
        (block, random.integers(0, 2, BLOCK), random.random(BLOCK) < 0.1)
        for block in values
    ]  # fmt: skip
    parts.append((values[0, :, :, :7], np.zeros(7, np.int64), None))
    assert same(counted(parts), counted(parts, compiled=True))


def test_bins_meet():
    """Every whole amount up to 2^53 lies in one bin: each begins where the one below it ends."""
    # Of an octave that is narrower than its 128 bins some bins hold no whole amount.
    bins = [(low, high) for low, high in map(amounts, [0, *range(1 << DIGITS, 54 << DIGITS)]) if low <= high]
    assert bins[0] == (0, 0)
    assert all(below[1] + 1 == above[0] for below, above in pairwise(bins))
    assert bins[-1][1] == 2**53 - 1


def test_amounts_that_are_all_alike_have_no_error():
    """A figure that is the same in every world is known to the cent."""
    made = Histogram(1, 1, 1)
    made.count(np.full((1, 1, 100), 1_500_000_001), np.zeros(100, np.int64))
    found = made.quantile(0, 0, 0.5)
    assert found is not None
    assert (found.amount_minor, found.error_minor, found.enough) == (1_500_000_001, 0, True)


def test_one_block_at_a_time():
    """More worlds than a block, other figures, and no worlds are refused."""
    made = Histogram(1, 1, 1)
    for shape in [(1, 1, BLOCK + 1), (2, 1, 4), (1, 1, 0)]:
        with pytest.raises(AssertionError):
            made.count(np.zeros(shape, np.int64), np.zeros(shape[2], np.int64))
