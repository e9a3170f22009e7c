"""Streams of chance: known answers, addresses, and what the draws look like."""

import itertools
import math
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adidem.worlds import compiling, stream
from adidem.worlds.elementary import Float64, normal_quantile
from adidem.worlds.stream import Stream, philox, uniform

FORMS = [False, pytest.param(True, marks=pytest.mark.skipif(not compiling.numba_is_installed(), reason="no numba"))]
DIGITS_OF_PI = ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1")
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    DIGITS_OF_PI,
]
STANDARD_ERRORS = 5.0


def words(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


def address(counter: str, key: str) -> list[Any]:
    """The arguments of `philox` for a counter and a key of 32-bit words, the lowest first."""
    world_low, world_high, pair, slot = words(counter)
    key_low, key_high = words(key)
    numbers = (world_low | world_high << 32, pair, slot, key_low | key_high << 32)
    return [np.uint64(number) for number in numbers]


def halves(pair_of_words: Any) -> list[int]:
    return [half for word in pair_of_words for half in (int(word) & 0xFFFFFFFF, int(word) >> 32)]


def same_bits(one: Float64, other: Float64) -> bool:
    return one.shape == other.shape and np.array_equal(one.view(np.uint64), other.view(np.uint64))


def cell(name: str, world: int, period: int, slot: int, seed: int = 1, normals: bool = False) -> float:
    """One draw, from its address alone, by Python's whole numbers: Philox as the paper writes it."""
    key = Stream(seed, name).key
    c = [world % 2**32, world >> 32, period // 2, slot]
    k = [key % 2**32, key >> 32]
    for _ in range(10):
        first, second = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [second >> 32 ^ c[1] ^ k[0], second % 2**32, first >> 32 ^ c[3] ^ k[1], first % 2**32]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    word = c[period % 2 * 2] | c[period % 2 * 2 + 1] << 32
    drawn = ((word >> 12) * 2 + 1) / 2**53
    return float(normal_quantile(drawn)) if normals else drawn


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers(counter: str, key: str, expected: str):
    """Philox4x32-10 gives the vectors that its authors publish with Random123."""
    assert halves(philox(*address(counter, key))) == words(expected)


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers_compiled(counter: str, key: str, expected: str):
    """A compiled function can call philox by its name, and gets the same vectors."""
    pytest.importorskip("numba")
    stream.make_compilable()

    def call(world: Any, pair: Any, slot: Any, number: Any) -> Any:
        return philox(world, pair, slot, number)

    assert halves(compiling.compiled(call)(*address(counter, key))) == words(expected)


def test_key():
    """The key is that of BLAKE2b over seed and name; it stays, since it decides every draw that was ever published."""
    assert f"{Stream(20250630, 'openai.revenue').key:016x}" == "1546ec1b7abdd88c"


def test_key_tells_seed_from_name():
    """No two of many seeds and like names share a key."""
    names = ["", "1", "a", "a ", "A", "a\0", "\0a", "ä", "a\u0308", "\ud800", "1a"]
    seeds = [0, 1, -1, 11, 2**64, 2**64 + 1]
    keys = {Stream(seed, name).key for seed, name in itertools.product(seeds, names)}
    assert len(keys) == len(seeds) * len(names)


def test_uniform_ends():
    """The least and the greatest word give the least and the greatest odd multiple of 2^-53 between 0 and 1."""
    ends = uniform(np.array([0, 2**64 - 1, 2**63, 2**12 - 1], np.uint64)).tolist()
    assert ends == [2.0**-53, 1.0 - 2.0**-53, 0.5 + 2.0**-53, 2.0**-53]


@pytest.mark.parametrize("compiled", FORMS)
@given(
    first_world=st.one_of(st.integers(0, 2**64 - 5), st.integers(2**32 - 5, 2**32), st.integers(0, 9)),
    first_period=st.one_of(st.integers(0, 2**33 - 4), st.integers(0, 3)),
    slot=st.integers(0, 2**32 - 1),
    periods=st.integers(1, 4),
    name=st.text(max_size=5),
    seed=st.integers(),
    normals=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_draws_are_those_of_their_addresses(
    compiled: bool, first_world: int, first_period: int, slot: int, periods: int, name: str, seed: int, normals: bool
):
    """Each draw is the one that the paper's generator, in whole numbers, gives for its address."""
    source = Stream(seed, name, compiled)
    draw = source.normals if normals else source.uniforms
    expected = [
        [cell(name, world, period, slot, seed, normals) for world in range(first_world, first_world + 5)]
        for period in range(first_period, first_period + periods)
    ]
    assert same_bits(draw(first_world, 5, periods, slot, first_period), np.array(expected))


@pytest.mark.parametrize("kind", ["uniforms", "normals"])
@given(
    first_world=st.integers(0, 2**40),
    worlds=st.integers(1, 3_000),
    first_period=st.integers(0, 200),
    periods=st.integers(1, 40),
)
@settings(max_examples=30, deadline=None)
def test_forms_agree(kind: str, first_world: int, worlds: int, first_period: int, periods: int):
    """numpy and numba draw the same bits."""
    pytest.importorskip("numba")
    drawn = [
        getattr(Stream(3, "growth", compiled), kind)(first_world, worlds, periods, 2, first_period)
        for compiled in (False, True)
    ]
    assert same_bits(*drawn)


@pytest.mark.parametrize("compiled", FORMS)
@given(
    world_cuts=st.lists(st.integers(0, 9_000), max_size=4),
    period_cuts=st.lists(st.integers(0, 13), max_size=4),
    normals=st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_cuts_change_nothing(compiled: bool, world_cuts: list[int], period_cuts: list[int], normals: bool):
    """However worlds and periods are cut into blocks, the draws are the same; also into empty blocks."""
    source = Stream(5, "hazard", compiled)
    draw = source.normals if normals else source.uniforms
    worlds, periods = sorted([0, *world_cuts, 9_000]), sorted([0, *period_cuts, 13])
    rows = [
        [draw(100 + w, w_end - w, p_end - p, 1, 7 + p) for w, w_end in itertools.pairwise(worlds)]
        for p, p_end in itertools.pairwise(periods)
    ]
    assert same_bits(np.block(rows), draw(100, 9_000, 13, 1, 7))


@pytest.mark.parametrize("compiled", FORMS)
def test_other_streams_and_threads_change_nothing(compiled: bool):
    """A stream draws the same alone, after others, and while others draw in other threads."""
    alone = Stream(1, "demand", compiled).normals(0, 2_000, 24)
    names = ["demand", "outage", "demand2", "price", "demand", "churn"] * 4
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda name: Stream(1, name, compiled).normals(0, 2_000, 24), names))
    assert all(same_bits(alone, found) == (name == "demand") for name, found in zip(names, drawn, strict=True))


@pytest.mark.parametrize("compiled", FORMS)
def test_nothing_asked(compiled: bool):
    """No worlds or no periods give an array of that shape, with nothing in it."""
    assert Stream(1, "a", compiled).uniforms(0, 0, 3).shape == (3, 0)
    assert Stream(1, "a", compiled).normals(0, 3, 0).shape == (0, 3)


@pytest.mark.parametrize(
    "place",
    [
        (-1, 1, 1, 0, 0),
        (2**64, 1, 1, 0, 0),
        (0, -1, 1, 0, 0),
        (0, 1, -1, 0, 0),
        (0, 1, 1, -1, 0),
        (0, 1, 1, 2**32, 0),
        (0, 1, 1, 0, -1),
        (0, 1, 1, 0, 2**33),
    ],
)
def test_no_such_address(place: tuple[int, int, int, int, int]):
    """An address outside the counter is refused: it would wrap round to draws that another address has."""
    with pytest.raises(AssertionError, match="are numbered from 0 to below"):
        Stream(1, "a").uniforms(*place)


def kolmogorov_distance(numbers: Float64, distribution: Callable[[float], float]) -> float:
    """The largest distance of the share of numbers up to a place from its probability, at a thousand places."""
    ordered = np.sort(numbers, axis=None)
    places = ordered[:: len(ordered) // 1_000]
    shares = np.searchsorted(ordered, places, side="right") / len(ordered)
    return max(abs(share - distribution(place)) for share, place in zip(shares.tolist(), places.tolist(), strict=True))


@pytest.mark.parametrize("name", ["", "growth", "growth-2"])
def test_uniforms_are_uniform(name: str):
    """A million uniforms have mean 1/2, variance 1/12, and the distribution of a uniform number."""
    drawn = Stream(1, name).uniforms(0, 10_000, 100)
    root = math.sqrt(drawn.size)
    assert abs(drawn.mean() - 1 / 2) < STANDARD_ERRORS * math.sqrt(1 / 12) / root
    assert abs(((drawn - 0.5) ** 2).mean() - 1 / 12) < STANDARD_ERRORS * math.sqrt(1 / 180) / root
    assert kolmogorov_distance(drawn, lambda place: place) < 2.2 / root  # 1 in 8,000 exceeds it by chance


@pytest.mark.parametrize("name", ["", "growth", "growth-2"])
def test_normals_are_normal(name: str):
    """A million normals have mean 0, variance 1, no skew, kurtosis 3, and the distribution of a normal number."""
    drawn = Stream(1, name).normals(0, 10_000, 100)
    root = math.sqrt(drawn.size)
    assert abs(drawn.mean()) < STANDARD_ERRORS / root
    assert abs((drawn**2).mean() - 1) < STANDARD_ERRORS * math.sqrt(2) / root
    assert abs((drawn**3).mean()) < STANDARD_ERRORS * math.sqrt(15) / root
    assert abs((drawn**4).mean() - 3) < STANDARD_ERRORS * math.sqrt(96) / root
    assert kolmogorov_distance(drawn, lambda place: math.erfc(-place / math.sqrt(2)) / 2) < 2.2 / root


def test_neighbours_are_not_correlated():
    """Draws of like names, seeds, neighbouring worlds, periods and slots have no correlation with each other."""
    base = Stream(1, "growth").normals(0, 1_000, 200)
    others = {
        "name": Stream(1, "growti").normals(0, 1_000, 200),
        "longer name": Stream(1, "growth2").normals(0, 1_000, 200),
        "seed": Stream(2, "growth").normals(0, 1_000, 200),
        "slot": Stream(1, "growth").normals(0, 1_000, 200, slot=1),
        "world": Stream(1, "growth").normals(1, 1_000, 200),
        "far world": Stream(1, "growth").normals(2**32, 1_000, 200),
        "period": Stream(1, "growth").normals(0, 1_000, 200, first_period=1),
        "second period": Stream(1, "growth").normals(0, 1_000, 200, first_period=2),
        "world as slot": np.ascontiguousarray(
            np.concatenate(
                [Stream(1, "growth").normals(0, 1, 200, slot=world) for world in range(1_000, 2_000)], axis=1
            )
        ),
    }
    scores = {what: float((base * other).mean()) * math.sqrt(base.size) for what, other in others.items()}
    assert {what: score for what, score in scores.items() if abs(score) > STANDARD_ERRORS} == {}
    squares = {what: float(((base**2 - 1) * (other**2 - 1)).mean() / 2) for what, other in others.items()}
    assert {what: s for what, s in squares.items() if abs(s) * math.sqrt(base.size) > STANDARD_ERRORS} == {}


@given(
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 10),
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 10),
)
@settings(max_examples=50)
def test_no_address_twice(world: int, period: int, slot: int, world_2: int, period_2: int, slot_2: int):
    """Two addresses do not share a draw."""
    assume((world, period, slot) != (world_2, period_2, slot_2))
    source = Stream(1, "a", compiled=False)
    assert source.uniforms(world, 1, 1, slot, period) != source.uniforms(world_2, 1, 1, slot_2, period_2)


def run_python(program: str, *arguments: str, **environment: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    variables = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=variables).stdout


@pytest.mark.parametrize("compiled", FORMS)
def test_processor_changes_nothing(compiled: bool):
    """Without the vector instructions that this processor has beyond the oldest of its kind, the bits are the same."""
    program = """
import hashlib, sys
import numpy as np
from adidem.worlds import compiling, stream
from adidem.worlds.elementary import exponential, logarithm
compiled = sys.argv[1] == "True"
drawn = stream.Stream(1, "a", compiled).normals(0, 1_000, 100).ravel()
parts = [drawn]
for function in (lambda number: exponential(200.0 * number), lambda number: logarithm(number * number)):
    if compiled:
        compiling.can_be_called(function)
        parts.append(compiling.compiled(lambda numbers: np.array([function(number) for number in numbers]))(drawn))
    else:
        parts.append(function(drawn))
print(hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest())
"""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])  # type: ignore[index]
    old = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NPY_DISABLE_CPU_FEATURES": " ".join(found)}
    assert run_python(program, str(compiled), **old) == run_python(program, "False")


