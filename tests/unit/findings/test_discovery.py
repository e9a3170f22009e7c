"""A planted corner is found and said in words; noise, and points that can show nothing, give no corner."""

import warnings
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.findings.corner import Limit, alone_outside, inside, paste, peel
from adidem.findings.discovery import Corner, Discovery, discover, words
from adidem.findings.points import Flags, Floats

NAMES = list("abcdef")


def uniform(worlds: int, seed: int, columns: int = 6) -> Floats:
    """Points of the unit cube."""
    return np.random.default_rng(seed).uniform(0, 1, (worlds, columns))


def mostly(truth: Flags, seed: int, of: float = 0.95) -> Flags:
    """The truth, and in the rest of the worlds its opposite."""
    return np.where(np.random.default_rng(seed + 1000).uniform(size=len(truth)) < of, truth, ~truth)


def ends(found: Discovery) -> dict[tuple[str, str], float]:
    """The bounds of the corner that was chosen."""
    assert found.chosen is not None, found.reason
    return {(bound.parameter, bound.side): bound.limit for bound in found.chosen.bounds}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 0.7), st.floats(0.3, 0.7), st.permutations(range(6)))
def test_planted_corner(seed: int, low: float, high: float, order: list[int]):
    """A corner of two parameters is found by name, side and place, among four that do not matter."""
    points = uniform(4000, seed)
    first, second = order[:2]
    truth = (points[:, first] > low) & (points[:, second] < high)
    found = discover(NAMES, points, mostly(truth, seed))
    limits = ends(found)
    assert set(limits) == {(NAMES[first], "at least"), (NAMES[second], "at most")}
    assert limits[NAMES[first], "at least"] == pytest.approx(low, abs=0.05)
    assert limits[NAMES[second], "at most"] == pytest.approx(high, abs=0.05)
    assert found.chosen is not None
    assert found.chosen.density > 0.85


def test_band_in_the_middle():
    """A parameter may be bounded at both ends."""
    points = uniform(4000, 1)
    limits = ends(discover(NAMES, points, (points[:, 2] > 0.3) & (points[:, 2] < 0.6)))
    assert set(limits) == {("c", "at least"), ("c", "at most")}
    assert list(limits.values()) == pytest.approx([0.3, 0.6], abs=0.01)


def test_rare_corner():
    """A condition that holds in one world of a hundred has its corner found."""
    points = uniform(20_000, 2)
    limits = ends(discover(NAMES, points, (points[:, 0] > 0.9) & (points[:, 1] < 0.1)))
    assert set(limits) == {("a", "at least"), ("b", "at most")}


def test_common_corner():
    """A condition that holds nearly everywhere has a corner that leaves out where it does not."""
    points = uniform(4000, 3)
    found = discover(NAMES, points, points[:, 0] > 0.05)
    assert ends(found) == {("a", "at least"): pytest.approx(0.05, abs=0.005)}
    assert found.chosen is not None
    assert found.chosen.density > 0.99


def test_parameter_of_few_values():
    """A switch, and a count, are bounded at values that they take."""
    points = uniform(4000, 4)
    points[:, 1] = points[:, 1] > 0.7
    points[:, 2] = np.floor(points[:, 2] * 5)
    truth = (points[:, 1] == 1) & (points[:, 2] >= 3)
    assert ends(discover(NAMES, points, mostly(truth, 4))) == {("b", "at least"): 1, ("c", "at least"): 3}


@pytest.mark.parametrize("part", [0.05, 0.3, 0.7])
def test_noise(part: float):
    """A condition that rests on nothing has no corner."""
    for seed in range(20):
        holds = np.random.default_rng(seed + 500).uniform(size=1000) < part
        found = discover(NAMES, uniform(1000, seed), holds)
        assert (found.chosen, found.alternatives) == (None, ())
        assert found.reason == "no corner says more than chance would"


def test_judged_where_it_was_not_found():
    """Over many samples density and coverage are true on average: what made the corner does not judge it."""
    error = []
    for seed in range(60):
        points = uniform(300, seed, 10)
        holds = mostly(points[:, 0] > 0.5, seed, 0.8)
        chosen = discover(list("abcdefghij"), points, holds).chosen
        if chosen is not None:
            fresh = uniform(4000, seed + 100_000, 10)
            corner = np.ones(4000, bool)
            for bound in chosen.bounds:
                column = fresh[:, "abcdefghij".index(bound.parameter)]
                corner &= column >= bound.limit if bound.side == "at least" else column <= bound.limit
            error.append(chosen.density - mostly(fresh[:, 0] > 0.5, seed, 0.8)[corner].mean())
    assert len(error) > 50
    assert np.mean(error) == pytest.approx(0, abs=0.03)


def test_points_of_a_sobol_sequence():
    """Points that alternate between the halves of a range are judged all over it."""
    from scipy.stats import qmc

    points = qmc.Sobol(6, rng=np.random.default_rng(1)).random(2048)
    halves = points[::2, 1] > 0.5
    assert halves.all() or not halves.any()
    limits = ends(discover(NAMES, points, points[:, 1] > 0.25))
    assert limits == {("b", "at least"): pytest.approx(0.25, abs=0.005)}


