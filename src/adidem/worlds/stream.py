"""Named streams of chance: every draw has an address, and is computed from it alone.

A draw is a pure function of seed, stream name, world, period and slot: it does not depend on how worlds and periods
are cut into blocks, on what was drawn before, or on what other streams there are. The generator is Philox4x32-10; the
key is a hash of seed and name, the counter is (world, period pair, slot), and one call serves two periods.

Two forms give the same bits: numpy over blocks of worlds, and, where numba is installed, a compiled loop that leaves
the interpreter's lock. `make_compilable` gives the building blocks (`philox`, `uniform`, `normal_quantile`) to any
compiled function, so that a fused loop draws inside.

Knows addresses and bits. Does not know drivers, hazards or agreements.

Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adidem.worlds import elementary
from adidem.worlds.compiling import can_be_called, compiled, loops_are_compiled, once
from adidem.worlds.elementary import Float64, is_outer, middle, normal_quantile, tail, value_of

_NUMPY_DRAWS = 8_192

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_STEP_0 = np.uint64(0x9E3779B9)
_STEP_1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF_WORD = np.uint64(32)
_FRACTION_SHIFT = np.uint64(12)
_BITS_OF_ONE = np.uint64(0x3FF0000000000000)
_ONE_LESS_HALF_STEP = 1.0 - 2.0**-53


@dataclass(frozen=True, slots=True)
class Stream:
    """One source of chance among any number. Worlds are numbered below 2^64, periods below 2^33, slots below 2^32.

    `compiled` demands numba (True) or numpy (False); else it is numba where that is installed. The bits are the same.
    numpy suits a few thousand draws, which are made sooner than numba is imported.
    """

    seed: int
    name: str
    compiled: bool | None = None

    @property
    def key(self) -> int:
        """64 bits that no other seed and name share, but by an accident of one in 2^64."""
        text = f"{self.seed}\0{self.name}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")

    def uniforms(self, first_world: int, worlds: int, periods: int, slot: int = 0, first_period: int = 0) -> Float64:
        """Numbers strictly between 0 and 1, evenly spread: the odd multiples of 2^-53.

        returns    float64 [periods, worlds]
        """
        return self._draw(False, first_world, worlds, periods, slot, first_period)

    def normals(self, first_world: int, worlds: int, periods: int, slot: int = 0, first_period: int = 0) -> Float64:
        """Standard normal numbers: the normal quantiles of the uniforms at the same addresses.

        returns    float64 [periods, worlds]
        """
        return self._draw(True, first_world, worlds, periods, slot, first_period)

    def _draw(
        self, as_normals: bool, first_world: int, worlds: int, periods: int, slot: int, first_period: int
    ) -> Float64:
        assert 0 <= first_world <= first_world + worlds <= 2**64, "worlds are numbered from 0 to below 2^64"
        assert 0 <= first_period <= first_period + periods <= 2**33, "periods are numbered from 0 to below 2^33"
        assert 0 <= slot < 2**32, "slots are numbered from 0 to below 2^32"
        out = np.empty((periods, worlds))
        if out.size:
            compiles = loops_are_compiled() if self.compiled is None else self.compiled
            fill = _compiled_fill() if compiles else _fill_by_numpy
            fill(np.uint64(self.key), np.uint64(first_world), np.uint64(slot), first_period, as_normals, out)
        return out


def philox(world: Any, pair: Any, slot: Any, key: Any) -> Any:
    """Two words of 64 random bits: those of the periods 2 pair and 2 pair + 1.

    world    uint64, any shape
    pair     uint64, below 2^32
    slot     uint64, below 2^32
    key      uint64
    """
    # Each quarter of the counter is the lower half of a word, for the sake of products of 64 bits. The upper halves
    # collect rubbish, which every product, and the end, cuts off.
    a, b, c, d = world & _LOW, world >> _HALF_WORD, pair, slot
    key_0, key_1 = key & _LOW, key >> _HALF_WORD
    for _ in range(10):
        product_0 = (a & _LOW) * _MULTIPLIER_0
        product_1 = (c & _LOW) * _MULTIPLIER_1
        a, b, c, d = (
            (product_1 >> _HALF_WORD) ^ b ^ key_0,
            product_1,
            (product_0 >> _HALF_WORD) ^ d ^ key_1,
            product_0,
        )
        key_0 = (key_0 + _STEP_0) & _LOW
        key_1 = (key_1 + _STEP_1) & _LOW
    return (a & _LOW) | (b << _HALF_WORD), (c & _LOW) | (d << _HALF_WORD)


def uniform(word: Any) -> Any:
    """The odd multiple of 2^-53 between 0 and 1 that the upper 52 bits of a word name.

    word    uint64, any shape
    """
    # 1 and 52 bits of fraction, less 1, plus half a step; the difference is exact.
    return value_of((word >> _FRACTION_SHIFT) | _BITS_OF_ONE) - _ONE_LESS_HALF_STEP


@once
def make_compilable() -> None:
    """Let any function that numba compiles call `philox`, `uniform` and the elementary functions by their names.

    Raises ImportError where numba is not installed.
    """
    elementary.make_compilable()
    can_be_called(philox)
    can_be_called(uniform)


def _fill_by_numpy(key: Any, first_world: Any, slot: Any, first_period: int, as_normals: bool, out: Float64) -> None:
    """Fill [periods, worlds] in pieces that stay in the processor's cache."""
    periods, worlds = out.shape
    end_pair = (first_period + periods + 1) // 2
    for start in range(0, worlds, _NUMPY_DRAWS):
        end = min(start + _NUMPY_DRAWS, worlds)
        world = np.arange(start, end, dtype=np.uint64) + first_world
        pairs_at_once = max(1, _NUMPY_DRAWS // world.size)
        for from_pair in range(first_period // 2, end_pair, pairs_at_once):
            pair = np.arange(from_pair, min(from_pair + pairs_at_once, end_pair), dtype=np.uint64)
            words = np.stack(philox(world, pair[:, None], slot, key), axis=1).reshape(2 * pair.size, world.size)
            row = 2 * from_pair - first_period
            above = max(0, -row)  # a pair may begin before the first period, and end after the last
            drawn = uniform(words[above : periods - row])
            out[row + above : row + above + len(drawn), start:end] = normal_quantile(drawn) if as_normals else drawn


def _fill_one_by_one(key: Any, first_world: Any, slot: Any, first_period: int, as_normals: bool, out: Float64) -> None:
    """Fill [periods, worlds], as numba compiles it."""
    periods, worlds = out.shape
    spare = np.empty(worlds)  # where a pair begins before the first period, or ends after the last
    outer, far = np.empty(worlds + 1, np.int64), np.empty(worlds)
    for pair in range(first_period // 2, (first_period + periods + 1) // 2):
        row = 2 * pair - first_period
        even = out[row] if row >= 0 else spare
        odd = out[row + 1] if row + 1 < periods else spare
        for i in range(worlds):
            first, second = philox(first_world + np.uint64(i), np.uint64(pair), slot, key)
            even[i] = uniform(first)
            odd[i] = uniform(second)
        if as_normals:  # in loops of their own: in one, the processor runs out of registers
            _make_normal(even, outer, far)
            _make_normal(odd, outer, far)


def _make_normal(numbers: Float64, outer: Any, far: Float64) -> None:
    """Put in the place of numbers strictly between 0 and 1 their normal quantiles, as `normal_quantile` has them.

    One of seven lies outside of the middle: those are gathered, in `outer` and `far`, and worked out for themselves.
    """
    found = 0
    for i in range(len(numbers)):
        outer[found] = i
        found += is_outer(numbers[i])
    for n in range(found):
        far[n] = numbers[outer[n]]
    for i in range(len(numbers)):
        numerator, denominator = middle(numbers[i])
        numbers[i] = numerator / denominator
    for n in range(found):
        numerator, denominator = tail(far[n])
        far[n] = numerator / denominator
    for n in range(found):
        numbers[outer[n]] = far[n]


@once
def _compiled_fill() -> Callable[..., None]:
    """`_fill_one_by_one`, compiled when it is first called."""
    make_compilable()
    can_be_called(_make_normal)
    return compiled(_fill_one_by_one)
