"""The days of a period by its name, as a statement or an option has it."""

from datetime import date

import pytest

from adidem.findings.closed import period_days

EPOCH = date(1970, 1, 1)


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2023-03--2024-02", date(2023, 3, 1), date(2024, 2, 29)),
        ("2024-11--2025-01", date(2024, 11, 1), date(2025, 1, 31)),
    ],
)
def test_days_of_a_period(label: str, first: date, last: date):
    """Calendar periods, and those that are named by their first and last month."""
    assert period_days(label) == ((first - EPOCH).days, (last - EPOCH).days)


@pytest.mark.parametrize(
    "label", ["2024-07--2024-06", "2024-13--2025-01", "2024--2025", "2024-07--", "2024-07-2025-06"]
)
def test_what_is_no_period(label: str):
    """Months that go backwards, months that are none, and intervals of something else."""
    assert period_days(label) is None
