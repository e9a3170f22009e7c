"""Formulas over drivers: the arithmetic of numpy on any formula, and exactly the worlds in which they fail."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adidem.kernel.literal import parse_date
from adidem.kernel.term import Syntax
from adidem.worlds.expression import Apart, holds_of, number_of
from unit.worlds.outlooks import formula

NAMES = {"a": np.array([[1.0, 2.0, 0.0], [4.0, -5.0, 6.0]]), "b": np.array([[2.0, 2.0, 2.0], [0.0, 1.0, -1.0]])}


def value(text: str) -> tuple[list[list[float]], dict[str, list[bool]]]:
    """The value in two rows of three worlds, and which worlds are set apart."""
    apart = Apart(3)
    with np.errstate(all="ignore"):
        found = number_of(formula(text), {**NAMES, "a.start": np.array([10.0])}, apart, "x")
    return np.broadcast_to(found, (2, 3)).tolist(), {r: w.tolist() for r, w in apart.reasons.items()}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("USD 1.50", 150.0),
        ("12.5 %", 0.125),
        ("4.5 GW", 4.5),
        ("3", 3.0),
        ("2 years", 730.5),
        ("10 days", 10.0),
        ("2025-06-30", float(parse_date("2025-06-30"))),
        ("yes", 1.0),
        ("3 < 2", 0.0),
        ("a.start * 2", 20.0),
    ],
)
def test_literals_are_numbers_of_their_unit(text: str, number: float):
    """Money in minor units, rates as fractions, spans in days, dates as days, yes as one."""
    assert value(text) == ([[number] * 3] * 2, {})


def test_arithmetic_and_comparison_go_world_by_world():
    """Each row and each world has its own value."""
    assert value("a * b - 1")[0] == [[1.0, 3.0, -1.0], [-1.0, -6.0, -7.0]]
    assert value("a > b and not b is 0")[0] == [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    assert value("a >= 2 or b is not 2")[0] == [[0.0, 1.0, 0.0], [1.0, 1.0, 1.0]]


def test_a_division_by_zero_sets_its_world_apart():
    """In any row; the value there is zero and counts for nothing."""
    assert value("a / b") == ([[0.5, 1.0, 0.0], [0.0, -5.0, -6.0]], {"x divides by zero": [True, False, False]})


def test_what_the_left_side_decides_is_not_asked_of_the_right():
    """A guard before a division guards it."""
    guarded = Syntax("and", (formula("b > 0"), Syntax(">", (formula("a / b"), formula("1")))))
    spared = Syntax("or", (formula("b <= 0"), Syntax(">", (formula("a / b"), formula("1")))))
    for syntax, expected in (
        (guarded, [[False] * 3, [False] * 3]),
        (spared, [[False, False, False], [True, False, True]]),
    ):
        apart = Apart(3)
        with np.errstate(all="ignore"):
            assert holds_of(syntax, NAMES, apart, "x").tolist() == expected
        assert not apart.reasons


def test_only_where_it_is_asked_for_is_a_world_set_apart():
    """Failing where nobody asks is no failure."""
    apart = Apart(3)
    asked = np.array([[True, True, True], [False, True, True]])
    with np.errstate(all="ignore"):
        number_of(formula("a / b"), NAMES, apart, "x", asked)
    assert not apart.reasons


def test_a_comparison_with_no_number_sets_its_world_apart():
    """False would hide it."""
    apart = Apart(2)
    holds_of(formula("a < 1"), {"a": np.array([[np.nan, 0.0]])}, apart, "x")
    assert {r: w.tolist() for r, w in apart.reasons.items()} == {"x is not a number": [True, False]}


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), st.sampled_from(["+", "-", "*"]))
def test_operations_are_those_of_float64(numbers: list[float], sign: str):
    """No other rounding than IEEE 754's."""
    a, b, c = numbers
    names = {"a": np.array([[a]]), "b": np.array([[b]]), "c": np.array([[c]])}
    found = number_of(formula(f"(a {sign} b) * c"), names, Apart(1), "x")
    assert found[0, 0] == {"+": a + b, "-": a - b, "*": a * b}[sign] * c
