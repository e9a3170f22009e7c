"""Scores are those worked out by hand, and no more is claimed than one history shows."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adidem.findings.scoring import Bands, Forecast, bands, claim, event, scores

KNOWN = np.array([True] * 4)
LOW = np.array([100, 100, 100, 100])
HIGH = np.array([200, 200, 200, 200])
NOTHING = Bands(0, 0, 0, 0, 0)
RECORD = {"renewed": 0.6, "widened": 0.25, "ended": 0.1, "disputed": 0.05}


def test_bands_by_hand():
    """The ends are inside; the score is the width and ten times what is outside."""
    found = bands(LOW, HIGH, np.array([100, 200, 97, 205]), KNOWN)
    assert (found.of, found.inside, found.below, found.above) == (4, 2, 1, 1)
    assert found.coverage == 0.5
    assert found.score == 4 * 100 + 10 * 3 + 10 * 5
    assert (found.baseline, found.skill) == (None, None)


def test_baseline_of_the_last_value():
    """Beside the bands stands the forecast that nothing changes: a band without width."""
    found = bands(LOW, HIGH, np.array([100, 200, 150, 150]), KNOWN, last=np.array([140] * 4))
    assert found.baseline == 10 * (40 + 60 + 10 + 10)
    assert found.skill == pytest.approx(1 - 400 / 1200)
    still = bands(LOW, HIGH, np.array([140] * 4), KNOWN, last=np.array([140] * 4))
    assert (still.baseline, still.skill) == (0, None)


def test_what_has_not_come():
    """A value that is not known yet is neither a hit nor a miss."""
    found = bands(LOW, HIGH, np.array([150, 0, 0, 0]), np.array([True, False, False, False]))
    assert (found.of, found.inside, found.score) == (1, 1, 100)
    nothing = bands(LOW, HIGH, LOW, ~KNOWN, last=LOW)
    assert (nothing.of, nothing.coverage, nothing.score, nothing.skill) == (0, None, 0, None)
    empty = np.zeros(0, np.int64)
    assert bands(empty, empty, empty, np.zeros(0, bool)) == NOTHING


def test_no_sum_wraps():
    """Figures at the end of 64 bits are scored exactly."""
    most = np.iinfo(np.int64).max
    found = bands(np.array([-most] * 3), np.array([most - 1] * 3), np.array([most] * 3), KNOWN[:3])
    assert found.score == 3 * (2 * most - 1 + 10)


def test_bands_turned_round():
    """A band that ends below its beginning never enters."""
    with pytest.raises(AssertionError, match="below"):
        bands(HIGH, LOW, LOW, KNOWN)


@given(st.lists(st.tuples(*[st.integers(-(10**6), 10**6)] * 3), min_size=1, max_size=20))
def test_wider_is_never_less_often_right(rows: list[tuple[int, int, int]]):
    """A wider band holds no fewer values, and its score is never less by more than the misses it mends."""
    low, high, came = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    low, high = np.minimum(low, high), np.maximum(low, high)
    known = np.ones(len(rows), bool)
    one, wider = bands(low, high, came, known), bands(low - 5, high + 5, came, known)
    assert wider.inside >= one.inside
    assert one.score - 10 * 5 * (one.of - one.inside) <= wider.score <= one.score + 10 * one.of
    assert one.inside + one.below + one.above == one.of


def test_scenarios_by_hand():
    """Four scenarios, of which the first came."""
    (score,) = scores([Forecast("outcome", RECORD, "renewed")]).settled
    assert score.given == 0.6
    assert score.brier == pytest.approx(0.4**2 + 0.25**2 + 0.1**2 + 0.05**2)
    assert score.logarithmic == pytest.approx(-log(0.6))
    assert score.baseline_brier == pytest.approx(0.75)
    assert score.baseline_logarithmic == pytest.approx(log(4))
    assert score.better


def test_events_by_hand():
    """An event is a question of two outcomes, and both ways are scored alike."""
    (yes, no) = scores([event("lapse", 0.8, True), event("lapse", 0.8, False)]).settled
    assert (yes.brier, no.brier) == (pytest.approx(2 * 0.2**2), pytest.approx(2 * 0.8**2))
    assert (yes.logarithmic, no.logarithmic) == (pytest.approx(-log(0.8)), pytest.approx(-log(0.2)))
    assert (yes.baseline_brier, yes.baseline_logarithmic) == (pytest.approx(0.5), pytest.approx(log(2)))
    assert (yes.better, no.better) == (True, False)


def test_a_baseline_of_ones_own():
    """An event that comes once in ten years is no half-and-half to someone who knows nothing."""
    (score,) = scores([event("outage", 0.2, False, baseline=0.1)]).settled
    assert score.baseline_brier == pytest.approx(2 * 0.1**2)
    assert not score.better


def test_no_better_than_knowing_nothing():
    """What came had been given just what the baseline gives it: that is no better, and 0 to both is none either."""
    same, none = scores([event("a", 0.3, True, baseline=0.3), event("b", 0.0, True, baseline=0.0)]).settled
    assert (same.better, none.better) == (False, False)


def test_means():
    """Means are over what is settled; what is open is named."""
    found = scores([event("one", 0.8, True), event("two", 0.5, None), event("three", 0.5, False)])
    assert found.still_open == ("two",)
    assert found.brier == pytest.approx((0.08 + 0.5) / 2)
    assert found.logarithmic == pytest.approx((-log(0.8) + log(2)) / 2)
    assert found.baseline_brier == pytest.approx(0.5)
    assert found.baseline_logarithmic == pytest.approx(log(2))
    nothing = scores([event("two", 0.5, None)])
    assert (nothing.brier, nothing.logarithmic, nothing.baseline_brier) == (None, None, None)


def test_certainty():
    """Certainty in what came costs nothing; certainty in something else costs more than a number can say."""
    right, wrong = scores([event("a", 1.0, True), event("b", 1.0, False)]).settled
    assert (right.brier, right.logarithmic, right.better) == (0, 0, True)
    assert str(right.logarithmic) == "0.0"
    assert (wrong.brier, wrong.logarithmic, wrong.better) == (2, None, False)
    assert scores([event("a", 1.0, True), event("b", 1.0, False)]).logarithmic is None


def test_what_had_no_chance():
    """An outlook was wrong where what came had been given none: said once, with the names of all such forecasts."""
    told = claim(scores([event("a", 1.0, False), event("b", 0.5, True), event("c", 0.0, True)]), NOTHING)
    assert "The outlook was wrong where what came had been given no chance: a (no), c (yes)." in told
    assert "wrong where" not in claim(scores([event("b", 0.5, True)]), NOTHING)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_honesty_pays(truth: float, said: float):
    """On average over the truth no other chance scores better than the truth: both scores are proper."""

    def average(chance: float) -> tuple[float, float]:
        yes, no = scores([event("a", chance, True), event("a", chance, False)]).settled
        assert yes.logarithmic is not None
        assert no.logarithmic is not None
        logarithmic = truth * yes.logarithmic + (1 - truth) * no.logarithmic
        return truth * yes.brier + (1 - truth) * no.brier, logarithmic

    for honest, other in zip(average(truth), average(said), strict=True):
        assert honest <= other + 1e-12


@pytest.mark.parametrize(
    ("forecast", "why"),
    [
        (Forecast("a", {"x": 0.5, "y": 0.4}, "x"), "sum to 1"),
        (Forecast("a", {"x": 1.5, "y": -0.5}, "x"), "from 0 to 1"),
        (Forecast("a", {"x": float("nan"), "y": 0.5}, "x"), "from 0 to 1"),
        (Forecast("a", {"x": 1.0}, "z"), "no outcome"),
        (Forecast("a", {"x": 0.5, "y": 0.5}, "x", {"y": 1.0}), "no outcome"),
    ],
)
def test_wrong_chances(forecast: Forecast, why: str):
    """Chances that are none, or of another question, never enter."""
    with pytest.raises(AssertionError, match=why):
        scores([forecast])


def test_claim():
    """The sentence counts what was scored, and says what one history cannot show."""
    figures = bands(LOW, HIGH, np.array([150, 150, 150, 300]), KNOWN)
    said = claim(scores([Forecast("outcome", RECORD, "ended"), event("lapse", 0.8, True)]), figures)
    assert said == (
        "3 of 4 values lay in their bands, where four in five would. "
        "1 of 2 forecasts gave what came more than knowing nothing does. "
        "This is one history, and its figures hang together: it can show that an outlook was wrong, not that its "
        "chances are right."
    )
    assert "one history" not in claim(scores([]), figures, histories=3)
    assert "3 histories" in claim(scores([]), figures, histories=3)
    assert claim(scores([event("a", 0.5, None)]), NOTHING).startswith("Nothing that was forecast")
    with pytest.raises(AssertionError, match="history"):
        claim(scores([]), figures, histories=0)
