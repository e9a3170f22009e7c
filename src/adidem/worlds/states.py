"""How often a state holds: in each period, at the end, and when it held first.

Knows states as true or false in each period of each world. Does not know what they are states of, nor amounts.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.period import NEVER
from adidem.kernel.quantity import Array
from adidem.worlds.compiling import compiled, loops_are_compiled, once
from adidem.worlds.tally import ALL, BLOCK, Mask, by_scenario

_WORD = 64
_ODD_BYTES = np.uint64(0x00FF00FF00FF00FF)
_TO_THE_TOP = np.uint64(0x0001000100010001)
_BYTE, _TOP = np.uint64(8), np.uint64(48)


def since(days: Array, closes: Array) -> Mask:
    """Whether a state that begins on a day, and lasts, holds at the close of each period.

    days    [states, worlds] the day; NEVER where it does not come
    closes  [periods] last day of each period
    gives   [states, periods, worlds]
    """
    return (days[:, None, :] <= closes[None, :, None]) & (days[:, None, :] < NEVER)


@dataclass(frozen=True, eq=False)
class States:
    """In how many worlds each state held, by scenario and in all.

    worlds  [scenarios + 1] worlds counted
    held    [scenarios + 1, states, periods] worlds in which it held in the period
    begun   [scenarios + 1, states, periods] worlds in which it held in that period or in one before
    """

    worlds: Array
    held: Array
    begun: Array

    @classmethod
    def empty(cls, states: int, periods: int, scenarios: int) -> "States":
        """No worlds yet."""
        rows = scenarios + 1
        return cls(np.zeros(rows, np.int64), *(np.zeros((rows, states, periods), np.int64) for _ in range(2)))

    @classmethod
    def of_block(cls, held: Mask, scenario: Array, scenarios: int, apart: Mask | None = None) -> "States":
        """One block's counts.

        held      [states, periods, worlds]
        scenario  [worlds] number of the scenario
        apart     [worlds] True where a world is set apart
        """
        states, periods, worlds = held.shape
        assert worlds == len(scenario), "one scenario a world"
        made = cls.empty(states, periods, scenarios)
        member = np.zeros((scenarios, worlds), np.bool_)
        for row, places in enumerate(by_scenario(scenario, scenarios, apart)):
            made.worlds[row] = len(places)
            member[row, places] = True
        in_words = worlds % 8 == 0 and worlds <= BLOCK and held.flags.c_contiguous
        loops = _loops() if loops_are_compiled() and in_words else _NUMPY_LOOPS
        loops["count"](held, member, made.held, made.begun)
        for counts in (made.worlds, made.held, made.begun):
            counts[ALL] = counts[:ALL].sum(axis=0)
        return made

    def __add__(self, other: "States") -> "States":
        """Both together; blocks must be counted once only."""
        assert self.held.shape == other.held.shape, "tallies of different states, periods or scenarios"
        return States(self.worlds + other.worlds, self.held + other.held, self.begun + other.begun)

    def probability(self, state: int, scenario: int = ALL, period: int = -1) -> float | None:
        """The share of worlds in which the state holds in a period, by default in the last; None without worlds."""
        return _share(int(self.held[scenario, state, period]), int(self.worlds[scenario]))

    def probabilities(self, state: int, scenario: int = ALL) -> list[float | None]:
        """`probability`, of every period."""
        return [self.probability(state, scenario, period) for period in range(self.held.shape[2])]

    def probability_ever(self, state: int, scenario: int = ALL, period: int = -1) -> float | None:
        """The share of worlds in which the state has held by the end of a period; None without worlds."""
        return _share(int(self.begun[scenario, state, period]), int(self.worlds[scenario]))

    def standard_error(self, state: int, scenario: int = ALL, period: int = -1) -> float | None:
        """The standard error of `probability`: sqrt(p (1 - p) / (n - 1)) of n worlds; None below 2 worlds."""
        count, worlds = int(self.held[scenario, state, period]), int(self.worlds[scenario])
        if worlds < 2:
            return None
        return sqrt(count * (worlds - count) / (worlds * worlds * (worlds - 1)))

    def periods_to_first(self, state: int, scenario: int = ALL) -> int:
        """The median, among all worlds, of the periods that pass before the first in which the state holds.

        0 where it holds in the first period; NEVER where it comes in less than half of the worlds.
        """
        worlds = int(self.worlds[scenario])
        reached = np.flatnonzero(2 * self.begun[scenario, state] >= worlds)
        return int(reached[0]) if worlds and len(reached) else NEVER

    def plain(self) -> dict[str, NDArray[Any]]:
        """The same as arrays, for a file."""
        return {"worlds": self.worlds, "held": self.held, "begun": self.begun}

    @classmethod
    def of_plain(cls, arrays: dict[str, NDArray[Any]]) -> "States":
        """What `plain` gave."""
        return cls(arrays["worlds"], arrays["held"], arrays["begun"])


def mark_between(begins: Array, ends: Array, closes: Array, out: Mask) -> None:
    """Mark, beside what is marked, the closes from the day on which something begins to before that on which it ends.

    begins  [1 or worlds] the day, as is `ends`
    closes  [periods] last day of each period
    out     [periods, worlds], changed in place
    """
    loops = _loops() if loops_are_compiled() else _NUMPY_LOOPS
    loops["between"](np.ascontiguousarray(begins), np.ascontiguousarray(ends), closes, out)


def mark_some(amounts: Array, out: Mask) -> None:
    """Mark, beside what is marked, the periods at whose close there is something.

    amounts  [periods, 1 or worlds]
    out      [periods, worlds], changed in place
    """
    loops = _loops() if loops_are_compiled() and amounts.shape == out.shape else _NUMPY_LOOPS
    loops["some"](amounts, out)


def _between_by_numpy(begins: Array, ends: Array, closes: Array, out: Mask) -> None:
    out |= (begins <= closes[:, None]) & (closes[:, None] < ends)


def _between_one_by_one(begins: Array, ends: Array, closes: Array, out: Mask) -> None:
    for period in range(len(closes)):
        close, row = closes[period], out[period]
        begun, ended = begins[0] <= close, ends[0] <= close
        if len(begins) == 1 and len(ends) == 1:
            if begun & ~ended:
                row[:] = True
        elif len(begins) == 1:
            for i in range(len(row)):
                row[i] = row[i] | (begun & (close < ends[i]))
        elif len(ends) == 1:
            for i in range(len(row)):
                row[i] = row[i] | ((begins[i] <= close) & ~ended)
        else:
            for i in range(len(row)):
                row[i] = row[i] | ((begins[i] <= close) & (close < ends[i]))


def _some_by_numpy(amounts: Array, out: Mask) -> None:
    out |= amounts != 0


def _some_one_by_one(amounts: Array, out: Mask) -> None:
    for period in range(len(out)):
        row, amount = out[period], amounts[period]
        for i in range(len(row)):
            row[i] = row[i] | (amount[i] != 0)


def _count_by_numpy(held: Mask, member: Mask, counts: Array, begun_counts: Array) -> None:
    packed = _packed(held)
    begun = np.bitwise_or.accumulate(packed, axis=1)
    for row, counted in enumerate(_packed(member)):
        counts[row] = np.bitwise_count(packed & counted).sum(axis=-1, dtype=np.int64)
        begun_counts[row] = np.bitwise_count(begun & counted).sum(axis=-1, dtype=np.int64)


def _count_one_by_one(held: Mask, member: Mask, counts: Array, begun_counts: Array) -> None:
    """Eight worlds are one word, and each byte of a sum counts its own: a block has 128 words, and a byte holds 255."""
    states, periods, worlds = held.shape
    begun = np.zeros(worlds // 8, np.uint64)
    for state in range(states):
        begun[:] = np.uint64(0)
        for period in range(periods):
            row, before = held[state, period].view(np.uint64), held[state, max(period - 1, 0)].view(np.uint64)
            changed = np.uint64(period == 0)
            for i in range(len(row)):
                changed |= row[i] ^ before[i]
                begun[i] = begun[i] | row[i]
            if changed == 0:
                counts[:-1, state, period] = counts[:-1, state, period - 1]
                begun_counts[:-1, state, period] = begun_counts[:-1, state, period - 1]
                continue
            for scenario in range(len(member)):
                counted = member[scenario].view(np.uint64)
                now, ever = np.uint64(0), np.uint64(0)
                for i in range(len(row)):
                    now += row[i] & counted[i]
                    ever += begun[i] & counted[i]
                now = (now & _ODD_BYTES) + ((now >> _BYTE) & _ODD_BYTES)
                ever = (ever & _ODD_BYTES) + ((ever >> _BYTE) & _ODD_BYTES)
                counts[scenario, state, period] = np.int64((now * _TO_THE_TOP) >> _TOP)
                begun_counts[scenario, state, period] = np.int64((ever * _TO_THE_TOP) >> _TOP)


_NUMPY_LOOPS: dict[str, Any] = {"between": _between_by_numpy, "some": _some_by_numpy, "count": _count_by_numpy}


@once
def _loops() -> dict[str, Any]:
    bodies = {"between": _between_one_by_one, "some": _some_one_by_one, "count": _count_one_by_one}
    return {name: compiled(body) for name, body in bodies.items()}


def _packed(flags: Mask) -> NDArray[np.uint64]:
    """The last axis as bits of 64-bit words, filled up with zeros."""
    packed = np.packbits(flags, axis=-1)
    missing = -packed.shape[-1] % (_WORD // 8)
    if missing:
        packed = np.concatenate([packed, np.zeros((*packed.shape[:-1], missing), np.uint8)], axis=-1)
    return np.ascontiguousarray(packed).view(np.uint64)


def _share(count: int, worlds: int) -> float | None:
    return count / worlds if worlds else None
