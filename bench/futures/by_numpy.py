"""The agreement by hand in numpy: blocks of worlds that stay in cache, a thread for each processor.

Knows arrays. Does not know the frameworks that take its courses of events as their inputs.

Money is held in doubles that are whole numbers below 2**53, and so exactly; that n * 0.05, rounded half even, is n / 20
rounded half even is shown in by_c.c, and so is how the first rounds of Philox are saved.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import agreement as case
import numpy as np
from agreement import Longs, Totals

BLOCK = 4096
TOGETHER = 4
HALF, LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
MULTIPLIERS = tuple(np.uint64(multiplier) for multiplier in case.PHILOX_MULTIPLIERS)
LARGEST = 2.0**49

Reals = np.ndarray[Any, np.dtype[np.float64]]
Words = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True, slots=True)
class Courses:
    """What happens in some worlds, as inputs for others.

    revenue_minor  [months, worlds]  cents
    lost           [worlds]          month of the loss of exclusivity, 1 to 120, 0 for never
    declared       [worlds]          month of the declaration, 1 to 120, 0 for never
    """

    revenue_minor: Longs
    lost: Longs
    declared: Longs


def version() -> str:
    """Of numpy."""
    return np.__version__


@contextmanager
def opened() -> Iterator[Callable[[int], Totals]]:
    """With its threads started: takes a number of worlds, and plays them."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:

        def play_all(worlds: int) -> Totals:
            totals = Totals.empty(worlds)
            # Each thread writes its own part of the columns.
            list(threads.map(lambda first: play(first, part(totals, first)), range(0, worlds, BLOCK)))
            return totals

        yield play_all


def part(totals: Totals, first: int) -> Totals:
    """The part of the columns that one block writes."""
    return Totals(*(column[first : first + BLOCK] for column in totals.columns))


def play(first: int, totals: Totals) -> None:
    """Worlds from the first on, as many as the columns hold, into the columns."""
    count = len(totals.lost)
    rate, room = np.full(count, float(case.EXCLUSIVE)), np.full(count, float(case.CAP_MINOR))
    used, shortfall, paid = (np.zeros(count) for _ in range(3))
    lost, declared = (np.zeros(count, dtype=np.int64) for _ in range(2))
    last = max(case.MILESTONES_MINOR.values())
    share, usage = np.empty(count), np.empty(count)
    for month, revenue, loses, declares in months(first, count):
        np.multiply(revenue, rate, out=share)
        np.multiply(share, 1.0 / case.PARTS, out=share)
        np.rint(share, out=share)
        np.minimum(share, room, out=share)
        np.add(paid, share, out=paid)
        np.subtract(room, share, out=room)
        np.multiply(revenue, float(case.USED), out=usage)
        np.multiply(usage, 1.0 / case.PARTS, out=usage)
        np.rint(usage, out=usage)
        np.add(used, usage, out=used)
        # What was used counts no further than the last sum committed, and so stays exact.
        np.minimum(used, float(last), out=used)
        if month in case.MILESTONES_MINOR:
            shortfall += np.maximum(case.MILESTONES_MINOR[month] - used - shortfall, 0.0)
        rate[loses] = case.OPEN
        room[declares] = 0.0
        note(lost, loses, month)
        note(declared, declares, month)
    for column, values in zip(totals.columns, (paid, shortfall, lost, declared), strict=True):
        column[:] = values


def note(months_of: Longs, worlds: Longs, month: int) -> None:
    """The first month in which something comes is kept."""
    months_of[worlds] = np.where(months_of[worlds] == 0, month, months_of[worlds])


def courses(first: int, count: int) -> Courses:
    """What happens in so many worlds from the first on, block by block."""
    out = Courses(np.empty((case.MONTHS, count), np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64))
    for start in range(0, count, BLOCK):
        part = slice(start, min(start + BLOCK, count))
        for month, revenue, loses, declares in months(first + start, part.stop - start):
            out.revenue_minor[month - 1, part] = revenue
            note(out.lost[part], loses, month)
            note(out.declared[part], declares, month)
    return out


def months(first: int, count: int) -> Iterator[tuple[int, Reals, Longs, Longs]]:
    """Month by month: its number, the revenue [worlds], which worlds lose exclusivity and which declare in it."""
    growth, exclusivity, declaration = (
        Draws(stream, first, count) for stream in (case.GROWTH, case.EXCLUSIVITY, case.DECLARATION)
    )
    revenue = np.full(count, float(case.START_MINOR))
    largest = revenue.copy()
    for start in range(0, case.MONTHS, TOGETHER):
        loses = exclusivity.bits(start) < case.LOST_BELOW
        declares = declaration.bits(start) < case.DECLARED_BELOW
        factor = normal(growth.bits(start))
        factor *= case.STEP
        factor += case.DRIFT
        factor = exponential(factor)
        for i in range(TOGETHER):
            np.multiply(revenue, factor[i], out=revenue)
            np.rint(revenue, out=revenue)
            np.maximum(largest, revenue, out=largest)
            yield start + i + 1, revenue, np.flatnonzero(loses[i]), np.flatnonzero(declares[i])
    assert (largest < LARGEST).all(), "a world earns more in a month than doubles hold exactly"


