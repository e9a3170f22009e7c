"""Where in the space of what is assumed a condition holds: a corner of few bounds, found by patient rule induction.

Knows sampled points, in which of them a condition holds, and corners around them. Does not know what the parameters
mean, how the points came about, or how a bound is spelled.

Corners are found in one half of the worlds and judged in the other. In the worlds where it was found a corner of noise
looks dense too, for peeling looks for just that; in the other half it does not.

**The rule.** Of all corners on the way, the best has the highest correlation (phi) between being in the corner and the
condition: it weighs density against coverage, is 0 for the space as a whole, and serves a rare condition as well as a
common one. Among the corners within 0.02 of the best, the one with the fewest bounds is taken, then the one with the
higher phi. It and the next narrower one are widened as long as no density is lost, bounds that may be chance (quasi-p
above 0.05) are taken off, the least certain first, and the same rule takes one of the two: a peel too little is not
mended by widening, a peel too much is. Where no bound is left, there is no corner.

Sources: peeling and pasting, Friedman and Fisher 1999, Bump hunting in high-dimensional data, Statistics and Computing
9, 123–143, who also judge a corner in points that did not make it; coverage, density and quasi-p-value, Bryant and
Lempert 2010, Thinking inside the box, Technological Forecasting and Social Change 77, 34–49. Two departures. A peel is
scored by density gained per world lost, so that a parameter of few values, which cannot be peeled by a twentieth,
competes fairly. And pasting starts from the corner that is taken, not from the last and smallest one, and grows finer.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from adidem.findings.corner import STEP, Limit, alone_outside, inside, paste, peel
from adidem.findings.points import Flags, Floats

LEAST_WORLDS = 100
LEAST_OF_A_KIND = 20
"""Fewer worlds with, or without, the condition show no corner."""
_LEAST_COVERAGE = 0.1
_LEAST_INSIDE = 20
_NEAR_THE_BEST = 0.02
_MAY_BE_CHANCE = 0.05
_FLOORS = (0.9, 0.75, 0.5, 0.25)


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a corner.

    limit    the bound itself lies in the corner
    quasi_p  the chance that a corner drawn at random from the one without this bound holds the condition as often
    """

    parameter: str
    side: Literal["at least", "at most"]
    limit: float
    quasi_p: float


@dataclass(frozen=True, slots=True)
class Corner:
    """A part of the space, and what is in it of the worlds that judge it.

    worlds, holding     all that judge: how many they are, and in how many the condition holds
    inside, in_holding  those in the corner
    """

    bounds: tuple[Bound, ...]
    worlds: int
    holding: int
    inside: int
    in_holding: int

    @property
    def density(self) -> float:
        """Of the worlds in the corner, the part where the condition holds."""
        return self.in_holding / self.inside if self.inside else 0.0

    @property
    def coverage(self) -> float:
        """Of the worlds where the condition holds, the part in the corner."""
        return self.in_holding / self.holding if self.holding else 0.0

    @property
    def phi(self) -> float:
        """The correlation, over worlds, between being in the corner and the condition; 0 where either never varies."""
        outside, without = self.worlds - self.inside, self.worlds - self.holding
        out_without = without - (self.inside - self.in_holding)
        crossed = (self.inside - self.in_holding) * (self.holding - self.in_holding)
        spread = self.inside * outside * self.holding * without
        return (self.in_holding * out_without - crossed) / sqrt(spread) if spread else 0.0


