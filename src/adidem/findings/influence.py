"""What moves each result: one assumption at a time (tornado), and all together (Sobol' indices).

Knows parameters with a range, a function from points to results, and how firmly an index stands. Does not know what a
parameter means, how a point is played forward, or how bars are drawn.

A range says how far a value may be off, not how likely each value is: within its range every value is taken as equally
likely, and parameters as independent. Results are money in minor units or chances, float64 here only, for statistics.

The estimators stand here, three lines of them, because no library gives the same bound twice: the bootstrap of
scipy.stats.sobol_indices takes no seed, and SALib takes seed 0 for none, works one result at a time and imports pandas,
matplotlib and multiprocess. Sums here are exact in any order (see `exact_sums`), and so are the same on every machine.

Sources: Saltelli et al. 2010, Computer Physics Communications 181, 259–270, table 2 (b), first order, and (f), after
Jansen 1999, total. Bounds: bootstrap percentiles (Archer, Saltelli and Sobol' 1997). For quasi-random points they are
rather too wide than too narrow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from adidem.findings.points import Floats, Ranged, sobol_points, varying_of

Model = Callable[[Floats], Floats]
"""points [points, parameters] → results [points, results].

Either each point is averaged over the same draws, or each is one world. If one world, then `sobol` hands over blocks of
`base` points (A, B, then one a parameter), and point r of every block must see the same draws: with draws of its own,
each parameter would seem to have a share in all that is chance.
"""

RESAMPLES = 999
_LOW, _HIGH = 24, 974
"""Places of the 2.5 % and 97.5 % bounds among 999 resamples in order."""
_MOST_WEIGHTS = 2**22
_NOISE = 8 * np.finfo(np.float64).eps


@dataclass(frozen=True, slots=True)
class Bar:
    """One result with one parameter at its ends and all others at their values.

    swing  how far apart the results at low, value and high lie: a parameter that bends the result down at both ends
           has a swing too
    """

    parameter: str
    at_low: float
    at_high: float
    swing: float


@dataclass(frozen=True, slots=True)
class Bars:
    """One result's tornado: the longest bar first. `undefined` says why there are none, or is empty.

    no_bar  the parameters at an end of which the result is no number
    """

    at_value: float | None
    bars: tuple[Bar, ...]
    no_bar: tuple[str, ...] = ()
    undefined: str = ""


@dataclass(frozen=True, slots=True)
class Tornado:
    """The bars of each result, in the order of the results; the parameters that have no range are left out."""

    results: tuple[Bars, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a result's variance that is one parameter's, with its 95 % bounds.

    first  what would go if this parameter alone were known; total  what would stay if all others were known.
    An estimate may lie a little below 0 or above 1; it is not cut, for its bounds say how far it may be off.
    """

    parameter: str
    first: float
    first_low: float
    first_high: float
    total: float
    total_low: float
    total_high: float


@dataclass(frozen=True, slots=True)
class Shares:
    """One result's indices: the largest total first. `undefined` says why there are none, or is empty."""

    shares: tuple[Share, ...]
    undefined: str = ""


@dataclass(frozen=True, slots=True)
class Indices:
    """The indices of each result, in the order of the results; `points` is how many points were played."""

    results: tuple[Shares, ...]
    left_out: tuple[str, ...]
    points: int


def tornado(parameters: Sequence[Ranged], model: Model) -> Tornado:
    """Each parameter alone at its low and at its high end, all others at their values.

    model  asked once, for [1 + 2 × varying parameters, parameters] points, in the order of `parameters`
    """
    varying, left_out = varying_of(parameters)
    values = np.array([parameter.value for parameter in parameters], np.float64)
    points = np.tile(values, (1 + 2 * len(varying), 1))
    for place, number in enumerate(varying):
        points[1 + 2 * place, number] = parameters[number].low
        points[2 + 2 * place, number] = parameters[number].high
    results = _asked(model, points)
    names = [parameters[number].id for number in varying]
    return Tornado(tuple(_bars(names, column) for column in results.T), left_out)


def _bars(names: Sequence[str], column: Floats) -> Bars:
    """The bars of one result [1 + 2 × varying]."""
    at_value = float(column[0])
    if not np.isfinite(at_value):
        return Bars(None, (), undefined="it is no number where each parameter has its own value")
    bars: list[Bar] = []
    no_bar: list[str] = []
    for place, name in enumerate(names):
        ends = column[1 + 2 * place : 3 + 2 * place]
        if np.isfinite(ends).all():
            swing = max(at_value, *ends) - min(at_value, *ends)
            bars.append(Bar(name, float(ends[0]), float(ends[1]), float(swing)))
        else:
            no_bar.append(name)
    return Bars(at_value, tuple(sorted(bars, key=lambda bar: -bar.swing)), tuple(no_bar))