def test_few_bounds_before_many():
    """A bound that hardly tells more is left away."""
    points = uniform(20_000, 10)
    points[:, 1] = points[:, 1] > 0.01
    found = discover(NAMES, points, (points[:, 0] > 0.5) & ((points[:, 1] == 1) | (points[:, 2] > 0.5)))
    assert set(ends(found)) == {("a", "at least")}
    best = max(found.path, key=lambda corner: corner.phi)
    assert {bound.parameter for bound in best.bounds} == {"a", "b"}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_counts(seed: int):
    """Every corner is counted truly over the worlds that judge it, and the path only narrows."""
    points = uniform(500, seed)
    holds = mostly(points[:, 0] + points[:, 1] > 1.1, seed)
    found = discover(NAMES, points, holds)
    assert (found.worlds, found.holding) == (500, np.count_nonzero(holds))
    assert found.path[0].bounds == ()
    assert (found.path[0].inside, found.path[0].coverage) == (found.path[0].worlds, 1)
    for wider, corner in zip(found.path, found.path[1:], strict=False):
        assert corner.inside <= wider.inside
        assert corner.in_holding <= corner.inside
    for corner in (*found.path, *found.alternatives, *([found.chosen] if found.chosen else [])):
        assert corner.coverage * corner.holding == pytest.approx(corner.density * corner.inside)
        assert abs(corner.phi) <= 1
        assert all(0 <= bound.quasi_p <= 1 for bound in corner.bounds)
    for corner in found.alternatives:
        assert corner != found.chosen
        assert all(bound.quasi_p <= 0.05 for bound in corner.bounds)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_units_do_not_matter(seed: int):
    """In other units the same worlds are in the corner."""
    points = uniform(1000, seed)
    holds = mostly((points[:, 0] > 0.5) & (points[:, 1] < 0.5), seed)
    one, other = discover(NAMES, points, holds), discover(NAMES, points * 2.0**40, holds)
    assert [(corner.inside, corner.in_holding) for corner in one.path] == [
        (corner.inside, corner.in_holding) for corner in other.path
    ]
    assert {end: limit * 2.0**40 for end, limit in ends(one).items()} == ends(other)


def test_quasi_p_by_hand():
    """The quasi-p-value is the tail of a binomial with the density of the corner without the bound."""
    points = uniform(400, 5)
    found = discover(NAMES, points, mostly(points[:, 0] > 0.6, 5))
    assert found.chosen is not None
    corner = found.chosen
    assert len(corner.bounds) == 1
    part = corner.holding / corner.worlds
    tail = sum(
        comb(corner.inside, k) * part**k * (1 - part) ** (corner.inside - k)
        for k in range(corner.in_holding, corner.inside + 1)
    )
    assert corner.bounds[0].quasi_p == pytest.approx(tail, rel=1e-9, abs=0)


def test_phi_by_hand():
    """Phi is the correlation of two columns of yes and no."""
    corner = Corner((), worlds=100, holding=40, inside=30, in_holding=24)
    assert corner.phi == pytest.approx((24 * 54 - 6 * 16) / sqrt(30 * 70 * 40 * 60))
    assert Corner((), 100, 40, 100, 40).phi == 0
    assert Corner((), 100, 40, 0, 0).density == 0


@pytest.mark.parametrize(
    ("holds", "reason"),
    [
        (np.zeros(500, bool), "the condition holds in none of 500 worlds"),
        (np.ones(500, bool), "the condition holds in all of 500 worlds"),
        (np.arange(500) < 19, "the condition holds in 19 worlds only: a corner takes at least 20"),
        (np.arange(500) > 18, "the condition does not hold in 19 worlds only: a corner takes at least 20"),
        (np.arange(99) < 50, "99 worlds are too few: a corner takes at least 100"),
        (np.zeros(0, bool), "there is no world to look at"),
    ],
)
def test_nothing_to_find(holds: Flags, reason: str):
    """Where points can show no corner, the reason is the answer."""
    found = discover(NAMES, uniform(len(holds), 1), holds)
    assert (found.chosen, found.path, found.reason) == (None, (), reason)
    assert found.worlds == len(holds)


def test_constant_columns():
    """A parameter of one value is left out and named; with no other there is nothing to find."""
    points = uniform(1000, 6)
    points[:, 3] = 7
    found = discover(NAMES, points, points[:, 4] > 0.5)
    assert found.left_out == ("d",)
    assert set(ends(found)) == {("e", "at least")}
    found = discover(["a"], np.ones((500, 1)), np.arange(500) < 250)
    assert (found.left_out, found.reason) == (("a",), "nothing that is assumed differs between the worlds")
    assert discover([], np.ones((500, 0)), np.arange(500) < 250).reason.startswith("nothing that is assumed")


