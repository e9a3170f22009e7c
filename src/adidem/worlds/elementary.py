"""Exponential, logarithm and normal quantile, the same bits on every processor, in numpy and in compiled loops.

Every function is written once, from + - * /, square root, comparisons, integer operations and bit casts, which
IEEE 754 fixes to the bit; nothing is reordered and nothing is fused. Python runs it over numpy arrays. After
`make_compilable` numba compiles the same function for one number, without branches, so that a loop over worlds becomes
vector instructions. The one function with two forms is `normal_quantile`.

Knows float64 and its bits. Does not know worlds, streams or money.
"""

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adidem.worlds.compiling import EXACT, can_be_called, once

Float64 = NDArray[np.float64]

INFINITY = float("inf")
NOT_A_NUMBER = float("nan")

# Adding 1.5 * 2**52 rounds a number to an integer, whose lowest bits are then the lowest bits of the sum.
_ROUNDER = 1.5 * 2.0**52
_EXPONENT_SHIFT = np.uint64(52)
_EXPONENT_BIAS = np.uint64(1023)
_FRACTION = np.uint64(2**52 - 1)

_ONE_OVER_LN2 = 1.4426950408889634
# ln 2 in two parts; the first ends in so many zeros that its product with any exponent is exact.
_LN2_HIGH = 0.6931471805592082
_LN2_LOW = 7.371002565167799e-13

_EXPONENTIAL_HIGHEST = 709.782712893384  # the largest number whose exponential is finite
_EXPONENTIAL_LOWEST = -746.0  # e to this power rounds to zero

_SMALLEST_NORMAL = 2.0**-1022
_ROOT_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)
_LIFT = np.uint64(2**62 - 0x3FE6A09E667F3BCD)
_TWO_52_BITS = np.uint64(0x4330000000000000)
_LIFTED_ZERO = 2.0**52 + 1024.0


def select(condition: Any, if_true: Any, if_false: Any) -> Any:
    """One of two values, both of which have been computed."""
    return np.where(condition, if_true, if_false)


def bits_of(value: Any) -> Any:
    """The 64 bits of a float64."""
    return np.asarray(value, np.float64).view(np.uint64)


def value_of(bits: Any) -> Any:
    """The float64 that has these 64 bits."""
    return np.asarray(bits, np.uint64).view(np.float64)


def exponential(x: Any) -> Any:
    """e to the power x, within 1 unit in the last place; subnormal results too.

        x    float64, any shape

    Above 709.78271289338397 it is infinity, below -745.13321910194122 zero. Not a number stays what it is.

    x = k ln 2 + r with |r| <= ln 2 / 2. The polynomial interpolates (e^r - 1 - r) / r^2 at Chebyshev points, with an
    error of 1.1e-16. Two factors 2^(k/2) reach the subnormal numbers with a single rounding.
    """
    held = select(x < _EXPONENTIAL_HIGHEST, x, _EXPONENTIAL_HIGHEST)
    held = select(held > _EXPONENTIAL_LOWEST, held, _EXPONENTIAL_LOWEST)
    k = (held * _ONE_OVER_LN2 + _ROUNDER) - _ROUNDER
    high = held - k * _LN2_HIGH
    low = k * _LN2_LOW
    r = high - low
    lost = (high - r) - low
    p = 2.510038549551032e-08 * r + 2.7620088445409746e-07
    p = p * r + 2.7557268459997064e-06
    p = p * r + 2.4801521295954376e-05
    p = p * r + 1.9841269863053618e-04
    p = p * r + 1.3888888917213717e-03
    p = p * r + 8.333333333330062e-03
    p = p * r + 4.166666666662413e-02
    p = p * r + 1.6666666666666669e-01
    p = p * r + 5.000000000000001e-01
    near_one = 1.0 + (r + (lost + r * r * p))
    half = k * 0.5 + _ROUNDER
    other_half = (k - (half - _ROUNDER)) + _ROUNDER
    scaled = near_one * value_of((bits_of(half) + _EXPONENT_BIAS) << _EXPONENT_SHIFT)
    scaled = scaled * value_of((bits_of(other_half) + _EXPONENT_BIAS) << _EXPONENT_SHIFT)
    scaled = select(x > _EXPONENTIAL_HIGHEST, INFINITY, scaled)
    return select(x != x, x, scaled)


