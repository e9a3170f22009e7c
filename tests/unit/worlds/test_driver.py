"""Paths of drivers: closed forms of every shape, correlations, and draws that nothing beside them changes."""

from math import erf, exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.kernel.literal import parse_date
from adidem.worlds.draws import Draws
from adidem.worlds.driver import mixing
from adidem.worlds.elementary import Float64
from adidem.worlds.future import Block, draw
from adidem.worlds.slot import slots
from unit.worlds.outlooks import STARTS, Building

WORLDS = 20_000
ERRORS = 5.0
"""Standard errors within which a mean of the fixed seed must lie."""


def block(building: Building, worlds: int = WORLDS, first: int = 0, seed: int = 11, **options: object) -> Block:
    """A block of what was built."""
    outlook = building.outlook()
    return draw(outlook, slots(outlook, "USD"), seed, first, worlds, **options)  # type: ignore[arg-type]


def near(sample: Float64, expected: float) -> bool:
    """Whether the mean of a sample is the expected one within its error."""
    return abs(sample.mean() - expected) <= ERRORS * sample.std() / sqrt(len(sample)) + 1e-12


def test_growth_has_the_mean_and_the_variance_of_a_lognormal():
    """Five and a half years on: the logarithm's mean and variance, and the mean of the value itself."""
    last = block(Building().driver("a", start=7.0, growth=0.6, volatility=0.25)).drivers["a"][-1]
    logs, years = np.log(last / 7.0), 5.5
    variance = 0.25**2 * years
    assert near(logs, years * log(1.6))
    assert near((logs - logs.mean()) ** 2, variance)
    assert near(last, 7.0 * 1.6**years * exp(variance / 2))


def test_growth_without_volatility_grows_by_its_rate_each_year():
    """Twelve steps of a month are a year, in every world."""
    path = block(Building().driver("a", start=100.0, growth=0.6), worlds=2).drivers["a"]
    assert path.shape == (66, 2)
    assert np.allclose(path[11], 160.0, rtol=1e-13)
    assert np.allclose(path[59], 100.0 * 1.6**5, rtol=1e-12)


def test_a_first_month_that_is_cut_short_is_a_shorter_step():
    """From the tenth of a month of thirty days to its end two thirds of a month pass."""
    built = Building(starts=parse_date("2025-06-10"), until=parse_date("2025-07-31"))
    path = block(built.driver("a", start=1.0, growth=0.6), worlds=1).drivers["a"][:, 0]
    assert np.allclose(np.log(path) / log(1.6) * 12, [2 / 3, 5 / 3])


def test_what_is_pulled_has_the_stationary_variance_of_its_process():
    """Long after its start, the variance is that of an Ornstein-Uhlenbeck process: volatility² / (2 pull)."""
    # At so strong a pull a step that took the process for a walk within the month would be a quarter off.
    path = block(Building().driver("a", "reversion", start=3.0, mean=9.0, pull=6.0, volatility=0.4))
    logs = np.log(path.drivers["a"][-1])
    assert near(logs, log(9.0))
    assert near((logs - logs.mean()) ** 2, 0.4**2 / (2 * 6.0))


def test_what_is_pulled_without_volatility_goes_half_way_in_its_half_life():
    """At a pull of ln 2 a year, half of the distance of the logarithms is left after a year."""
    path = block(Building().driver("a", "reversion", start=1.0, mean=4.0, pull=log(2)), worlds=1).drivers["a"]
    assert np.allclose(path[11], 2.0)


def test_what_is_pulled_at_nothing_is_a_walk():
    """Without pull the variance grows with time, and nothing is divided by zero."""
    drawn = block(Building().driver("a", "reversion", start=1.0, mean=4.0, pull=0.0, volatility=0.2))
    logs = np.log(drawn.drivers["a"][-1])
    assert not drawn.set_apart
    assert near(logs**2, 0.2**2 * 5.5)


def test_an_s_curve_is_half_its_ceiling_at_its_midpoint():
    """At the midpoint half, one width later e/(1+e) of the ceiling; scaled, it begins at its start."""
    middle = parse_date("2027-06-30")
    numbers = {"ceiling": 900.0, "midpoint": float(middle), "width": 365.0}
    path = block(Building().driver("a", "s-curve", **numbers).driver("b", "s-curve", start=5.0, **numbers), worlds=1)
    a, b = path.drivers["a"][:, 0], path.drivers["b"][:, 0]
    assert a[23] == 450.0
    year_on = parse_date("2028-06-30") - middle
    assert a[35] == pytest.approx(900 / (1 + exp(-year_on / 365)))
    at_start = 900 / (1 + exp(-(STARTS - middle) / 365))
    assert np.allclose(b, a * 5.0 / at_start)


