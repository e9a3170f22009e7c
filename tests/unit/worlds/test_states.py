"""States are counted as they are, whatever the size of a block."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adidem.kernel.period import NEVER
from adidem.worlds.compiling import compile_loops, loops_are_compiled
from adidem.worlds.states import States, mark_between, mark_some, since
from adidem.worlds.tally import ALL, BLOCK


@st.composite
def blocks(draw):
    """Held [2, 3, worlds], scenarios and marks of one block."""
    worlds = draw(st.one_of(st.integers(1, 9), st.sampled_from([63, 64, 65, 130])))
    return (
        draw(arrays(np.bool_, (2, 3, worlds))),
        draw(arrays(np.int64, worlds, elements=st.integers(0, 1))),
        draw(arrays(np.bool_, worlds)),
    )


def states(block):
    held, scenario, apart = block
    return States.of_block(held, scenario, 2, apart)


@given(st.lists(blocks(), min_size=1, max_size=3), st.integers(-1, 1), st.integers(0, 1))
@settings(deadline=None)
def test_counts_are_those_of_the_worlds_kept(parts, scenario, state):
    """Probabilities by period, ever, and the median first period are those of the worlds kept."""
    total = sum(map(states, parts), States.empty(2, 3, 2))
    kept = [
        held[state, :, world].tolist()
        for held, scenarios, apart in parts
        for world in range(len(apart))
        if not apart[world] and scenario in (ALL, scenarios[world])
    ]
    assert total.worlds[scenario] == len(kept)
    if not kept:
        assert total.probability(state, scenario) is None
        assert total.periods_to_first(state, scenario) == NEVER
        return
    for period in range(3):
        assert total.probability(state, scenario, period) == sum(each[period] for each in kept) / len(kept)
        ever = sum(any(each[: period + 1]) for each in kept)
        assert total.probability_ever(state, scenario, period) == ever / len(kept)
    assert total.probability(state, scenario) == total.probabilities(state, scenario)[2]
    firsts = sorted(each.index(True) if True in each else NEVER for each in kept)
    assert total.periods_to_first(state, scenario) == firsts[(len(kept) + 1) // 2 - 1]


@given(st.lists(blocks(), min_size=1, max_size=4), st.randoms())
@settings(deadline=None)
def test_joining_in_any_order(parts, random):
    """Any order of blocks gives the same counts, and they return from plain arrays."""
    tallies = list(map(states, parts))
    one = sum(tallies, States.empty(2, 3, 2))
    random.shuffle(tallies)
    two = States.of_plain(sum(tallies, States.empty(2, 3, 2)).plain())
    assert all(np.array_equal(one.plain()[name], two.plain()[name]) for name in one.plain())


def test_half_is_enough_and_less_is_never():
    """The median comes where exactly half of the worlds have it, and never where fewer do."""
    held = np.array([[[True, False, False, False], [False, True, False, False]]])
    half = States.of_block(held, np.zeros(4, np.int64), 1)
    less = States.of_block(held[:, :1], np.zeros(4, np.int64), 1)
    assert half.periods_to_first(0) == 1
    assert less.periods_to_first(0) == NEVER


def test_standard_error_is_binomial():
    """Of 100 worlds with 20 it is sqrt(0.2 * 0.8 / 99); of one world there is none; of certainty it is nothing."""
    held = (np.arange(100) < 20)[None, None, :]
    zeros = np.zeros(100, np.int64)
    error = States.of_block(held, zeros, 1).standard_error(0)
    assert error is not None
    assert abs(error - (0.2 * 0.8 / 99) ** 0.5) < 1e-15
    assert States.of_block(held[:, :, :1], zeros[:1], 1).standard_error(0) is None
    assert States.of_block(held[:, :, :20], zeros[:20], 1).standard_error(0) == 0


def test_since_a_day():
    """A state that begins on a day holds from the period that closes on it or later, and not where it never comes."""
    held = since(np.array([[5, 10, 11, NEVER]]), np.array([10, 20, NEVER]))
    assert held.tolist() == [[[True, True, False, False], [True, True, True, False], [True, True, True, False]]]


@given(blocks())
@settings(deadline=None)
def test_counts_are_the_same_compiled(block):
    """Of blocks of any size, and of states that do not change."""
    held, scenario, apart = block
    held[0] = held[0, :1]
    before = loops_are_compiled()
    try:
        compile_loops(False)
        plain = states((held, scenario, apart)).plain()
        compile_loops(True)
        made = states((held, scenario, apart)).plain()
    finally:
        compile_loops(before)
    assert all((made[name] == plain[name]).all() for name in plain)


def test_a_full_block_of_ones_is_counted():
    """Each byte of a sum holds as many as a block may bring."""
    one = States.of_block(np.ones((1, 2, BLOCK), np.bool_), np.zeros(BLOCK, np.int64), 1)
    assert one.held.tolist() == one.begun.tolist() == [[[BLOCK, BLOCK]]] * 2


@given(st.data(), st.integers(1, 70), st.booleans(), st.booleans(), st.booleans())
@settings(deadline=None)
def test_marks_are_those_of_each_day(data, worlds, one_begin, one_end, compiled):
    """A close is marked from the first day to before the last, or where there is something; what is marked stays."""
    closes = np.array([0, 10, 20])
    days = st.integers(-1, 21)
    begins = data.draw(arrays(np.int64, 1 if one_begin else worlds, elements=days))
    ends = data.draw(arrays(np.int64, 1 if one_end else worlds, elements=days))
    amounts = data.draw(arrays(np.int64, (3, 1 if one_end else worlds), elements=st.integers(0, 1)))
    marked = data.draw(arrays(np.bool_, (3, worlds)))
    before = loops_are_compiled()
    compile_loops(compiled)
    try:
        lasting, present = marked.copy(), marked.copy()
        mark_between(begins, ends, closes, lasting)
        mark_some(amounts, present)
    finally:
        compile_loops(before)
    assert (lasting == (marked | ((begins <= closes[:, None]) & (closes[:, None] < ends)))).all()
    assert (present == (marked | (amounts != 0))).all()
