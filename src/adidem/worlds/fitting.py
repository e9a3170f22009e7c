"""What an outlook takes from the record: the mean of what came in a month, and how often something came in a year.

Knows counts, years and the distribution of a rate. Does not know ledgers, files or drivers.

A rate of events is fitted as Poisson: with Jeffreys' prior its posterior is a Gamma distribution of shape count + 1/2
over the years (H. Jeffreys, Theory of Probability, 3rd ed., 1961, 3.1; A. Gelman et al., Bayesian Data Analysis, 3rd
ed., 2.6 and 2.8).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from math import sqrt
from typing import Protocol

DAYS_A_YEAR = 365.25
_PI = Decimal("3.141592653589793238462643383279502884197")
_NORMAL_90 = 1.2815515655446004
"""The 90 % quantile of the normal distribution."""
_SMALL = 200


@dataclass(frozen=True, slots=True)
class Found:
    """Events of the ledger: how many, what they say in a column of money in all, and the day of the last one."""

    count: int
    total_minor: int
    last_day: int | None


class History(Protocol):
    """The ledger as an outlook reads it: what was known on a day."""

    def first_day(self) -> int | None:
        """The day of the earliest event."""
        ...

    def latest(self) -> tuple[int, str] | None:
        """The day of the latest event of the record itself, and its id."""
        ...

    def found(self, kind: str, columns: Mapping[str, str], column: str, after: int, until: int) -> Found:
        """The events of a kind that hold these words in these columns and came after one day and by another.

        column  the column of money that is added up; without one nothing is
        """
        ...


def yearly_rate(count: int, years: float) -> tuple[float, float, float]:
    """How many come in a year, as counted; and the 10 % and 90 % quantiles of the posterior, which take that in."""
    rate = count / years
    low, high = (_gamma_quantile(count, chance) / years for chance in ("0.1", "0.9"))
    return rate, min(low, rate), max(high, rate)


def _gamma_quantile(count: int, chance: str) -> float:
    """A quantile of the Gamma distribution of shape count + 1/2 and scale 1.

    In decimal arithmetic, which every processor does alike; for many events by Wilson and Hilferty's cube (1931),
    whose error is then below a thousandth.
    """
    if count > _SMALL:
        shape, normal = count + 0.5, _NORMAL_90 if chance == "0.9" else -_NORMAL_90
        root = 1 - 1 / (9 * shape) + normal * sqrt(1 / (9 * shape))
        return shape * root * root * root
    with localcontext() as context:
        context.prec = 34
        low, high, wanted = Decimal(0), Decimal(4 * count + 10), Decimal(chance)
        for _ in range(60):
            middle = (low + high) / 2
            if _gamma_below(count, middle) < wanted:
                low = middle
            else:
                high = middle
        return float(low)


def _gamma_below(count: int, value: Decimal) -> Decimal:
    """The chance that it is below a value: the series of the incomplete gamma function (Abramowitz and Stegun,
    6.5.29).
    """
    shape = Decimal(count) + Decimal("0.5")
    # Γ(count + 3/2), from Γ(1/2) = √π upwards.
    gamma = _PI.sqrt()
    for step in range(count + 1):
        gamma *= Decimal(step) + Decimal("0.5")
    term = total = Decimal(1)
    step = shape
    while term > total * Decimal("1e-25"):
        step += 1
        term *= value / step
        total += term
    power = value.sqrt() * value**count
    return power * (-value).exp() * total / gamma