def test_a_series_holds_until_the_next_quoted_day():
    """A quoted value holds from its day on, and before the first day that one does."""
    quoted = ((STARTS + 40, 1.0), (parse_date("2025-12-31"), 1.2))
    path = block(Building().driver("a", "series", series=quoted), worlds=3).drivers["a"]
    assert path[:, 0].tolist() == [1.0] * 5 + [1.2] * 61


def test_seasons_multiply_the_value_of_their_month():
    """Each month has its own factor, and the next year the same."""
    season = tuple(float(month) for month in range(1, 13))
    path = block(Building().driver("a", season=season, start=1.0, growth=0.0), worlds=1).drivers["a"][:, 0]
    assert path.tolist() == [7, 8, 9, 10, 11, 12, *(list(range(1, 13)) * 5)]


def test_a_formula_reads_drivers_of_the_same_month_and_parameters():
    """A driver made of others moves with them."""
    built = Building().driver("a", start=2.0, growth=0.5, volatility=0.3).driver("b", start=3.0, growth=0.1)
    built.driver("c", "formula", formula_text="a * b + b - a.start")
    paths = block(built, worlds=7).drivers
    assert np.array_equal(paths["c"], paths["a"] * paths["b"] + paths["b"] - 2.0)


def test_jumps_come_with_their_yearly_chance_and_size():
    """In five and a half years a driver that only jumps has made as many jumps as their chance says."""
    path = block(Building().driver("a", start=1.0, jump_chance=0.3, jump_size=-0.5)).drivers["a"]
    jumps = -np.log2(path[-1])
    assert np.allclose(jumps, np.rint(jumps), atol=1e-9)
    assert near(jumps, 66 * (1 - 0.7 ** (1 / 12)))


def test_jumps_spread_about_their_size():
    """A jump's factor has the median 1 + size and the spread of its logarithm."""
    path = block(Building().driver("a", start=1.0, jump_chance=1.0, jump_size=0.1, jump_spread=0.2)).drivers["a"]
    first = np.log(path[0])
    assert near(first, log(1.1))
    assert near((first - first.mean()) ** 2, 0.04)


@pytest.mark.parametrize("strength", [-1.0, -0.4, 0.0, 0.7, 1.0])
def test_shocks_are_correlated_as_asked(strength: float):
    """The monthly steps of two drivers have the correlation that the outlook says."""
    built = Building().driver("a", start=1.0, growth=0.2, volatility=0.3)
    built.driver("b", "reversion", start=1.0, mean=1.0, pull=0.0, volatility=0.1).correlated("a", "b", strength)
    paths = block(built).drivers
    steps = [np.diff(np.log(paths[id]), axis=0).ravel() for id in ("a", "b")]
    found = np.corrcoef(*steps)[0, 1]
    assert abs(found - strength) <= ERRORS * max((1 - strength**2), 1e-9) / sqrt(len(steps[0]))


def test_three_drivers_move_together_as_asked():
    """Correlations by pairs hold among three drivers, and one that is not correlated is not."""
    built = Building()
    for id in "abcd":
        built.driver(id, start=1.0, volatility=0.2)
    built.correlated("a", "b", 0.5).correlated("b", "c", -0.3).correlated("a", "c", 0.2)
    paths = block(built).drivers
    found = np.corrcoef([np.diff(np.log(paths[id]), axis=0).ravel() for id in "abcd"])
    asked = [[1, 0.5, 0.2, 0], [0.5, 1, -0.3, 0], [0.2, -0.3, 1, 0], [0, 0, 0, 1]]
    assert np.abs(found - np.array(asked)).max() < ERRORS / sqrt(65 * WORLDS)


def test_correlations_that_cannot_be_set_every_world_apart():
    """Three drivers cannot all move against each other."""
    built = Building()
    for id in "abc":
        built.driver(id, start=1.0, volatility=0.2)
    built.correlated("a", "b", -0.9).correlated("b", "c", -0.9).correlated("a", "c", -0.9)
    assert block(built, worlds=4).set_apart["the correlations are none"].all()


@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(st.floats(-1, 1), min_size=n, max_size=n), min_size=n, max_size=n)
    )
)
def test_weights_make_the_matrix_again(rows: list[list[float]]):
    """Of any correlation matrix, the weights times themselves are the matrix."""
    loadings = np.array(rows) + 2 * np.eye(len(rows))
    loadings /= np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    matrix = loadings @ loadings.T
    weights, wrong = mixing([[np.array([cell]) for cell in row] for row in matrix])
    lower = np.array([[float(cell[0]) for cell in row] for row in weights])
    assert not wrong.any()
    assert np.allclose(lower @ lower.T, matrix, atol=1e-9)
    assert np.array_equal(lower, np.tril(lower))