def test_set_apart():
    """A world with a value that is no number is counted and takes no part."""
    points = uniform(1000, 7)
    holds = points[:, 0] > 0.5
    clean = discover(NAMES, points, holds)
    spoilt = np.concatenate((points, [[np.nan] * 6, [0.1, np.inf, 0, 0, 0, 0]]))
    found = discover(NAMES, spoilt, np.concatenate((holds, [True, True])))
    assert found.set_apart == 2
    assert (found.worlds, found.chosen, found.path) == (clean.worlds, clean.chosen, clean.path)
    assert discover(NAMES, points * np.nan, holds).reason == "there is no world to look at"


def test_wrong_arrays():
    """A condition that is no yes or no, or of other worlds, never enters."""
    with pytest.raises(AssertionError, match="does not"):
        discover(NAMES, uniform(200, 1), np.ones(200))
    with pytest.raises(AssertionError, match="worlds"):
        discover(NAMES, uniform(200, 1), np.ones(199, bool))


def test_words():
    """The corner is said with its density and its coverage, and the spelling of a value is the caller's."""
    points = uniform(1000, 8)
    found = discover(NAMES, points, (points[:, 0] > 0.5) & (points[:, 1] < 0.5))
    assert found.chosen is not None
    corner = found.chosen
    said = words(corner, "a cap binds", lambda name, value: f"{name.upper()}{value:.1f}")
    assert said == (
        f"a cap binds holds in {round(100 * corner.density)} % of the worlds where a ≥ A0.5 and b ≤ B0.5 (density), "
        f"and these are {round(100 * corner.coverage)} % of all worlds where it holds (coverage)"
    )
    assert words(found.path[0]).startswith("the condition holds in 2")


@pytest.mark.parametrize(
    ("part", "said"),
    [(0, "0 %"), (1, "under 1 %"), (5, "1 %"), (649, "65 %"), (999, "over 99 %"), (1000, "100 %")],
)
def test_percent(part: int, said: str):
    """None and all are said of none and all only."""
    assert words(Corner((), 1000, part, 0, 0)) == f"the condition holds in {said} of all worlds"


def test_peel_by_hand():
    """Of twenty points one goes: the one without the condition, at whichever end it lies."""
    column = np.arange(20.0)
    points = np.column_stack((column, np.roll(column, 5)))
    assert peel(points, column != 19) == Limit(0, True, 18)
    assert peel(points, column != 5) == Limit(1, False, 1)
    assert peel(np.ones((20, 2)), column > 3) is None


def test_paste_by_hand():
    """Widened to where it stays as dense; an end with nothing beyond is gone, and a finer part gets nearer."""
    points = np.arange(100.0)[:, None]
    holds = points[:, 0] >= 31
    assert paste((Limit(0, False, 60), Limit(0, True, 98)), points, holds) == (Limit(0, True, 98), Limit(0, False, 59))
    assert paste((Limit(0, False, 34), Limit(0, True, 98)), points, holds) == (Limit(0, True, 98), Limit(0, False, 31))
    assert paste((Limit(0, False, 31), Limit(0, True, 98)), points, holds) == (Limit(0, False, 31),)
    assert paste((Limit(0, False, 33),), points, holds) is None
    assert paste((Limit(0, False, 33),), points, holds, 40) == (Limit(0, False, 32),)
    assert paste((Limit(0, False, 31),), points, holds, 40) is None
    assert paste((), points, holds) is None


def test_alone_outside():
    """A point that breaks two limits is kept out by neither alone."""
    points = np.array([[0.0, 0.0], [0.0, 5.0], [5.0, 0.0], [5.0, 5.0]])
    limits = (Limit(0, False, 1), Limit(1, False, 1))
    assert inside(limits, points).tolist() == [False, False, False, True]
    assert [one.tolist() for one in alone_outside(limits, points)] == [
        [False, True, False, False],
        [False, False, True, False],
    ]


def test_beside_ema_workbench():
    """Its way, found and judged over all worlds, is ours at the same coverage; its best corner is no better."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prim = pytest.importorskip("ema_workbench.analysis.prim")
        pandas = pytest.importorskip("pandas")
        points = uniform(10_000, 9)
        holds = mostly((points[:, 0] > 0.6) & (points[:, 3] < 0.5), 9, 0.9)
        finder = prim.Prim(pandas.DataFrame(points, columns=NAMES), holds.astype(int), threshold=0.5)
        theirs = finder.find_box().peeling_trajectory
    found = discover(NAMES, points, holds)
    for coverage in (0.95, 0.9, 0.85, 0.8, 0.75):
        near = theirs.iloc[(theirs.coverage - coverage).abs().argmin()]
        corner = min(found.path, key=lambda corner: abs(corner.coverage - near.coverage))
        assert corner.density == pytest.approx(near.density, abs=0.05)
        assert corner.inside / corner.worlds == pytest.approx(near.mass, abs=0.05)
    best = max(
        Corner((), found.worlds, found.holding, round(row.mass * found.worlds), round(row.coverage * found.holding)).phi
        for row in theirs.itertuples()
    )
    assert found.chosen is not None
    assert found.chosen.phi == pytest.approx(best, abs=0.03)