class Draws:
    """Random bits of a block of worlds in one stream, TOGETHER months at a time."""

    def __init__(self, stream: int, first: int, count: int) -> None:
        """What the first rounds make of the world's number, with the keys of the next rounds already joined to it."""
        self._keys = [
            [np.uint64((start + number * step) & 0xFFFFFFFF) for number in range(case.PHILOX_ROUNDS)]
            for start, step in zip((case.SEED, stream), case.PHILOX_WEYL, strict=True)
        ]
        (seeds, streams), (one, two) = self._keys, MULTIPLIERS
        low = np.arange(first, first + count, dtype=np.uint64) * one
        high = ((low >> HALF) ^ streams[0]) * two
        product = ((high >> HALF) ^ seeds[1]) * one
        self._third = (low & LOW) ^ streams[1]
        self._second = (high & LOW) ^ seeds[2]
        self._high, self._low = (product >> HALF) ^ streams[2], product & LOW
        self._spare = [np.empty((TOGETHER, count), dtype=np.uint64) for _ in range(5)]

    def bits(self, month: int) -> Words:
        """[months, worlds] 53 random bits each, to be used before the next are asked for."""
        (seeds, streams), (one, two) = self._keys, MULTIPLIERS
        first, second, third, fourth, spare = self._spare
        product = (np.arange(month, month + TOGETHER, dtype=np.uint64) ^ np.uint64(case.SEED))[:, None] * one
        np.bitwise_xor(product >> HALF, self._third, out=second)
        np.multiply(second, two, out=second)
        np.right_shift(second, HALF, out=first)
        np.bitwise_xor(first, self._second, out=first)
        np.bitwise_and(second, LOW, out=second)
        np.bitwise_xor(self._high, product & LOW, out=third)
        fourth[:] = self._low
        for number in range(3, case.PHILOX_ROUNDS - 1):
            # Each word is written over the one that it replaces: what was the second is the first after the round.
            np.multiply(first, one, out=first)
            np.multiply(third, two, out=third)
            np.right_shift(third, HALF, out=spare)
            np.bitwise_xor(second, spare, out=second)
            np.bitwise_xor(second, seeds[number], out=second)
            np.right_shift(first, HALF, out=spare)
            np.bitwise_xor(fourth, spare, out=fourth)
            np.bitwise_xor(fourth, streams[number], out=fourth)
            np.bitwise_and(third, LOW, out=third)
            np.bitwise_and(first, LOW, out=first)
            first, second, third, fourth = second, third, fourth, first
        np.multiply(third, two, out=third)
        np.right_shift(third, HALF, out=spare)
        np.bitwise_xor(second, spare, out=second)
        np.bitwise_xor(second, seeds[-1], out=second)
        np.left_shift(second, np.uint64(21), out=second)
        np.bitwise_and(third, LOW, out=third)
        np.right_shift(third, np.uint64(11), out=third)
        return np.bitwise_or(second, third, out=second)


def normal(bits: Words) -> Reals:
    """Normal quantiles of 53 bits, as agreement.normal."""
    q = np.subtract(bits.view(np.int64), 1 << 52).astype(np.float64)
    q += 0.5
    q *= 2.0**-53
    r = q * q
    np.subtract(case.MIDDLE_CENTRE, r, out=r)
    z = polynomial(case.MIDDLE[0], r)
    z *= q
    z /= polynomial(case.MIDDLE[1], r)
    outside = np.nonzero(np.abs(q) > case.MIDDLE_TO)
    z[outside] = _tail(q[outside])
    return z


def _tail(q: Reals) -> Reals:
    r = np.sqrt(-logarithm(0.5 - np.abs(q)))
    near = r - case.TAIL_CENTRE
    z = polynomial(case.TAIL[0], near)
    z /= polynomial(case.TAIL[1], near)
    far = np.flatnonzero(r > case.TAIL_TO)
    if len(far):
        beyond = r[far] - case.TAIL_TO
        z[far] = polynomial(case.FAR[0], beyond) / polynomial(case.FAR[1], beyond)
    return np.copysign(z, q)


def polynomial(coefficients: tuple[float, ...], at: Reals) -> Reals:
    """Horner's rule, each product rounded before the sum."""
    value = at * coefficients[0]
    value += coefficients[1]
    for coefficient in coefficients[2:]:
        value *= at
        value += coefficient
    return value


def logarithm(x: Reals) -> Reals:
    """Natural logarithms, as agreement.logarithm."""
    bits = x.view(np.int64) - case.ROOT_HALF_BITS
    exponent = (bits >> 52).astype(np.float64)
    m = ((bits & case.MANTISSA_BITS) + case.ROOT_HALF_BITS).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    return exponent * case.LN2_HIGH + (exponent * case.LN2_LOW + (s + s) * polynomial(case.ARTANH, s * s))


def exponential(x: Reals) -> Reals:
    """Powers of e, as agreement.exponential."""
    k = x * case.LOG2_E
    k += case.ROUNDER
    power = k.view(np.int64) - (int(np.float64(case.ROUNDER).view(np.int64)) - 1023)
    power <<= 52
    k -= case.ROUNDER
    r = x - k * case.LN2_HIGH
    k *= case.LN2_LOW
    r -= k
    value = polynomial(case.EXP, r)
    value *= power.view(np.float64)
    return value