@given(st.floats(0, 1), st.integers(1, 60))
def test_chances_of_parts_make_the_chance_of_the_whole(chance: float, parts: int):
    """What does not happen in any part of a year does not happen in the year."""
    part = float(Draws(0, 0, 1).within(np.array([chance]), np.array([1.0 / parts]))[0])
    assert 0 <= part <= 1
    assert (1 - part) ** parts == pytest.approx(1 - chance, abs=1e-12)


def crowd() -> Building:
    """Drivers of every shape."""
    built = Building().driver("a", start=1e8, growth=0.6, volatility=0.25, jump_chance=0.4, jump_size=-0.3)
    built.driver("b", "reversion", start=5.0, mean=9.0, pull=0.8, volatility=0.4, jump_chance=0.1, jump_size=1.0)
    middle = float(parse_date("2027-06-30"))
    built.driver("c", "s-curve", ceiling=900.0, midpoint=middle, width=400.0, volatility=0.1)
    built.driver("d", "series", series=((STARTS, 2.0),), growth=0.1, season=(1.0, 1.1, *[0.9] * 10))
    return built.driver("e", "formula", formula_text="a + b * c", volatility=0.05).correlated("a", "b", 0.4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**40), st.lists(st.integers(1, 60), min_size=1, max_size=4))
def test_cutting_into_blocks_changes_no_bit(first: int, widths: list[int]):
    """A world is the same in whatever block it is drawn."""
    whole = block(crowd(), sum(widths), first).drivers
    at = 0
    for width in widths:
        part = block(crowd(), width, first + at).drivers
        for id, path in part.items():
            assert path.tobytes() == np.ascontiguousarray(whole[id][:, at : at + width]).tobytes(), id
        at += width


def test_another_driver_changes_no_draw():
    """A driver alone moves as it does in a crowd."""
    alone = Building().driver("a", start=1e8, growth=0.6, volatility=0.25, jump_chance=0.4, jump_size=-0.3)
    assert np.array_equal(block(alone, 50).drivers["a"], block(crowd(), 50).drivers["a"])


def test_a_horizon_that_ends_later_changes_no_draw():
    """The months that both horizons have are the same."""
    near_end, far_end = (Building(until=parse_date(day)) for day in ("2026-12-31", "2030-12-31"))
    paths = [block(b.driver("a", start=1.0, volatility=0.2), 20).drivers["a"] for b in (near_end, far_end)]
    assert np.array_equal(paths[0], paths[1][: len(paths[0])])


def test_parameters_may_differ_by_world():
    """A value for each world does to each what the number alone does to all."""
    built = crowd()
    growth = np.array([0.1, 0.6, 0.9])
    together = block(built, 3, values={"a.growth": growth, "b.pull": 0.3}).drivers
    for world, number in enumerate(growth):
        alone = block(built, 1, world, values={"a.growth": float(number), "b.pull": 0.3}).drivers
        for id, path in alone.items():
            assert np.array_equal(path[:, 0], together[id][:, world]), id


def test_a_driver_that_divides_by_zero_sets_its_worlds_apart():
    """The worlds in which it happened are named, and no others."""
    built = Building().driver("a", start=1.0).driver("b", "formula", formula_text="1 / a")
    apart = block(built, 3, values={"a.start": np.array([1.0, 0.0, 2.0])}).set_apart
    assert {reason: worlds.tolist() for reason, worlds in apart.items()} == {"b divides by zero": [False, True, False]}


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ({"start": 1e300, "growth": 1e9}, "a is too large"),
        ({"start": 1.0, "growth": -2.0}, "a is not a number"),
        ({"start": float("nan")}, "a is not a number"),
        ({"start": 1.0, "volatility": float("inf")}, "a is not a number"),
    ],
)
def test_what_is_no_number_sets_worlds_apart(numbers: dict[str, float], reason: str):
    """Overflow and what is no number are never averaged in silence."""
    assert block(Building().driver("a", **numbers), 4).set_apart[reason].all()


def test_normal_shocks_are_normal():
    """One month's shock lies within one standard deviation as often as a normal number does."""
    first = np.log(block(Building().driver("a", start=1.0, volatility=1.0)).drivers["a"][0]) * sqrt(12)
    assert near((np.abs(first) < 1).astype(float), erf(1 / sqrt(2)))
