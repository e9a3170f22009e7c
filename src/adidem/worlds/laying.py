"""What a block of worlds draws, laid over what is on record, as one column; and what is paid once, in its period.

Knows rows, slots and numbers of words. Does not know kinds, days or joins.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from adidem.kernel.quantity import Array
from adidem.worlds.compiling import compiled, loops_are_compiled, once

_AS_DRAWN = np.zeros(0, np.int64)


def lay(base: Array, slot: Array, drawn: Array, codes: Array | None = None) -> Array:
    """[rows, worlds] What each row of a column holds in each world.

    base   [rows] what is on record
    slot   [rows] the slot that a row is, -1 where it is none and holds what is on record
    drawn  [slots, worlds]
    codes  [words + 1] the number of each word of which the place was drawn; the last stands for NO_WORD
    """
    out = np.empty((len(base), drawn.shape[1]), np.int64)
    loops = _loops() if loops_are_compiled() else _NUMPY_LOOPS
    loops["lay"](np.ascontiguousarray(base), slot, drawn, _AS_DRAWN if codes is None else codes, out)
    return out


def add_once(amounts: Array, periods: Array, out: Array) -> None:
    """Add an amount in one period of each world, or nowhere where the period is not one of those.

    amounts  [1 or worlds], as is `periods`
    out      [periods, worlds], changed in place
    """
    loops = _loops() if loops_are_compiled() else _NUMPY_LOOPS
    loops["add once"](np.ascontiguousarray(amounts), np.ascontiguousarray(periods), out)


def _lay_by_numpy(base: Array, slot: Array, drawn: Array, codes: Array, out: Array) -> None:
    out[:] = base[:, None]
    out[slot >= 0] = codes[drawn[slot[slot >= 0]]] if len(codes) else drawn[slot[slot >= 0]]


def _lay_one_by_one(base: Array, slot: Array, drawn: Array, codes: Array, out: Array) -> None:
    worlds = out.shape[1]
    for row in range(len(base)):
        written = out[row]
        if slot[row] < 0:
            one = base[row]
            for i in range(worlds):
                written[i] = one
        elif len(codes) == 0:
            own = drawn[slot[row]]
            for i in range(worlds):
                written[i] = own[i]
        else:
            places = drawn[slot[row]]
            for i in range(worlds):
                written[i] = codes[places[i]]


def _add_once_by_numpy(amounts: Array, periods: Array, out: Array) -> None:
    out += np.where(np.arange(len(out))[:, None] == periods, amounts, 0)


def _add_once_one_by_one(amounts: Array, periods: Array, out: Array) -> None:
    for i in range(out.shape[1]):
        period = periods[i if len(periods) > 1 else 0]
        if 0 <= period < len(out):
            out[period, i] += amounts[i if len(amounts) > 1 else 0]


_NUMPY_LOOPS: dict[str, Callable[..., Any]] = {"lay": _lay_by_numpy, "add once": _add_once_by_numpy}


@once
def _loops() -> dict[str, Callable[..., Any]]:
    return {"lay": compiled(_lay_one_by_one), "add once": compiled(_add_once_one_by_one)}
