"""A future that can be worked out by hand: docs/futures.md has the formula, and the sample must agree with it.

The lab earns USD 75 m a month and shares a fifth, USD 15 m, for 48 months under a cap of USD 600 m. In each month it
may declare that the share stops; under a second reading it stops 92 days later, when the panel has spoken.
"""

from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from adidem.desk.simulating.futures import Future, Play, future
from adidem.desk.workspace import open_workspace
from adidem.findings.evaluator import by_numpy
from adidem.findings.futures import Futures, simulate
from adidem.kernel.period import show_day
from documents import STOPPED_SHARE, outlook_of_the_stop

WORLDS = 40 * 1_024
STARTS, MONTHS, CAP_MONTHS, DELAY_DAYS = 20_453, 48, 40, 92  # 2025-12-31
MONTHLY, CAP = 1_500_000_000, 60_000_000_000
CHANCE = 0.10


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Future, Futures]:
    """The case, sampled under both readings."""
    folder: Path = tmp_path_factory.mktemp("closed")
    (folder / "agreement.lgd").write_text(STOPPED_SHARE)
    (folder / "outlook.lgd").write_text(outlook_of_the_stop("2029-12-31", "0 %", "0 %"))
    found = future(open_workspace(folder), Play(7))
    assert [each["stop.decided_by"] for each in found.setting.sets] == ["declaration", "panel"]
    return found, simulate(found.setting, [by_numpy(found.setting, each) for each in found.setting.sets], WORLDS)


def paid(delay_days: int) -> np.ndarray:
    """[months] The chance that the share of each month is paid: that no declaration came more than the delay before
    the month's last day. In a month the chance is q, on each of its days alike.
    """
    months = np.arange(np.datetime64("2026-01"), np.datetime64("2030-01"))
    first = months.astype("datetime64[D]").astype(int)
    days = np.diff(np.append(first, np.datetime64("2030-01-01").astype(int)))
    q = 1 - (1 - CHANCE) ** (1 / 12)
    out = np.empty(MONTHS)
    for month in range(MONTHS):
        before = first[month] + days[month] - 1 - delay_days
        inside = np.clip(before - first, 0, days)  # days of each month on which a declaration stops this payment
        out[month] = np.prod(1 - q * inside / days)
    return out


@pytest.mark.parametrize(("number", "delay_days"), [(0, 0), (1, DELAY_DAYS)])
def test_means_and_probabilities_agree_with_the_formula(played: tuple[Future, Futures], number: int, delay_days: int):
    """The mean lies within four of its standard errors, and so does the chance that the cap is reached."""
    _, futures = played
    chances = paid(delay_days)
    expected = MONTHLY * chances[:CAP_MONTHS].sum()
    moments = futures.counts[number].totals
    mean, error = moments.mean(0), moments.standard_error(0)
    assert mean is not None
    assert error
    assert abs(float(mean) - expected) < 4 * error, (float(mean), expected, error)
    names = [state.name for state in futures.setting.measures.states]
    reached = futures.counts[number].states.probability(names.index("share cap reached"))
    assert reached is not None
    assert abs(reached - chances[CAP_MONTHS]) < 4 * sqrt(chances[CAP_MONTHS] * (1 - chances[CAP_MONTHS]) / WORLDS)


def test_what_must_hold_holds_in_every_world(played: tuple[Future, Futures]):
    """No world pays more than the cap, less than nothing, or a part of a month; and to wait for the panel never pays
    the cloud less.
    """
    _, futures = played
    first, second = (futures.spills[number].of_each_world(0)[0] for number in (0, 1))
    for totals in (first, second):
        assert totals.min() >= 0
        assert totals.max() == CAP
        assert not (totals % MONTHLY).any()
    assert (second >= first).all()
    assert (second - first <= 4 * MONTHLY).all()
    assert (second > first).any()


def test_any_world_can_be_opened(played: tuple[Future, Futures]):
    """A world written out as a ledger and run like a record pays the same."""
    found, futures = played
    assert show_day(found.outlook.starts) == show_day(STARTS)
    totals = futures.spills[0].of_each_world(0)[0]
    for number in (0, 17, 5_000, WORLDS - 1):
        _, outcome = found.opened(number, {"stop.decided_by": "declaration"})
        assert sum(figure.transfer.amount_minor for figure in outcome.results[0].figures) == totals[number]