def sobol(parameters: Sequence[Ranged], model: Model, base: int, seed: int) -> Indices:
    """First-order and total indices of each parameter for each result, with bootstrap bounds.

    model  asked once, for [base × (2 + varying parameters), parameters] points, in the order of `parameters`
    base   points in a block: a power of two, at least 32; bounds narrow with its square root
    seed   of the scrambling and of the bootstrap: the same seed gives the same bits
    """
    assert base >= 32, f"a base of {base} is too small for bounds"
    assert base & (base - 1) == 0, f"a base of {base} is no power of two"
    varying, left_out = varying_of(parameters)
    points = sobol_points(parameters, varying, base, seed)
    results = _asked(model, points)
    names = [parameters[number].id for number in varying]
    if not names:
        nothing = Shares((), "nothing that it could rest on has a range")
        return Indices((nothing,) * results.shape[1], left_out, len(points))
    blocks = results.reshape(len(varying) + 2, base, -1)
    known: list[tuple[Floats | None, str]] = [_contributions(blocks[:, :, r]) for r in range(blocks.shape[2])]
    defined = [columns for columns, _ in known if columns is not None]
    sums = iter(_resampled(defined, base, seed))
    shares = (_shares(names, next(sums)) if columns is not None else Shares((), why) for columns, why in known)
    return Indices(tuple(shares), left_out, len(points))


def exact_sums(weights: Floats, columns: Floats) -> Floats:
    """Weighted sums of columns that come out the same in any order of adding.

    weights  [sums, rows]: whole numbers from 0, the same total in each row
    columns  [rows, columns]: each is rounded to a whole multiple of a power of two, so that no partial sum passes 2^53
             and none is rounded; what that rounding costs is at most rows × 2^-53 of the largest value a row
    returns  [sums, columns]
    """
    total = float(weights[0].sum())
    exponent = np.frexp(np.abs(columns).max(axis=0))[1] + np.frexp(total)[1] - 53
    return np.ldexp(weights @ np.rint(np.ldexp(columns, -exponent)), exponent)


def _asked(model: Model, points: Floats) -> Floats:
    results = np.asarray(model(points), np.float64)
    assert results.shape[:-1] == (len(points),), f"{results.shape} results for {len(points)} points"
    return results


def _contributions(blocks: Floats) -> tuple[Floats | None, str]:
    """What each row adds to the sums of one result, centred and brought to one size; or why there is nothing to add.

    blocks   [2 + parameters, base]: results at A, B and each mixture
    returns  [base, 3 + 2 × parameters]: A + B, A², B²; then for each parameter its first-order and its total terms
    """
    missing = int(np.count_nonzero(~np.isfinite(blocks)))
    if missing:
        return None, f"it is no number at {missing:,} of {blocks.size:,} points"
    largest = np.abs(blocks).max()
    values = np.ldexp(blocks, -int(np.frexp(largest)[1]))
    values = values - values[0, 0]
    spread = np.abs(values).max()
    if spread <= _NOISE:
        return None, "it is the same whatever is assumed"
    values = np.ldexp(values, -int(np.frexp(spread)[1]))
    # Centring cuts the error of the first-order estimate; it does not change what is estimated.
    ends = values[:2].reshape(-1, 1)
    values = values - exact_sums(np.ones((1, len(ends))), ends)[0, 0] / len(ends)
    at_a, at_b, mixed = values[0], values[1], values[2:]
    moments = np.stack((at_a + at_b, at_a * at_a, at_b * at_b))
    first = at_b * (mixed - at_a)
    total = 0.5 * (at_a - mixed) * (at_a - mixed)
    return np.concatenate((moments, first, total)).T, ""


def _resampled(results: Sequence[Floats], base: int, seed: int) -> list[Floats]:
    """The sums of each result over all rows, then over each resample: [1 + RESAMPLES, columns] for each."""
    chance = np.random.Philox(key=seed)
    sums: list[list[Floats]] = [[exact_sums(np.ones((1, base)), columns)] for columns in results]
    step = max(1, _MOST_WEIGHTS // base)
    for start in range(0, RESAMPLES, step):
        count = min(step, RESAMPLES - start)
        # The remainder is even, as base is a power of two; unlike `integers`, the raw stream stays as it is for good.
        rows = (chance.random_raw(count * base) % np.uint64(base)).astype(np.int64).reshape(count, base)
        places = rows + base * np.arange(count)[:, None]
        weights = np.bincount(places.ravel(), minlength=count * base).reshape(count, base).astype(np.float64)
        for each, columns in zip(sums, results, strict=True):
            each.append(exact_sums(weights, columns))
    return [np.concatenate(each) / base for each in sums]


def _shares(names: Sequence[str], means: Floats) -> Shares:
    """The indices of one result from its means [1 + RESAMPLES, 3 + 2 × parameters]."""
    mean = means[:, 0] / 2
    variance = (means[:, 1] + means[:, 2]) / 2 - mean * mean
    if variance.min() <= _NOISE * variance[0] or variance[0] <= 0:
        return Shares((), "too few points move it for a share to be told; a larger base may")
    indices = means[:, 3:] / variance[:, None]
    low, high = np.sort(indices[1:], axis=0)[[_LOW, _HIGH]]
    shares = [
        Share(name, *(float(side[i]) for i in (place, place + len(names)) for side in (indices[0], low, high)))
        for place, name in enumerate(names)
    ]
    return Shares(tuple(sorted(shares, key=lambda share: -share.total)))
