"""One agreement that is simple enough to write everywhere: what it says, what is drawn, and an oracle that is exact.

Knows every number of the case. Does not know any of those that compute it fast.

The agreement, month by month, 1 to 120, money in cents:

- Revenue. In the month before the first a lab earned START_MINOR. Each month it earns what it earned the month before,
  times exp(DRIFT + STEP * z), rounded half even to the cent; that is geometric growth of 30 % a year with a volatility
  of 40 %, DRIFT = (0.30 - 0.40² / 2) / 12 and STEP = 0.40 * sqrt(1 / 12).
- Share. The lab pays 20 % of the month's revenue while exclusivity stands and 15 % afterwards, rounded half even to the
  cent each month, until CAP_MINOR has been paid in all; the last payment is cut to what is left.
- Exclusivity. It is lost in a month with a probability of 1 %, for good, from the next month on.
- Declaration. It comes in a month with a probability of 0.5 %; from the next month on nothing is shared.
- Commitment (take or pay). Usage is 35 % of the month's revenue, rounded half even to the cent. At the end of months
  24, 60 and 120 what was used so far, and what had to be paid before as a shortfall, must reach the committed sum; what
  is missing is paid. Neither the loss of exclusivity nor a declaration touches it.

What comes out of a world: the share in all, the shortfalls in all, the month in which exclusivity was lost and that of
the declaration, 0 for never. Over all worlds: mean and P10, P50, P90 (the least value that at least that part of the
worlds does not exceed) of both sums.

What is drawn, so that all compute the same futures. The draw k of a stream in a world and a month is Philox4x32-10
with the key (SEED, stream) and the counter (world, month, 0, 0), the first month being 0 here; its first two words make
53 bits, k = (word0 << 21) | (word1 >> 11). Stream 0 is growth, 1 the loss of exclusivity, 2 the declaration. An event
comes if k * 2**-53 is less than its probability. The normal z is the quantile, by algorithm AS 241, of
(k + 1/2) * 2**-53, computed from q = (k - 2**52 + 1/2) * 2**-53, which is exact. Logarithm and exponential are those
below: plus, minus, times, divided by and square root of IEEE 754 doubles in the order written, nothing fused, so that
no library's last bit can move a cent. The counters are the worlds' numbers, below 2**32.

Sources: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011;
M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988).
"""

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

MONTHS = 120
SEED = 20261122
GROWTH, EXCLUSIVITY, DECLARATION = 0, 1, 2

START_MINOR = 250_000_000_00
DRIFT = (0.30 - 0.40 * 0.40 / 2.0) / 12.0
STEP = 0.40 * math.sqrt(1.0 / 12.0)

# Rates in twentieths: 20 %, 15 % and 35 %.
PARTS = 20
EXCLUSIVE, OPEN, USED = 4, 3, 7
CAP_MINOR = 30_000_000_000_00
MILESTONES_MINOR = {24: 3_000_000_000_00, 60: 12_000_000_000_00, 120: 50_000_000_000_00}

# An event comes if its 53 bits are below this: k * 2**-53 < p, and multiplying by 2**53 is exact.
LOST_BELOW = math.ceil(0.01 * 2**53)
DECLARED_BELOW = math.ceil(0.005 * 2**53)

PHILOX_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
PHILOX_WEYL = (0x9E3779B9, 0xBB67AE85)
PHILOX_ROUNDS = 10

LN2_HIGH, LN2_LOW = float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.a39ef35793c76p-33")
LOG2_E = 1.4426950408889634
# Adding and taking away this rounds a double below 2**51 half even to a whole number.
ROUNDER = 1.5 * 2.0**52
# Taylor's coefficients, highest power first: exp(r) for |r| <= ln(2) / 2, artanh(s) / s in s² for |s| <= 0.172.
EXP = tuple(1.0 / math.factorial(power) for power in range(13, -1, -1))
ARTANH = tuple(1.0 / power for power in range(21, 0, -2))

# AS 241, highest power first: numerator and denominator in the middle, in the tails, and far out.
MIDDLE = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
TAIL = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
FAR = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)
MIDDLE_TO, MIDDLE_CENTRE, TAIL_CENTRE, TAIL_TO = 0.425, 0.180625, 1.6, 5.0
# Bits of the double sqrt(1/2), from which the logarithm splits its argument.
ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
MANTISSA_BITS = 0x000FFFFFFFFFFFFF

Longs = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Totals:
    """What comes out of each world.

    share_minor      [worlds]  cents, share in all
    shortfall_minor  [worlds]  cents, shortfalls in all
    lost             [worlds]  month in which exclusivity was lost, 1 to 120, 0 for never
    declared         [worlds]  month of the declaration, 1 to 120, 0 for never
    """

    share_minor: Longs
    shortfall_minor: Longs
    lost: Longs
    declared: Longs

    @classmethod
    def empty(cls, worlds: int) -> "Totals":
        """So many worlds, to be written."""
        return cls(*(np.empty(worlds, dtype=np.int64) for _ in range(4)))

    @classmethod
    def joined(cls, parts: "list[Totals]") -> "Totals":
        """Blocks of worlds, one after the other."""
        return cls(*(np.concatenate(columns) for columns in zip(*(part.columns for part in parts), strict=True)))

    @property
    def columns(self) -> tuple[Longs, Longs, Longs, Longs]:
        """The four of them, in order."""
        return self.share_minor, self.shortfall_minor, self.lost, self.declared


