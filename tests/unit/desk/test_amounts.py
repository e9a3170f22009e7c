"""Amounts and shares as they are said."""

import pytest

from adidem.desk.simulating.amounts import bare, percent, short, signed


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (None, "USD", "–"),
        (0, "USD", "0"),
        (99, "USD", "0.99"),
        (-123_456, "USD", "-1.23 k"),
        (99_949, "USD", "999"),
        (99_951, "USD", "1 k"),
        (99_950_000, "USD", "1 m"),
        (123_456, "JPY", "123 k"),
        (123_456, "KWD", "123"),
        (2**63 - 1, "USD", "92200 tn"),
    ],
)
def test_three_digits(minor: int | None, currency: str, said: str):
    """Three digits that matter, in the currency's own minor unit."""
    assert bare(minor, currency) == said
    assert short(minor, currency) == f"{currency} {said}"


def test_signs():
    """What is a difference has a sign."""
    assert [signed(each) for each in ("5", "-5", "0")] == ["+5", "-5", "+0"]


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, "–"), (0, "0.0 %"), (1, "100.0 %"), (0.5, "50.0 %"), (0.0004, "0.040 %"), (0.9999, "99.990 %")],
)
def test_shares_near_none_and_all(share: float | None, said: str):
    """Near none and near all there are three decimal places, so that neither looks sure."""
    assert percent(share) == said
