"""How well an outlook from a past date foretold what happened since, and how little one history can show of that.

Knows bands, forecasts over named outcomes, and what came. Does not know how a band or a chance came about, nor when a
scenario counts as come true.

Two things are scored. A band from P10 to P90 has to hold the realised value four times in five, and to be narrow: the
interval score (Gneiting and Raftery 2007, Journal of the American Statistical Association 102, 359–378) punishes
both faults in the unit of the value, and is exact here. A forecast over outcomes is scored by Brier (1950, Monthly
Weather Review 78, 1–3; the form for several outcomes, 0 to 2) and by the logarithm of what it gave to the one that
came (Good 1952), in nats. Less is better in all three, and each stands beside a baseline that knows nothing.

The figures of one history are parts of one course of events, and its months hang together: so `claim` counts
histories, not figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose, log

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_MISS_WEIGHT = 10
"""What a miss counts in the interval score: two over 0.2, the part that lies outside P10 to P90."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Bands from P10 to P90 beside the values that came, all of one unit.

    of, inside, below, above  how many figures there are, and where the values lay
    score                     the interval scores summed, in the unit of the value
    baseline                  the same for a forecast that the last known value stays; None where none was given
    """

    of: int
    inside: int
    below: int
    above: int
    score: int
    baseline: int | None = None

    @property
    def coverage(self) -> float | None:
        """The part of the values that lay in their bands; good bands hold 0.8. None without a value."""
        return self.inside / self.of if self.of else None

    @property
    def skill(self) -> float | None:
        """The part of the baseline's score that was saved: 1 is perfect, below 0 is worse; None where there is none."""
        return 1 - self.score / self.baseline if self.baseline else None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The chances that were given to the outcomes of one question, and the one that came, or None while it is open.

    baseline  the chances by someone who knows nothing; empty for the same to each
    """

    id: str
    chances: Mapping[str, float]
    came: str | None
    baseline: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One forecast beside its baseline.

    brier        0 for certainty in what came, 2 for certainty in something else
    logarithmic  0 for certainty in what came; None where what came had been given no chance, which no score can mend
    """

    id: str
    came: str
    given: float
    brier: float
    logarithmic: float | None
    baseline_brier: float
    baseline_logarithmic: float | None

    @property
    def better(self) -> bool:
        """Whether what came had been given more than the baseline gives it, by the logarithmic score."""
        if self.logarithmic is None or self.baseline_logarithmic is None:
            return self.logarithmic is not None
        return self.logarithmic < self.baseline_logarithmic


@dataclass(frozen=True, slots=True)
class Scores:
    """All forecasts that are settled, and the names of those that are not."""

    settled: tuple[Score, ...]
    still_open: tuple[str, ...]

    @property
    def brier(self) -> float | None:
        """The mean over what is settled; None where nothing is."""
        return _mean([score.brier for score in self.settled])

    @property
    def baseline_brier(self) -> float | None:
        """The mean of the baselines."""
        return _mean([score.baseline_brier for score in self.settled])

    @property
    def logarithmic(self) -> float | None:
        """The mean over what is settled; None where nothing is, or where something came that had no chance."""
        return _mean([score.logarithmic for score in self.settled])

    @property
    def baseline_logarithmic(self) -> float | None:
        """The mean of the baselines."""
        return _mean([score.baseline_logarithmic for score in self.settled])


def bands(low: Ints, high: Ints, realised: Ints, known: npt.NDArray[np.bool_], last: Ints | None = None) -> Bands:
    """How bands did whose value is known by now.

    low, high  [figures]: P10 and P90, both inside the band
    realised   [figures]: what came, where `known`
    known      [figures]: whether it has come yet
    last       [figures]: the value last known when the band was made, for the baseline
    """
    assert low.shape == high.shape == realised.shape == known.shape, "bands and values are of different figures"
    assert not (low > high).any(), "a band ends below its beginning"
    each = [(int(a), int(b), int(x)) for a, b, x in zip(low[known], high[known], realised[known], strict=True)]
    baseline = None
    if last is not None:
        stays = [(int(a), int(a), x) for a, (_, _, x) in zip(last[known], each, strict=True)]
        baseline = _interval_score(stays)
    below, above = sum(x < a for a, _, x in each), sum(x > b for _, b, x in each)
    return Bands(len(each), len(each) - below - above, below, above, _interval_score(each), baseline)


def _interval_score(each: Sequence[tuple[int, int, int]]) -> int:
    """Width, and ten times what a value lies outside, summed in Python integers: 64 bits would not hold every sum."""
    return sum(b - a + _MISS_WEIGHT * (max(a - x, 0) + max(x - b, 0)) for a, b, x in each)


def event(id: str, chance: float, came: bool | None, baseline: float = 0.5) -> Forecast:
    """A forecast of yes or no: the chance of yes, and whether it came, or None while it is open."""
    answer = None if came is None else "yes" if came else "no"
    return Forecast(id, {"yes": chance, "no": 1 - chance}, answer, {"yes": baseline, "no": 1 - baseline})


def scores(forecasts: Sequence[Forecast]) -> Scores:
    """Each forecast that is settled scored beside its baseline, in their order."""
    settled = tuple(_score(forecast, forecast.came) for forecast in forecasts if forecast.came is not None)
    return Scores(settled, tuple(forecast.id for forecast in forecasts if forecast.came is None))


def _score(forecast: Forecast, came: str) -> Score:
    baseline = forecast.baseline or dict.fromkeys(forecast.chances, 1 / len(forecast.chances))
    for chances in (forecast.chances, baseline):
        assert came in chances, f"{forecast.id}: {came} is no outcome of the forecast"
        assert all(0 <= chance <= 1 for chance in chances.values()), f"{forecast.id}: a chance is not from 0 to 1"
        assert isclose(sum(chances.values()), 1, abs_tol=1e-9), f"{forecast.id}: the chances do not sum to 1"
    return Score(
        forecast.id,
        came,
        forecast.chances[came],
        _brier(forecast.chances, came),
        _logarithmic(forecast.chances, came),
        _brier(baseline, came),
        _logarithmic(baseline, came),
    )


def _brier(chances: Mapping[str, float], came: str) -> float:
    return sum((chance - (name == came)) ** 2 for name, chance in chances.items())


def _logarithmic(chances: Mapping[str, float], came: str) -> float | None:
    return -log(chances[came]) + 0.0 if chances[came] > 0 else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def claim(scored: Scores, figures: Bands, histories: int = 1) -> str:
    """What may be said of the outlook from so many histories, and no more.

    A scenario that came in one history had one chance to come: that it was given 60 % cannot be tested by it.
    """
    assert histories >= 1, "a backtest without a history"
    said: list[str] = []
    if figures.of:
        said.append(f"{figures.inside:,} of {figures.of:,} values lay in their bands, where four in five would.")
    if scored.settled:
        better = sum(score.better for score in scored.settled)
        said.append(f"{better:,} of {len(scored.settled):,} forecasts gave what came more than knowing nothing does.")
    wrong = [f"{score.id} ({score.came})" for score in scored.settled if score.logarithmic is None]
    if wrong:
        said.append(f"The outlook was wrong where what came had been given no chance: {', '.join(wrong)}.")
    if not said:
        return "Nothing that was forecast has come to pass or failed to, so nothing is scored."
    if histories == 1:
        said.append(
            "This is one history, and its figures hang together: it can show that an outlook was wrong, not that its "
            "chances are right."
        )
    else:
        said.append(f"These are {histories:,} histories; within each the figures hang together.")
    return " ".join(said)
