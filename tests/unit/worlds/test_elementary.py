"""Exponential, logarithm and normal quantile: how exact they are, and that both forms give the same bits."""

import math
import statistics
import warnings
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adidem.worlds import compiling, elementary
from adidem.worlds.elementary import Float64, exponential, logarithm, normal_quantile

FUNCTIONS = {"exponential": exponential, "logarithm": logarithm, "normal_quantile": normal_quantile}
HIGHEST = 709.782712893384
LOWEST = -745.1332191019411
# The least and greatest of each kind of number, and what lies next to where a formula changes.
EDGES = [0.0, 5e-324, 2.0**-1074 * 3, 2.0**-1022, 1e-17, 2.0**-54, 2.0**-53, math.exp(-25), 0.075, 0.5, 0.925, 1.0]
EDGES += [
    math.sqrt(0.5),
    math.sqrt(2.0),
    2.0,
    math.pi,
    HIGHEST,
    -LOWEST,
    746.0,
    1e300,
    1.7976931348623157e308,
    math.inf,
]


def nearby(values: list[float]) -> Float64:
    """Each value, its neighbours, and the negatives of them all."""
    numbers = np.array(values)
    with np.errstate(over="ignore", under="ignore"):
        both = np.concatenate([numbers, np.nextafter(numbers, -math.inf), np.nextafter(numbers, math.inf)])
    return np.concatenate([both, -both, [math.nan]])


def a_million() -> Float64:
    """Numbers of every size, many between 0 and 1, and the edges."""
    chance = np.random.default_rng(7)
    any_bits = chance.integers(0, 2**64, 300_000, dtype=np.uint64).view(np.float64)
    parts = [
        any_bits,
        chance.random(300_000),
        chance.normal(0.0, 300.0, 200_000),
        np.exp(-chance.random(200_000) * 740),
    ]
    return np.concatenate([*parts, nearby(EDGES)])


def compiled_over(function: Callable[[Any], Any]) -> Callable[[Float64], Float64]:
    """The function, as numba compiles it into a loop over numbers."""
    elementary.make_compilable()

    def over(numbers: Any) -> Any:
        out = np.empty(numbers.size)
        for i in range(numbers.size):
            out[i] = function(numbers[i])
        return out

    return compiling.compiled(over)


