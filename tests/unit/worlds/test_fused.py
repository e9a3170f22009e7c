"""The fused loop has the bits of the formula's own evaluation, or leaves it to that."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adidem.kernel.term import Syntax
from adidem.worlds.expression import Apart, number_of
from adidem.worlds.fused import fused

ROWS = 3
_FLOATS = st.one_of(st.sampled_from([0.0, -0.0, 1.0, 1e308, -1e308, 5e-324, np.inf, np.nan]), st.floats(-1e6, 1e6))
_PLAIN = st.floats(0.5, 1e6)
_SHAPES = {"path": (ROWS, 0), "other": (ROWS, 0), "still": (ROWS, 1), "level": (1, 1), "each": (0,), "one": (1,)}


def _leaf(literal):
    return Syntax("literal" if isinstance(literal, int) else "column", literal=literal)


_FORMULAS = st.recursive(
    st.sampled_from([*_SHAPES, 2]).map(_leaf),
    lambda parts: st.builds(
        lambda operation, left, right: Syntax(operation, (left, right)), st.sampled_from("+-*/"), parts, parts
    ),
    max_leaves=6,
)


@st.composite
def cases(draw):
    """A formula, what its names hold, and how many worlds: around the width in which the loop takes them."""
    worlds = draw(st.sampled_from([1, 2, 7, 1_023, 1_024, 1_030, 2_050]))
    numbers = draw(st.sampled_from([_FLOATS, _PLAIN]))
    names = {}
    for name, shape in _SHAPES.items():
        whole = tuple(size or worlds for size in shape)
        few = draw(arrays(np.float64, 5, elements=numbers))
        names[name] = np.resize(few, whole)
    return draw(_FORMULAS), names, worlds


@given(cases())
@settings(deadline=None)
def test_bits_are_those_of_the_formula(case):
    """Where it gives a value, it is that of the formula, and no world is set apart."""
    formula, names, worlds = case
    found = fused(formula, names, ROWS, worlds)
    if found is None:
        return
    apart = Apart(worlds)
    with np.errstate(all="ignore"):
        own = number_of(formula, names, apart, "f")
    assert not apart.reasons
    assert found.tobytes() == np.ascontiguousarray(np.broadcast_to(own, (ROWS, worlds))).tobytes()


@given(cases())
@settings(deadline=None)
def test_only_what_has_a_value_everywhere_is_left_out(case):
    """A formula of paths that has a value in every world is not left to another."""
    formula, names, worlds = case
    apart = Apart(worlds)
    with np.errstate(all="ignore"):
        number_of(formula, names, apart, "f")
    found = fused(formula, names, ROWS, worlds)
    if apart.reasons:
        assert found is None
    elif formula.operation in "+-*/" and worlds > 1 and _reads(formula, {"path", "other"}):
        assert found is not None


def test_what_is_not_plain_arithmetic_is_left():
    """A comparison, and a formula that reads no path, have no value here."""
    names = {"path": np.ones((ROWS, 4)), "one": np.ones(1)}
    assert fused(Syntax("<", (_leaf("path"), _leaf("one"))), names, ROWS, 4) is None
    inner = Syntax("+", (_leaf("path"), Syntax("not", (_leaf("path"),))))
    assert fused(inner, names, ROWS, 4) is None
    assert fused(Syntax("+", (_leaf("one"), _leaf("one"))), names, ROWS, 4) is None
    assert fused(_leaf("path"), names, ROWS, 4) is None


def _reads(formula, names):
    return formula.literal in names or any(_reads(part, names) for part in formula.parts)