def logarithm(x: Any) -> Any:
    """The natural logarithm of x, within 1 unit in the last place; of subnormal numbers too.

        x    float64, any shape

    Of zero it is minus infinity, of infinity infinity, of a negative number not a number. Not a number stays what it
    is.

    x = 2^e m with sqrt(1/2) <= m < sqrt(2), f = m - 1 and s = f / (2 + f); then ln m = 2 artanh s, of which the
    polynomial interpolates (2 artanh(s) / s - 2) / s^2 at Chebyshev points, with an error of 3.2e-16. Written as
    f - (f^2/2 - s (f^2/2 + ...)) it loses nothing near 1.
    """
    positive = select(x > 0.0, select(x < INFINITY, x, 1.0), 1.0)
    subnormal = positive < _SMALLEST_NORMAL
    found = _logarithm_of_normal(positive * select(subnormal, 2.0**54, 1.0), select(subnormal, 54.0, 0.0))
    found = select(x > 0.0, found, NOT_A_NUMBER)
    found = select(x == 0.0, -INFINITY, found)
    found = select(x == INFINITY, INFINITY, found)
    return select(x != x, x, found)


def _logarithm_of_normal(x: Any, lifted_by: Any) -> Any:
    """The logarithm of x / 2^lifted_by, where x is positive, finite and not subnormal."""
    lifted = bits_of(x) + _LIFT
    e = value_of((lifted >> _EXPONENT_SHIFT) | _TWO_52_BITS) - (_LIFTED_ZERO + lifted_by)
    f = value_of((lifted & _FRACTION) + _ROOT_HALF_BITS) - 1.0
    s = f / (2.0 + f)
    z = s * s
    p = 0.14616585424888623 * z + 0.15331710618210773
    p = p * z + 0.18182889455674947
    p = p * z + 0.22222211130259878
    p = p * z + 0.2857142862600327
    p = p * z + 0.39999999999899444
    p = p * z + 0.666666666666667
    half_square = 0.5 * f * f
    return e * _LN2_HIGH - ((half_square - (s * (half_square + z * p) + e * _LN2_LOW)) - f)


def normal_quantile(p: Any) -> Any:
    """The number below which a standard normal variable lies with probability p, to a relative 1e-15.

        p    float64, any shape

    At 0 it is minus infinity, at 1 infinity; outside of [0, 1] it is not a number. A subnormal p counts as 2^-1022.

    Source: M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988), 477-484.
    """
    # Seven of eight values lie in the middle: over an array it is quicker to gather the others than to compute both.
    probability = np.asarray(p, np.float64)
    inside = bool(((probability >= _SMALLEST_NORMAL) & (probability < 1.0)).all())
    held = probability if inside else _held_inside(probability)
    outer = is_outer(held)
    numerator, denominator = middle(np.where(outer, 0.5, held))
    found = np.asarray(numerator / denominator)
    if outer.any():
        numerator, denominator = tail(held[outer])
        found[outer] = numerator / denominator
    return found if inside else _at_the_ends(probability, found)


def _normal_quantile_of_one(p: Any) -> Any:
    """`normal_quantile` as numba compiles it: both parts computed, one taken."""
    held = _held_inside(p)
    outer = is_outer(held)
    middle_numerator, middle_denominator = middle(held)
    tail_numerator, tail_denominator = tail(held)
    found = select(outer, tail_numerator, middle_numerator) / select(outer, tail_denominator, middle_denominator)
    return _at_the_ends(p, found)


def _held_inside(p: Any) -> Any:
    """p where it can be computed with, and else something that can."""
    return select(p >= _SMALLEST_NORMAL, select(p < 1.0, p, 0.5), _SMALLEST_NORMAL)


def is_outer(p: Any) -> Any:
    """Whether p is farther from a half than 0.425."""
    q = p - 0.5
    return select(q < 0.0, -q, q) > 0.425


def _at_the_ends(p: Any, found: Any) -> Any:
    """What was found, with what holds at 0, at 1, outside and for what is not a number."""
    found = select(p == 0.0, -INFINITY, found)
    found = select(p == 1.0, INFINITY, found)
    found = select(p < 0.0, NOT_A_NUMBER, found)
    found = select(p > 1.0, NOT_A_NUMBER, found)
    return select(p != p, p, found)


