"""The loops in which futures are drawn: steps of a path, sums of shocks, hits of a chance, draws at single addresses.

Each stands in two forms that give the same bits: numpy over whole arrays, and, where numba is installed, a compiled
loop that leaves the interpreter's lock. Every sum is added in one fixed order, that in which it is written.

Knows arrays and addresses of draws. Does not know drivers, sources or parameters. What each array is, `draws` says.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.quantity import Array
from adidem.worlds.compiling import compiled, loops_are_compiled, once
from adidem.worlds.elementary import Float64, exponential, logarithm, normal_quantile
from adidem.worlds.stream import make_compilable, philox, uniform

Bools = NDArray[np.bool_]

_ONE = np.uint64(1)


def _walk_by_numpy(
    at: Float64,
    left: Float64,
    drift: Float64,
    spread: Float64,
    shocks: Float64,
    jumps: Array,
    jumping: Array,
    sizes: Float64,
    level: Float64,
    out: Float64,
) -> bool:
    out[0] = at
    for period in range(len(out) - 1):
        row = out[period] * left[period]  # [worlds]
        row = row + (drift[period] + spread[period] * shocks[period] if len(shocks) else drift[period])
        # At most one jump a world and period: no world is named twice.
        row[jumping[jumps[period] : jumps[period + 1]]] += sizes[jumps[period] : jumps[period + 1]]
        out[period + 1] = row
    for row, moved in enumerate(out):
        out[row] = level[row if len(level) > 1 else 0] * exponential(moved)
    return bool(np.isfinite(out).all())


def _walk_one_by_one(
    at: Float64,
    left: Float64,
    drift: Float64,
    spread: Float64,
    shocks: Float64,
    jumps: Array,
    jumping: Array,
    sizes: Float64,
    level: Float64,
    out: Float64,
) -> bool:
    rows, worlds = out.shape
    finite = True
    for row in range(rows):
        period = row - 1
        if row > 0 and left.shape[1] == 1:
            one_left, one_drift, one_spread = left[period, 0], drift[period, 0], spread[period, 0]
            if len(shocks) > 0:
                for i in range(worlds):
                    at[i] = at[i] * one_left + (one_drift + one_spread * shocks[period, i])
            else:
                for i in range(worlds):
                    at[i] = at[i] * one_left + one_drift
        elif row > 0:
            if len(shocks) > 0:
                for i in range(worlds):
                    at[i] = at[i] * left[period, i] + (drift[period, i] + spread[period, i] * shocks[period, i])
            else:
                for i in range(worlds):
                    at[i] = at[i] * left[period, i] + drift[period, i]
        if row > 0:
            for jump in range(jumps[period], jumps[period + 1]):
                at[jumping[jump]] += sizes[jump]
        moved = out[row]
        for i in range(worlds):
            moved[i] = exponential(at[i])
        levels = level[row if len(level) > 1 else 0]
        if len(levels) == 1:
            one_level = levels[0]
            for i in range(worlds):
                moved[i] = one_level * moved[i]
        else:
            for i in range(worlds):
                moved[i] = levels[i] * moved[i]
        for i in range(worlds):
            finite = finite & (abs(moved[i]) < np.inf)
    return finite


def _blend_by_numpy(total: Float64, own: Float64, weight: Float64, shocks: Float64) -> None:
    total[:] = own * total + weight * shocks


def _blend_one_by_one(total: Float64, own: Float64, weight: Float64, shocks: Float64) -> None:
    periods, worlds = total.shape
    for period in range(periods):
        row, shock = total[period], shocks[period]
        if len(own) == 1:
            one_own, one_weight = own[0], weight[0]
            for i in range(worlds):
                row[i] = one_own * row[i] + one_weight * shock[i]
        else:
            for i in range(worlds):
                row[i] = own[i] * row[i] + weight[i] * shock[i]


def _hits_by_numpy(drawn: Float64, chance: Float64, which: Array, comes: Bools) -> tuple[Array, Array]:
    period, world = np.nonzero((drawn < chance[which]) & comes)
    return period, world


def _hits_one_by_one(drawn: Float64, chance: Float64, which: Array, comes: Bools) -> tuple[Array, Array]:
    periods, worlds = drawn.shape
    found, at = np.empty((2, drawn.size), np.int64), 0
    # Hits are rare: eight worlds are looked at together, as one word, and the last word is filled up with none.
    below = np.zeros((worlds + 7) // 8 * 8, np.bool_)
    eights = below.view(np.uint64)
    for period in range(periods):
        row, limit, gate = drawn[period], chance[which[period]], comes[period if len(comes) > 1 else 0]
        if len(limit) == 1:
            one_limit = limit[0]
            for i in range(worlds):
                below[i] = row[i] < one_limit
        else:
            for i in range(worlds):
                below[i] = row[i] < limit[i]
        if len(gate) > 1:
            for i in range(worlds):
                below[i] = below[i] & gate[i]
        elif not gate[0]:
            continue
        for eight in range(len(eights)):
            if eights[eight] != 0:
                for i in range(8 * eight, 8 * eight + 8):
                    if below[i]:
                        found[0, at] = period
                        found[1, at] = i
                        at += 1
    return found[0, :at].copy(), found[1, :at].copy()


def _places_by_numpy(comes: Bools) -> tuple[Array, Array]:
    period, world = np.nonzero(comes)
    return period, world


def _places_one_by_one(comes: Bools) -> tuple[Array, Array]:
    periods, worlds = comes.shape
    found, at = np.empty((2, np.count_nonzero(comes)), np.int64), 0
    in_eights = worlds // 8 * 8
    for period in range(periods):
        row = comes[period]
        eights = row[:in_eights].view(np.uint64)
        for start in range(0, worlds, 8):
            if start < in_eights and eights[start // 8] == 0:
                continue
            for i in range(start, min(start + 8, worlds)):
                if row[i]:
                    found[0, at] = period
                    found[1, at] = i
                    at += 1
    return found[0], found[1]


def _foremost_by_numpy(world: Array, worlds: int, at_most: int) -> Bools:
    order = np.argsort(world, kind="stable")
    sorted_world = world[order]
    kept = np.empty(len(world), np.bool_)
    kept[order] = np.arange(len(world)) - np.searchsorted(sorted_world, sorted_world) < at_most
    return kept


def _foremost_one_by_one(world: Array, worlds: int, at_most: int) -> Bools:
    seen, kept = np.zeros(worlds, np.int64), np.empty(len(world), np.bool_)
    for i in range(len(world)):
        kept[i] = seen[world[i]] < at_most
        seen[world[i]] += 1
    return kept


def _quantise_by_numpy(value: Float64, least: float, most: float, rows: Array, out: Array) -> bool:
    if not (value.size and value.min() >= least and value.max() <= most):
        return False
    out[rows] = np.rint(value).astype(np.int64)
    return True


def _quantise_one_by_one(value: Float64, least: float, most: float, rows: Array, out: Array) -> bool:
    good = True
    for period in range(len(value)):
        row, written = value[period], out[rows[period]]
        for i in range(len(row)):
            good = good & (row[i] >= least) & (row[i] <= most)
        if not good:
            return False
        for i in range(len(row)):
            written[i] = np.int64(np.rint(row[i]))
    return good


def _scatter_by_numpy(values: Array, rows: Array, worlds: Array, out: Array) -> None:
    out[rows, worlds] = values


def _scatter_one_by_one(values: Array, rows: Array, worlds: Array, out: Array) -> None:
    for i in range(len(rows)):
        out[rows[i], worlds[i]] = values[i]


def _exponential_one_by_one(x: Float64) -> Float64:
    out = np.empty(len(x))
    for i in range(len(x)):
        out[i] = exponential(x[i])
    return out


def _logarithm_one_by_one(x: Float64) -> Float64:
    out = np.empty(len(x))
    for i in range(len(x)):
        out[i] = logarithm(x[i])
    return out


def _at_by_numpy(key: Any, worlds: NDArray[np.uint64], periods: NDArray[np.uint64], as_normals: bool) -> Float64:
    first, second = philox(worlds, periods >> _ONE, np.uint64(0), key)
    drawn = uniform(np.where((periods & _ONE) == 0, first, second))
    return normal_quantile(drawn) if as_normals else drawn


def _at_one_by_one(key: Any, worlds: NDArray[np.uint64], periods: NDArray[np.uint64], as_normals: bool) -> Float64:
    out = np.empty(len(worlds))
    for i in range(len(worlds)):
        first, second = philox(worlds[i], periods[i] >> _ONE, np.uint64(0), key)
        out[i] = uniform(second if periods[i] & _ONE else first)
    if as_normals:
        for i in range(len(worlds)):
            out[i] = normal_quantile(out[i])
    return out


@once
def _compiled_loops() -> dict[str, Callable[..., Any]]:
    """The loops, each compiled when it is first called."""
    make_compilable()
    return {
        "walk": compiled(_walk_one_by_one),
        "blend": compiled(_blend_one_by_one),
        "hits": compiled(_hits_one_by_one),
        "places": compiled(_places_one_by_one),
        "foremost": compiled(_foremost_one_by_one),
        "quantise": compiled(_quantise_one_by_one),
        "scatter": compiled(_scatter_one_by_one),
        "exponential": compiled(_exponential_one_by_one),
        "logarithm": compiled(_logarithm_one_by_one),
        "at": compiled(_at_one_by_one),
    }


_NUMPY_LOOPS: dict[str, Callable[..., Any]] = {
    "walk": _walk_by_numpy,
    "blend": _blend_by_numpy,
    "hits": _hits_by_numpy,
    "places": _places_by_numpy,
    "foremost": _foremost_by_numpy,
    "quantise": _quantise_by_numpy,
    "scatter": _scatter_by_numpy,
    "exponential": exponential,
    "logarithm": logarithm,
    "at": _at_by_numpy,
}


def loop(name: str, compiles: bool | None) -> Callable[..., Any]:
    """The loop of that name: compiled (True), in numpy (False), or compiled where numba is installed (None)."""
    wanted = loops_are_compiled() if compiles is None else compiles
    return (_compiled_loops() if wanted else _NUMPY_LOOPS)[name]