@dataclass(frozen=True, slots=True)
class Discovery:
    """The corner that is taken, and what else could be.

    worlds, holding  over all points with numbers, both halves; set_apart  points with a value that is no number
    left_out         parameters that have one value only
    chosen           None where no corner says more than the whole space; `reason` says why
    alternatives     the densest corner that covers at least 90, 75, 50 and 25 % of the condition, where it is another;
                     without the bounds that may be chance
    path             every corner of peeling, the widest first, with all its bounds
    """

    worlds: int
    holding: int
    set_apart: int
    left_out: tuple[str, ...]
    chosen: Corner | None
    alternatives: tuple[Corner, ...] = ()
    path: tuple[Corner, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class _Half:
    """Worlds of one half: points [worlds, parameters] and whether the condition holds there [worlds]."""

    points: Floats
    holds: Flags


def discover(parameters: Sequence[str], points: Floats, holds: Flags) -> Discovery:
    """The corner of what is assumed in which the condition holds.

    parameters  names of the columns
    points      [worlds, parameters]
    holds       [worlds]: whether the condition holds there
    """
    assert points.shape == (len(holds), len(parameters)), f"{points.shape} points for {len(holds)} worlds"
    assert holds.dtype == np.bool_, "a condition holds or does not"
    numbers = np.isfinite(points).all(axis=1)
    set_apart = int(np.count_nonzero(~numbers))
    if set_apart:
        points, holds = points[numbers], holds[numbers]
    varying = [i for i in range(len(parameters)) if len(points) and points[:, i].min() < points[:, i].max()]
    left_out = tuple(name for i, name in enumerate(parameters) if i not in varying)
    counts = len(holds), int(np.count_nonzero(holds)), set_apart, left_out
    reason = _nothing_to_find(counts[0], counts[1], bool(varying))
    if reason:
        return Discovery(*counts, None, reason=reason)
    names = [parameters[i] for i in varying]
    found, judged = _halves(np.asarray(points[:, varying], np.float64), holds)
    way = _way(found)
    path = [_judged(corner, judged, names) for corner in way]
    taken = _best(path)
    widened = [_pruned(_pasted(corner, found), judged, names) for corner in way[taken : taken + 2]]
    chosen = widened[_best(widened)]
    if not chosen.bounds or chosen.phi <= 0:
        return Discovery(*counts, None, path=tuple(path), reason="no corner says more than chance would")
    alternatives = tuple(_alternatives(way, path, judged, names, chosen))
    return Discovery(*counts, chosen, alternatives, tuple(path))


def words(corner: Corner, condition: str = "the condition", spell: Callable[[str, float], str] | None = None) -> str:
    """What a corner says, as a sentence; `spell` writes a value of a parameter."""
    spell = spell or (lambda _, value: f"{value:,.6g}")
    signs = {"at least": "≥", "at most": "≤"}
    where = " and ".join(f"{b.parameter} {signs[b.side]} {spell(b.parameter, b.limit)}" for b in corner.bounds)
    if not where:
        return f"{condition} holds in {_percent(corner.holding, corner.worlds)} of all worlds"
    return (
        f"{condition} holds in {_percent(corner.in_holding, corner.inside)} of the worlds where {where} (density), "
        f"and these are {_percent(corner.in_holding, corner.holding)} of all worlds where it holds (coverage)"
    )


def _percent(part: int, whole: int) -> str:
    """A share in percent; neither none nor all by rounding alone."""
    if not whole:
        return "none"
    rounded = (200 * part + whole) // (2 * whole)
    if rounded == 0 and part:
        return "under 1 %"
    return "over 99 %" if rounded == 100 and part < whole else f"{rounded} %"


def _nothing_to_find(worlds: int, holding: int, varies: bool) -> str:
    """Why there is no corner to look for, or nothing."""
    if not worlds:
        return "there is no world to look at"
    if not holding:
        return f"the condition holds in none of {worlds:,} worlds"
    if holding == worlds:
        return f"the condition holds in all of {worlds:,} worlds"
    if not varies:
        return "nothing that is assumed differs between the worlds"
    if worlds < LEAST_WORLDS:
        return f"{worlds:,} worlds are too few: a corner takes at least {LEAST_WORLDS:,}"
    fewer, which = min((holding, "holds"), (worlds - holding, "does not hold"))
    if fewer < LEAST_OF_A_KIND:
        return f"the condition {which} in {fewer:,} worlds only: a corner takes at least {LEAST_OF_A_KIND:,}"
    return ""


def _halves(points: Floats, holds: Flags) -> tuple[_Half, _Half]:
    """The worlds in which corners are found, and those in which they are judged, as equal as can be.

    Which half is a world's follows from its number alone, mixed (SplitMix64, Steele, Lea and Flood 2014): points of a
    Sobol' sequence alternate between the halves of a range, and so odd and even numbers would not do. Each half gets
    as many worlds with the condition as the other.
    """
    mixed = np.arange(1, len(holds) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed = mixed ^ (mixed >> np.uint64(31))
    finds = np.zeros(len(holds), np.bool_)
    for kind in (True, False):
        numbers = np.flatnonzero(holds == kind)
        finds[numbers[np.argsort(mixed[numbers], kind="stable")[::2]]] = True
    return _Half(points[finds], holds[finds]), _Half(points[~finds], holds[~finds])


def _way(half: _Half) -> list[tuple[Limit, ...]]:
    """The corners of peeling, from the whole space to the smallest."""
    least = _LEAST_COVERAGE * np.count_nonzero(half.holds)
    points, holds = half.points, half.holds
    corner: tuple[Limit, ...] = ()
    way: list[tuple[Limit, ...]] = [corner]
    while not holds.all():
        limit = peel(points, holds)
        if limit is None:
            break
        kept = inside((limit,), points)
        points, holds = points[kept], holds[kept]
        if len(holds) < _LEAST_INSIDE or np.count_nonzero(holds) < least:
            break
        corner = (*(other for other in corner if other.end != limit.end), limit)
        way.append(corner)
    return way


def _pasted(corner: tuple[Limit, ...], half: _Half) -> tuple[Limit, ...]:
    """The corner widened, one end at a time, as long as its density does not fall; by ever smaller parts.

    What binds at a figure has a sharp edge, which parts of a twentieth would miss by up to as much.
    """
    for part in (STEP, 4 * STEP, 16 * STEP, 64 * STEP):
        while (wider := paste(corner, half.points, half.holds, part)) is not None:
            corner = wider
    return corner


def _judged(limits: Iterable[Limit], half: _Half, names: Sequence[str]) -> Corner:
    """The corner with what is in it in the half that judges, its bounds in the order of the parameters."""
    limits = tuple(sorted(limits, key=lambda limit: limit.end))
    within = inside(limits, half.points)
    count, holding = int(np.count_nonzero(within)), int(np.count_nonzero(within & half.holds))
    bounds: list[Bound] = []
    for limit, outside in zip(limits, alone_outside(limits, half.points), strict=True):
        wider, wider_holding = count + np.count_nonzero(outside), holding + np.count_nonzero(outside & half.holds)
        quasi_p = _as_often(count, holding, int(wider), int(wider_holding))
        side = "at most" if limit.upper else "at least"
        bounds.append(Bound(names[limit.parameter], side, limit.value, quasi_p))
    return Corner(tuple(bounds), len(half.holds), int(np.count_nonzero(half.holds)), count, holding)


def _as_often(count: int, holding: int, wider: int, wider_holding: int) -> float:
    """The chance of at least `holding` in `count`, where each holds as often as in the corner without the bound."""
    if not holding:
        return 1.0
    from scipy.special import betainc  # here, for its import takes longer than many a command

    return float(betainc(holding, count - holding + 1, wider_holding / wider))


def _best(path: Sequence[Corner]) -> int:
    """The place of the corner that the rule takes."""
    best = max(corner.phi for corner in path)
    near = [place for place, corner in enumerate(path) if corner.phi >= best - _NEAR_THE_BEST]
    return min(near, key=lambda place: (len(path[place].bounds), -path[place].phi))


def _pruned(limits: tuple[Limit, ...], half: _Half, names: Sequence[str]) -> Corner:
    """The corner without the bounds that may be chance, taken off one by one, the least certain first."""
    limits = tuple(sorted(limits, key=lambda limit: limit.end))
    corner = _judged(limits, half, names)
    while corner.bounds:
        worst = max(range(len(corner.bounds)), key=lambda place: corner.bounds[place].quasi_p)
        if corner.bounds[worst].quasi_p <= _MAY_BE_CHANCE:
            break
        limits = limits[:worst] + limits[worst + 1 :]
        corner = _judged(limits, half, names)
    return corner


def _alternatives(
    ways: Sequence[tuple[Limit, ...]], path: Sequence[Corner], half: _Half, names: Sequence[str], chosen: Corner
) -> Iterable[Corner]:
    """The densest corner of the path for each least coverage, without the bounds that may be chance, and none twice."""
    given = [chosen]
    for floor in _FLOORS:
        covering = [place for place, corner in enumerate(path) if corner.coverage >= floor]
        densest = max(covering, key=lambda place: (path[place].density, path[place].coverage), default=0)
        corner = _pruned(ways[densest], half, names)
        if corner.bounds and corner not in given:
            given.append(corner)
            yield corner
