"""Corners around points: what lies inside, which end to peel next, and which to paste back.

Knows limits on columns and counts of points. Does not know why a corner is looked for, or which one is taken.

Source: Friedman and Fisher 1999, Bump hunting in high-dimensional data, Statistics and Computing 9, 123–143.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adidem.findings.points import Flags, Floats

STEP = 20
"""One peel takes a twentieth of what is in the corner, and one paste adds as much, or finer parts."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One end of a corner: the value of one column, itself inside."""

    parameter: int
    upper: bool
    value: float

    @property
    def end(self) -> tuple[int, bool]:
        """Which end it is: a corner has one limit there at most."""
        return self.parameter, self.upper


def within(limit: Limit, points: Floats) -> Flags:
    """Which points [points, parameters] keep the limit: [points]."""
    column = points[:, limit.parameter]
    return column <= limit.value if limit.upper else column >= limit.value


def inside(limits: Sequence[Limit], points: Floats) -> Flags:
    """Which points [points, parameters] keep all limits: [points]."""
    kept = np.ones(len(points), np.bool_)
    for limit in limits:
        kept &= within(limit, points)
    return kept


def alone_outside(limits: Sequence[Limit], points: Floats) -> list[Flags]:
    """For each limit, which points it alone keeps out: [points] for each."""
    broken = [~within(limit, points) for limit in limits]
    count = np.zeros(len(points), np.int64)
    for one in broken:
        count += one
    once = count == 1
    return [one & once for one in broken]


def peel(points: Floats, holds: Flags) -> Limit | None:
    """The limit that gains the most density per point lost, taking off a twentieth, or where values repeat the least
    that can be taken; None where every column has one value.

    points  [points, parameters], those in the corner
    holds   [points]
    """
    count, holding = len(holds), int(np.count_nonzero(holds))
    step = max(1, count // STEP)
    best: tuple[float, Limit] | None = None
    for parameter in range(points.shape[1]):
        column = points[:, parameter]
        ordered = np.partition(column, (0, step, count - 1 - step, count - 1))
        if ordered[0] == ordered[-1]:
            continue
        lowest, highest = ordered[step], ordered[count - 1 - step]
        if lowest == ordered[0]:
            lowest = column[column > lowest].min()
        if highest == ordered[-1]:
            highest = column[column < highest].max()
        for limit in (Limit(parameter, False, float(lowest)), Limit(parameter, True, float(highest))):
            kept = within(limit, points)
            left, left_holding = int(np.count_nonzero(kept)), int(np.count_nonzero(kept & holds))
            gain = (left_holding / left - holding / count) / (count - left)
            if best is None or gain > best[0]:
                best = gain, limit
    return best[1] if best else None


def paste(limits: tuple[Limit, ...], points: Floats, holds: Flags, part: int = STEP) -> tuple[Limit, ...] | None:
    """The corner with the one end moved out, by one part in so many of what is in it, that makes it densest; None where
    each way out makes it less dense. An end beyond which nothing is left is gone.

    points  [points, parameters], those in the corner and those outside
    holds   [points]
    """
    within_corner = inside(limits, points)
    count, holding = int(np.count_nonzero(within_corner)), int(np.count_nonzero(within_corner & holds))
    step = max(1, count // part)
    best: tuple[float, tuple[Limit, ...]] | None = None
    for limit, outside in zip(limits, alone_outside(limits, points), strict=True):
        others = tuple(other for other in limits if other.end != limit.end)
        added, column = outside, points[:, limit.parameter]
        wider = others
        if np.count_nonzero(outside) > step:
            beyond = np.sort(column[outside])
            moved = Limit(limit.parameter, limit.upper, float(beyond[step - 1] if limit.upper else beyond[-step]))
            added, wider = outside & within(moved, points), (*others, moved)
        more, more_holding = int(np.count_nonzero(added)), int(np.count_nonzero(added & holds))
        no_loss = (holding + more_holding) * count >= holding * (count + more)
        density = (holding + more_holding) / (count + more) if count + more else 0.0
        if no_loss and (best is None or density > best[0]):
            best = density, wider
    return best[1] if best else None
