"""Points in the ranges of what is assumed: a scrambled Sobol' sequence, spread evenly or as Sobol' indices need it.

Knows parameters with a range. Does not know what a parameter means, or what is asked at a point.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Ranged(Protocol):
    """A number that is assumed: what is taken, and the range in which it may lie."""

    @property
    def id(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def between(low: Floats | float, high: Floats | float, part: Floats) -> Floats:
    """The values that lie a part of the way from the low ends of ranges to the high ones.

    low, high  one for each column of `part`, or one for all
    part       from 0 to 1
    """
    # Two products, for high - low may be past what a float holds; and no sum leaves the range by rounding.
    return np.clip(low * (1 - part) + high * part, low, high)


def varying_of(parameters: Sequence[Ranged]) -> tuple[list[int], tuple[str, ...]]:
    """The places of the parameters with a range, and the names of those without."""
    for parameter in parameters:
        assert parameter.low <= parameter.value <= parameter.high, f"{parameter.id} is outside its range"
        assert np.isfinite([parameter.low, parameter.high]).all(), f"the range of {parameter.id} has no end"
    varying = [number for number, parameter in enumerate(parameters) if parameter.low < parameter.high]
    return varying, tuple(parameter.id for parameter in parameters if parameter.low == parameter.high)


def sobol_points(parameters: Sequence[Ranged], varying: Sequence[int], base: int, seed: int) -> Floats:
    """The points A, B and, for each varying parameter, A with that one column of B.

    [base × (2 + varying), parameters]; one point at the values where nothing varies
    """
    values = np.array([parameter.value for parameter in parameters], np.float64)
    if not varying:
        return values[None, :]
    from scipy.stats import qmc  # here, for its import takes longer than many a command

    count = len(varying)
    unit = qmc.Sobol(2 * count, scramble=True, rng=np.random.default_rng(seed)).random(base)
    low = np.array([parameters[number].low for number in varying], np.float64)
    high = np.array([parameters[number].high for number in varying], np.float64)
    first, second = (between(low, high, part) for part in (unit[:, :count], unit[:, count:]))
    points = np.tile(values, (count + 2, base, 1))
    points[:, :, varying] = first
    points[1][:, varying] = second
    for place, number in enumerate(varying):
        points[2 + place, :, number] = second[:, place]
    return points.reshape(-1, len(parameters))


def even_points(parameters: Sequence[Ranged], count: int, seed: int) -> Floats:
    """[count, parameters] Points that fill the ranges evenly; of a power of two as evenly as can be."""
    if not parameters:
        return np.zeros((count, 0))
    from scipy.stats import qmc

    unit = qmc.Sobol(len(parameters), scramble=True, rng=np.random.default_rng(seed)).random(count)
    low, high = (np.array([getattr(parameter, end) for parameter in parameters]) for end in ("low", "high"))
    return between(low, high, unit)
