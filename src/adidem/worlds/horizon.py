"""The months over which a future is drawn, and the days on which they end.

Knows the first and the last day of an outlook. Does not know drivers, sources or chance.

Months are counted from January of the year 0, so that what is drawn for a month is the same from wherever a future
starts.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from adidem.kernel.period import month_index
from adidem.kernel.quantity import Array

MOST_DAYS = 36_525
"""A hundred years: no agreement looks further ahead."""
_YEAR_ZERO = 1_970 * 12


@dataclass(frozen=True, eq=False)
class Horizon:
    """The months from the day after `starts` to `until`; the first and the last may be cut short.

    first_month  months since January of the year 0
    ends         [periods] the last day of each month, `until` for the last
    years        [periods] float64: how long each step is; 1/12 for a whole month, less for one that is cut
    """

    starts: int
    until: int
    first_month: int
    ends: Array
    years: np.ndarray

    @classmethod
    def over(cls, starts: int, until: int) -> "Horizon":
        """The months of the days after `starts`, to `until`."""
        assert starts < until, (starts, until)
        first, last = month_of(starts + 1), month_of(until)
        months = np.arange(first, last + 2) - _YEAR_ZERO
        cuts = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        ends = np.minimum(cuts[1:] - 1, until)
        begins = np.maximum(cuts[:-1] - 1, starts)
        years = (ends - begins) / (cuts[1:] - cuts[:-1]) / 12.0
        return cls(starts, until, first, ends, years)

    def __len__(self) -> int:
        return len(self.ends)

    @cached_property
    def calendar_months(self) -> Array:
        """[periods + 1] 0 for January: of the day `starts`, then of each month."""
        months = np.arange(self.first_month, self.first_month + len(self))
        return np.concatenate([[month_of(self.starts)], months]) % 12

    @cached_property
    def lengths(self) -> tuple[np.ndarray, Array]:
        """The different `years`, and [periods] the place of each month's: most are of one length."""
        lengths, which = np.unique(self.years, return_inverse=True)
        return lengths, which.astype(np.int64)

    def row(self, day: int) -> int:
        """The row, of [periods + 1] with the start first, that holds the end of the month before that of `day`."""
        return min(max(month_of(day) - self.first_month, 0), len(self))


def month_of(day: int) -> int:
    """Months since January of the year 0."""
    return int(month_index(np.array([day]))[0]) + _YEAR_ZERO
