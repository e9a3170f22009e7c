"""Influence is known for functions whose variance can be worked out by hand, and is refused where there is none."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import sobol_indices

from adidem.findings.influence import exact_sums, sobol, tornado
from adidem.findings.points import Floats, sobol_points


@dataclass(frozen=True)
class Assumed:
    """A parameter, as the analysis sees it."""

    id: str
    value: float
    low: float
    high: float


def assumed(*ranges: tuple[float, float]) -> list[Assumed]:
    """Parameters a, b, … with these ranges, each taken at its middle."""
    return [Assumed("abcdefgh"[i], (low + high) / 2, low, high) for i, (low, high) in enumerate(ranges)]


CIRCLE = assumed(*[(-np.pi, np.pi)] * 3)


def ishigami(points: Floats) -> Floats:
    """Ishigami and Homma 1990 with a = 7, b = 0.1."""
    x, y, z = points.T
    return (np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x))[:, None]


def ishigami_indices() -> tuple[dict[str, float], dict[str, float]]:
    """First-order and total indices in closed form."""
    alone = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2
    second = 7**2 / 8
    together = 0.1**2 * np.pi**8 * (1 / 18 - 1 / 50)
    variance = alone + second + together
    first = {"a": alone / variance, "b": second / variance, "c": 0.0}
    total = {"a": (alone + together) / variance, "b": second / variance, "c": together / variance}
    return first, total


def linear(*factors: float) -> Callable[[Floats], Floats]:
    """One result: the parameters times these, summed."""
    return lambda points: (points * np.array(factors)).sum(axis=1, keepdims=True)


def test_ishigami_within_its_bounds():
    """The known indices of the Ishigami function lie within the bounds, which are narrow."""
    (found,) = sobol(CIRCLE, ishigami, 4096, 7).results
    first, total = ishigami_indices()
    assert len(found.shares) == 3
    for share in found.shares:
        assert share.first_low <= first[share.parameter] <= share.first_high
        assert share.total_low <= total[share.parameter] <= share.total_high
        assert share.first == pytest.approx(first[share.parameter], abs=0.01)
        assert share.total == pytest.approx(total[share.parameter], abs=0.01)
        assert share.total_high - share.total_low < 0.1
    assert [share.parameter for share in found.shares] == ["a", "b", "c"]


@pytest.mark.parametrize("seed", range(8))
def test_bounds_hold_for_every_seed(seed: int):
    """Bounds of 95 % over quasi-random points hold the true share with each of eight seeds."""
    (found,) = sobol(CIRCLE, ishigami, 1024, seed).results
    first, total = ishigami_indices()
    for share in found.shares:
        assert share.first_low <= first[share.parameter] <= share.first_high
        assert share.total_low <= total[share.parameter] <= share.total_high


def test_estimates_are_those_of_scipy():
    """The estimates from the same points are those of scipy.stats.sobol_indices, to rounding."""
    points = sobol_points(CIRCLE, [0, 1, 2], 256, 3)
    blocks = ishigami(points).reshape(5, 256)
    known = sobol_indices(func={"f_A": blocks[:1], "f_B": blocks[1:2], "f_AB": blocks[2:, None]}, n=256)
    shares = {share.parameter: share for share in sobol(CIRCLE, ishigami, 256, 3).results[0].shares}
    np.testing.assert_allclose([shares[name].first for name in "abc"], known.first_order, rtol=0, atol=1e-9)
    np.testing.assert_allclose([shares[name].total for name in "abc"], known.total_order, rtol=0, atol=1e-9)


def test_bounds_are_as_wide_as_the_error_of_random_rows():
    """The bootstrap's width is that of the estimate's spread over independent random rows, within a sixth."""
    random = np.random.default_rng(5)
    spread = []
    for _ in range(300):
        a, b = random.uniform(-np.pi, np.pi, (2, 1024, 3))
        blocks = np.stack([ishigami(m)[:, 0] for m in (a, b, np.column_stack((b[:, 0], a[:, 1:])))])
        blocks = blocks - blocks[:2].mean()
        spread.append((0.5 * (blocks[0] - blocks[2]) ** 2).mean() / blocks[:2].var())
    share = next(s for s in sobol(CIRCLE, ishigami, 1024, 3).results[0].shares if s.parameter == "a")
    assert share.total_high - share.total_low == pytest.approx(2 * 1.96 * np.std(spread), rel=1 / 6)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(-100, 100).filter(lambda factor: abs(factor) > 0.1), min_size=1, max_size=5),
    st.integers(0, 2**64 - 1),
)
def test_linear(factors: list[float], seed: int):
    """In a sum of independent terms each has the share of its own variance, alone as in total."""
    (found,) = sobol(assumed(*[(0.0, 1.0)] * len(factors)), linear(*factors), 256, seed).results
    squares = np.square(factors)
    for share in found.shares:
        truth = squares["abcdefgh".index(share.parameter)] / squares.sum()
        assert share.total == pytest.approx(truth, abs=0.05)
        assert share.first == pytest.approx(truth, abs=0.15)
        assert share.first_low <= share.first <= share.first_high
        assert share.total_low <= share.total <= share.total_high


@pytest.mark.parametrize("offset", [2.0**40, -(2.0**52)])
def test_offset_changes_nothing(offset: float):
    """A result that moves by little around a huge figure has the shares of what moves."""
    grains = lambda points: np.rint(linear(3e3, 1e3)(points))  # noqa: E731
    parameters = assumed((0, 1), (0, 1))
    plain = sobol(parameters, grains, 256, 1).results[0]
    moved = sobol(parameters, lambda points: grains(points) + offset, 256, 1).results[0]
    for one, other in zip(plain.shares, moved.shares, strict=True):
        assert (one.first, one.total) == pytest.approx((other.first, other.total), abs=1e-9)


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_size_changes_nothing(size: float):
    """Squares neither overflow nor vanish: shares have no unit."""
    plain = sobol(CIRCLE, ishigami, 64, 1).results[0]
    sized = sobol(CIRCLE, lambda points: ishigami(points) * size, 64, 1).results[0]
    for one, other in zip(plain.shares, sized.shares, strict=True):
        assert (one.total, one.total_high) == pytest.approx((other.total, other.total_high), rel=1e-6)


def test_results_do_not_touch_each_other():
    """A result has the same shares alone as beside others, also where one of them has none."""
    alone = sobol(CIRCLE, ishigami, 64, 1).results[0]
    both = sobol(CIRCLE, lambda p: np.column_stack((p[:, 0] * 0, ishigami(p), p[:, 0] * np.nan)), 64, 1)
    assert both.results[1] == alone
    assert both.results[0].undefined == "it is the same whatever is assumed"
    assert "it is no number at 320 of 320 points" in both.results[2].undefined


def test_same_seed_same_bits():
    """A seed gives the same answer again, seed 0 too; another seed gives another."""
    again = [sobol(CIRCLE, ishigami, 64, seed) for seed in (0, 0, 1)]
    assert again[0] == again[1]
    assert again[0] != again[2]


def test_constant():
    """A result that nothing moves has no shares, and says so; rounding noise moves nothing."""
    for result in (lambda p: np.full((len(p), 1), 7e15), lambda p: 1e9 + 1e-7 * p[:, :1], lambda p: 0 * p[:, :1]):
        (found,) = sobol(assumed((0, 1), (0, 1)), result, 64, 1).results
        assert found.shares == ()
        assert found.undefined == "it is the same whatever is assumed"


def test_hardly_ever_moved():
    """A result that one point in a hundred moves has no share that can be told, and says so."""
    (found,) = sobol(assumed((0, 1), (0, 1)), lambda p: (p[:, :1] > 0.99).astype(float), 256, 1).results
    assert found.shares == ()
    assert "too few points" in found.undefined


def test_no_number_in_one_point():
    """One point without a number leaves the result without shares: no average passes over it in silence."""

    def outcome(points: Floats) -> Floats:
        results = ishigami(points)
        results[17] = np.nan
        return results

    (found,) = sobol(CIRCLE, outcome, 64, 1).results
    assert (found.shares, found.undefined) == ((), "it is no number at 1 of 320 points")


def test_without_range_is_left_out():
    """A parameter without a range stays at its value in every point, and is named; the points are not more for it."""
    parameters = [*assumed((0, 1), (5, 5)), Assumed("z", 0.5, 0, 1)]
    seen: list[Floats] = []
    found = sobol(parameters, lambda p: (seen.append(p), p.sum(axis=1, keepdims=True))[1], 64, 1)
    assert found.left_out == ("b",)
    assert {share.parameter for share in found.results[0].shares} == {"a", "z"}
    assert len(seen[0]) == found.points == 64 * 4
    assert np.unique(seen[0][:, 1]).tolist() == [5.0]


def test_nothing_varies():
    """Without any range there is one point to play, no share, and the reason."""
    for parameters in ([], assumed((1, 1))):
        found = sobol(parameters, lambda p: np.zeros((len(p), 2)), 64, 1)
        assert found.points == 1
        assert [result.undefined for result in found.results] == ["nothing that it could rest on has a range"] * 2


def test_one_parameter():
    """What one parameter alone moves is all its own."""
    (found,) = sobol(assumed((2, 9)), lambda p: p**3, 1024, 1).results
    assert found.shares[0].first == pytest.approx(1, abs=0.02)
    assert found.shares[0].total == pytest.approx(1, abs=0.02)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e308, 1e308), st.floats(-1e308, 1e308)), min_size=1, max_size=4))
def test_points_stay_in_range(ends: list[tuple[float, float]]):
    """Every point lies in the box, and each mixture is A with one column of B."""
    parameters = [Assumed(str(i), min(pair), min(pair), max(pair)) for i, pair in enumerate(ends)]
    varying = [i for i, parameter in enumerate(parameters) if parameter.low < parameter.high]
    points = sobol_points(parameters, varying, 32, 1)
    for i, parameter in enumerate(parameters):
        assert parameter.low <= points[:, i].min() <= points[:, i].max() <= parameter.high
    blocks = points.reshape(-1, 32, len(parameters)) if varying else points[:0].reshape(0, 32, len(parameters))
    for place, block in enumerate(blocks[2:]):
        expected = blocks[0].copy()
        expected[:, varying[place]] = blocks[1][:, varying[place]]
        np.testing.assert_array_equal(block, expected)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.randoms())
def test_exact_sums_know_no_order(values: list[float], random):
    """The sum is the same bits in any order of the rows, and is the sum."""
    weights = [float(random.randint(0, 5)) for _ in values]
    weights[0] += 1
    order = list(range(len(values)))
    random.shuffle(order)
    one = exact_sums(np.array([weights]), np.array(values)[:, None])[0, 0]
    other = exact_sums(np.array([weights])[:, order], np.array(values)[order, None])[0, 0]
    assert one == other
    truth = sum(weight * value for weight, value in zip(weights, values, strict=True))
    assert one == pytest.approx(truth, abs=1e-9 * max(map(abs, values)) * sum(weights))


def test_sums_that_would_know_an_order():
    """Sums of many values of all sizes are the same bits in either order, where plain sums are not."""
    random = np.random.default_rng(1)
    columns = random.normal(size=(1024, 40)) * 10.0 ** random.integers(-3, 4, (1024, 40))
    weights = random.integers(0, 4, (1, 1024)).astype(float)
    assert (weights @ columns != weights[:, ::-1] @ columns[::-1]).any()
    np.testing.assert_array_equal(exact_sums(weights, columns), exact_sums(weights[:, ::-1], columns[::-1]))
    np.testing.assert_allclose(exact_sums(weights, columns), weights @ columns, rtol=0, atol=1e-7)


def test_tornado():
    """Bars are the results at each end with all else at its value, the longest first."""
    parameters = [Assumed("a", 1, 0, 2), Assumed("b", 10, 0, 40), Assumed("c", 3, 3, 3)]
    found = tornado(parameters, lambda p: np.column_stack((p[:, 0] * 100 + p[:, 1] * p[:, 2], p[:, 0])))
    assert found.left_out == ("c",)
    first, second = found.results
    assert first.at_value == 130
    assert [(b.parameter, b.at_low, b.at_high, b.swing) for b in first.bars] == [
        ("a", 30, 230, 200),
        ("b", 100, 220, 120),
    ]
    assert [(b.parameter, b.swing) for b in second.bars] == [("a", 2), ("b", 0)]


def test_tornado_bent():
    """A parameter that lowers the result at both ends has a swing."""
    (found,) = tornado([Assumed("a", 0, -1, 1)], lambda p: -(p**2)).results
    assert found.bars[0].swing == 1


def test_tornado_without_numbers():
    """An end without a number costs the bar of its parameter, which is named; the middle costs them all."""
    parameters = [Assumed("a", 1, 0, 2), Assumed("b", 1, 0, 2)]

    def outcome(points: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return np.column_stack((1 / points[:, 0] + points[:, 1], 1 / (points[:, 0] - 1)))

    first, second = tornado(parameters, outcome).results
    assert [bar.parameter for bar in first.bars] == ["b"]
    assert first.no_bar == ("a",)
    assert (second.bars, second.at_value) == ((), None)
    assert "no number" in second.undefined


def test_tornado_of_nothing():
    """Without parameters there is the result, and no bar."""
    assert tornado([], lambda p: np.full((len(p), 1), 4.0)).results[0].at_value == 4


@pytest.mark.parametrize("wrong", [Assumed("a", 3, 0, 2), Assumed("a", np.nan, 0, 2), Assumed("a", 1, 0, np.inf)])
def test_wrong_ranges(wrong: Assumed):
    """A value outside its range, or a range without an end, never enters."""
    with pytest.raises(AssertionError, match="range"):
        tornado([wrong], linear(1))


@pytest.mark.parametrize("base", [0, 16, 100])
def test_wrong_base(base: int):
    """A base that is no power of two, or too small for bounds, never enters."""
    with pytest.raises(AssertionError, match="base"):
        sobol(CIRCLE, ishigami, base, 1)