def middle(p: Any) -> Any:
    """Numerator and denominator for |p - 0.5| <= 0.425."""
    q = p - 0.5
    r = 0.180625 - q * q
    a = 2.5090809287301226727e3 * r + 3.3430575583588128105e4
    a = a * r + 6.7265770927008700853e4
    a = a * r + 4.5921953931549871457e4
    a = a * r + 1.3731693765509461125e4
    a = a * r + 1.9715909503065514427e3
    a = a * r + 1.3314166789178437745e2
    a = a * r + 3.3871328727963666080e0
    b = 5.2264952788528545610e3 * r + 2.8729085735721942674e4
    b = b * r + 3.9307895800092710610e4
    b = b * r + 2.1213794301586595867e4
    b = b * r + 5.3941960214247511077e3
    b = b * r + 6.8718700749205790830e2
    b = b * r + 4.2313330701600911252e1
    b = b * r + 1.0
    return a * q, b


def tail(p: Any) -> Any:
    """Numerator and denominator for |p - 0.5| > 0.425; the coefficients change where p or 1 - p is e^-25."""
    root = np.sqrt(-_logarithm_of_normal(select(p < 0.5, p, 1.0 - p), 0.0))
    far = root > 5.0
    r = root - select(far, 5.0, 1.6)
    c = select(far, 2.01033439929228813265e-7, 7.7454501427834140764e-4) * r
    c = (c + select(far, 2.71155556874348757815e-5, 2.27238449892691845833e-2)) * r
    c = (c + select(far, 1.24266094738807843860e-3, 2.41780725177450611770e-1)) * r
    c = (c + select(far, 2.65321895265761230930e-2, 1.27045825245236838258e0)) * r
    c = (c + select(far, 2.96560571828504891230e-1, 3.64784832476320460504e0)) * r
    c = (c + select(far, 1.78482653991729133580e0, 5.76949722146069140550e0)) * r
    c = (c + select(far, 5.46378491116411436990e0, 4.63033784615654529590e0)) * r
    c = c + select(far, 6.65790464350110377720e0, 1.42343711074968357734e0)
    d = select(far, 2.04426310338993978564e-15, 1.05075007164441684324e-9) * r
    d = (d + select(far, 1.42151175831644588870e-7, 5.47593808499534494600e-4)) * r
    d = (d + select(far, 1.84631831751005468180e-5, 1.51986665636164571966e-2)) * r
    d = (d + select(far, 7.86869131145613259100e-4, 1.48103976427480074590e-1)) * r
    d = (d + select(far, 1.48753612908506148525e-2, 6.89767334985100004550e-1)) * r
    d = (d + select(far, 1.36929880922735805310e-1, 1.67638483018380384940e0)) * r
    d = (d + select(far, 5.99832206555887937690e-1, 2.05319162663775882187e0)) * r
    return select(p < 0.5, -c, c), d + 1.0


@once
def make_compilable() -> None:
    """Let any function that numba compiles call those of this file, by their own names, with one number each.

    Raises ImportError where numba is not installed.
    """
    _make_primitives_compilable()
    extending = importlib.import_module("numba.extending")
    bodies = (exponential, logarithm, _logarithm_of_normal)
    bodies += (_held_inside, is_outer, _at_the_ends, middle, tail, _normal_quantile_of_one)
    for function in bodies:
        can_be_called(function)
    extending.overload(normal_quantile, jit_options=EXACT, strict=False)(lambda p: _normal_quantile_of_one)


def _make_primitives_compilable() -> None:
    """Say to numba which instruction each of the three primitives is."""
    extending = importlib.import_module("numba.extending")
    types: Any = importlib.import_module("numba").types

    @extending.intrinsic
    def choose(_context: Any, condition: Any, if_true: Any, if_false: Any) -> Any:
        assert if_true == if_false, f"select between {if_true} and {if_false}"

        def write(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.select(*arguments)

        return if_true(types.boolean, if_true, if_true), write

    def cast(source: Any, target: Any) -> Any:
        @extending.intrinsic
        def reinterpret(_context: Any, _value: Any) -> Any:
            def write(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
                return builder.bitcast(arguments[0], context.get_value_type(target))

            return target(source), write

        return reinterpret

    to_bits = cast(types.float64, types.uint64)
    to_value = cast(types.uint64, types.float64)

    # numba compares the names and annotations of both functions: there are none.
    extending.overload(select, jit_options=EXACT)(
        lambda condition, if_true, if_false: lambda condition, if_true, if_false: choose(condition, if_true, if_false)
    )
    extending.overload(bits_of, jit_options=EXACT)(lambda value: lambda value: to_bits(value))
    extending.overload(value_of, jit_options=EXACT)(lambda bits: lambda bits: to_value(bits))
