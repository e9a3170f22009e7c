"""Columns are laid, and payments added, alike by numpy and by the compiled loop, and as one says it value by value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adidem.worlds.compiling import compile_loops, loops_are_compiled
from adidem.worlds.laying import add_once, lay

_NUMBERS = st.integers(-(2**62), 2**62)


@pytest.fixture(params=[True, False], autouse=True)
def compiled(request):
    """Both forms of the loops."""
    before = loops_are_compiled()
    compile_loops(request.param)
    yield
    compile_loops(before)


@given(st.data(), st.integers(0, 4), st.integers(0, 3), st.integers(1, 9), st.booleans())
@settings(deadline=None)
def test_each_row_holds_what_is_drawn_or_on_record(data, slots, others, worlds, words):
    """A slot's row holds what its worlds draw, or the number of that word; another row what is on record."""
    order = data.draw(st.permutations(range(slots + others)))
    slot = np.array([place if place < slots else -1 for place in order], np.int64)
    base = data.draw(arrays(np.int64, slots + others, elements=_NUMBERS))
    codes = data.draw(arrays(np.int64, 4, elements=_NUMBERS)) if words else None
    drawn = data.draw(arrays(np.int64, (slots, worlds), elements=st.integers(-1, 2) if words else _NUMBERS))
    found = lay(base, slot, drawn, codes)
    assert found.shape == (slots + others, worlds)
    for row, place in enumerate(slot.tolist()):
        for world in range(worlds):
            own = base[row] if place < 0 else drawn[place, world]
            assert found[row, world] == (own if place < 0 or codes is None else codes[own])


@given(st.data(), st.integers(1, 5), st.integers(1, 9), st.booleans(), st.booleans())
@settings(deadline=None)
def test_a_payment_is_added_in_its_period(data, periods, worlds, one_amount, one_period):
    """Once, beside what is there; and nowhere where its period is none of those."""
    out = data.draw(arrays(np.int64, (periods, worlds), elements=st.integers(-9, 9)))
    amounts = data.draw(arrays(np.int64, 1 if one_amount else worlds, elements=st.integers(-9, 9)))
    when = data.draw(arrays(np.int64, 1 if one_period else worlds, elements=st.integers(-2, periods + 1)))
    expected = out.tolist()
    for world in range(worlds):
        period = int(when[0 if one_period else world])
        if 0 <= period < periods:
            expected[period][world] += int(amounts[0 if one_amount else world])
    add_once(amounts, when, out)
    assert out.tolist() == expected
