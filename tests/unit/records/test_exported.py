"""How exports spell numbers and days, and that no digit is lost."""

from datetime import UTC, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adidem.kernel.literal import Misspelt
from adidem.kernel.period import show_day
from adidem.records.exported import Days, added, minor_units, number, of_minor, shown

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=18)


@given(DECIMALS, DECIMALS)
def test_addition_is_exact(one: Decimal, other: Decimal):
    """As fractions are, whatever the digits; and every digit is shown."""
    total = added(one, other)
    assert Fraction(total) == Fraction(one) + Fraction(other)
    assert Decimal(shown(total)) == total


@pytest.mark.parametrize(
    ("text", "spelled", "value"),
    [
        ("18.00663861840", "plain", "18.00663861840"),
        (" -0.5 ", "plain", "-0.5"),
        ("1.5E-7", "plain", "0.00000015"),
        ("$10,000.00 ", "grouped", "10000.00"),
        ("-1,234", "grouped", "-1234"),
        ("1234.5", "grouped", "1234.5"),
        ("1.234,50", "comma", "1234.50"),
        ("-€99,1", "comma", "-99.1"),
    ],
)
def test_numbers(text: str, spelled: str, value: str):
    """Each way of writing, with every digit."""
    assert shown(number(text, spelled)) == value


@pytest.mark.parametrize("text", ["", "1,5", "1.2.3", "NaN", "inf", "0x10", "1_000", "--1", "1e999", "9" * 101, "١٢"])
def test_what_is_no_number(text: str):
    """Nothing is read as something near it."""
    with pytest.raises(Misspelt):
        number(text)


@pytest.mark.parametrize(("text", "spelled"), [("1.5", "comma"), ("12,34", "grouped"), ("1,23,4", "grouped")])
def test_another_way_of_writing_is_not_guessed(text: str, spelled: str):
    """1.5 is no number where the comma is the decimal point."""
    with pytest.raises(Misspelt):
        number(text, spelled)


@given(st.integers(-(10**15), 10**15), st.sampled_from(["USD", "JPY", "KWD"]))
def test_whole_coins_need_no_rounding(minor: int, currency: str):
    """Minor units and back."""
    assert minor_units(of_minor(minor, currency), currency, None) == minor


def test_parts_of_a_coin_need_one():
    """Half a yen is no amount until somebody says how it is rounded."""
    assert minor_units(Decimal("0.5"), "JPY", None) is None
    assert minor_units(Decimal("0.5"), "JPY", "half even") == 0
    assert minor_units(Decimal("0.5"), "JPY", "up") == 1


@pytest.mark.parametrize(
    ("text", "exclusive", "day"),
    [
        ("2024-03-01", False, "2024-03-01"),
        ("2024-03-01", True, "2024-02-29"),
        ("2024-03-01T00:00:00Z", True, "2024-02-29"),
        ("2024-03-01T00:00:00Z", False, "2024-03-01"),
        ("2024-03-01 00:00:01+00:00", True, "2024-03-01"),
        ("2024-03-01T01:00:00+02:00", True, "2024-02-29"),
        ("2024-07-18T21:40Z", True, "2024-07-18"),
    ],
)
def test_days(text: str, exclusive: bool, day: str):
    """An exclusive end at midnight belongs to the day before."""
    assert show_day(Days(UTC).moment(text, exclusive).day) == day


def test_days_begin_where_the_agreement_counts_them():
    """Midnight in London is the evening before in Los Angeles."""
    assert show_day(Days(ZoneInfo("America/Los_Angeles")).moment("2024-03-02T00:00:00Z").day) == "2024-03-01"
    assert show_day(Days(UTC, named=timezone(timedelta(hours=-8))).moment("2024-03-01 20:00:00").day) == "2024-03-02"


@pytest.mark.parametrize(
    ("spelled", "text", "day"),
    [
        ("month/day/year", "4/1/25", "2025-04-01"),
        ("day/month/year", "4/1/25", "2025-01-04"),
        ("day.month.year", "31.12.2024", "2024-12-31"),
    ],
)
def test_order_of_day_and_month(spelled: str, text: str, day: str):
    """As the rules say, and never by looking at the numbers."""
    assert show_day(Days(UTC, spelled).moment(text).day) == day


@pytest.mark.parametrize(
    "text",
    ["4/1/25", "soon", "2024-02-30", "2024-03-01 00:00:00", "2023-02-01T30:00:00Z", "0001-01-01T00:00:00+23:00", ""],
)
def test_what_is_no_day(text: str):
    """An order that is not said, a day that there is not, an instant without its zone."""
    with pytest.raises(Misspelt):
        Days(ZoneInfo("America/Los_Angeles")).moment(text, exclusive=True)
