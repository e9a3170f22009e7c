"""Loops that have no test beside what they are for: where something comes, what comes first, what is finite."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adidem.worlds.draws import Draws, Steps


@given(st.lists(st.integers(0, 4), max_size=12), st.integers(1, 3), st.booleans())
@settings(deadline=None)
def test_the_foremost_of_each_world(worlds, at_most, compiled):
    """No more than so many of one world, the first of them."""
    kept = Draws(1, 0, 5, compiled).foremost(np.array(worlds, np.int64), at_most)
    assert kept.tolist() == [worlds[:place].count(world) < at_most for place, world in enumerate(worlds)]


@given(st.data(), st.integers(0, 3), st.sampled_from([1, 7, 8, 9, 16, 21]), st.booleans(), st.booleans())
@settings(deadline=None)
def test_places_are_those_where_it_comes(data, periods, worlds, alike, compiled):
    """In order of periods, and of worlds within each; whether each period has its own marks or all have the same."""
    comes = data.draw(arrays(np.bool_, (1 if alike else periods, worlds)))
    found = Draws(1, 0, worlds, compiled).places(comes, periods)
    whole = np.broadcast_to(comes, (periods, worlds)).tolist()
    expected = [(period, world) for period, row in enumerate(whole) for world, on in enumerate(row) if on]
    assert list(zip(*(places.tolist() for places in found), strict=True)) == expected


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("level", [1.0, np.inf, np.nan, 1e300])
def test_a_path_says_whether_it_is_finite(level, compiled):
    """One value that is not is enough, wherever it stands."""
    ones = np.ones((2, 1))
    steps = Steps(np.zeros((1, 1)), ones, np.array([[1.0], [100.0]]), ones * 0, np.zeros((2, 3)), None)
    with np.errstate(all="ignore"):
        path, finite = Draws(1, 0, 3, compiled).walk(steps, np.array([[1.0, 1.0, level]]), 2)
    assert finite == bool(np.isfinite(path).all()) == (level == 1.0)
