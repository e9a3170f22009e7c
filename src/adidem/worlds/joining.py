"""Which record each record is joined with, in every world of a block.

Knows days, rows and the order of periods. Does not know kinds, words or why records belong together.

In whichever world, a record lies in its period. So of all records of earlier periods only the latest is kept, and only
those of the same period are compared one by one: the work grows with the number of records, not with its square.
"""

from typing import Any

import numpy as np

from adidem.kernel.period import ALWAYS, NEVER
from adidem.kernel.quantity import Array
from adidem.worlds.compiling import compiled, loops_are_compiled, once


def joined(rule: str, steps: Array, asking: Array, others: Array, own: Array, other: Array) -> Array:
    """[asking rows, worlds] The row that each is joined with, or -1.

    rule    join: the latest on or before its day, of one day the later row; first: the first on or after its day, of
            one day the first row; earliest: the first of all
    steps   [steps, 5] as `Join` keeps them; rows of one word and period lie together
    own     [asking rows, worlds] days; NEVER for what does not come
    other   [other rows, worlds] days; NEVER for what does not come or does not count
    """
    out = np.full(own.shape, -1, np.int64)
    loop = _loops()[rule] if loops_are_compiled() else _LOOPS[rule]
    loop(steps, asking, others, own, other, out)
    return out


def _latest(steps: Array, asking: Array, others: Array, own: Array, other: Array, out: Array) -> None:
    worlds = own.shape[1]
    day, row = np.empty(worlds, np.int64), np.empty(worlds, np.int64)
    for step in range(len(steps)):
        if steps[step, 4]:
            day[:] = ALWAYS
            row[:] = -1
        for place in range(steps[step, 0], steps[step, 1]):
            asks = asking[place]
            best, found = day.copy(), row.copy()
            for candidate in range(steps[step, 2], steps[step, 3]):
                answers = others[candidate]
                fits = (other[answers] <= own[asks]) & (other[answers] >= best) & (other[answers] < NEVER)
                best = np.where(fits, other[answers], best)
                found = np.where(fits, answers, found)
            out[asks] = found
        for candidate in range(steps[step, 2], steps[step, 3]):
            answers = others[candidate]
            fits = (other[answers] < NEVER) & (other[answers] >= day)
            day[:] = np.where(fits, other[answers], day)
            row[:] = np.where(fits, answers, row)


def _first(steps: Array, asking: Array, others: Array, own: Array, other: Array, out: Array) -> None:
    worlds = own.shape[1]
    day, row = np.empty(worlds, np.int64), np.empty(worlds, np.int64)
    for step in range(len(steps)):
        if steps[step, 4]:
            day[:] = NEVER
            row[:] = -1
        for place in range(steps[step, 0], steps[step, 1]):
            asks = asking[place]
            best, found = day.copy(), row.copy()
            taken = np.zeros(worlds, np.bool_)
            for candidate in range(steps[step, 2], steps[step, 3]):
                answers = others[candidate]
                fits = (other[answers] >= own[asks]) & (other[answers] < NEVER) & ((other[answers] < best) | ~taken)
                best = np.where(fits, other[answers], best)
                found = np.where(fits, answers, found)
                taken = taken | fits
            out[asks] = found
        soonest, which = np.full(worlds, NEVER, np.int64), np.full(worlds, -1, np.int64)
        for candidate in range(steps[step, 2], steps[step, 3]):
            answers = others[candidate]
            fits = other[answers] < soonest
            soonest = np.where(fits, other[answers], soonest)
            which = np.where(fits, answers, which)
        day[:] = np.where(which >= 0, soonest, day)
        row[:] = np.where(which >= 0, which, row)


def _earliest(steps: Array, asking: Array, others: Array, own: Array, other: Array, out: Array) -> None:
    worlds = own.shape[1]
    for step in range(len(steps)):
        soonest, which = np.full(worlds, NEVER, np.int64), np.full(worlds, -1, np.int64)
        for candidate in range(steps[step, 2], steps[step, 3]):
            answers = others[candidate]
            fits = other[answers] < soonest
            soonest = np.where(fits, other[answers], soonest)
            which = np.where(fits, answers, which)
        for place in range(steps[step, 0], steps[step, 1]):
            out[asking[place]] = which


_LOOPS: dict[str, Any] = {"join": _latest, "first": _first, "earliest": _earliest}


@once
def _loops() -> dict[str, Any]:
    return {rule: compiled(loop) for rule, loop in _LOOPS.items()}