def ulps_off(function: Callable[[Any], Any], exact: Callable[[Decimal], Decimal], numbers: Float64) -> float:
    """The largest distance from the exact value, in units of its last place."""
    worst = Decimal(0)
    with localcontext() as context:
        context.prec = 40
        for number, found in zip(numbers.tolist(), function(numbers).tolist(), strict=True):
            value = exact(Decimal(number))
            worst = max(worst, abs(Decimal(found) - value) / Decimal(math.ulp(float(value))))
    return float(worst)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_forms_agree(name: str):
    """numpy over an array and numba in a loop give the same bits, on a million numbers and at the edges."""
    pytest.importorskip("numba")
    function, numbers = FUNCTIONS[name], a_million()
    by_numpy, by_numba = function(numbers), compiled_over(function)(numbers)
    assert np.array_equal(by_numpy.view(np.uint64), by_numba.view(np.uint64))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_compiled_loop_is_vector_instructions_without_fusing(name: str, monkeypatch: pytest.MonkeyPatch):
    """The compiled loop multiplies vectors, calls no library of mathematics, and fuses no product into a sum."""
    pytest.importorskip("numba")
    monkeypatch.setattr(compiling, "kept_in", lambda: None)  # what comes from a cache cannot be looked into
    loop: Any = getattr(compiled_over, "__wrapped__", compiled_over)(FUNCTIONS[name])
    loop(np.array([0.5]))
    assembly = "\n".join(loop.inspect_asm().values())
    assert not any(
        f"{word}{form}" in assembly for word in ("vfmadd", "vfmsub", "vfnmadd", "fmla") for form in ("", "p")
    )
    optimised = "\n".join(loop.inspect_llvm().values())
    assert " x double>" in optimised
    assert not any(f"@{word}(" in optimised for word in ("exp", "log", "pow", "fma", "llvm.exp.f64", "llvm.log.f64"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_warning(name: str):
    """Nothing overflows, divides by zero or is invalid on the way, whatever the number."""
    with warnings.catch_warnings(), np.errstate(over="raise", divide="raise", invalid="raise"):
        warnings.simplefilter("error")
        FUNCTIONS[name](a_million())
        for number in nearby(EDGES):
            FUNCTIONS[name](number)
        assert FUNCTIONS[name](np.empty((3, 0))).shape == (3, 0)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_cut_changes_nothing(name: str):
    """A number's result does not depend on its neighbours, its place, or the array's shape."""
    numbers = a_million()[::97]
    whole = FUNCTIONS[name](numbers)
    for step in (1, 7, 64):
        cut = np.concatenate(
            [FUNCTIONS[name](numbers[i : i + 1000 * step]) for i in range(0, len(numbers), 1000 * step)]
        )
        assert np.array_equal(whole.view(np.uint64), cut.view(np.uint64))
    strided = FUNCTIONS[name](np.repeat(numbers, 2)[::2][::-1])
    assert np.array_equal(whole.view(np.uint64), np.ascontiguousarray(strided[::-1]).view(np.uint64))


def test_exponential_within_one_unit():
    """The exponential is within 1 unit in the last place, subnormal results too."""
    chance = np.random.default_rng(1)
    parts = [chance.uniform(LOWEST, HIGHEST, 4_000), chance.uniform(-1, 1, 3_000), chance.uniform(-745, -708, 1_000)]
    tiny = np.exp(-chance.random(500) * 700)
    numbers = np.concatenate([*parts, tiny, -tiny, [HIGHEST, LOWEST, 0.0, -0.0]])
    assert ulps_off(exponential, Decimal.exp, numbers) < 1.0


def test_logarithm_within_one_unit():
    """The logarithm is within 1 unit in the last place: near 1, over all sizes, and of subnormal numbers."""
    chance = np.random.default_rng(2)
    sizes = np.exp(chance.uniform(-708, 709, 4_000))
    near_one = 1.0 + chance.choice([-1, 1], 2_000) * np.exp(-chance.uniform(0.7, 36, 2_000))
    near_one = near_one[near_one != 1.0]
    subnormal = chance.integers(1, 2**52, 1_000, dtype=np.uint64).view(np.float64)
    numbers = np.concatenate([sizes, near_one, chance.uniform(0.5, 2, 2_000), subnormal, [5e-324, 2.0**-1022]])
    assert ulps_off(logarithm, Decimal.ln, numbers) < 1.0


def test_exponential_at_its_ends():
    """It is 1 at 0, infinity where it would overflow, zero where it rounds to it, and keeps what is not a number."""
    numbers = np.array([0.0, -0.0, HIGHEST, np.nextafter(HIGHEST, math.inf), LOWEST, -745.2, math.inf, -math.inf])
    found = exponential(numbers).tolist()
    assert found[:2] == [1.0, 1.0]
    assert found[2] < math.inf
    assert found[3:] == [math.inf, 5e-324, 0.0, math.inf, 0.0]
    assert math.isnan(exponential(math.nan))


def test_logarithm_at_its_ends():
    """It is 0 at 1, minus infinity at both zeros, infinity at infinity, and no number below zero."""
    assert logarithm(np.array([1.0, 0.0, -0.0, math.inf])).tolist() == [0.0, -math.inf, -math.inf, math.inf]
    assert np.isnan(logarithm(np.array([-5e-324, -1.0, -math.inf, math.nan]))).all()


def test_normal_quantile_at_its_ends():
    """It is infinite at 0 and 1, 0 at a half, no number outside; and a subnormal p counts as 2^-1022."""
    assert normal_quantile(np.array([0.0, -0.0, 0.5, 1.0])).tolist() == [-math.inf, -math.inf, 0.0, math.inf]
    assert np.isnan(normal_quantile(np.array([-5e-324, np.nextafter(1.0, 2.0), -math.inf, math.inf, math.nan]))).all()
    assert normal_quantile(5e-324) == normal_quantile(2.0**-1022)


def test_normal_quantile_undoes_the_distribution():
    """The normal distribution at the quantile is p again, as closely as a relative 1e-15 of the quantile allows."""
    chance = np.random.default_rng(3)
    small = np.exp(-chance.uniform(0.7, 700, 5_000))
    p = np.concatenate([small, chance.uniform(0.0, 0.5, 5_000), [0.075, math.exp(-25), 2.0**-53]])
    x = normal_quantile(p)
    again = np.array([math.erfc(-number / math.sqrt(2.0)) / 2.0 for number in x])
    # An error e in x changes p by a factor of about 1 + e x (x + 1): the rest is that of erfc.
    assert (np.abs(again / p - 1.0) <= 2e-15 * (1.0 + np.abs(x) * (np.abs(x) + 1.0))).all()


def test_normal_quantile_is_that_of_the_standard_library():
    """It agrees with Python's own, which follows the same source, to a relative 1e-14."""
    p = np.concatenate([np.random.default_rng(4).random(20_000), np.exp(-np.linspace(1, 700, 5_000))])
    expected = np.array([statistics.NormalDist().inv_cdf(number) for number in p])
    assert (np.abs(normal_quantile(p) - expected) <= 2e-15 * np.abs(expected) + 1e-17).all()


@given(st.integers(1, 2**53 - 1))
def test_normal_quantile_is_odd(step: int):
    """The quantile of 1 - p is that of p with the other sign, bit for bit, where both are multiples of 2^-53."""
    p = step * 2.0**-53
    assert normal_quantile(1.0 - p) == -normal_quantile(p)


@given(st.floats(-700.0, 700.0), st.floats(-700.0, 700.0))
def test_exponential_rises(x: float, y: float):
    """Of two numbers that differ by more than rounding, the greater has the greater exponential."""
    low, high = min(x, y), max(x, y)
    if high - low > 1e-12:
        assert exponential(low) < exponential(high)
