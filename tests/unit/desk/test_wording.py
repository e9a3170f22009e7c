"""How numbers are said: amounts with parts of their smallest coin too."""

import pytest

from adidem.desk.wording import quantity_words
from adidem.kernel.period import NEVER
from adidem.kernel.quantity import DATE, INSTANT, Unit


@pytest.mark.parametrize(
    ("number", "denominator", "currency", "words"),
    [
        (123_456, 1, "USD", "USD 1,234.56"),
        (2_000, 3, "USD", "USD 6.66 2/3"),
        (-2_000, 3, "USD", "USD -6.66 2/3"),
        (100, 8, "USD", "USD 0.125"),
        (-1, 2, "USD", "USD -0.005"),
        (600, 3, "USD", "USD 2.00"),
        (5, 2, "JPY", "JPY 2.5"),
        (1, 128, "KWD", "KWD 0.000 1/128"),
    ],
)
def test_amounts(number: int, denominator: int, currency: str, words: str):
    """Every digit is said; of digits that never end, or are very many, the fraction of the smallest coin."""
    assert quantity_words(number, Unit("money", currency, denominator)) == words


@pytest.mark.parametrize(
    ("number", "unit", "words"),
    [
        (20_000, DATE, "2024-10-04"),
        (20_000 * 86_400, INSTANT, "2024-10-04T00:00:00Z"),
        (20_000 * 86_400 + 3_723, INSTANT, "2024-10-04T01:02:03Z"),
        (NEVER * 86_400, INSTANT, "never"),
    ],
)
def test_moments(number: int, unit: Unit, words: str):
    """A day is a day, and an instant has its time of day."""
    assert quantity_words(number, unit) == words