def test_numba_is_imported_when_it_is_needed():
    """The import of the room, and draws by numpy, leave numba alone; where it is missing, numpy draws."""
    program = """
import sys
sys.modules["numba"] = None  # an import of it fails
import adidem.worlds.stream as stream
stream.Stream(1, "a", compiled=False).normals(0, 3, 3)
stream.loops_are_compiled = lambda: False
print(stream.Stream(1, "a").normals(0, 1, 1)[0, 0])
"""
    assert float(run_python(program)) == Stream(1, "a").normals(0, 1, 1)[0, 0]


def test_compiled_loops_are_kept(tmp_path: Path):
    """What one process compiled is found by the next one, in the folder that was said; numba's setting is as it was."""
    pytest.importorskip("numba")
    program = """
import sys
from pathlib import Path
from adidem.worlds import compiling, stream
compiling.keep_compiled_in(Path(sys.argv[1]))
stream.Stream(1, "a", compiled=True).uniforms(0, 2, 2)
import numba
assert not numba.config.CACHE_DIR
print(sum(stream._compiled_fill().stats.cache_hits.values()))
"""
    assert [run_python(program, str(tmp_path), NUMBA_CACHE_DIR="") for _ in range(2)] == ["0\n", "1\n"]


def test_no_folder_to_keep_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where the folder cannot be made, nothing is kept, and draws are made as well."""
    pytest.importorskip("numba")
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(compiling, "_told", [tmp_path / "file"])
    assert compiling.compiled(lambda number: number + 1)(1) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
