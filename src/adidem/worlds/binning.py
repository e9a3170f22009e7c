"""The histogram's two loops, compiled with numba.

Knows codes of bins and where their counts stand. Does not know numpy's form of the same in `histogram`, which gives
the same counts and needs no numba.
"""

import numpy as np
from numba import njit

from adidem.kernel.quantity import Array

# Not imported from `histogram`: numba keeps the compiled loop until this file changes, and would not see the other.
_DIGITS = 7
_BINS = 2**_DIGITS
_SHIFT = 52 - _DIGITS
_BIAS = 1_022 << _DIGITS
_ZERO = 65
_OCTAVES = 2 * _ZERO


@njit(cache=True, nogil=True)
def encode(values: Array, codes: np.ndarray, least: Array, most: Array) -> None:
    """Writes the code of each amount, and takes the least and the greatest amount of each row in.

    values  [rows, worlds] minor units
    codes   [rows, worlds] int16, written
    least   [rows] minor units, lowered; `most` is raised
    """
    rows, worlds = values.shape
    for row in range(rows):
        low, high = least[row], most[row]
        for world in range(worlds):
            low, high = min(low, values[row, world]), max(high, values[row, world])
        least[row], most[row] = low, high
        for world in range(worlds):
            value = values[row, world]
            code = max((np.float64(abs(np.float64(value))).view(np.int64) >> _SHIFT) - _BIAS, 0)
            codes[row, world] = -code if value < 0 else code


@njit(cache=True, nogil=True)
def count_rows(
    codes: np.ndarray, firsts: Array, pages: np.ndarray, pool: np.ndarray, row: int, used: int, room: int
) -> tuple[int, int]:
    """Counts row after row while the pool has room for what a row may open; gives the next row, and the pages in use.

    codes   [rows, worlds] int16
    firsts  [worlds] row of the first figure of the world's scenario
    pages   [rows of all scenarios * octaves] place in the pool, -1: none; written
    pool    [pages, bins] counts; written
    """
    rows, worlds = codes.shape
    while row < rows and used + room <= len(pool):
        for world in range(worlds):
            code = np.int64(codes[row, world])
            place = (firsts[world] + row) * _OCTAVES + _ZERO + (code >> _DIGITS)
            page = np.int64(pages[place])
            if page < 0:
                page = used
                pages[place] = page
                used += 1
            pool[page, code & (_BINS - 1)] += 1
        row += 1
    return row, used
