"""Quantiles of each period's amounts, from counts in bins, with a stated error.

Knows integers, and bins whose width grows with the amount. Does not know what the amounts are.

A bin is an octave (from one power of two up to the next) cut into 128 equal parts, on either side of zero; below 256
each amount has its own. So a quantile is known to within its bin: at most 0.4 % of the amount to either side. The bins
are the same for all data: counts add up in any order to the same bits. Counts are kept for those octaves alone in
which an amount fell.

Source of the bins: the layout of a binary floating-point number, IEEE 754-2019, 3.4, whose leading bits name exponent
and first digits; HdrHistogram counts in the same shape.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.quantity import Array
from adidem.worlds.quantile import Probability, enough, rank
from adidem.worlds.tally import ALL, BLOCK, Mask

DIGITS = 7
"""An octave has 2^7 bins."""

_BINS = 2**DIGITS
_SHIFT = 52 - DIGITS
_BIAS = 1_022 << DIGITS
_ZERO = 65
_OCTAVES = 2 * _ZERO
_MOST_WORLDS = 2**31 - 1
_WAITING = 16 * BLOCK
_INT64 = np.iinfo(np.int64)

Codes = NDArray[np.int16]
"""Which bin an amount falls in: 0 for nothing, rising with the amount, and -n for the mirror of bin n."""


@dataclass(frozen=True)
class Binned:
    """A quantile known to within its bin: the true one of the sample is amount -/+ error, both included.

    enough  False: not enough worlds for this tail
    """

    amount_minor: int
    error_minor: int
    enough: bool


class Histogram:
    """Counts of amounts by scenario, figure and period.

    Rows are [scenarios + 1, figures, periods], flat; the last scenario takes the worlds that are set apart, and is
    never read. `pages` [rows * octaves] says where in `pool` [pages, 128] the counts of an octave stand; -1: nowhere.
    The codes of 16 blocks wait [figures * periods, worlds] before they are counted row by row: the counts of one row
    stay in the processor's cache, those of all rows do not.
    """

    def __init__(self, figures: int, periods: int, scenarios: int, *, compiled: bool = False):
        """compiled  count with numba: several times faster, the same counts, and numba's import"""
        self.figures, self.periods, self.scenarios, self.compiled = figures, periods, scenarios, compiled
        self._rows = figures * periods
        self._pages = np.full((scenarios + 1) * self._rows * _OCTAVES, -1, np.int32)
        self._pool = np.zeros((0, _BINS), np.int32)
        self._used = 0
        self._codes: Codes = np.empty((self._rows, _WAITING), np.int16)
        self._firsts = np.empty(_WAITING, np.int64)
        self._waiting = 0
        self._least = np.full(self._rows, _INT64.max, np.int64)
        self._most = np.full(self._rows, _INT64.min, np.int64)
        self._worlds = np.zeros(scenarios, np.int64)

    def count(self, values: Array, scenario: Array, apart: Mask | None = None) -> None:
        """Counts one block.

        values    [figures, periods, worlds] minor units
        scenario  [worlds] number of the scenario
        apart     [worlds] True where a world is set apart
        """
        worlds = len(scenario)
        assert 0 < worlds <= BLOCK, "a block holds 1 to 1,024 worlds"
        assert values.shape == (self.figures, self.periods, worlds), "figures, periods, worlds"
        assert ((scenario >= 0) & (scenario < self.scenarios)).all(), "a scenario that is none"
        kept = np.ones(worlds, np.bool_) if apart is None else ~apart
        self._add_worlds(np.bincount(scenario[kept], minlength=self.scenarios))
        flat = np.ascontiguousarray(values, np.int64).reshape(self._rows, worlds)
        whole = bool(kept.all())
        counted = flat if whole else flat[:, kept]
        if counted.shape[1] and not (self.compiled and whole):
            self._widen(counted.min(axis=1), counted.max(axis=1))
        if self._waiting + worlds > _WAITING:
            self._settle()
        past = self._waiting + worlds
        self._firsts[self._waiting : past] = np.where(kept, scenario, self.scenarios) * self._rows
        into = self._codes[:, self._waiting : past]
        if self.compiled:
            from adidem.worlds.binning import encode  # numba is optional, and its import takes half a second

            # What worlds set apart come to widens nothing.
            edges = (self._least, self._most) if whole else (self._least.copy(), self._most.copy())
            encode(flat, into, *edges)
        else:
            for start in range(0, self._rows, self.periods):
                into[start : start + self.periods] = _encoded(flat[start : start + self.periods])
        self._waiting = past

    def _settle(self) -> None:
        """Counts what waits."""
        codes, firsts = self._codes[:, : self._waiting], self._firsts[: self._waiting]
        row = 0
        while row < self._rows and self._waiting:
            if self.compiled:
                from adidem.worlds.binning import count_rows

                # A row opens at most one page for each octave of each scenario, or for each world.
                room = min(self._waiting, (self.scenarios + 1) * _OCTAVES)
                self._make_room(room)
                row, self._used = count_rows(codes, firsts, self._pages, self._pool, row, self._used, room)
            else:
                self._count_row(row, codes[row].astype(np.int64), firsts)
                row += 1
        self._waiting = 0

    def _count_row(self, row: int, codes: Array, firsts: Array) -> None:
        places = (firsts + row) * _OCTAVES + _ZERO + (codes >> DIGITS)
        pages = self._pages[places]
        absent = pages < 0
        if absent.any():
            self._add_pages(np.unique(places[absent]))
            pages = self._pages[places]
        codes &= _BINS - 1
        codes += pages.astype(np.int64) << DIGITS
        np.add.at(self._pool.reshape(-1), codes, np.int32(1))

    def _make_room(self, pages: int) -> None:
        if self._used + pages > len(self._pool):
            more = max(pages, len(self._pool) // 2)
            self._pool = np.concatenate([self._pool, np.zeros((more, _BINS), np.int32)])

    def _add_pages(self, places: Array) -> None:
        self._make_room(len(places))
        self._pages[places] = np.arange(self._used, self._used + len(places), dtype=np.int32)
        self._used += len(places)

    def _add_worlds(self, worlds: Array) -> None:
        self._worlds = self._worlds + worlds
        assert self._worlds.sum() <= _MOST_WORLDS, "more worlds than a count holds"

    def _widen(self, least: Array, most: Array) -> None:
        np.minimum(self._least, least, out=self._least)
        np.maximum(self._most, most, out=self._most)

    def join(self, other: "Histogram") -> None:
        """Takes the counts of another in; blocks must be counted once only."""
        self._take(other.plain())

    def quantile(self, figure: int, period: int, p: Probability, scenario: int = ALL) -> Binned | None:
        """The quantile at p (as in `adidem.worlds.quantile`) of one period, with its error; None without worlds."""
        self._settle()
        numbers = range(self.scenarios) if scenario == ALL else (scenario,)
        worlds = int(self._worlds[list(numbers)].sum())
        if not worlds:
            return None
        row = figure * self.periods + period
        counts = np.zeros((_OCTAVES, _BINS), np.int64)
        for number in numbers:
            first = (number * self._rows + row) * _OCTAVES
            pages = self._pages[first : first + _OCTAVES]
            counts[pages >= 0] += self._pool[pages[pages >= 0]]
        code = int(np.searchsorted(np.cumsum(counts), rank(worlds, p))) - _ZERO * _BINS
        low, high = amounts(code)
        low, high = max(low, int(self._least[row])), min(high, int(self._most[row]))
        amount = (low + high) // 2
        return Binned(amount, high - amount, enough(worlds, p))

    def plain(self) -> dict[str, NDArray[Any]]:
        """The same as arrays, for a file: pages in order of their place, whatever order they were opened in."""
        self._settle()
        counted = self._pages[: self.scenarios * self._rows * _OCTAVES]
        places = np.flatnonzero(counted >= 0)
        return {
            "shape": np.array((self.figures, self.periods, self.scenarios), np.int64),
            "worlds": self._worlds,
            "least": self._least,
            "most": self._most,
            "places": places,
            "counts": self._pool[counted[places]],
        }

    @classmethod
    def of_plain(cls, arrays: dict[str, NDArray[Any]], *, compiled: bool = False) -> "Histogram":
        """What `plain` gave."""
        figures, periods, scenarios = arrays["shape"].tolist()
        made = cls(figures, periods, scenarios, compiled=compiled)
        made._take(arrays)
        return made

    def _take(self, arrays: dict[str, NDArray[Any]]) -> None:
        assert arrays["shape"].tolist() == [self.figures, self.periods, self.scenarios], "histograms of other figures"
        self._add_worlds(arrays["worlds"])
        self._widen(arrays["least"], arrays["most"])
        places = arrays["places"]
        self._add_pages(places[self._pages[places] < 0])
        self._pool[self._pages[places]] += arrays["counts"]


def amounts(code: int) -> tuple[int, int]:
    """The least and the greatest amount of a bin."""
    if code < 0:
        low, high = amounts(-code)
        return -high, -low
    if not code:
        return 0, 0
    power, digits = (code >> DIGITS) - 1, code & (_BINS - 1)
    low = -(-((_BINS + digits) << power) >> DIGITS)
    high = -(-((_BINS + digits + 1) << power) >> DIGITS) - 1
    # Above 2^53 an amount is counted as the nearest float: one just below the bin may have been rounded up into it.
    return low - (1 << power >> 53), high


def _encoded(values: Array) -> Codes:
    """The code of each amount: the leading bits of its float, which rise with it."""
    codes = np.abs(values.astype(np.float64)).view(np.int64)
    codes >>= _SHIFT
    codes -= _BIAS
    np.maximum(codes, 0, out=codes)
    np.negative(codes, out=codes, where=values < 0)
    return codes.astype(np.int16)
