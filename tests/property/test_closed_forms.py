"""Futures of which the formula is known, from documents to totals: growth, and hazards that end what grows.

The lab's revenue grows as a geometric Brownian motion: its logarithm by log(1 + g) and by a normal shock of standard
deviation s a year, so that the mean of month m is start × (1 + g)^(m/12) × exp(s² m / 24) (J. C. Hull, Options, Futures
and Other Derivatives, chapter on Wiener processes). It shares a sixth of it, a linear share without a cap. What comes
with the yearly chance p has not come by month m with the chance (1 - p)^(m/12), the survival of an exponential time.
"""

from decimal import Decimal, localcontext
from math import exp, sqrt
from pathlib import Path

import numpy as np
import pytest

from adidem.desk.simulating.forecast import forecast_view
from adidem.desk.simulating.futures import Play, future
from adidem.desk.workspace import open_workspace
from adidem.findings.evaluator import by_numpy
from adidem.findings.futures import Futures, simulate
from documents import REVENUE, agreement, declared, document, growth, horizon, share, stop

WORLDS, MONTHS = 20 * 1_024, 36
START, GROWTH, VOLATILITY = 900_000_000, "0.21", 0.30
FAULT, BREACH = 0.30, 0.15

AGREEMENT = agreement(
    "Closed form",
    "2025-01-01",
    share=share("1/6"),
    side=share("1/6"),
    fault=stop("fault", "side"),
    breach=stop("breach", "side", by="cloud"),
)


def outlook(volatility: int) -> str:
    """Growth of 21 % a year with so many percent of volatility, and two hazards."""
    return document(
        "Outlook of the closed form",
        "2025-01-01",
        head=horizon("2025-12-31", "2028-12-31"),
        sales=growth("USD 9 m", "21 %", f"{volatility} %"),
        revenue=REVENUE,
        fault_declared=declared("fault", "30 %"),
        breach_declared=declared("breach", "15 %", by="cloud", every="quarter"),
    )


def played(folder: Path, volatility: int) -> tuple[Futures, dict]:
    """The case with so many percent of volatility, sampled, and its JSON."""
    (folder / "agreement.lgd").write_text(AGREEMENT)
    (folder / "outlook.lgd").write_text(outlook(volatility))
    found = future(open_workspace(folder), Play(seed=11))
    futures = simulate(found.setting, [by_numpy(found.setting, each) for each in found.setting.sets], WORLDS)
    return futures, forecast_view(found, futures)


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Futures, dict]:
    """The case with a volatility of 30 %."""
    return played(tmp_path_factory.mktemp("closed"), round(VOLATILITY * 100))


def means() -> np.ndarray:
    """[months] The mean of the share of each month, in minor units before rounding."""
    months = np.arange(1, MONTHS + 1)
    return START / 6 * (1 + float(GROWTH)) ** (months / 12) * np.exp(VOLATILITY**2 * months / 24)


def standing() -> np.ndarray:
    """[months] The chance that the side clause stands on the last day of each month, and pays for it.

    An end acts from the day after its cause, so what is declared on the last day of a month ends nothing in it. In a
    month the chance of a fault is q, on each of its days alike; a breach comes in the last month of a quarter.
    """
    months = np.arange(np.datetime64("2026-01"), np.datetime64("2029-02")).astype("datetime64[D]").astype(int)
    days = np.diff(months)
    out = np.ones(MONTHS)
    for chance, length in ((FAULT, 1), (BREACH, 3)):
        q = 1 - (1 - chance) ** (length / 12)
        for month in range(MONTHS):
            whole = (month + 1) // length - ((month + 1) % length == 0)
            out[month] *= (1 - q) ** whole
            if (month + 1) % length == 0:
                out[month] *= 1 - q * (days[month] - 1) / days[month]
    return out


def line(view: dict, clause: str) -> dict:
    """What is told of the totals under a clause."""
    (found,) = (each for each in view["totals"] if each["clause"] == clause)
    return found


def test_the_mean_of_growth_with_a_linear_share_agrees(sampled: tuple[Futures, dict]):
    """Within four standard errors; every month's median too, which the volatility does not move."""
    told = line(sampled[1], "share")
    assert 0 < told["standard_error_minor"] < 0.01 * told["mean_minor"]
    assert abs(told["mean_minor"] - means().sum()) < 4 * told["standard_error_minor"]
    months = [each for each in sampled[1]["months"] if each["clause"] == "share"]
    assert len(months) == MONTHS
    for number, month in enumerate(months, 1):
        median = START / 6 * (1 + float(GROWTH)) ** (number / 12)
        # The density at the median of a normal logarithm of spread s is 1 / (s √2π): so far does a median err.
        error = median * VOLATILITY * sqrt(number / 12) * 1.2533 / sqrt(WORLDS)
        assert abs(month["p50_minor"] - median) < 4.5 * error + month["p50_error_minor"] + 1


def test_the_spread_of_growth_agrees(sampled: tuple[Futures, dict]):
    """Nine of ten months of the third year lie below exp(1.2816 s √t) times the median."""
    (last,) = (m for m in sampled[1]["months"] if m["clause"] == "share" and m["month"] == "2028-12")
    median = START / 6 * (1 + float(GROWTH)) ** 3
    for name, normal in (("p10", -1.28155), ("p90", 1.28155)):
        expected = median * exp(normal * VOLATILITY * sqrt(3))
        # √(0.1 × 0.9) over the density 0.1755 of a normal at that point
        error = expected * VOLATILITY * sqrt(3) * 0.3 / 0.1755 / sqrt(WORLDS)
        assert abs(last[f"{name}_minor"] - expected) < 4 * error + last[f"{name}_error_minor"] + 1


def test_exponential_hazards_agree(sampled: tuple[Futures, dict]):
    """Two hazards that both end a clause: it stands as long as neither came, month by month and year by year."""
    (state,) = (each for each in sampled[1]["states"] if each["name"] == "side in force")
    expected = standing()
    for found, chance in zip(state["probability_by_month"], expected, strict=True):
        assert abs(found - chance) < 4.5 * sqrt(chance * (1 - chance) / WORLDS)
    # Whatever a month's days are, by the year's end the survival is the exponential's but for its last day.
    for year in (1, 2, 3):
        survival = ((1 - FAULT) * (1 - BREACH)) ** year
        assert survival < expected[12 * year - 1] < survival * 1.004


def test_what_grows_until_a_hazard_ends_it_agrees(sampled: tuple[Futures, dict]):
    """What moves and what strikes are independent: the mean is the sum over months of the product of the two."""
    told = line(sampled[1], "side")
    expected = (means() * standing()).sum()
    assert abs(told["mean_minor"] - expected) < 4 * told["standard_error_minor"]
    assert told["mean_minor"] < 0.8 * line(sampled[1], "share")["mean_minor"]


def test_growth_without_volatility_is_exact_to_the_cent(tmp_path: Path):
    """Every world pays the sum of the months' shares, each rounded twice: revenue to the cent, and a sixth of it."""
    futures, view = played(tmp_path, 0)
    with localcontext() as context:
        context.prec = 40
        revenues = [START * (1 + Decimal(GROWTH)) ** (Decimal(month) / 12) for month in range(1, MONTHS + 1)]
        total = sum(int((revenue.quantize(1) / 6).quantize(1)) for revenue in revenues)
    number = [stream.clause for stream in futures.setting.measures.streams].index("share")
    worlds = futures.spills[0].of_each_world(0)[number]
    assert worlds.min() == worlds.max() == total
    assert line(view, "share")["standard_error_minor"] == 0