@dataclass(frozen=True, slots=True)
class Summary:
    """Mean and quantiles of one sum over all worlds, in cents."""

    mean_minor: float
    p10_minor: int
    p50_minor: int
    p90_minor: int


def summary(totals: Totals) -> tuple[Summary, Summary]:
    """What comes out over all worlds: of the share, and of the shortfalls."""
    return _summary(totals.share_minor), _summary(totals.shortfall_minor)


def _summary(minor: Longs) -> Summary:
    places = [-(-len(minor) * tenths // 10) - 1 for tenths in (1, 5, 9)]
    parted = np.partition(minor, places)
    # Below 2**53 cents in a million worlds a sum fits int64 by far; more worlds are added block by block.
    total = sum(int(minor[at : at + 100_000].sum()) for at in range(0, len(minor), 100_000))
    return Summary(total / len(minor), *(int(parted[place]) for place in places))


def oracle(worlds: int) -> Totals:
    """The same for the first worlds, by whole numbers and fractions, one world and one month at a time."""
    rows = [settle(*course(world)) for world in range(worlds)]
    return Totals(*(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)))


def settle(revenue_minor: list[int], lost: int, declared: int) -> tuple[int, int, int, int]:
    """The agreement over one course of events: both sums in cents, and both months as they came in."""
    share = shortfall = used = 0
    for month, revenue in enumerate(revenue_minor, 1):
        rate = Fraction(EXCLUSIVE if not lost or month <= lost else OPEN, PARTS)
        if not declared or month <= declared:
            share += min(round(rate * revenue), CAP_MINOR - share)
        used += round(Fraction(USED, PARTS) * revenue)
        shortfall += max(0, MILESTONES_MINOR.get(month, 0) - used - shortfall)
    return share, shortfall, lost, declared


def course(world: int) -> tuple[list[int], int, int]:
    """What happens in one world: revenue by month in cents, the month of the loss and that of the declaration."""
    revenue, path = START_MINOR, list[int]()
    for month in range(MONTHS):
        revenue = round(float(revenue) * exponential(DRIFT + STEP * normal(draw(GROWTH, world, month))))
        path.append(revenue)
    return path, _first(EXCLUSIVITY, world, LOST_BELOW), _first(DECLARATION, world, DECLARED_BELOW)


def _first(stream: int, world: int, below: int) -> int:
    return next((month + 1 for month in range(MONTHS) if draw(stream, world, month) < below), 0)


def draw(stream: int, world: int, month: int) -> int:
    """53 random bits."""
    words = philox((world, month, 0, 0), (SEED, stream))
    return (words[0] << 21) | (words[1] >> 11)


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Philox4x32-10: four words of 32 bits for a counter and a key."""
    first, second, third, fourth = counter
    for number in range(PHILOX_ROUNDS):
        keys = [(key[i] + number * PHILOX_WEYL[i]) & 0xFFFFFFFF for i in (0, 1)]
        low, high = PHILOX_MULTIPLIERS[0] * first, PHILOX_MULTIPLIERS[1] * third
        first, second, third, fourth = (
            (high >> 32) ^ second ^ keys[0],
            high & 0xFFFFFFFF,
            (low >> 32) ^ fourth ^ keys[1],
            low & 0xFFFFFFFF,
        )
    return first, second, third, fourth


def normal(bits: int) -> float:
    """The quantile of the normal distribution at (bits + 1/2) / 2**53."""
    q = (float(bits - 2**52) + 0.5) * 2.0**-53
    if abs(q) <= MIDDLE_TO:
        r = MIDDLE_CENTRE - q * q
        return q * polynomial(MIDDLE[0], r) / polynomial(MIDDLE[1], r)
    r = math.sqrt(-logarithm(0.5 - abs(q)))
    above, below = (TAIL, FAR)[r > TAIL_TO]
    r = r - (TAIL_CENTRE, TAIL_TO)[r > TAIL_TO]
    return math.copysign(polynomial(above, r) / polynomial(below, r), q)


def polynomial(coefficients: tuple[float, ...], at: float) -> float:
    """Horner's rule, each product rounded before the sum."""
    value = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * at + coefficient
    return value


def logarithm(x: float) -> float:
    """The natural logarithm of a normal positive double, to about one unit in the last place.

    x = 2**e * m with m from sqrt(1/2) to sqrt(2), and ln(m) = 2 artanh((m - 1) / (m + 1)).
    """
    bits = struct.unpack("<q", struct.pack("<d", x))[0] - ROOT_HALF_BITS
    exponent = float(bits >> 52)
    m = struct.unpack("<d", struct.pack("<q", (bits & MANTISSA_BITS) + ROOT_HALF_BITS))[0]
    s = (m - 1.0) / (m + 1.0)
    return exponent * LN2_HIGH + (exponent * LN2_LOW + (s + s) * polynomial(ARTANH, s * s))


def exponential(x: float) -> float:
    """e to the power x, for |x| < 700, to about one unit in the last place: 2**k * exp(r) with |r| <= ln(2) / 2."""
    k = (x * LOG2_E + ROUNDER) - ROUNDER
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    return polynomial(EXP, r) * 2.0 ** int(k)
